"""Checks that did not happen are told; a wrong clock and a leap day make no gap, and hide none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline.history import History
from baseline.history.clock import in_order
from baseline.history.gaps import PlannedLook, gaps_between
from baseline.model import Gap, Report
from tests.bench.year import GAPS, Year
from tests.history.conftest import empty
from tests.history.reports import finding, report
from tests.history.test_store import kept

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, 6, tzinfo=UTC)


def looks(*days: float, present: float = 100, start: datetime = START) -> dict[str, list[PlannedLook]]:
    """Looks on these days, as the controller's clock had it, seen from a day at which it is right."""
    return {
        "mx1": [PlannedLook(time, DAY) for time in in_order([start + DAY * day for day in days], start + DAY * present)]
    }


@pytest.mark.parametrize(
    ("days", "present", "gaps"),
    [
        ((0, 1, 2.4, 3), 4, []),
        ((0, 1, 4), 4.5, [("2026-01-03", "2026-01-05", 2)]),
        ((0, 1), 4.1, [("2026-01-03", "", 3)]),
        ((0, 1), 2.6, [("2026-01-03", "", 1)]),
        ((0,), 1.4, []),
        ((0, 3, 6), 6, [("2026-01-02", "2026-01-04", 2), ("2026-01-05", "2026-01-07", 2)]),
    ],
)
def test_gaps(days: tuple[float, ...], present: float, gaps: list[tuple[str, str, int]]) -> None:
    found = gaps_between(looks(*days), START + DAY * present)
    assert [(one.start[:10], one.end[:10], one.missed) for one in found] == gaps


@given(st.lists(st.integers(0, 40), min_size=1, unique=True), st.integers(40, 60))
@settings(max_examples=200)
def test_gaps_and_looks_make_up_all_days(days: list[int], present: int) -> None:
    found = gaps_between(looks(*sorted(days)), START + DAY * present)
    # What is due this very day may still come.
    late = present - max(days)
    assert sum(one.missed for one in found) == max(days) - min(days) + 1 - len(days) + (late if late > 1 else 0)


@pytest.mark.parametrize(
    ("days", "present", "gaps"),
    [
        pytest.param((0, 1, 0.7, 3), 3, [], id="a clock that was behind once"),
        pytest.param((0, 1, 9, 3, 4), 4, [], id="a clock that was ahead once"),
        pytest.param((0, 1, 9, 6, 7), 7, [("2026-01-03", 2), ("2026-01-05", 2)], id="ahead within a gap"),
        pytest.param((0, 1, 7, 8, 9, 10, 5, 6), 6, [], id="ahead for longer than right since"),
        pytest.param((0, 1, 2, -300, -299, 5, 6, 7), 7, [], id="at its beginning, as after a battery"),
    ],
)
def test_a_clock_that_is_wrong_now_and_then(
    days: tuple[float, ...], present: float, gaps: list[tuple[str, int]]
) -> None:
    found = gaps_between(looks(*days, present=present), START + DAY * present)
    assert [(one.start[:10], one.missed) for one in found] == gaps


@given(st.lists(st.integers(0, 400)))
def test_times_in_order_are_in_order_and_right_ones_stay(days: list[int]) -> None:
    found = in_order([START + DAY * day for day in days], START + DAY * 400)
    assert found == sorted(found)
    assert len(found) == len(days)
    if days == sorted(days):
        assert found == [START + DAY * day for day in days]
    assert set(found) & {START + DAY * day for day in days} or not days


@pytest.mark.parametrize("without", [None, 28, 29])
def test_a_leap_day_is_a_day(without: int | None) -> None:
    start = datetime(2028, 2, 26, 6, tzinfo=UTC)
    days = [day for day in range(7) if without is None or (start + DAY * day).day != without]
    found = gaps_between(looks(*days, start=start), start + DAY * 6)
    assert [(one.start[:10], one.missed) for one in found] == ([(f"2028-02-{without}", 1)] if without else [])


def test_hosts_with_the_same_gap_are_told_together(tmp_path: Path) -> None:
    history = empty(tmp_path)
    for day, hosts in ((1, ("mx1", "mx2", "mx3")), (2, ("mx3",)), (5, ("mx1", "mx2", "mx3"))):
        kept(history, report(day, *map(finding, hosts)))
    found = history.gaps(DAY, present=datetime(2026, 1, 5, 12, tzinfo=UTC))
    assert [(one.start[:10], one.missed, one.hosts) for one in found] == [
        ("2026-01-02", 3, ("mx1", "mx2")),
        ("2026-01-03", 2, ("mx3",)),
    ]
    (only,) = history.gaps(DAY, host="mx3", present=datetime(2026, 1, 5, 12, tzinfo=UTC))
    assert only.hosts == ("mx3",)
    assert history.gaps(present=datetime(2026, 1, 5, 12, tzinfo=UTC)) == found, "one a day where no schedule says more"


# --- with each report -----------------------------------------------------------------------------


def scheduled(day: int, *hosts: str, every: int = 86_400) -> Report:
    made = report(day, *map(finding, hosts or ("mx1",)))
    return replace(made, run=replace(made.run, every=every))


def told(history: History, one: Report, command: str = "check") -> tuple[Gap, ...]:
    """The gaps that a run tells of; it is kept with them."""
    keeping = history.begin(command)
    gaps = keeping.gaps(one)
    assert keeping.keep(replace(one, gaps=gaps)) == ""
    return gaps


def test_a_report_tells_the_gap_that_its_run_ends_and_the_next_one_does_not(history: History) -> None:
    assert told(history, scheduled(1)) == ()
    assert told(history, scheduled(2)) == ()
    (gap,) = told(history, scheduled(5))
    assert gap == Gap("2026-01-03T07:02:00Z", "2026-01-05T07:02:00Z", 2, ("mx1",))
    assert history.report("last")[1].gaps == (gap,)
    assert told(history, scheduled(6)) == ()
    assert history.gaps(present=datetime(2026, 1, 6, 8, tzinfo=UTC)) == (gap,)


def test_what_is_open_for_other_hosts_is_told_with_every_report(history: History) -> None:
    told(history, scheduled(1, "mx1", "mx2"))
    for day in (3, 4):
        gaps = told(history, report(day, finding("mx1")))
        assert ("2026-01-02T07:02:00Z", "", ("mx2",)) in [(one.start, one.end, one.hosts) for one in gaps]
    assert [one.hosts for one in told(history, scheduled(5, "mx1", "mx2"))] == [("mx2",)]


def test_without_a_schedule_nothing_is_missing_and_no_rollback_tells_of_gaps(history: History) -> None:
    told(history, report(1, finding()))
    assert told(history, report(9, finding())) == ()
    told(history, scheduled(10))
    assert told(history, replace(report(20), run=replace(report(20).run, baseline_name="")), "rollback") == ()


def test_a_schedule_that_was_taken_away_is_told_once(history: History) -> None:
    told(history, scheduled(1))
    assert len(told(history, report(5, finding()))) == 1
    assert told(history, report(15, finding())) == ()


def test_a_host_that_left_the_inventory_is_not_missed(tmp_path: Path) -> None:
    history = empty(tmp_path)
    history.everybody = ("mx1", "mx2")
    told(history, scheduled(1, "mx1", "mx2"))
    history.everybody = ("mx1",)
    told(history, scheduled(2))
    assert told(history, scheduled(3)) == ()
    assert history.gaps(present=datetime(2026, 1, 3, 8, tzinfo=UTC)) == ()


def test_a_damaged_history_costs_the_gaps_and_nothing_else(tmp_path: Path) -> None:
    history = empty(tmp_path)
    kept(history, scheduled(1))
    assert history.place.file is not None
    history.place.file.write_bytes(b"this is no database\n" * 300)
    keeping = History(history.place.file).begin("check")
    assert keeping.gaps(scheduled(9)) == ()
    assert "damaged" in keeping.keep(scheduled(9))


def test_the_gaps_of_the_year_that_is_made_up_are_told_and_no_other() -> None:
    year = Year(hosts=1, days=365)
    days = [day for day in range(365) if day not in GAPS]
    present = year.moment(364)
    times = in_order([year.moment(day) for day in days], present)
    found = gaps_between({"mx1": [PlannedLook(time, DAY) for time in times]}, present)
    assert [(one.start, one.missed) for one in found] == [
        (f"{year.moment(40):%Y-%m-%dT%H:%M:%SZ}", 2),
        (f"{year.moment(200):%Y-%m-%dT%H:%M:%SZ}", 1),
    ]
