"""How long a server is waited for: at each step of a probe, and for all of it.

A limit for each receive alone is none: who sends a byte now and then never meets it.
"""

from __future__ import annotations

import time

from baseline.deadline import Deadline
from baseline.errors import GivenUp

WHOLE_SECONDS = 60.0
"""The longest that one probe may take, with all of its steps."""

TOO_LATE = "no answer in time"


class Patience:
    """The time of one probe: `step` seconds for each line, packet or handshake, and the deadlines for all of them."""

    def __init__(self, step: float, *deadlines: Deadline) -> None:
        self.step = step
        self._deadlines = deadlines or (Deadline(WHOLE_SECONDS),)

    def next(self) -> float:
        """How many seconds the next step may take. Raises `TimeoutError` when there are none left."""
        try:
            return min(self.step, *(one.left() for one in self._deadlines))
        except GivenUp:
            raise TimeoutError(TOO_LATE) from None

    def until(self) -> float:
        """When the next step has to be over, in monotonic seconds. Raises `TimeoutError`."""
        return time.monotonic() + self.next()


def left(until: float) -> float:
    """How many seconds there are to a moment. Raises `TimeoutError` when there are none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError(TOO_LATE)
    return seconds
