"""When runs were, where the controller's clock was wrong now and then. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime


def in_order(times: Sequence[datetime], present: datetime) -> list[datetime]:
    """The times of runs in the order in which they were kept, none before the one that goes before it.

    Times that contradict the order, or are still to come at `present`, are of a clock that was wrong. As many as can be
    are taken to be right; the others are spread over the time between those that are right on both sides. So a clock
    that is set, back or forth, neither makes a gap where runs were nor fills one where none was.
    """
    past = [number for number, time in enumerate(times) if time <= present]
    right = [past[number] for number in _longest([times[number] for number in past])]
    found = list(times)
    for before, after in zip([-1, *right], [*right, len(times)], strict=True):
        end = times[after] if after < len(times) else present
        start = times[before] if before >= 0 else end
        for number in range(before + 1, after):
            found[number] = start + (end - start) * (number - before) / (after - before)
    return found


def _longest(times: Sequence[datetime]) -> list[int]:
    """The positions of the longest row of times that do not decrease (patience sorting, from the end).

    Of rows of the same length it is the one with the later times: what was right before is not made wrong by one more.
    """
    ends: list[float] = []
    last: list[int] = []
    following: dict[int, int] = {}
    for position in range(len(times) - 1, -1, -1):
        key = -times[position].timestamp()
        at = bisect_right(ends, key)
        following[position] = last[at - 1] if at else -1
        ends[at : at + 1], last[at : at + 1] = [key], [position]
    found = []
    position = last[-1] if last else -1
    while position >= 0:
        found.append(position)
        position = following[position]
    return found
