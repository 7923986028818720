"""A throw-away sshd on loopback: its own keys, its own port, gone with the test."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from baseline.model import Target

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin:/usr/bin")


def may_log_in() -> bool:
    """Whether sshd lets the user who runs the tests in at all."""
    shell = Path(pwd.getpwuid(os.geteuid()).pw_shell)
    return os.access(shell, os.X_OK) and shell.name not in ("nologin", "false")


def write_key(path: Path, passphrase: str = "") -> str:
    """A new private key in a file; gives the public one."""
    key = Ed25519PrivateKey.generate()
    how: KeySerializationEncryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, how))
    path.chmod(0o600)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@dataclass(frozen=True)
class Sshd:
    """Where it listens, and the keys on both sides."""

    directory: Path
    port: int
    host_key: str

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    def target(self, **more: object) -> Target:
        """The way to it, with the right key, for the user who runs the tests."""
        fields = {
            "name": "mx1",
            "address": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "key_file": str(self.directory / "user_key"),
            "known_hosts": (str(self.known_hosts),),
        }
        return Target(**(fields | more))  # type: ignore[arg-type]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(directory: Path, *options: str, addresses: Sequence[str] = ("127.0.0.1",)) -> Iterator[Sshd]:
    """An sshd with more lines in its configuration, which come last. Its host key is in its own known_hosts.

    One listens on at most 16 addresses.
    """
    assert SSHD is not None
    directory.mkdir(parents=True, exist_ok=True)
    host_key = write_key(directory / "host_key")
    (directory / "authorized_keys").write_text(write_key(directory / "user_key"))
    server = Sshd(directory, free_port(), host_key)
    server.known_hosts.write_text("".join(f"[{one}]:{server.port} {host_key}\n" for one in addresses))
    lines = [
        f"Port {server.port}",
        *(f"ListenAddress {one}" for one in addresses),
        f"HostKey {directory}/host_key",
        f"AuthorizedKeysFile {directory}/authorized_keys",
        "PidFile none",
        "UsePAM no",
        "StrictModes no",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        *options,
    ]
    (directory / "sshd_config").write_text("".join(f"{line}\n" for line in lines))
    command = [SSHD, "-D", "-e", "-f", str(directory / "sshd_config")]
    if os.geteuid() == 0:
        # As root it wants a directory of its own, which is made where nobody else sees it.
        inside = 'mount -t tmpfs none /run && mkdir -m 0755 /run/sshd && exec "$@"'
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", inside, "sh", *command]
    if shutil.which("setpriv") is not None:
        # It ends with the tests, also with tests that are killed.
        command = ["setpriv", "--pdeathsig", "TERM", *command]
    with (directory / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            _wait(server, process, addresses[-1])
            yield server
        finally:
            process.terminate()


def _wait(server: Sshd, process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection((address, server.port), timeout=5).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"sshd did not start: {(server.directory / 'log').read_text()}")
