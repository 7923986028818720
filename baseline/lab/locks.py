"""File locks, so that two labs, or two commands on one lab, do not collide."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from baseline.lab.errors import LabError
from baseline.lab.place import LabPlace


@contextmanager
def lab_lock(place: LabPlace) -> Iterator[None]:
    """Hold the lab for one `up` or `down`. Raises `LabError` at once when another process holds it."""
    with _held(place.lock_file, None):
        yield


@contextmanager
def cache_lock(place: LabPlace, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the cache while writing to it; waits for another lab that is doing the same."""
    with _held(place.cache / "lock", say):
        yield


@contextmanager
def _held(path: Path, say: Callable[[str], None] | None) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # The file is never removed: a removed lock file can be held by two processes at once.
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            if say is None:
                raise LabError(
                    f"Another process (pid {holder}) is bringing this lab up or down; wait for it to end, "
                    "or set BASELINE_LAB_NAME to another name for a lab of your own."
                ) from None
            say(f"waiting for process {holder}, which is writing to {path.parent}")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
