"""Until when something has to be over, and how it is broken off when it is not.

A thread of Python cannot be ended from outside. What can be done is to close what it waits for, so that it ends by
itself, and not to wait for one that does not.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import field
from queue import SimpleQueue
from typing import Any

from baseline.classes import dataclass
from baseline.errors import GivenUp

CONFIRM_SECONDS = 300
"""How long a host waits for the confirmation of an apply before it restores itself, unless told otherwise."""

_AGAIN = 0.5
"""Seconds between two cuts of what has not ended by the first: it may have been opening a connection meanwhile."""

_TICK, _IDLE = 0.1, 10
"""Seconds between two looks whether something is late, and after how many without anything to look after they end."""


class Deadline:
    """Until when a piece of work has to be over: `seconds` from now, or when somebody gives it up before.

    `words` are the reason that is told when the time is over. Safe to use from any thread.
    """

    def __init__(self, seconds: float = math.inf, words: str = "") -> None:
        self.until = time.monotonic() + seconds
        self._words = words or f"its time of {seconds:g} s is over"
        self._why = ""
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._close: list[Callable[[], None]] = []
        self.begun = False

    @property
    def why(self) -> str:
        """Why it is over; empty while it is not."""
        return self._why or (self._words if time.monotonic() >= self.until else "")

    @property
    def given_up(self) -> bool:
        """Whether somebody gave it up; that its time is over is not enough."""
        return bool(self._why)

    def left(self) -> float:
        """How many seconds are left. Raises `GivenUp` when there are none."""
        if why := self.why:
            raise GivenUp(why)
        return max(self.until - time.monotonic(), 0.001)

    def apart(self) -> Deadline:
        """One that ends when this does, by time, and can be given up by itself. Raises `GivenUp` past the end."""
        return Deadline(self.left(), self._words)

    def begin(self, seconds: float) -> None:
        """Begin what must not be left half done: it gets a time of its own. Raises `GivenUp` when it is too late."""
        with self._lock:
            self.left()
            self.begun = True
            self.until = time.monotonic() + seconds

    def give_up(self, why: str, *, begun_too: bool = False) -> None:
        """End it now: what it waits for is closed. What was begun is left to its own time, unless `begun_too`."""
        with self._lock:
            if self._why or (self.begun and not begun_too):
                return
            self._why = why
            closing = list(self._close)
        self._ended.set()
        for close in closing:
            _apart(close)

    @contextlib.contextmanager
    def closing(self, close: Callable[[], None]) -> Iterator[None]:
        """Have `close` called, from a thread of its own, when this is given up meanwhile, or was before."""
        with self._lock:
            self._close.append(close)
            late = bool(self._why)
        if late:
            _apart(close)
        try:
            yield
        finally:
            with self._lock:
                self._close.remove(close)

    def sleep(self, seconds: float) -> None:
        """Wait. Raises `GivenUp` when this is given up meanwhile, or its time ends."""
        self._ended.wait(min(seconds, self.left()))
        self.left()


class Halt:
    """A wish to end a run before its time: asked once, in an orderly way; asked twice, at once.

    `ask` may be called from any thread, and by the handler of a signal.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._listening: list[SimpleQueue[Any]] = []

    def ask(self) -> None:
        """Ask, once more."""
        self.asked += 1
        for queue in self._listening:
            # The one way to wake another thread that a signal's handler may use.
            queue.put(None)

    @contextlib.contextmanager
    def waking(self, queue: SimpleQueue[Any]) -> Iterator[None]:
        """Have None put on a queue whenever this is asked."""
        self._listening.append(queue)
        try:
            yield
        finally:
            self._listening.remove(queue)


HOST_SECONDS = 900
"""How long one host may be looked at unless told otherwise. An apply that was begun has a time of its own."""

RUN_SECONDS = 6 * 3600
"""How long a run may take unless told otherwise."""


@dataclass(frozen=True)
class Limits:
    """How long a run may take, in seconds: each of its hosts, and all of it; and the `halt` that ends it before.

    A host whose time is over is given up. When that of the run is over, or somebody asks for a halt, no host is begun
    any more, looks are given up, and an apply that has begun is finished. What is not known then is `unknown`.
    """

    host: float = HOST_SECONDS
    run: float = RUN_SECONDS
    halt: Halt = field(default_factory=Halt)

    def whole(self) -> Deadline:
        """The deadline of a run that begins now."""
        return Deadline(self.run, "the time of the run (--deadline) is over")

    @property
    def words(self) -> str:
        """Why a host is given up."""
        return f"given up: its time of {self.host:g} s (--host-timeout) is over"


@contextlib.contextmanager
def cut_after(seconds: float, cut: Callable[[], None]) -> Iterator[None]:
    """Have `cut`, which closes what is waited for, called when what is done inside takes longer than `seconds`.

    `cut` is called from a thread of its own, and again until there is an end. Raises `TimeoutError` in place of what
    a cut made of it.
    """
    watched = _Watched(time.monotonic() + seconds, cut)
    _WATCH.begin(watched)
    try:
        yield
    except Exception as error:
        if watched.late:
            raise TimeoutError(f"not over within {seconds:g} s") from error
        raise
    finally:
        _WATCH.end(watched)


class _Watched:
    """What is cut off unless it ends before `until` (monotonic seconds)."""

    def __init__(self, until: float, cut: Callable[[], None]) -> None:
        self.until, self._cut = until, cut
        self.ended = threading.Event()
        self.late = False

    def cut_off(self) -> None:
        """Cut, until there is an end."""
        while not self.ended.is_set():
            self._cut()
            self.ended.wait(_AGAIN)


class _Watch:
    """One thread that watches all that is under way, and ends when there is nothing for a while.

    A host takes four such looks after its time, and a thread for each of them is a tenth of a millisecond of CPU.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: set[_Watched] = set()
        self._thread: threading.Thread | None = None

    def begin(self, watched: _Watched) -> None:
        with self._lock:
            self._under_way.add(watched)
            # After a fork of the process the thread is gone.
            if self._thread is None or not self._thread.is_alive():
                self._thread = _apart(self._look)

    def end(self, watched: _Watched) -> None:
        watched.ended.set()
        with self._lock:
            self._under_way.discard(watched)

    def _look(self) -> None:
        idle = 0
        while idle < _IDLE:
            time.sleep(_TICK)
            now = time.monotonic()
            with self._lock:
                idle = 0 if self._under_way else idle + 1
                late = [one for one in self._under_way if now >= one.until]
                self._under_way.difference_update(late)
                if idle == _IDLE:
                    self._thread = None
            for one in late:
                one.late = True
                _apart(one.cut_off)


_WATCH = _Watch()


def _apart(work: Callable[[], None]) -> threading.Thread:
    """Do something in a thread that nobody waits for."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
