"""Until when something has to be over, and how it is broken off when it is not.

A thread of Python cannot be ended from outside. What can be done is to close what it waits for, so that it ends by
itself, and not to wait for one that does not.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

_AGAIN = 0.5
"""Seconds between two cuts of what has not ended by the first: it may have been opening a connection meanwhile."""


@contextlib.contextmanager
def cut_after(seconds: float, cut: Callable[[], None]) -> Iterator[None]:
    """Have `cut`, which closes what is waited for, called when what is done inside takes longer than `seconds`.

    `cut` is called from a thread of its own, and again until there is an end. Raises `TimeoutError` in place of what
    a cut made of it.
    """
    ended, late = threading.Event(), threading.Event()

    def watch() -> None:
        patience = seconds
        while not ended.wait(patience):
            late.set()
            cut()
            patience = _AGAIN

    threading.Thread(target=watch, name="watcher", daemon=True).start()
    try:
        yield
    except Exception as error:
        if late.is_set():
            raise TimeoutError(f"not over within {seconds:g} s") from error
        raise
    finally:
        ended.set()
