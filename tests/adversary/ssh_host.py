"""A host that speaks SSH and does with it what it likes, on loopback, in threads of the process that asks for it."""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_FAILED_RESOURCE_SHORTAGE,
    OPEN_SUCCEEDED,
)

PIECE = 0.2
"""Seconds between two bytes of a host that drips."""


@dataclass
class SshHost:
    """Where it is, what a client needs to log in to it, and how it is ended."""

    port: int
    known_hosts: Path
    key_file: Path
    over: threading.Event = field(default_factory=threading.Event)

    def variables(self) -> dict[str, object]:
        """Its line of an inventory."""
        return {
            "ansible_host": "127.0.0.1",
            "ansible_port": self.port,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.key_file),
            "ansible_ssh_extra_args": f"-o UserKnownHostsFile={self.known_hosts}",
        }


class Honest(paramiko.ServerInterface):
    """Lets everybody in and runs what it is sent, in a shell of this machine. The others leave out one step each."""

    window = 1 << 21

    def __init__(self, host: SshHost, transport: paramiko.Transport) -> None:
        self.host = host
        self.transport = transport

    @classmethod
    def meet(cls, connection: socket.socket, host: SshHost, key: paramiko.PKey) -> None:
        """Have a new connection."""
        transport = paramiko.Transport(connection, default_window_size=cls.window)
        transport.add_server_key(key)
        transport.start_server(event=threading.Event(), server=cls(host, transport))
        host.over.wait()
        transport.close()

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=self._run, args=(channel,), daemon=True).start()
        return True

    def _run(self, channel: paramiko.Channel) -> None:
        with contextlib.suppress(OSError, EOFError):
            self.run(channel)

    def run(self, channel: paramiko.Channel) -> None:
        """What stands for the command."""
        script = channel.makefile("rb").read()
        done = subprocess.run(["sh", "-s"], input=script, capture_output=True, check=False)
        channel.sendall(done.stdout)
        channel.sendall_stderr(done.stderr)
        channel.send_exit_status(done.returncode)
        channel.close()

    def never(self) -> None:
        """Wait until the test is over."""
        self.host.over.wait()


class NoLogin(Honest):
    """Never says whether a key is taken."""

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.never()
        return AUTH_FAILED


class NoChannel(Honest):
    """Lets in, and never opens a channel."""

    def check_channel_request(self, kind: str, chanid: int) -> int:
        self.never()
        return OPEN_FAILED_RESOURCE_SHORTAGE


class NoCommand(Honest):
    """Opens a channel, and never says whether it runs the command."""

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.never()
        return False


class NoTunnel(Honest):
    """A jump host that never reaches on."""

    def check_channel_direct_tcpip_request(
        self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]
    ) -> int:
        self.never()
        return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class Silent(Honest):
    """Takes the command and the script, and says nothing."""

    def run(self, channel: paramiko.Channel) -> None:
        channel.makefile("rb").read()
        self.never()


class Unread(Honest):
    """Takes the command, and never the script: its window stays shut."""

    window = 1 << 15

    def run(self, channel: paramiko.Channel) -> None:
        self.never()


class Deaf(Honest):
    """Takes the command, and reads nothing more from the network at all."""

    window = 1 << 30

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        def nothing() -> tuple[int, paramiko.Message]:
            self.never()
            raise EOFError

        self.transport.packetizer.read_message = nothing  # type: ignore[method-assign]
        return True


class Drips(Honest):
    """Answers one byte at a time, for ever."""

    def run(self, channel: paramiko.Channel) -> None:
        while not self.host.over.wait(PIECE):
            channel.sendall(b"x")


class Endless(Honest):
    """Answers without end."""

    def run(self, channel: paramiko.Channel) -> None:
        while not self.host.over.is_set():
            channel.sendall(b"x" * 32_000)


class Complains(Honest):
    """Says nothing, and complains about it without end."""

    def run(self, channel: paramiko.Channel) -> None:
        while not self.host.over.is_set():
            channel.sendall_stderr(b"x" * 32_000)


class Resets(Honest):
    """Breaks off in the middle of its answer."""

    def run(self, channel: paramiko.Channel) -> None:
        channel.sendall(b"half an ans")
        sock = self.transport.sock
        assert isinstance(sock, socket.socket)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()


class NoKeys(Honest):
    """Speaks SSH, and never comes to the exchange of keys."""

    @classmethod
    def meet(cls, connection: socket.socket, host: SshHost, key: paramiko.PKey) -> None:
        connection.sendall(b"SSH-2.0-adversary\r\n")
        host.over.wait()


class DrippedGreeting(Honest):
    """Greets one byte at a time, for ever."""

    @classmethod
    def meet(cls, connection: socket.socket, host: SshHost, key: paramiko.PKey) -> None:
        while not host.over.wait(PIECE):
            connection.sendall(b"x")


@contextlib.contextmanager
def ssh_host(behaviour: type[Honest], folder: Path) -> Iterator[SshHost]:
    """A host of this behaviour on a port of its own; its keys are written into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    own, client = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = SshHost(server.getsockname()[1], folder / "known_hosts", folder / "key")
        host.known_hosts.write_text(f"[127.0.0.1]:{host.port} {own.get_name()} {own.get_base64()}\n")
        client.write_private_key_file(str(host.key_file))
        threading.Thread(target=_serve, args=(server, host, own, behaviour), daemon=True).start()
        try:
            yield host
        finally:
            host.over.set()
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, host: SshHost, key: paramiko.PKey, behaviour: type[Honest]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_meet, args=(connection, host, key, behaviour), daemon=True).start()


def _meet(connection: socket.socket, host: SshHost, key: paramiko.PKey, behaviour: type[Honest]) -> None:
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException), connection:
        behaviour.meet(connection, host, key)
