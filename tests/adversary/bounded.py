"""What may hang runs in a process of its own, which is ended: a hang fails its test and keeps nobody else waiting."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HARD = 60
"""Seconds, by far more than anything here may take."""


@dataclass(frozen=True)
class Ran:
    """What a program printed, and its exit code."""

    code: int
    out: str
    err: str


def bounded(*arguments: str, seconds: float = HARD) -> Ran:
    """`python` with these arguments. Fails when it does not end in time, interpreter exit included."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def bounded_code(code: str, arguments: Sequence[str] = (), *, seconds: float = HARD) -> Ran:
    """A program with its arguments; see `bounded`."""
    return bounded("-c", code, *arguments, seconds=seconds)
