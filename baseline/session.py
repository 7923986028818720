"""One connection to one host: a script in, the raw reply out.

Fabric connects, logs in and tunnels; the script goes over a channel of its transport. Host keys are checked
always: Fabric itself would accept any. This is the only module that imports Fabric.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

import fabric
import paramiko

from baseline.arrivals import Arrivals
from baseline.becoming import ANSWER_SECONDS, SUDO, Agreed, Passwords
from baseline.bundle import POWERSHELL
from baseline.deadline import cut_after
from baseline.errors import BadReply, Unreachable
from baseline.host_certificates import Authorities, CertifiedTransport, KnownOrCertified
from baseline.known_hosts import HostKey, KnownHosts
from baseline.local import EXCHANGE_SECONDS, LocalSession, Session, read_reply, refused
from baseline.login_keys import LoginKeys
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

    def __init__(
        self,
        target: Target,
        connection: fabric.Connection,
        gateways: Sequence[fabric.Connection],
        passwords: Passwords | None = None,
    ) -> None:
        """`gateways` are the jump hosts, the one next to the host first."""
        self._target = target
        self._passwords = passwords or Passwords()
        self._connection = connection
        self._gateways = gateways
        self.arrivals = Arrivals(time.monotonic())

    @property
    def machine(self) -> str:
        """See `Identified.machine`: the host key that the connection was made over."""
        key = self._connection.transport.get_remote_server_key()
        return f"{key.get_name()} {key.fingerprint}"

    @property
    def alive(self) -> bool:
        """Whether the connection still stands, as far as this side knows."""
        return bool(self._connection.is_connected)

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
        password = self._target.become_password if _becomes(self._target) else None
        agreed = None if password is None else Agreed()
        try:
            with cut_after(limit, self._cut):
                # paramiko's own limit is the later one: it would end in another way.
                channel: paramiko.Channel = self._connection.transport.open_session(timeout=limit + _MARGIN)
                channel.settimeout(limit)
                channel.exec_command(_interpreter(self._target) if agreed is None else agreed.line)
        except TimeoutError:
            raise Unreachable(f"{self._place} let us in, and began nothing within {limit} s") from None
        if agreed is not None and password is not None:
            with contextlib.ExitStack() as ending:
                ending.callback(channel.close)
                where = self._target.name
                self._passwords.begin(agreed, _Talk(channel), password, where, min(ANSWER_SECONDS, seconds))
                ending.pop_all()
        return channel

    def _cut(self) -> None:
        cut(*self._gateways, self._connection)

    @property
    def _place(self) -> str:
        return place(self._target.address, self._target.port)

    def close(self) -> None:
        """See `Session.close`."""
        # The host first, and then its jump hosts; one that keeps that waiting loses its socket.
        with contextlib.suppress(TimeoutError), cut_after(_CLOSE_SECONDS, self._cut):
            for connection in (self._connection, *self._gateways):
                close(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Talk:
    """See `becoming.Streams`."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def hear(self, seconds: float) -> bytes:
        self._channel.settimeout(seconds)
        return self._channel.recv_stderr(1 << 14)

    def say(self, text: bytes) -> None:
        # One that has ended says so by what it is heard to say.
        with contextlib.suppress(OSError):
            self._channel.sendall(text)


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
        self._keys = LoginKeys()
        self._known_hosts = KnownHosts()
        self._passwords = Passwords()

    def connect(self, target: Target) -> Session:
        """An open session to a target. Raises `Unreachable` with what to do about it."""
        if target.address == "local":
            if not _becomes(target):
                return LocalSession()
            return LocalSession(*SUDO, password=target.become_password, passwords=self._passwords)
        gateways: list[fabric.Connection] = []
        for hop in _hops(target):
            gateways.append(
                self._connection(
                    target,
                    hop.user,
                    hop.host,
                    hop.port,
                    hop.key_file,
                    gateway=gateways[-1] if gateways else None,
                    alias=hop.alias,
                    known_hosts=hop.known_hosts,
                )
            )
        connection = self._connection(
            target,
            target.user,
            target.address,
            target.port,
            target.key_file,
            gateway=gateways[-1] if gateways else None,
            others=target.other_key_files,
            alias=target.host_key_alias,
            known_hosts=target.known_hosts,
        )
        session = SshSession(target, connection, gateways[::-1], self._passwords)
        try:
            # Jump hosts by themselves first, so that what is wrong is said of the right host. The first has the socket.
            for hop_connection in (*gateways, connection):
                self._doors.open(hop_connection, gateways[0] if gateways else None)
        except Unreachable:
            session.close()
            raise
        return session

    def over(self, connection: fabric.Connection, target: Target) -> Session:
        """A session over a connection of Fabric's, which is opened where it is not open yet, and stays open.

        Fabric accepts any host key; here it has to be a known one all the same, also that of a connection which is open
        already, and those of its jump hosts. Raises `Unreachable`.
        """
        gateway = connection.gateway if isinstance(connection.gateway, fabric.Connection) else None
        if gateway is not None:
            self.over(gateway, target)
        trusted = self._trust(connection, target.known_hosts)
        if not connection.is_connected:
            self._doors.open(connection, gateway)
        key = connection.transport.get_remote_server_key()
        if key not in trusted:
            where = place(connection.host, connection.port)
            raise Unreachable(
                f"the connection to {where} was opened to a host whose key is not known: check its fingerprint "
                f"({key.fingerprint}), then add it to known_hosts"
            )
        return BorrowedSession(target, connection, [] if gateway is None else [gateway], self._passwords)

    def _trust(self, connection: fabric.Connection, known_hosts: Sequence[str], alias: str = "") -> list[HostKey]:
        """Have a connection accept the known keys of its host, and no other."""
        name = _known_as(connection)
        trusted: list[HostKey] = self._known_hosts.keys(alias or name, known_hosts)
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
        key_file: str | None,
        *,
        gateway: fabric.Connection | None = None,
        others: Sequence[str] = (),
        alias: str = "",
        known_hosts: Sequence[str] = (),
    ) -> fabric.Connection:
        """One that is not open yet. `others` are keys to try after `key_file`, `alias` its name in `known_hosts`."""
        key = None if key_file is None else self._keys.of(key_file, target.passphrases)
        how: dict[str, Any] = {"timeout": self._timeout, "banner_timeout": 30, "auth_timeout": 30}
        # How long a jump host may take to reach on: paramiko's own limit is an hour.
        how |= {"channel_timeout": self._timeout, "transport_factory": Transport}
        if key is not None:
            how |= {"pkey": key, "allow_agent": False, "look_for_keys": False, "key_filename": list(others)}
        # One for each: Fabric empties and fills the configuration of a connection that it makes, also while another
        # thread reads it.
        # Without files of Fabric's own, which would be looked for each time.
        config = fabric.Config(overrides={"load_ssh_configs": False}, lazy=True)
        connection = fabric.Connection(
            address, user=user, port=port, config=config, gateway=gateway, connect_kwargs=how
        )
        known = self._trust(connection, known_hosts, alias)
        authorities = self._authorities(connection, known_hosts, alias)
        if authorities.keys:
            # The client knows of no key then, so that its policy is asked about each.
            connection.client.get_host_keys().clear()
            connection.client.set_missing_host_key_policy(KnownOrCertified(known))
            how["transport_factory"] = partial(CertifiedTransport, authorities=authorities, known=known)
            connection.connect_kwargs = how
        return connection

    def _authorities(self, connection: fabric.Connection, known_hosts: Sequence[str], alias: str) -> Authorities:
        """Who may certify the key of a connection's host."""
        keys, revoked = self._known_hosts.authorities(alias or _known_as(connection), known_hosts)
        return Authorities(alias or connection.host, keys, revoked)


def _interpreter(target: Target) -> str:
    """The command that runs a script from its standard input."""
    if target.shell == "powershell":
        return POWERSHELL
    return " ".join(SUDO) if _becomes(target) else "sh -s"


def _known_as(connection: fabric.Connection) -> str:
    """What known_hosts calls the host of a connection."""
    return connection.host if connection.port == 22 else f"[{connection.host}]:{connection.port}"


def _becomes(target: Target) -> bool:
    """Whether root is had by sudo."""
    return target.become and target.user != "root" and target.shell != "powershell"


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


class _Hop(NamedTuple):
    """A jump host: how it is reached, and where its host key is looked up by which name."""

    user: str | None
    host: str
    port: int
    key_file: str | None
    alias: str
    known_hosts: Sequence[str]


def _hops(target: Target) -> list[_Hop]:
    """The jump hosts on the way to a host. What they do not have of their own is the host's."""
    found = []
    for number, written in enumerate(filter(None, (target.jump or "").split(","))):
        user, at, place = written.rpartition("@")
        host, colon, port = place.rpartition(":")
        if not colon or not port.isdigit():
            host, port = place, "22"
        key = target.jump_keys[number] if number < len(target.jump_keys) else ""
        alias = target.jump_aliases[number] if number < len(target.jump_aliases) else ""
        known = target.jump_known_hosts[number] if number < len(target.jump_known_hosts) else ()
        login = user if at else target.user
        found.append(
            _Hop(login, host.strip("[]"), int(port), key or target.key_file, alias, known or target.known_hosts)
        )
    return found
