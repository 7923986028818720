"""One connection to one host: a script in, the raw reply out.

Fabric connects, logs in and tunnels; the script goes over a channel of its transport. Host keys are checked
always: Fabric itself would accept any. This is the only module that imports Fabric.
"""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import fabric
import paramiko
from paramiko.ssh_exception import NoValidConnectionsError

from baseline.arrivals import Arrivals
from baseline.bundle import POWERSHELL
from baseline.deadline import cut_after
from baseline.errors import BadReply, Unreachable
from baseline.known_hosts import HostKey, KnownHosts
from baseline.local import EXCHANGE_SECONDS, LocalSession, Session, read_reply, refused
from baseline.model import Target

__all__ = ["EXCHANGE_SECONDS", "Connector", "LocalSession", "Session", "SshSession"]

CONNECT_SECONDS = 60
"""The longest that a connection may take to open, from the first packet to the login, with all its tries."""

BEGIN_SECONDS = 30
"""The longest that a host may take to begin what it is sent: less where the whole exchange has less."""

_MARGIN = 5
"""Seconds after the end of an exchange's time at which it is cut off, should it not have ended by itself."""

_CLOSE_SECONDS = 1
_PIECE = 1 << 20
_TRIES = 4


class SshSession:
    """A host over SSH."""

    def __init__(self, target: Target, connection: fabric.Connection, gateway: fabric.Connection | None) -> None:
        self._target = target
        self._connection = connection
        self._gateway = gateway
        self.arrivals = Arrivals(time.monotonic())

    @property
    def machine(self) -> str:
        """See `Identified.machine`: the host key that the connection was made over."""
        key = self._connection.transport.get_remote_server_key()
        return f"{key.get_name()} {key.fingerprint}"

    def exchange(self, script: bytes, *, seconds: int = EXCHANGE_SECONDS) -> bytes:
        """See `Session.exchange`."""
        deadline = time.monotonic() + seconds
        try:
            if not self._connection.is_connected:
                raise EOFError("it was closed")
            with cut_after(seconds + _MARGIN, self._cut), contextlib.closing(self._begin(seconds)) as channel:
                # A host that refuses sudo closes its end at once; its words still come on the other stream.
                with contextlib.suppress(OSError):
                    _send(channel, script, deadline)
                    channel.shutdown_write()
                self.arrivals = Arrivals(time.monotonic())
                reply = read_reply(channel, deadline, self.arrivals)
                said = b"" if reply.strip() else _rest(channel)
        except TimeoutError:
            raise BadReply(f"no whole reply within {seconds} s") from None
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise Unreachable(f"the connection to {self._place} broke: {_text(error)}; look whether it is up") from None
        refused(reply, said)
        return reply

    def _begin(self, seconds: float) -> paramiko.Channel:
        """A channel with the interpreter. paramiko waits without limit for a host that does not answer to that."""
        limit = min(BEGIN_SECONDS, seconds)
        try:
            with cut_after(limit, self._cut):
                channel: paramiko.Channel = self._connection.transport.open_session(timeout=limit)
                channel.settimeout(limit)
                channel.exec_command(_interpreter(self._target))
                return channel
        except TimeoutError:
            raise Unreachable(f"{self._place} let us in, and began nothing within {limit} s") from None

    def _cut(self) -> None:
        _cut(self._gateway, self._connection)

    @property
    def _place(self) -> str:
        return _place(self._target.address, self._target.port)

    def close(self) -> None:
        """See `Session.close`."""
        # The host first, and then its jump host; one that keeps that waiting loses its socket.
        with contextlib.suppress(TimeoutError), cut_after(_CLOSE_SECONDS, self._cut):
            for connection in (self._connection, self._gateway):
                if connection is not None:
                    _close(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Transport(paramiko.Transport):
    """One that ends in silence: over a tunnel that is gone, paramiko's thread ends with an error that is printed."""

    def run(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            super().run()


class Connector:
    """Opens sessions. One for a whole run: configuration, private keys and known_hosts are read once."""

    def __init__(
        self, *, timeout: float = 15, whole: float = CONNECT_SECONDS, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        # Without a handler paramiko's own words about a broken connection land on the terminal, as tracebacks.
        logging.getLogger("paramiko").addHandler(logging.NullHandler())
        self._config = fabric.Config(overrides={"load_ssh_configs": False})
        self._timeout = timeout
        self._whole = whole
        self._sleep = sleep
        self._keys: dict[str, paramiko.PKey] = {}
        self._known_hosts = KnownHosts()

    def connect(self, target: Target) -> Session:
        """An open session to a target. Raises `Unreachable` with what to do about it."""
        if target.address == "local":
            return (
                LocalSession()
                if target.user == "root" or not target.become
                else LocalSession("sudo", "-n", "--", "sh", "-s")
            )
        gateway = self._connection(target, *_jump(target)) if target.jump else None
        connection = self._connection(target, target.user, target.address, target.port, gateway)
        try:
            # The jump host by itself first, so that what is wrong is said of the right host.
            for hop in (gateway, connection):
                if hop is not None:
                    self._open(hop, gateway)
        except Unreachable:
            SshSession(target, connection, gateway).close()
            raise
        return SshSession(target, connection, gateway)

    def _open(self, connection: fabric.Connection, gateway: fabric.Connection | None) -> None:
        """Open a connection, within the time for all of its tries. Raises `Unreachable`."""
        try:
            with cut_after(self._whole, lambda: _cut(gateway, connection)):
                self._tried(connection)
        except TimeoutError:
            place = _place(connection.host, connection.port)
            raise Unreachable(f"{place} cannot be reached: no login within {self._whole:g} s") from None

    def _tried(self, connection: fabric.Connection) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                connection.open()
                break
            except (paramiko.SSHException, OSError, EOFError) as error:
                _close(connection)
                if attempt == _TRIES or not _worth_another_try(error):
                    raise Unreachable(_why(connection, error)) from None
                # sshd drops beginnings at random when too many come at once (MaxStartups).
                self._sleep(random.uniform(0.2, 0.6) * 2**attempt)
        _tune(connection)

    def _connection(
        self,
        target: Target,
        user: str | None,
        address: str,
        port: int,
        gateway: fabric.Connection | None = None,
    ) -> fabric.Connection:
        key = self._key(target)
        how: dict[str, Any] = {"timeout": self._timeout, "banner_timeout": 30, "auth_timeout": 30}
        # How long a jump host may take to reach on: paramiko's own limit is an hour.
        how |= {"channel_timeout": self._timeout, "transport_factory": _Transport}
        if key is not None:
            how |= {"pkey": key, "allow_agent": False, "look_for_keys": False}
        connection = fabric.Connection(
            address, user=user, port=port, config=self._config, gateway=gateway, connect_kwargs=how
        )
        name = address if port == 22 else f"[{address}]:{port}"
        trusted: list[HostKey] = self._known_hosts.keys(name, target.known_hosts)
        for host_key in trusted:
            connection.client.get_host_keys().add(name, host_key.get_name(), host_key)
        connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        return connection

    def _key(self, target: Target) -> paramiko.PKey | None:
        if target.key_file is None:
            return None
        if target.key_file not in self._keys:
            try:
                self._keys[target.key_file] = paramiko.PKey.from_path(Path(target.key_file).expanduser())
            except (paramiko.PasswordRequiredException, TypeError):
                # TypeError is what cryptography says of a key that needs a passphrase and got none.
                raise Unreachable(
                    f"the key {target.key_file} has a passphrase: add it to an agent and take it out of the inventory"
                ) from None
            except (OSError, ValueError, RuntimeError, paramiko.SSHException) as error:
                raise Unreachable(f"the key {target.key_file} cannot be read: {_text(error)}") from None
        return self._keys[target.key_file]


def _interpreter(target: Target) -> str:
    """The command that runs a script from its standard input."""
    if target.shell == "powershell":
        return POWERSHELL
    return "sh -s" if target.user == "root" or not target.become else "sudo -n -- sh -s"


def _send(channel: paramiko.Channel, script: bytes, deadline: float) -> None:
    """A script to a host that may take it a byte at a time. Raises `TimeoutError` past the deadline."""
    rest = memoryview(script)
    while rest:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        channel.settimeout(left)
        rest = rest[channel.send(rest[:_PIECE].tobytes()) :]


def _cut(*connections: fabric.Connection | None) -> None:
    """Shut the sockets, from any thread and without waiting; whoever waits for them gets an end of file."""
    for connection in connections:
        transport = None if connection is None else connection.client.get_transport()
        sock = None if transport is None else transport.sock
        # A tunnel has no socket of its own: it ends with that of its jump host.
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _close(connection: fabric.Connection) -> None:
    """Close a connection, also one that never came to a login: Fabric leaves that open."""
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        connection.close()
        connection.client.close()


def _rest(channel: paramiko.Channel) -> bytes:
    channel.settimeout(5)
    try:
        return channel.recv_stderr(1 << 16)
    except TimeoutError:
        return b""


def _tune(connection: fabric.Connection) -> None:
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


def _jump(target: Target) -> tuple[str | None, str, int]:
    user, at, place = (target.jump or "").rpartition("@")
    host, colon, port = place.rpartition(":")
    if not colon or not port.isdigit():
        host, port = place, "22"
    return (user if at else target.user), host.strip("[]"), int(port)


def _worth_another_try(error: Exception) -> bool:
    text = str(error)
    return isinstance(error, EOFError | ConnectionResetError) or "banner" in text or "negotiation" in text.lower()


def _why(connection: fabric.Connection, error: Exception) -> str:
    place = _place(connection.host, connection.port)
    if isinstance(error, paramiko.BadHostKeyException):
        return (
            f"the host key of {place} is not the known one: the host was set up anew, or someone intercepts "
            "the connection; ask its administrator for the fingerprint before you change known_hosts"
        )
    if isinstance(error, paramiko.AuthenticationException):
        return f"{connection.user} may not log in at {place} with the keys given"
    if isinstance(error, paramiko.SSHException) and "not found in known_hosts" in str(error):
        return f"the host key of {place} is not known: check its fingerprint, then add it to known_hosts"
    if str(error) == "No existing session":
        # paramiko's words for keys that were not exchanged in time.
        return f"{place} cannot be reached: it answers, and begins no SSH session in time"
    return f"{place} cannot be reached: {_text(error)}"


def _place(host: str, port: int) -> str:
    return host if port == 22 else f"{host}:{port}"


def _text(error: BaseException) -> str:
    if isinstance(error, NoValidConnectionsError):
        # paramiko's own text begins with "[Errno None]"; what each address answered says more.
        reasons = dict.fromkeys(str(getattr(reason, "strerror", None) or reason) for reason in error.errors.values())
        return ", ".join(reasons)
    return " ".join(str(error).split()) or type(error).__name__
