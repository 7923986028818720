"""What a command takes: wall time, and processor time of it and of all that it starts."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SET_CHILD_SUBREAPER = 36
LONGEST = 1200
"""Seconds after which a command is given up."""


@dataclass(frozen=True)
class Took:
    """Seconds of wall time and of processors; the command's exit code, and the end of what it said."""

    wall: float
    cpu: float
    code: int
    said: str


def adopt_orphans() -> None:
    """Become the parent of what commands leave running, so that its time is counted and it is ended."""
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def measured(argv: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: Path | None = None) -> Took:
    """Run a command to its end, whatever it exits with. What it leaves running is ended, and counted."""
    log = folder / "said"
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with log.open("wb") as said, (stdin or Path(os.devnull)).open("rb") as given:
        process = subprocess.Popen(
            argv, cwd=folder, env=dict(environment), stdin=given, stdout=said, stderr=said, start_new_session=True
        )
        if not _ended(process.pid, LONGEST):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
    wall = time.monotonic() - begun
    _end_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(wall, cpu, code, log.read_bytes()[-3000:].decode("utf-8", "replace"))


def _ended(process: int, seconds: float) -> bool:
    """Whether a process ends in time. Python's own wait looks for that every 50 ms, a sixth of what is measured."""
    handle = os.pidfd_open(process)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def _end_orphans() -> None:
    """End what was adopted: connections that are kept for a next command, which is to make its own."""
    for child in _children():
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
    until = time.monotonic() + 5
    while children := _children():
        for child in children:
            if time.monotonic() > until:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, os.WNOHANG)
        time.sleep(0.01)


_OURS: set[int] = set()


def keep(process: int) -> None:
    """A child that is no command's: it goes on."""
    _OURS.add(process)


def forget(process: int) -> None:
    """It has ended."""
    _OURS.discard(process)


def _children() -> list[int]:
    pid = os.getpid()
    return [
        int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if int(child) not in _OURS
    ]
