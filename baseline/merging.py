"""Two changes of one text, joined where they do not collide: diff3's merge over the matches that difflib finds. Pure.

What both changes leave as it was holds the text together. Between two such places either one of them has changed
something, and that is taken; or both have, and the same; or they collide. Python's own packages for this are not for
us: merge3 is under the GPL, three-merge looks at characters and guesses.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from baseline.classes import dataclass
from baseline.model import Span

MOST_LINES = 10_000
"""Texts with more lines are not compared line by line: the time for that grows faster than they do."""

TextLines = Sequence[bytes]


class Collision(Exception):
    """Both have changed the same lines, each to something else: `spans` are those of the first one."""

    def __init__(self, spans: tuple[Span, ...]) -> None:
        super().__init__("both have changed the same lines")
        self.spans = spans


@dataclass(frozen=True)
class _Part:
    """A piece of the text, as ends in base, in one and in the other; `same` where nobody has changed it."""

    base: slice
    one: slice
    other: slice
    same: bool


def merged(base: bytes, one: bytes, other: bytes) -> bytes:
    """What the base becomes by both changes. Raises `Collision`, also for texts that are too long to compare."""
    if one == other or other == base:
        return one
    if one == base:
        return other
    old, mine, theirs = map(_lines, (base, one, other))
    if max(map(len, (old, mine, theirs))) > MOST_LINES:
        raise Collision((Span(1, len(mine)),))
    result: list[bytes] = []
    collisions: list[Span] = []
    for part in _parts(old, mine, theirs):
        was, first, second = old[part.base], mine[part.one], theirs[part.other]
        if part.same or second in (was, first):
            result += first
        elif first == was:
            result += second
        else:
            collisions.append(_span(part.one))
    if collisions:
        raise Collision(tuple(collisions))
    return b"".join(result)


def changed_lines(before: bytes, after: bytes) -> tuple[Span, ...]:
    """The lines of `after` that are not as in `before`; where lines only went, the place that they went from."""
    old, new = _lines(before), _lines(after)
    if max(len(old), len(new)) > MOST_LINES:
        return (Span(1, len(new)),)
    matches = _matches(old, new)
    found, at, to = [], 0, 0
    for start, now, size in matches:
        if (start, now) != (at, to):
            found.append(_span(slice(to, now)))
        at, to = start + size, now + size
    return tuple(found)


def _span(lines: slice) -> Span:
    return Span(lines.start + 1, lines.stop)


def _lines(text: bytes) -> list[bytes]:
    return io.BytesIO(text).readlines()


def _matches(old: TextLines, new: TextLines) -> list[tuple[int, int, int]]:
    """Where both are alike: start in each, and how many lines; the last one is empty, at both ends.

    What is alike at the beginning and the end is found first, so that difflib has less to compare.
    """
    least = min(len(old), len(new))
    head = next((n for n in range(least) if old[n] != new[n]), least)
    tail = next((n for n in range(least - head) if old[-1 - n] != new[-1 - n]), least - head)
    inner = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail])
    found = [(0, 0, head), *((one.a + head, one.b + head, one.size) for one in inner.get_matching_blocks())]
    found.append((len(old) - tail, len(new) - tail, tail))
    return [*(one for one in found if one[2]), (len(old), len(new), 0)]


def _parts(old: TextLines, mine: TextLines, theirs: TextLines) -> Iterator[_Part]:
    """The text in order: what is as it was in both, and what stands between."""
    at = (0, 0, 0)
    for start, one, other, size in _held(_matches(old, mine), _matches(old, theirs)):
        if at != (start, one, other):
            yield _Part(slice(at[0], start), slice(at[1], one), slice(at[2], other), same=False)
        if size:
            yield _Part(slice(start, start + size), slice(one, one + size), slice(other, other + size), same=True)
        at = (start + size, one + size, other + size)


def _held(mine: list[tuple[int, int, int]], theirs: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """The stretches of base that both leave: start in base, in one and in the other, and how many lines."""
    first = second = 0
    while first < len(mine) and second < len(theirs):
        start, one, size = mine[first]
        begin, other, length = theirs[second]
        low, high = max(start, begin), min(start + size, begin + length)
        if low < high:
            yield low, one + low - start, other + low - begin, high - low
        if start + size < begin + length:
            first += 1
        else:
            second += 1
    yield mine[-1][0], mine[-1][1], theirs[-1][1], 0
