"""Ctrl-C while hosts are worked on: once in an orderly way, with a report; twice, at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from baseline.deadline import Halt

if TYPE_CHECKING:
    from types import FrameType

LOOKING = "interrupted: nothing was changed; the report shows what is known so far"
ACTING = (
    "interrupted: no further host is begun; those under way are finished, confirmed or rolled back. "
    "Ctrl-C once more ends it at once"
)
BACK = "interrupted: what has begun is finished, confirmed or rolled back. Ctrl-C once more ends it at once"
AT_ONCE = (
    "ended at once: a host under way is as planned if it was confirmed; otherwise it restores itself within "
    "{seconds} s; look with `baseline check`"
)


@contextlib.contextmanager
def interruptible(first: str, second: str = "") -> Iterator[Halt]:
    """A halt that Ctrl-C asks for, with words on standard error for the first time and the second.

    Where the signal is ignored, as in the background of a script, or belongs to another thread, nothing is changed.
    """
    halt = Halt()
    ours = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not ours or before in (signal.SIG_IGN, None):
        yield halt
        return

    def asked(number: int, frame: FrameType | None) -> None:
        del number, frame
        halt.ask()
        words = (first, second)[halt.asked - 1] if halt.asked <= 2 else ""
        if words:
            # Not through Python's own buffers: the signal may have come in the middle of their work.
            with contextlib.suppress(OSError):
                os.write(2, f"\nbaseline: {words}\n".encode())

    signal.signal(signal.SIGINT, asked)
    try:
        yield halt
    finally:
        signal.signal(signal.SIGINT, before)
