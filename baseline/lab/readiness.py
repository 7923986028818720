"""When a host is ready: every service answers over the network, and systemd has no failed unit."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Mapping

from baseline.lab.errors import LabError
from baseline.lab.place import LabHost
from baseline.programs import PROGRAMS, ServedPort
from baseline.programs.columns import Speaks

POLL_SECONDS = 0.1
ANSWER_SECONDS = 5


SERVED = ("ssh", "smtp", "domain", "imap", "submission", "imaps")
"""The services of a lab's host that have to answer."""

SERVICES = tuple(port for program in PROGRAMS for port in program.ports if port.name in SERVED)

GREETINGS: Mapping[Speaks, bytes] = {"ssh": b"SSH-2.0-", "smtp": b"220 ", "imap": b"* OK"}
"""How the first line begins; a port that speaks anything else only has to be open."""


def wait_until_ready(host: LabHost, enter: list[str], running: Callable[[], bool], timeout: float) -> None:
    """Wait at most `timeout` seconds for all services and for systemd; `enter` begins a command inside the host.
    `running` tells whether it is still worth waiting.

    Raises `LabError` that names what is missing.
    """
    deadline = time.monotonic() + timeout
    waiting = list(SERVICES)
    while True:
        waiting = [service for service in waiting if not answers(host.address, service)]
        system = system_state(enter) if not waiting else "starting"
        if system == "running":
            return
        if time.monotonic() > deadline or system == "degraded" or not running():
            missing = ", ".join(service.name for service in waiting) or f"systemd says {system!r}"
            raise LabError(f"{host.name} is not ready ({missing}).\n{failed_units(enter)}")
        time.sleep(POLL_SECONDS)


def answers(address: str, service: ServedPort) -> bool:
    """Whether the service greets as it should, within 5 seconds."""
    try:
        with socket.create_connection((address, service.number), timeout=ANSWER_SECONDS) as plain:
            greeting = GREETINGS.get(service.speaks)
            if greeting is None:
                return True
            # Only the greeting matters here: whether the certificate is good is not the lab's question.
            with _any_certificate().wrap_socket(plain) if service.tls else plain as connection:
                return connection.recv(256).startswith(greeting)
    except OSError:
        return False


def system_state(enter: list[str]) -> str:
    """systemd's word for the whole host: "starting", "running", "degraded" or other."""
    return _output([*enter, "systemctl", "is-system-running"])


def failed_units(enter: list[str]) -> str:
    """systemd's list of failed units and what is still being started, empty when there is none."""
    failed = _output([*enter, "systemctl", "--failed", "--no-legend", "--plain"])
    jobs = _output([*enter, "systemctl", "list-jobs", "--no-legend"])
    return "\n".join(part for part in (failed, jobs) if part)


def _output(argv: list[str]) -> str:
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode(errors="replace").strip()


def _any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
