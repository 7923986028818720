"""How a connection is opened: what is tried again, what is waited for, and why it could not be.

A server that has too many callers lets some in, and closes the door on others before it has said a word (MaxStartups);
since OpenSSH 9.8 also on whoever it is cross with (PerSourcePenalties). Such a server is there, and only refuses for
now: it is called again after longer and longer pauses, a bounded number of times.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import paramiko
from paramiko.ssh_exception import NoValidConnectionsError

from baseline.deadline import cut_after
from baseline.errors import Unreachable

CONNECT_SECONDS = 60
"""The longest that a connection may take to open, from the first packet to the login, with all its tries."""

TRIES = 6
"""How often a server that refuses for now is called. The pauses add up to half a minute: the shortest penalty that
OpenSSH gives is 15 s, and a crowd at the door is over sooner."""

AT_ONE_DOOR = 8
"""How many connections to one server are opened at once: sshd begins to turn callers away at 10 (MaxStartups)."""

_MOST_SAID = 200
"""Characters of what a server said in place of its greeting."""


class CertificateRefused(paramiko.SSHException):
    """The certificate of a host proves nothing; why, as a sentence about it."""


class Hop(Protocol):
    """A connection to one machine, as Fabric has it."""

    host: str
    port: int
    user: str
    client: paramiko.SSHClient
    transport: paramiko.Transport

    def open(self) -> Any:
        """Connect and log in."""

    def close(self) -> Any:
        """End it."""


class Transport(paramiko.Transport):
    """One that ends in silence: over a tunnel that is gone, paramiko's thread ends with an error that is printed.

    What a server says in place of its greeting, such as why it refuses, is kept in `said`; paramiko only logs it.

    Of all ciphers that both sides have, one that authenticates by itself is taken (RFC 5647, as OpenSSH does it): with
    the others paramiko compares a code for each packet byte by byte, in Python.
    """

    said = ""
    _preferred_ciphers = tuple(
        sorted(paramiko.Transport._preferred_ciphers, key=lambda name: "-gcm@" not in name)  # type: ignore[attr-defined]
    )
    _active_check_timeout = 1.0
    """Seconds after which a thread that waits for a server looks whether it was closed: `stop_thread` wakes it."""

    def _log(self, level: int, msg: Any, *args: Any) -> None:
        text = str(msg)
        if text.startswith("Banner: ") and not self.said:
            self.said = " ".join(text.removeprefix("Banner: ").split())[:_MOST_SAID]
        super()._log(level, msg, *args)  # type: ignore[misc]

    def stop_thread(self) -> None:
        """End it, and wake the thread that waits for what the server says."""
        shut(self.sock)
        super().stop_thread()

    def run(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            super().run()


class Doors:
    """The servers of a run, each with the few callers that it is called by at once."""

    def __init__(self, whole: float = CONNECT_SECONDS, sleep: Callable[[float], None] = time.sleep) -> None:
        """`whole` is how many seconds a connection may take with all its tries; `sleep` is how pauses are made."""
        self._whole, self._sleep = whole, sleep
        self._lock = threading.Lock()
        self._doors: dict[tuple[str, str], threading.Semaphore] = {}

    def open(self, connection: Hop, gateway: Hop | None) -> None:
        """Open a connection, within the time for all of its tries. Raises `Unreachable`."""
        where = place(connection.host, connection.port)
        door = self._door(where, gateway if gateway is not connection else None)
        left = self._whole
        for attempt in range(1, TRIES + 1):
            try:
                with door:
                    begun = time.monotonic()
                    with cut_after(left, lambda: cut(gateway, connection)):
                        _open(connection)
                break
            except TimeoutError:
                close(connection)
                raise Unreachable(f"{where} cannot be reached: no login within {self._whole:g} s") from None
            except (paramiko.SSHException, OSError, EOFError) as error:
                said = getattr(connection.client.get_transport(), "said", "")
                close(connection)
                left -= time.monotonic() - begun
                if not _refuses_for_now(error):
                    raise Unreachable(_why(connection, error, said)) from None
                if attempt == TRIES or left <= 0:
                    raise Unreachable(_refused(where, said)) from None
                self._sleep(random.uniform(0.5, 1.0) * 2 ** (attempt - 1))
        _tune(connection)

    def _door(self, where: str, gateway: Hop | None) -> threading.Semaphore:
        """The door of a server. Behind a jump host the same address may be another one."""
        behind = "" if gateway is None else place(gateway.host, gateway.port)
        with self._lock:
            return self._doors.setdefault((where, behind), threading.Semaphore(AT_ONE_DOOR))


def _open(connection: Hop) -> None:
    """Connect and log in. A host that does not answer is no connection that took too long with all its tries."""
    try:
        connection.open()
    except TimeoutError as error:
        raise paramiko.SSHException(text(error)) from None


def cut(*connections: Hop | None) -> None:
    """Shut the sockets, from any thread and without waiting; whoever waits for them gets an end of file."""
    for connection in connections:
        transport = None if connection is None else connection.client.get_transport()
        if transport is not None:
            shut(transport.sock)


def shut(sock: object) -> None:
    """Shut a socket. A tunnel has none of its own: it ends with that of its jump host."""
    if isinstance(sock, socket.socket):
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def close(connection: Hop) -> None:
    """Close a connection, also one that never came to a login: Fabric leaves that open."""
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        connection.close()
        connection.client.close()


def _tune(connection: Hop) -> None:
    """Options of the socket; a tunnel through a jump host has none.

    paramiko leaves Nagle's algorithm on, which costs 40 ms a channel, and would wait for a host that lost its
    power until the exchange's time is up: probes tell it within a minute.
    """
    sock = connection.transport.sock
    if not isinstance(sock, socket.socket):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


_NO_GREETING = "Error reading SSH protocol banner"
"""How paramiko begins what it says of a server whose greeting did not come; what it met follows."""


def _refuses_for_now(error: Exception) -> bool:
    """Whether a server took the connection and closed it before a session began, and not because of who logs in."""
    if isinstance(error, EOFError | ConnectionResetError):
        return True
    met = str(error)
    if met.startswith(_NO_GREETING):
        return met == _NO_GREETING or "reset by peer" in met or "Broken pipe" in met
    return "negotiation" in met.lower()


def _refused(where: str, said: str) -> str:
    """What is said of a server that refuses still at the last try."""
    return (
        f"{where} cannot be reached: it is up and refuses us for now, closing each of {TRIES} connections before it "
        f"began{_quoted(said)}: too many at once (MaxStartups), or a penalty (PerSourcePenalties) or a ban for this "
        "machine; wait ten minutes, check it alone with --limit, and look into its log"
    )


def _quoted(said: str) -> str:
    return f" (it said {said!r})" if said else ""


def _why(connection: Hop, error: Exception, said: str) -> str:
    where = place(connection.host, connection.port)
    if isinstance(error, paramiko.BadHostKeyException):
        return (
            f"the host key of {where} is not the known one: the host was set up anew, or someone intercepts "
            "the connection; ask its administrator for the fingerprint before you change known_hosts"
        )
    if isinstance(error, CertificateRefused):
        return f"the host certificate of {where} is refused: {error}"
    if isinstance(error, paramiko.AuthenticationException):
        return f"{connection.user} may not log in at {where} with the keys given"
    if isinstance(error, paramiko.SSHException) and "not found in known_hosts" in str(error):
        return f"the host key of {where} is not known: check its fingerprint, then add it to known_hosts"
    if str(error) in ("No existing session", f"{_NO_GREETING}timed out"):
        # paramiko's words for keys that were not exchanged in time.
        return f"{where} cannot be reached: it answers, and begins no SSH session in time"
    if _NO_GREETING in str(error) or "protocol version" in str(error):
        return f"{where} cannot be reached: what answers there speaks no SSH{_quoted(said)}; look what listens there"
    return f"{where} cannot be reached: {text(error)}"


def place(host: str, port: int) -> str:
    return host if port == 22 else f"{host}:{port}"


def text(error: BaseException) -> str:
    if isinstance(error, NoValidConnectionsError):
        # paramiko's own text begins with "[Errno None]"; what each address answered says more.
        reasons = dict.fromkeys(str(getattr(reason, "strerror", None) or reason) for reason in error.errors.values())
        return ", ".join(reasons)
    return " ".join(str(error).split()) or type(error).__name__
