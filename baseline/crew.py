"""Many pieces of work at once, each with a time of its own, and nobody waits for one that does not end.

The threads of `concurrent.futures` are joined when the interpreter ends, so that one that hangs keeps the program
from ending. These are not.
"""

from __future__ import annotations

import contextlib
import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from baseline.classes import dataclass
from baseline.deadline import Deadline, Halt

T = TypeVar("T")

GRACE_SECONDS = 1.0
"""How long what was given up may take to end by itself, and say what it knows, before it is left alone."""

INTERRUPTED = "the run was interrupted"

TOGETHER = 10
"""How many pieces of work are begun in the same moment; the further ones are spread, so that no server, jump host or
firewall meets all of a fleet at once. sshd begins to turn callers away at as many."""

SPREAD_SECONDS = 0.01
"""How much time there is for each further one to begin in, by chance."""


def delays(first: int, chance: Callable[[], float] = random.random) -> list[float]:
    """After how many seconds each of the pieces of work begins that are begun first; `chance` is between 0 and 1."""
    over = max(0, first - TOGETHER) * SPREAD_SECONDS
    return [0.0] * min(first, TOGETHER) + [chance() * over for _ in range(first - TOGETHER)]


@dataclass(frozen=True)
class Task(Generic[T]):
    """One piece of work, done in a thread; `lost` makes what stands for its result when it was given up.

    `seconds` is its time, and `words` what is said when that is over.
    """

    work: Callable[[Deadline], T]
    lost: Callable[[Deadline], T]
    seconds: float
    words: str = ""


@dataclass(frozen=True)
class _Raised:
    error: BaseException


@dataclass
class _Running:
    deadline: Deadline
    left_at: float = math.inf
    """When it is left alone (monotonic seconds)."""


def work_through(
    tasks: Sequence[Task[T]],
    at_once: int,
    *,
    over: Deadline,
    halt: Halt | None = None,
    grace: float = GRACE_SECONDS,
) -> list[T]:
    """The results of all tasks, in their order. Raises what a task raises.

    When `over` is over, or `halt` was asked, no task is begun any more, and those under way are given up, but for what
    must not be left half done. When `halt` was asked twice, all are given up at once.
    """
    return _Crew(tasks, at_once, over, halt or Halt(), grace).results()


class _Crew(Generic[T]):
    def __init__(self, tasks: Sequence[Task[T]], at_once: int, over: Deadline, halt: Halt, grace: float) -> None:
        self._tasks = tasks
        self._at_once = max(1, at_once)
        self._over = over
        self._halt = halt
        self._grace = grace
        self._waiting = deque(range(len(tasks)))
        self._running: dict[int, _Running] = {}
        self._done: dict[int, T] = {}
        self._events: SimpleQueue[tuple[int, T | _Raised] | None] = SimpleQueue()
        self._inbox: SimpleQueue[tuple[int, Deadline, float] | None] = SimpleQueue()
        self._threads = self._idle = 0
        self._delays = delays(min(self._at_once, len(tasks)))

    def results(self) -> list[T]:
        with self._ending(), self._halt.waking(self._events), self._over.closing(lambda: self._events.put(None)):
            while self._waiting or self._running:
                self._watch()
                self._hand_out()
                if self._running:
                    self._hear()
        return [self._done[number] for number in range(len(self._tasks))]

    @contextlib.contextmanager
    def _ending(self) -> Iterator[None]:
        """Send the threads home; whoever breaks off leaves nothing under way."""
        try:
            yield
        finally:
            for one in self._running.values():
                one.deadline.give_up(INTERRUPTED, begun_too=True)
            for _ in range(self._threads):
                self._inbox.put(None)

    def _watch(self) -> None:
        """Give up what is late, and leave alone what does not end."""
        if self._halt.asked:
            self._over.give_up(INTERRUPTED)
        at_once = self._halt.asked > 1
        if why := self._over.why:
            self._over.give_up(why)
        while why and self._waiting:
            self._lose(self._waiting.popleft(), why)
        for number, one in list(self._running.items()):
            late = time.monotonic() >= one.deadline.until
            if late or why:
                one.deadline.give_up(one.deadline.why or why, begun_too=late or at_once)
            if one.deadline.why:
                one.left_at = min(one.left_at, time.monotonic() + (0 if at_once else self._grace))
            if time.monotonic() >= one.left_at:
                del self._running[number]
                self._done[number] = self._tasks[number].lost(one.deadline)

    def _lose(self, number: int, why: str) -> None:
        deadline = Deadline()
        deadline.give_up(why)
        self._done[number] = self._tasks[number].lost(deadline)

    def _hand_out(self) -> None:
        while self._waiting and len(self._running) < self._at_once:
            number = self._waiting.popleft()
            task = self._tasks[number]
            deadline = Deadline(task.seconds, task.words)
            self._running[number] = _Running(deadline)
            self._inbox.put((number, deadline, self._delays.pop(0) if self._delays else 0.0))
            if self._idle:
                self._idle -= 1
            else:
                self._threads += 1
                threading.Thread(target=self._work, daemon=True).start()

    def _hear(self) -> None:
        """Wait for the next result, for a wish to end, or for the next moment at which something is late."""
        moments = [min(one.deadline.until, one.left_at) for one in self._running.values()]
        moment = min(self._over.until, *moments) if not self._over.why else min(moments)
        try:
            wait = None if moment == math.inf else max(moment - time.monotonic(), 0)
            event = self._events.get(timeout=wait)
        except Empty:
            return
        if event is None:
            return
        number, result = event
        self._idle += 1
        if self._running.pop(number, None) is None:
            return
        if isinstance(result, _Raised):
            raise result.error
        self._done[number] = result

    def _work(self) -> None:
        while (job := self._inbox.get()) is not None:
            number, deadline, delay = job
            time.sleep(delay)
            try:
                result: T | _Raised = self._tasks[number].work(deadline)
            except BaseException as error:  # noqa: BLE001 -- raised again where it is waited for
                result = _Raised(error)
            self._events.put((number, result))
