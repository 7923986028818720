"""One connection to one host: a script in, the raw reply out.

Fabric connects, logs in and tunnels; the script goes over a channel of its transport. Host keys are checked
always: Fabric itself would accept any. This is the only module that imports Fabric.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import fabric
import paramiko

from baseline.arrivals import Arrivals
from baseline.bundle import POWERSHELL
from baseline.deadline import cut_after
from baseline.errors import BadReply, Unreachable
from baseline.known_hosts import HostKey, KnownHosts
from baseline.local import EXCHANGE_SECONDS, LocalSession, Session, read_reply, refused
from baseline.opening import CONNECT_SECONDS, Doors, Transport, close, cut, place, text

if TYPE_CHECKING:
    from baseline.model import Target

__all__ = ["EXCHANGE_SECONDS", "Connection", "Connector", "LocalSession", "Session", "SshSession"]

Connection: TypeAlias = fabric.Connection

BEGIN_SECONDS = 30
"""The longest that a host may take to begin what it is sent: less where the whole exchange has less."""

_MARGIN = 5
"""Seconds after the end of an exchange's time at which it is cut off, should it not have ended by itself."""

_CLOSE_SECONDS = 1
_PIECE = 1 << 20


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
            raise Unreachable(f"the connection to {self._place} broke: {text(error)}; look whether it is up") from None
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
        cut(self._gateway, self._connection)

    @property
    def _place(self) -> str:
        return place(self._target.address, self._target.port)

    def close(self) -> None:
        """See `Session.close`."""
        # The host first, and then its jump host; one that keeps that waiting loses its socket.
        with contextlib.suppress(TimeoutError), cut_after(_CLOSE_SECONDS, self._cut):
            for connection in (self._connection, self._gateway):
                if connection is not None:
                    close(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class BorrowedSession(SshSession):
    """A session over a connection that somebody else made, and ends."""

    _channel: paramiko.Channel | None = None

    def _begin(self, seconds: float) -> paramiko.Channel:
        self._channel = super()._begin(seconds)
        return self._channel

    def close(self) -> None:
        """Break off an exchange that is under way, and leave the connection to whoever made it."""
        # Whoever waits for the channel may end the connection before its host is told.
        if self._channel is not None:
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                self._channel.close()


class Connector:
    """Opens sessions. One for a whole run: private keys and known_hosts are read once."""

    def __init__(
        self, *, timeout: float = 15, whole: float = CONNECT_SECONDS, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        # Without a handler paramiko's own words about a broken connection land on the terminal, as tracebacks.
        logging.getLogger("paramiko").addHandler(logging.NullHandler())
        self._timeout = timeout
        self._doors = Doors(whole, sleep)
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
                    self._doors.open(hop, gateway)
        except Unreachable:
            SshSession(target, connection, gateway).close()
            raise
        return SshSession(target, connection, gateway)

    def over(self, connection: fabric.Connection, target: Target) -> Session:
        """A session over a connection of Fabric's, which is opened where it is not open yet, and stays open.

        Fabric accepts any host key; here it has to be a known one all the same, also that of a connection which is open
        already, and those of its jump hosts. Raises `Unreachable`.
        """
        gateway = connection.gateway if isinstance(connection.gateway, fabric.Connection) else None
        if gateway is not None:
            self.over(gateway, target)
        trusted = self._trust(connection, target)
        if not connection.is_connected:
            self._doors.open(connection, gateway)
        key = connection.transport.get_remote_server_key()
        if key not in trusted:
            where = place(connection.host, connection.port)
            raise Unreachable(
                f"the connection to {where} was opened to a host whose key is not known: check its fingerprint "
                f"({key.fingerprint}), then add it to known_hosts"
            )
        return BorrowedSession(target, connection, gateway)

    def _trust(self, connection: fabric.Connection, target: Target) -> list[HostKey]:
        """Have a connection accept the known keys of its host, and no other."""
        name = connection.host if connection.port == 22 else f"[{connection.host}]:{connection.port}"
        trusted: list[HostKey] = self._known_hosts.keys(name, target.known_hosts)
        for host_key in trusted:
            connection.client.get_host_keys().add(name, host_key.get_name(), host_key)
        connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        return trusted

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
        how |= {"channel_timeout": self._timeout, "transport_factory": Transport}
        if key is not None:
            how |= {"pkey": key, "allow_agent": False, "look_for_keys": False}
        # One for each: Fabric empties and fills the configuration of a connection that it makes, also while another
        # thread reads it.
        config = fabric.Config(overrides={"load_ssh_configs": False})
        connection = fabric.Connection(
            address, user=user, port=port, config=config, gateway=gateway, connect_kwargs=how
        )
        self._trust(connection, target)
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
                raise Unreachable(f"the key {target.key_file} cannot be read: {text(error)}") from None
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


def _rest(channel: paramiko.Channel) -> bytes:
    channel.settimeout(5)
    try:
        return channel.recv_stderr(1 << 16)
    except TimeoutError:
        return b""


def _jump(target: Target) -> tuple[str | None, str, int]:
    user, at, place = (target.jump or "").rpartition("@")
    host, colon, port = place.rpartition(":")
    if not colon or not port.isdigit():
        host, port = place, "22"
    return (user if at else target.user), host.strip("[]"), int(port)
