"""Programs that files and options name, such as inventory scripts: run with bounds on their time and their output."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from baseline.classes import dataclass

MOST_ERRORS = 1 << 14
"""Bytes of what a program says on stderr that are kept."""


@dataclass(frozen=True)
class Ran:
    """What a program printed before it ended by itself."""

    code: int
    stdout: bytes
    stderr: bytes


class PrintedTooMuch(Exception):
    """It printed more than it may."""


def ran(argv: Sequence[str], *, seconds: float, most: int, folder: Path | None = None) -> Ran:
    """Run a program without input and without a terminal. `most` is of bytes on stdout.

    Raises `TimeoutError` and `PrintedTooMuch`, with all that it started killed, and OSError when it cannot be run.
    """
    process = subprocess.Popen(
        argv,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A session of its own, so that what it started can be stopped with it.
        start_new_session=True,
    )
    until = time.monotonic() + seconds
    with process:
        try:
            out, told = _read(process, until, most)
            return Ran(process.wait(max(until - time.monotonic(), 0)), out, told)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise TimeoutError from None
        except BaseException:
            _kill(process)
            raise


def _read(process: subprocess.Popen[bytes], until: float, most: int) -> tuple[bytes, bytes]:
    """What it prints until both of its outputs are closed, or something is too much."""
    out, told = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, to in ((process.stdout, out), (process.stderr, told)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, to)
        while selector.get_map():
            ready = selector.select(max(until - time.monotonic(), 0))
            if not ready or time.monotonic() > until:
                raise TimeoutError
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 16)
                key.data.extend(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
            del told[MOST_ERRORS:]
            if len(out) > most:
                raise PrintedTooMuch
    return bytes(out), bytes(told)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
