"""The picture of the architecture is that of the imports as they are, and can be read."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.code.layout import Spot, lay_out
from tests.code.picture import PICTURE, arrows, reduced, rows, svg


def test_the_picture_is_not_stale() -> None:
    assert PICTURE.read_text() == svg(), "run `make docs`"


def test_every_room_has_its_box() -> None:
    boxes = re.findall(r"<text x=[^>]*>([^<]+)</text></g>", svg())
    assert sorted(boxes) == sorted(room for row in rows() for room in row)
    assert {"kinds", "model", "cli", "baseline", "session"} <= set(boxes)


def test_every_room_is_spoken_of_beside_the_picture() -> None:
    page = PICTURE.with_suffix(".md").read_text()
    assert [room for row in rows() for room in row if f"`{room}`" not in page] == []


def test_what_is_known_of_the_rooms_is_among_the_arrows() -> None:
    assert {
        ("fleet", "recording"),
        ("recording", "engine"),
        ("kinds", "remedies"),
        ("remedies", "readings"),
    } <= arrows()
    assert ("cli", "model") not in arrows(), "which follows from others"


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    assert reduced({"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}}) == {("a", "b"), ("b", "c"), ("c", "d")}
    assert reduced({"a": {"b", "c"}}) == {("a", "b"), ("a", "c")}


graphs = st.lists(st.integers(1, 4), min_size=2, max_size=6).flatmap(
    lambda sizes: st.tuples(
        st.just([[f"r{row}n{number}" for number in range(size)] for row, size in enumerate(sizes)]),
        st.sets(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)), max_size=12),
    )
)


@given(graphs)
def test_no_boxes_meet_and_every_arrow_arrives(
    graph: tuple[list[list[str]], set[tuple[int, int, int, int]]],
) -> None:
    rows, picks = graph
    wanted = set()
    for from_row, a, to_row, b in picks:
        top = from_row % (len(rows) - 1)
        below = top + 1 + to_row % (len(rows) - 1 - top)
        wanted.add((rows[top][a % len(rows[top])], rows[below][b % len(rows[below])]))
    layout = lay_out(rows, wanted, lambda name: 10.0 * len(name))
    for number in range(len(rows)):
        row = sorted((middle, spot) for spot, middle in layout.middles.items() if spot.row == number)
        for (left, one), (right, other) in pairwise(row):
            half = sum(0 if spot.passage else 5 * len(spot.name) for spot in (one, other))
            assert right - left > half
    after: dict[Spot, set[Spot]] = {}
    for start, end in layout.stretches:
        assert end.row == start.row + 1
        after.setdefault(start, set()).add(end)
    at = {name: row for row, names in enumerate(rows) for name in names}
    assert {(a, b) for a in at for b in at if _leads(Spot(at[a], a), b, after)} == wanted


def _leads(spot: Spot, name: str, after: dict[Spot, set[Spot]]) -> bool:
    """Whether an arrow from a box comes out at the other one, by gaps alone."""
    return any(end.name == name and (not end.passage or _leads(end, name, after)) for end in after.get(spot, ()))
