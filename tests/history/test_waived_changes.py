"""What `changes` tells of waivers, over kept runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from baseline.history import History
from baseline.model import Outcome, Report
from baseline.model.waivers import Waiver, Waivers
from baseline.waiving import with_waivers
from tests.history.reports import finding, report
from tests.history.test_store import kept

ENDS = datetime(2026, 3, 31, 16, tzinfo=UTC)
"""Midnight in Kuala Lumpur. Runs of the tests end at 7:02 in UTC."""

LAST_DAY = 90
"""The number of the day on whose afternoon, in UTC, it ends: the 31st of March."""

WAIVER = Waiver(
    control="OUR-A-01",
    limit="mx1",
    controls=frozenset({"OUR-A-01"}),
    hosts=frozenset({"mx1"}),
    reason="a new store is ordered",
    approver="CISO",
    expires=ENDS,
)
BEGINNING = replace(WAIVER, begins=datetime(2026, 2, 1, tzinfo=UTC))


def on(number: int, day: int, *waivers: Waiver, outcome: Outcome = Outcome.FAIL) -> Report:
    """The report of a day on which the control fails."""
    made = report(number, finding(outcome=outcome, found=0), day=day)
    return with_waivers(made, Waivers(waivers))


def told(history: History, **only: str) -> list[str]:
    return [one.kind for one in history.changes("1", **only).changes]


@pytest.mark.parametrize(
    ("before", "now", "kinds"),
    [
        ((1, ()), (2, (WAIVER,)), ["waiver begun"]),
        ((1, (WAIVER,)), (2, (WAIVER,)), []),
        ((1, (BEGINNING,)), (31, (BEGINNING,)), []),
        ((31, (BEGINNING,)), (32, (BEGINNING,)), ["waiver begun"]),
        ((59, (WAIVER,)), (60, (WAIVER,)), []),
        ((60, (WAIVER,)), (61, (WAIVER,)), ["waiver expiring"]),
        ((61, (WAIVER,)), (62, (WAIVER,)), []),
        ((1, ()), (70, (WAIVER,)), ["waiver begun", "waiver expiring"]),
        ((LAST_DAY - 1, (WAIVER,)), (LAST_DAY, (WAIVER,)), []),
        ((LAST_DAY, (WAIVER,)), (LAST_DAY + 1, (WAIVER,)), ["waiver expired"]),
        ((LAST_DAY, (WAIVER,)), (LAST_DAY + 1, ()), ["waiver expired"]),
        ((LAST_DAY + 1, (WAIVER,)), (LAST_DAY + 2, ()), []),
        ((1, (BEGINNING,)), (LAST_DAY + 1, (BEGINNING,)), ["waiver expired"]),
        ((1, (WAIVER,)), (2, ()), ["waiver withdrawn"]),
        # The same one, prolonged: before its end, and after it.
        ((61, (WAIVER,)), (62, (replace(WAIVER, expires=ENDS + timedelta(days=90)),)), []),
        ((91, (WAIVER,)), (92, (replace(WAIVER, expires=ENDS + timedelta(days=90)),)), ["waiver begun"]),
    ],
)
def test_the_class_of_what_became_of_a_waiver(
    history: History, before: tuple[int, tuple[Waiver, ...]], now: tuple[int, tuple[Waiver, ...]], kinds: list[str]
) -> None:
    kept(history, on(1, before[0], *before[1]), on(2, now[0], *now[1]))
    assert told(history) == kinds


def test_it_is_told_with_who_answers_for_it_and_only_where_it_is_asked_about(history: History) -> None:
    kept(history, on(1, 1), on(2, 2, WAIVER))
    (change,) = history.changes("1").changes
    assert (change.host, change.control, change.cause, change.because) == ("mx1", "OUR-A-01", "waiver", "CISO")
    assert change.detail == WAIVER.words
    assert (told(history, host="mx1"), told(history, host="mx2")) == (["waiver begun"], [])
    assert (told(history, control="our-a-01"), told(history, control="OUR-A-02")) == (["waiver begun"], [])


def test_the_report_that_was_kept_has_its_waivers(history: History) -> None:
    made = on(1, 1, WAIVER)
    kept(history, made)
    _, again = history.report("last")
    assert again.waivers == made.waivers
    assert [one.waived for one in again.findings] == [WAIVER.words]
    assert (again.exit_code, again.without_waivers.exit_code) == (0, 1)
