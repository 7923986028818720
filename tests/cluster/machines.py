"""A real scheduler and real workers of Dask, each a process of its own on loopback, under certificates of the test."""

from __future__ import annotations

import contextlib
import datetime
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.exchange.sshd import free_port

QUIET = {"DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": "[]", "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]"}


def certificates(folder: Path) -> dict[str, str]:
    """A certificate that is its own authority, as the settings of Dask that name it."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a cluster of the tests")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    named = {"CA_FILE": "cert.pem"}
    for role in ("CLIENT", "SCHEDULER", "WORKER"):
        named |= {f"{role}__CERT": "cert.pem", f"{role}__KEY": "key.pem"}
    return {f"DASK_DISTRIBUTED__COMM__TLS__{option}": str(folder / file) for option, file in named.items()}


@dataclass
class Machines:
    """A scheduler, and the workers that were started."""

    folder: Path
    settings: dict[str, str]
    port: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"tls://127.0.0.1:{self.port}"

    def workers(self, *names_and_sites: tuple[str, str]) -> list[subprocess.Popen[bytes]]:
        """Workers that reach the hosts of their sites, once the scheduler knows them."""
        started = [self.worker(name, site) for name, site in names_and_sites]
        for name, _ in names_and_sites:
            self.wait_for(name)
        return started

    def wait_for(self, name: str) -> None:
        """Wait until the scheduler knows a worker."""
        self._until(name, "Registered to:")

    def worker(self, name: str, site: str, *more: str) -> subprocess.Popen[bytes]:
        """A worker that begins to reach the hosts of a site at some time from now on."""
        return self._start(
            name,
            "dask_worker",
            self.url,
            "--host=127.0.0.1",
            "--no-nanny",
            "--no-dashboard",
            "--nthreads=4",
            f"--name={name}",
            f"--resources=site:{site}=4",
            f"--local-directory={self.folder}",
            *more,
        )

    def scheduler(self) -> subprocess.Popen[bytes]:
        """The scheduler, which may not listen yet."""
        where = ("--host=127.0.0.1", f"--port={self.port}", "--protocol=tls", "--dashboard-address=127.0.0.1:0")
        return self._start("scheduler", "dask_scheduler", *where)

    def _start(self, name: str, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", f"distributed.cli.{program}", *arguments]
        environment = {**os.environ, **self.settings, **QUIET}
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.folder)
        self.running.append(process)
        return process

    def _until(self, name: str, words: str, seconds: float = 60) -> None:
        """Wait until a process has said something."""
        until = time.monotonic() + seconds
        while words not in (said := (self.folder / f"{name}.log").read_text(errors="replace")):
            assert time.monotonic() < until, said[-2000:]
            time.sleep(0.05)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Lose a machine: it says nothing any more."""
    process.send_signal(signal.SIGKILL)
    process.wait(10)


@contextlib.contextmanager
def machines(folder: Path) -> Iterator[Machines]:
    """A scheduler that listens; it and all that is started with it end with this."""
    made = Machines(folder, certificates(folder / "tls"), free_port())
    try:
        made.scheduler()
        yield made
    finally:
        for process in made.running:
            process.kill()
        for process in made.running:
            process.wait(10)
