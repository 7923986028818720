"""When the pieces of a reply came, so that it can be told which question took its time. Pure."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import field

from baseline.classes import dataclass

MOST_MARKS = 10_000
"""How many times are kept of one reply: a host may send it a byte at a time."""

_APART = 0.001
"""Seconds between two marks at least."""


@dataclass
class Arrivals:
    """How much of a reply was there when. Times are monotonic seconds; `begun` is when its script was sent."""

    begun: float
    _lengths: list[int] = field(default_factory=list)
    _times: list[float] = field(default_factory=list)

    def note(self, length: int, at: float) -> None:
        """So many bytes are there now."""
        if self._times and (at - self._times[-1] < _APART or len(self._times) >= MOST_MARKS):
            self._lengths[-1] = length
            return
        self._lengths.append(length)
        self._times.append(at)

    def at(self, length: int) -> float:
        """When so many bytes were there; the last time for more than ever were, and `begun` where none came."""
        if not self._times:
            return self.begun
        return self._times[min(bisect_left(self._lengths, length), len(self._times) - 1)]
