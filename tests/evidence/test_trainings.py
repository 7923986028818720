"""Lists of personnel systems: trainings by their day, and every mistake at its line."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import InputError
from baseline.evidence.trainings import Columns, free_id, trainings

HR = Columns("Email", "Tarikh", "+08:00")


def test_officers_of_one_day_are_one_training() -> None:
    text = "No,Email,Tarikh\n1,A@x.my,2026-10-05\n2,b@x.my,2026-10-01\n3,b@x.my,2026-10-05\n4,a@x.my,2026-10-05\n"
    assert trainings(text, "hr.csv", HR) == {
        datetime.fromisoformat("2026-10-01T00:00+08:00"): ("b@x.my",),
        datetime.fromisoformat("2026-10-05T00:00+08:00"): ("a@x.my", "b@x.my"),
    }


def test_semicolons_part_cells_as_in_rosters() -> None:
    (attendees,) = trainings('Email;Tarikh;Nota\na@x.my;2026-10-05;"x\u2028, y"\n', "hr.csv", HR).values()
    assert attendees == ("a@x.my",)


def test_a_time_with_its_own_zone_keeps_it() -> None:
    (held_at,) = trainings("Email,Tarikh\na@x.my,2026-10-05T09:00Z\n", "hr.csv", HR)
    assert held_at.isoformat() == "2026-10-05T09:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "columns", "places"),
    [
        ("Email,Tarikh\nx,2026-10-05\na@x.my,05/10/2026\na@x.my,\n", HR, [(2, "no"), (3, "no date"), (4, "no date")]),
        ("Email,Tarikh\na@x.my,2026-10-05\n", Columns("Email", "Tarikh"), [(2, "has no zone")]),
        ("Emel,Tarikh\n", HR, [(1, "no column `Email` (--address): it has Emel, Tarikh")]),
        ("", HR, [(1, "it has none")]),
        ("Email,Tarikh\n", HR, [(1, "no row")]),
        ('Email,Tarikh\n"a@x.my,2026-10-05\n', HR, [(2, "no CSV")]),
    ],
)
def test_every_mistake_has_its_line(text: str, columns: Columns, places: list[tuple[int, str]]) -> None:
    with pytest.raises(InputError) as told:
        trainings(text, "hr.csv", columns)
    found = told.value.problems
    assert [one.line for one in found] == [line for line, _ in places]
    assert all(word in one.message for one, (_, word) in zip(found, places, strict=True))


@given(st.text())
def test_whatever_the_file_is_it_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        assert all(trainings(f"Email,Tarikh\n{text}", "hr.csv", HR).values())


def test_ids_are_free() -> None:
    assert free_id("a", {"a", "a-2"}) == "a-3"
    assert free_id("b", {"a"}) == "b"
