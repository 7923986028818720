"""One connection to one host: a script in, the raw reply out.

Fabric connects, logs in and tunnels; the script goes over a channel of its transport. Host keys are checked
always: Fabric itself would accept any. This is the only module that imports Fabric.
"""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import fabric
import paramiko

from baseline.errors import BadReply, Unreachable
from baseline.known_hosts import HostKey, known_keys
from baseline.model import Target

EXCHANGE_SECONDS = 900
"""The longest that an exchange may take unless the caller says otherwise."""

REPLY_BYTES = 256 << 20
"""The longest reply that is read: a host that sends without end is cut off."""

_TRIES = 4


class Session(Protocol):
    """An open way to one host."""

    def exchange(self, script: bytes, *, seconds: int = EXCHANGE_SECONDS) -> bytes:
        """Run a POSIX sh script and give what it wrote to standard output.

        Raises `Unreachable` when the connection or `sudo` fails, `BadReply` when no whole reply comes in time.
        """

    def close(self) -> None:
        """End the connection."""


class LocalSession:
    """This machine, through a shell of its own. For hosts with `ansible_connection: local`, and for tests."""

    def __init__(self, *command: str) -> None:
        self._command = command or ("sh", "-s")

    def exchange(self, script: bytes, *, seconds: int = EXCHANGE_SECONDS) -> bytes:
        """See `Session.exchange`."""
        try:
            done = subprocess.run(self._command, input=script, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise BadReply(f"no whole reply within {seconds} s") from None
        except OSError as error:
            raise Unreachable(f"{self._command[0]} cannot be run: {error}") from None
        _refused(done.stdout, done.stderr)
        return done.stdout

    def close(self) -> None:
        """Nothing to end."""


class SshSession:
    """A host over SSH."""

    def __init__(self, target: Target, connection: fabric.Connection, gateway: fabric.Connection | None) -> None:
        self._target = target
        self._connection = connection
        self._gateway = gateway

    def exchange(self, script: bytes, *, seconds: int = EXCHANGE_SECONDS) -> bytes:
        """See `Session.exchange`."""
        deadline = time.monotonic() + seconds
        root = self._target.user == "root" or not self._target.become
        try:
            channel = self._connection.transport.open_session(timeout=30)
            with contextlib.closing(channel):
                channel.settimeout(max(seconds, 1))
                channel.exec_command("sh -s" if root else "sudo -n -- sh -s")
                # A host that refuses sudo closes its end at once; its words still come on the other stream.
                with contextlib.suppress(OSError):
                    channel.sendall(script)
                    channel.shutdown_write()
                reply = _read(channel, deadline)
                said = _rest(channel)
        except TimeoutError:
            raise BadReply(f"no whole reply within {seconds} s") from None
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise Unreachable(f"the connection broke: {_text(error)}") from None
        _refused(reply, said)
        return reply

    def close(self) -> None:
        """End the connection, and the one to the jump host."""
        for connection in (self._connection, self._gateway):
            if connection is not None:
                with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                    connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Connector:
    """Opens sessions. One for a whole run: the configuration and the private keys are read once."""

    def __init__(self, *, timeout: float = 15, sleep: Callable[[float], None] = time.sleep) -> None:
        self._config = fabric.Config(overrides={"load_ssh_configs": False})
        self._timeout = timeout
        self._sleep = sleep
        self._keys: dict[str, paramiko.PKey] = {}

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
        for attempt in range(1, _TRIES + 1):
            try:
                connection.open()
                break
            except (paramiko.SSHException, OSError, EOFError) as error:
                if attempt == _TRIES or not _worth_another_try(error):
                    raise Unreachable(_why(target, error)) from None
                # sshd drops beginnings at random when too many come at once (MaxStartups).
                self._sleep(random.uniform(0.2, 0.6) * 2**attempt)
        _no_delay(connection)
        return SshSession(target, connection, gateway)

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
        if key is not None:
            how |= {"pkey": key, "allow_agent": False, "look_for_keys": False}
        connection = fabric.Connection(
            address, user=user, port=port, config=self._config, gateway=gateway, connect_kwargs=how
        )
        name = address if port == 22 else f"[{address}]:{port}"
        trusted: list[HostKey] = known_keys(name, target.known_hosts)
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
            except paramiko.PasswordRequiredException:
                raise Unreachable(
                    f"the key {target.key_file} has a passphrase: add it to an agent and take it out of the inventory"
                ) from None
            except (OSError, ValueError, paramiko.SSHException) as error:
                raise Unreachable(f"the key {target.key_file} cannot be read: {_text(error)}") from None
        return self._keys[target.key_file]


def _read(channel: paramiko.Channel, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        channel.settimeout(left)
        part = channel.recv(1 << 16)
        if not part:
            return b"".join(parts)
        size += len(part)
        if size > REPLY_BYTES:
            raise BadReply(f"the reply is longer than {REPLY_BYTES >> 20} MiB")
        parts.append(part)


def _rest(channel: paramiko.Channel) -> bytes:
    channel.settimeout(5)
    try:
        return channel.recv_stderr(1 << 16)
    except TimeoutError:
        return b""


def _refused(reply: bytes, said: bytes) -> None:
    """Raise `Unreachable` when there is no reply because the shell could not be had."""
    if reply.strip():
        return
    words = " ".join(said.decode("utf-8", "backslashreplace").split())
    if "sudo" in words:
        raise Unreachable(f"sudo was refused ({words[:200]}): the login needs NOPASSWD for sh")
    if words:
        raise BadReply(f"the host sent no reply, only: {words[:200]}")


def _no_delay(connection: fabric.Connection) -> None:
    """paramiko leaves Nagle's algorithm on: 40 ms a channel. A tunnel through a jump host has no such option."""
    sock = connection.transport.sock
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _jump(target: Target) -> tuple[str | None, str, int]:
    user, at, place = (target.jump or "").rpartition("@")
    host, colon, port = place.rpartition(":")
    if not colon or not port.isdigit():
        host, port = place, "22"
    return (user if at else target.user), host.strip("[]"), int(port)


def _worth_another_try(error: Exception) -> bool:
    text = str(error)
    return isinstance(error, EOFError | ConnectionResetError) or "banner" in text or "negotiation" in text.lower()


def _why(target: Target, error: Exception) -> str:
    place = target.address if target.port == 22 else f"{target.address}:{target.port}"
    if isinstance(error, paramiko.BadHostKeyException):
        return (
            f"the host key of {place} is not the known one: the host was set up anew, or someone stands between; "
            "ask its administrator for the fingerprint before you change known_hosts"
        )
    if isinstance(error, paramiko.AuthenticationException):
        return f"{target.user or 'the login'} may not log in at {place} with the keys given"
    if isinstance(error, paramiko.SSHException) and "not found in known_hosts" in str(error):
        return f"the host key of {place} is not known: check its fingerprint, then add it to known_hosts"
    return f"{place} cannot be reached: {_text(error)}"


def _text(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
