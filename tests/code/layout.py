"""Where the boxes of a layered picture stand, so that few arrows cross and none runs through a box.

Every arrow leads from a row to a lower one. Where it passes rows in between, it gets a gap of its own there; arrows to
the same box share their gaps, and so run together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

_SWEEPS = 24
_GAP = 18.0
_PASSAGE = 6.0


@dataclass(frozen=True, order=True)
class Spot:
    """A place in a row: a box, or a gap that arrows to that box pass through."""

    row: int
    name: str
    passage: bool = False


@dataclass(frozen=True)
class Layout:
    """The middle of every spot along its row, and the stretches of arrows from spot to spot, always one row down."""

    middles: Mapping[Spot, float]
    stretches: frozenset[tuple[Spot, Spot]]


def lay_out(rows: Sequence[Iterable[str]], arrows: Iterable[tuple[str, str]], width: Callable[[str], float]) -> Layout:
    """Places for the boxes of rows from the top; every arrow has to lead downwards. Equal input gives equal places."""
    at = {name: number for number, row in enumerate(rows) for name in row}
    stretches = frozenset(stretch for arrow in sorted(arrows) for stretch in _stretches(arrow, at))
    spots = {Spot(row, name) for name, row in at.items()} | {spot for stretch in stretches for spot in stretch}
    order = [sorted(spot for spot in spots if spot.row == number) for number in range(len(rows))]
    order = _uncrossed(order, stretches)
    widths = {spot: _PASSAGE if spot.passage else width(spot.name) for spot in spots}
    return Layout(_middles(order, stretches, widths), stretches)


def _stretches(arrow: tuple[str, str], at: Mapping[str, int]) -> Iterable[tuple[Spot, Spot]]:
    start, end = arrow
    path = [Spot(at[start], start)]
    path += [Spot(row, end, passage=True) for row in range(at[start] + 1, at[end])]
    path += [Spot(at[end], end)]
    return pairwise(path)


def _uncrossed(order: list[list[Spot]], stretches: frozenset[tuple[Spot, Spot]]) -> list[list[Spot]]:
    """The order of each row that gave the fewest crossings, by putting spots near the middle of their neighbours."""
    above, below = _neighbours(stretches)
    best, fewest = order, _crossings(order, stretches)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        order = [*order]
        for number in range(len(order)) if down else reversed(range(len(order))):
            place = {spot: index / len(row) for row in order for index, spot in enumerate(row)}
            near = above if down else below
            order[number] = sorted(order[number], key=lambda spot: (_mean(near[spot], place, place[spot]), spot))
        crossings = _crossings(order, stretches)
        if crossings < fewest:
            best, fewest = order, crossings
    return best


def _neighbours(stretches: Iterable[tuple[Spot, Spot]]) -> tuple[_Near, _Near]:
    above, below = _Near(), _Near()
    for start, end in sorted(stretches):
        above.setdefault(end, []).append(start)
        below.setdefault(start, []).append(end)
    return above, below


class _Near(dict[Spot, list[Spot]]):
    """The spots in the next row that arrows lead to or come from; none for a spot without arrows."""

    def __missing__(self, spot: Spot) -> list[Spot]:
        return []


def _mean(spots: Sequence[Spot], place: Mapping[Spot, float], otherwise: float) -> float:
    return fsum(place[spot] for spot in spots) / len(spots) if spots else otherwise


def _crossings(order: Sequence[Sequence[Spot]], stretches: Iterable[tuple[Spot, Spot]]) -> int:
    place = {spot: index for row in order for index, spot in enumerate(row)}
    by_row: dict[int, list[tuple[int, int]]] = {}
    for start, end in stretches:
        by_row.setdefault(start.row, []).append((place[start], place[end]))
    return sum(
        (a - c) * (b - d) < 0
        for lines in by_row.values()
        for index, (a, b) in enumerate(lines)
        for c, d in lines[:index]
    )


def _middles(
    order: Sequence[Sequence[Spot]], stretches: frozenset[tuple[Spot, Spot]], widths: Mapping[Spot, float]
) -> dict[Spot, float]:
    above, below = _neighbours(stretches)
    middles = {
        spot: place for row in order for spot, place in zip(row, _spread(row, [0.0] * len(row), widths), strict=True)
    }
    for _ in range(_SWEEPS):
        for row in reversed(order):
            # A gap wants to be right above where it leads, so that long arrows run straight and bend once.
            near = [below[spot] if spot.passage else [*above[spot], *below[spot]] for spot in row]
            centre = fsum(middles.values()) / len(middles)
            wished = [_mean(spots, middles, centre) for spots in near]
            middles |= zip(row, _spread(row, wished, widths), strict=True)
    return middles


def _spread(row: Sequence[Spot], wished: Sequence[float], widths: Mapping[Spot, float]) -> list[float]:
    """Middles as near to those wished for as can be, in order and with a gap between any two.

    Spots that want to overlap are put side by side as a block about the mean of what they wish (isotonic regression).
    """
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (widths[left] + widths[right]) / 2 + _GAP)
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        mean, count = wish - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, members = blocks.pop()
            mean, count = (before * members + mean * count) / (members + count), members + count
        blocks.append((mean, count))
    starts = [mean for mean, count in blocks for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]
