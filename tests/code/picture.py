"""The picture of rooms and arrows in docs/architecture.md, drawn from the imports.

python -m tests.code.picture    writes docs/architecture.svg anew

An arrow says: imports. One that follows from others is left out: what a room sees by way of another one it may use too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from tests.code.index import first_line
from tests.code.layout import Layout, Spot, lay_out
from tests.code.rooms import BOTTOM_UP, PACKAGE, PURE, imports, modules, room_of

PICTURE = Path(__file__).parents[2] / "docs" / "architecture.svg"
_DOOR = "baseline"
_APART = {"reference", "manual", "__main__", "pytest_plugin"}
"""Rooms above all others, which would only add arrows to everything."""

_ROW, _BOX, _MARGIN, _FOOT = 66.0, 28.0, 20.0, 46.0
_STYLE = """
  text { font: 13px sans-serif; fill: #222; text-anchor: middle }
  .note { font-size: 12px; fill: #555; text-anchor: start }
  rect { fill: #fbe9cf; stroke: #8a7350; rx: 5px }
  .pure { fill: #e1efdc; stroke: #5e7d55 }
  .paper { fill: #fff; stroke: none; rx: 0px }
  path { fill: none; stroke: #667; stroke-width: 1.1px }
  marker path { fill: #667; stroke: none }
"""


def rows() -> list[list[str]]:
    """The rooms there are, from the highest."""
    there = {room_of(path) for path in modules()} - _APART
    found = [sorted(room or _DOOR for room in layer & there) for layer in reversed(BOTTOM_UP)]
    return [row for row in found if row]


def arrows() -> set[tuple[str, str]]:
    """Which room imports which, without what follows from the rest."""
    sees: dict[str, set[str]] = {}
    for one in imports():
        if one.target and one.target != one.room and one.room not in _APART:
            sees.setdefault(one.room or _DOOR, set()).add(one.target)
    return reduced(sees)


def reduced(sees: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """The arrows of a graph without circles that do not follow from others (its transitive reduction)."""

    @cache
    def reached(room: str) -> frozenset[str]:
        inner = sees.get(room, set())
        return frozenset(inner).union(*(reached(one) for one in inner))

    return {
        (room, one) for room, seen in sees.items() for one in seen if not any(one in reached(by) for by in seen - {one})
    }


def says() -> dict[str, str]:
    """What each room says it is."""
    at_door = {room_of(path): path for path in modules() if path.parent == PACKAGE or path.name == "__init__.py"}
    return {room or _DOOR: first_line(path) for room, path in at_door.items()}


def svg() -> str:
    """The picture."""
    layout = lay_out(rows(), arrows(), _width)
    edges = [(middle - _wide(spot) / 2, middle + _wide(spot) / 2) for spot, middle in layout.middles.items()]
    left, right = min(start for start, _ in edges) - _MARGIN, max(end for _, end in edges) + _MARGIN
    bottom = _MARGIN + len(rows()) * _ROW
    inner = [*_paths(layout, left), *_boxes(layout, left), *_legend(bottom)]
    size = f"{right - left:.0f} {bottom + _FOOT:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img">\n'
        f"<title>The rooms of baseline and what each imports</title>\n<style>{_STYLE}</style>\n"
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker>\n'
        '<rect class="paper" width="100%" height="100%"/>\n' + "\n".join(inner) + "\n</svg>\n"
    )


def _width(name: str) -> float:
    return 7.6 * len(name) + 18


def _wide(spot: Spot) -> float:
    return 0.0 if spot.passage else _width(spot.name)


def _top(spot: Spot) -> float:
    return _MARGIN + spot.row * _ROW


def _paths(layout: Layout, left: float) -> Iterator[str]:
    for start, end in sorted(layout.stretches):
        x, y = layout.middles[start] - left, _top(start) + (0 if start.passage else _BOX)
        to_x, to_y = layout.middles[end] - left, _top(end)
        # Through a gap the line goes straight down, so that it keeps clear of the boxes beside it.
        begin = f"M{x:.1f} {y:.1f}" + (f"V{y + _BOX:.1f}" if start.passage else "")
        y += _BOX if start.passage else 0
        half = (y + to_y) / 2
        tip = "" if end.passage else ' marker-end="url(#tip)"'
        yield f'<path d="{begin}C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}"{tip}/>'


def _boxes(layout: Layout, left: float) -> Iterator[str]:
    words = says()
    for spot, middle in sorted(layout.middles.items()):
        if not spot.passage:
            x, y, wide = middle - left, _top(spot), _width(spot.name)
            pure = ' class="pure"' if spot.name in PURE else ""
            box = f'<rect{pure} x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{_BOX:.0f}"/>'
            text = f'<text x="{x:.1f}" y="{y + 18.5:.1f}">{escape(spot.name)}</text>'
            yield f"<g><title>{escape(words[spot.name])}</title>{box}{text}</g>"


def _legend(top: float) -> Iterator[str]:
    for number, (kind, says) in enumerate(
        (
            (' class="pure"', "reaches no network, no clock and no file system, which a test keeps so"),
            ("", "is free to, or need not be looked at for it: values, errors, keys"),
        )
    ):
        y = top + number * 20
        yield f'<rect{kind} x="{_MARGIN}" y="{y}" width="14" height="14"/>'
        yield f'<text class="note" x="{_MARGIN + 22}" y="{y + 11}">{says}</text>'


def main() -> int:
    """Write the picture. Gives the exit code."""
    PICTURE.write_text(svg())
    return 0


if __name__ == "__main__":
    sys.exit(main())
