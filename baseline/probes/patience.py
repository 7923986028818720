"""How long a server is waited for: at each step of a probe, and for all of it.

A limit for each receive alone is none: who sends a byte now and then never meets it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from baseline.deadline import Deadline
from baseline.errors import GivenUp
from baseline.probes.turns import Manners, Turns

WHOLE_SECONDS = 60.0
"""The longest that one probe may take, with all of its steps."""

TOO_LATE = "no answer in time"

_SLICE_SECONDS = 0.5


class Patience:
    """The time of one probe: `step` seconds for each line, packet or handshake, and the deadlines for all of them.

    The first deadline is the probe's own, the others those of the host and the run. With `turns` a server is asked
    when it is one's turn.
    """

    def __init__(self, step: float, *deadlines: Deadline, turns: Turns | None = None) -> None:
        self.step = step
        self._own, *self._others = deadlines or (Deadline(WHOLE_SECONDS),)
        self._turns = turns

    @property
    def over(self) -> bool:
        """Whether there is no time left."""
        return bool(self._own.why) or self.given_up

    @property
    def given_up(self) -> bool:
        """Whether the time of the host or the run is over, which tells nothing of the server that was asked."""
        return any(one.why for one in self._others)

    def next(self) -> float:
        """How many seconds the next step may take. Raises `TimeoutError` when there are none left."""
        try:
            return min(self.step, *(one.left() for one in (self._own, *self._others)))
        except GivenUp:
            raise TimeoutError(TOO_LATE) from None

    def until(self) -> float:
        """When the next step has to be over, in monotonic seconds. Raises `TimeoutError`."""
        return time.monotonic() + self.next()

    @contextlib.contextmanager
    def turn(self, address: str, port: int, manners: Manners) -> Iterator[None]:
        """Ask a server when it is one's turn. Raises `TimeoutError`."""
        if self._turns is None:
            yield
            return
        turns, server = self._turns, f"{address}#{port}"
        self.put_off(lambda seconds: turns.take(server, manners, seconds))
        try:
            yield
        finally:
            turns.give_back(server, manners)

    def put_off(self, comes: Callable[[float], bool]) -> None:
        """Wait until something comes within the seconds that it is given. The probe's own time stands still meanwhile.

        Raises `TimeoutError` when the probe was given up all the same.
        """
        if comes(0):
            return
        # Whoever watches the probe must not find it late before it has told of its wait.
        self._own.until += 2 * _SLICE_SECONDS
        waited = False
        while not waited:
            self.next()
            began = time.monotonic()
            waited = comes(_SLICE_SECONDS)
            self._own.until += time.monotonic() - began


def left(until: float) -> float:
    """How many seconds there are to a moment. Raises `TimeoutError` when there are none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError(TOO_LATE)
    return seconds
