"""A year of daily checklists of one agency, a leap year: closed by hand of this program, and judged by the control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from baseline.evidence.chain import broken_links
from baseline.evidence.daily import filled
from baseline.evidence.months import Lists, closing, day_of_list, month_of, to_close
from baseline.judge import Verdict
from baseline.model import Evidence, Outcome, Target
from baseline.model.checklist import ChecklistDay, FilledItem, Tick
from baseline.model.evidence import Checklist
from tests.evidence.checklists import SITE, at, by_name, check, delivered, found, rules, sources, tick
from tests.kinds import hosts
from tests.kinds.hosts import seen
from tests.kinds.views import World

FIRST = date(2027, 12, 1)
LAST = date(2028, 12, 31)
UNTICKED, NOT_TESTED, AWAY = date(2028, 2, 29), date(2028, 7, 4), (date(2028, 12, 30), date(2028, 12, 31))
"""Days on which nobody ticked the backups, on which no test was made, and on which nobody closed the list."""


def deliveries_of(first: date, last: date) -> tuple[Evidence, ...]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(delivered(f"{day.isoformat()} 08:00") for day in days if day != NOT_TESTED)


def items_of(register: tuple[Evidence, ...]) -> Callable[[date], tuple[FilledItem, ...]]:
    """What is known of a day: one check found all well, and Kumar ticked what is left to him."""

    def fill(day: date) -> tuple[FilledItem, ...]:
        morning = f"{day.isoformat()} 07:00"
        every = [found("mx1", one) for some in rules().filled_by.values() for one in some if one != "MEL-H-06"]
        ticks: tuple[Tick, ...] = () if day == UNTICKED else (tick(moment=f"{day.isoformat()} 09:00"),)
        tests = tuple(one for one in register if one.id == f"delivery-{day.isoformat()}")
        looked = sources(check(*every, moment=morning, run=f"run-{day.isoformat()}"), register=tests, ticks=ticks)
        return filled(rules(), day, looked, over=True)

    return fill


@pytest.fixture(scope="module")
def year() -> tuple[Evidence, ...]:
    """The register: tests of delivery, and a list that was closed at five every day but on two, which came later."""
    register = deliveries_of(FIRST, LAST)
    fill = items_of(register)
    lists = Lists(SITE, ())
    day = FIRST
    while day <= LAST - timedelta(days=2):
        now = at(f"{day.isoformat()} 17:00")
        (of_day,) = to_close(rules(), lists, day, now)
        (record,) = closing(lists, [day_of_list(rules(), lists, of_day, now, FIRST, fill)], "Aminah", now, [])
        lists = Lists(SITE, (*lists.records, record))
        day += timedelta(days=1)
    return (*register, *lists.records)


def judged(register: tuple[Evidence, ...], now: datetime, **fields: object) -> Verdict:
    own = rules(**fields)
    target = Target(SITE, "", site=SITE, register=register)
    return hosts.judged(own, seen(own, {}, target, view=World({}, now=now)), target)


@pytest.mark.parametrize(
    ("moment", "outcome", "reason"),
    [
        ("2027-12-20 17:30", Outcome.PASS, ""),
        ("2028-01-01 00:30", Outcome.PASS, ""),
        ("2028-02-29 16:59", Outcome.PASS, ""),
        ("2028-02-29 17:01", Outcome.WARN, "days that lack an advised item is 2028-02-29"),
        ("2028-03-30 17:01", Outcome.WARN, "days that lack an advised item is 2028-02-29"),
        ("2028-03-31 17:01", Outcome.PASS, ""),
        ("2028-07-10 10:00", Outcome.FAIL, "days that lack an item is 2028-07-04"),
        ("2028-12-31 20:00", Outcome.PASS, ""),
        ("2029-01-01 11:59", Outcome.PASS, ""),
        ("2029-01-01 12:01", Outcome.FAIL, "days without a list is 2028-12-30, 2028-12-31"),
    ],
)
def test_the_control_says_of_every_time_what_the_lists_say(
    year: tuple[Evidence, ...], moment: str, outcome: Outcome, reason: str
) -> None:
    verdict = judged(year, at(moment))
    assert verdict.outcome is outcome, verdict.reason
    assert reason in verdict.reason


def test_the_chain_of_the_year_is_whole_and_no_link_is_there_twice(year: tuple[Evidence, ...]) -> None:
    lists = [one.facts for one in year if isinstance(one.facts, Checklist)]
    assert len(lists) == 395
    assert broken_links(year) == ()
    assert len({one.previous for one in lists}) == 395
    without = tuple(one for one in year if one.id != "checklist-cyberjaya-2028-02-29")
    assert broken_links(without) == (
        "checklist-cyberjaya-2028-03-01 follows another list than checklist-cyberjaya-2028-02-28: "
        "one was changed or taken away",
    )
    assert "broken before checklist-cyberjaya-2028-03-01" in judged(without, at("2028-03-10 10:00")).reason


def test_the_months_of_the_year_show_what_was_missed(year: tuple[Evidence, ...]) -> None:
    now = at("2029-01-02 10:00")
    lists, fill = Lists.of(SITE, year, now), items_of(year)
    months = {
        first: month_of(rules(), lists, first, now, FIRST, fill)
        for first in (date(2028, 2, 1), date(2028, 7, 1), date(2028, 12, 1), date(2029, 1, 1))
    }
    leap = months[date(2028, 2, 1)].days
    assert (len(leap), [one.day for one in leap if one.lacking]) == (29, [UNTICKED])
    (tested,) = [one for one in months[date(2028, 7, 1)].days if one.lacking]
    assert (tested.day, [one.item for one in tested.lacking]) == (NOT_TESTED, ["external_delivery_test"])
    december = months[date(2028, 12, 1)]
    assert [one.day for one in december.days if one.standing == "missed"] == [*AWAY]
    assert months[date(2029, 1, 1)].by_standing == {
        "closed": 0, "late": 0, "open": 2, "missed": 0, "ahead": 29, "before": 0,
    }  # fmt: skip
    assert all(one.broken == () for one in months.values())


def test_days_that_were_missed_are_late_when_they_are_closed_and_the_control_says_so(
    year: tuple[Evidence, ...],
) -> None:
    now = at("2029-01-02 10:00")
    lists, fill = Lists.of(SITE, year, now), items_of(year)
    days = to_close(rules(), lists, date(2029, 1, 1), now)
    assert days == (*AWAY, date(2029, 1, 1))
    made = [day_of_list(rules(), lists, day, now, FIRST, fill) for day in days]
    register = (*year, *closing(lists, made, "Aminah", now, []))
    assert broken_links(register) == ()
    verdict = judged(register, at("2029-01-02 11:00"))
    assert verdict.outcome is Outcome.FAIL, "the first of January had no test of delivery"
    tested = (*register, delivered("2029-01-01 08:00"))
    assert "days attested late is 2028-12-30, 2028-12-31" in verdict.reason
    assert "days that lack an item is 2029-01-01" in judged(tested, at("2029-01-02 11:00")).reason
    later = Lists.of(SITE, register, at("2029-01-02 11:00"))
    standing = [day_of_list(rules(), later, day, at("2029-01-02 11:00"), FIRST, fill).standing for day in days]
    assert standing == ["late", "late", "closed"]


def test_an_agency_elsewhere_counts_its_own_days(year: tuple[Evidence, ...]) -> None:
    """A list of the agency's day is of another day where clocks are behind: its items were done the day before."""
    offset = "-11:00"
    verdict = judged(year, at("2027-12-20 17:30"), utc_offset=offset)
    assert verdict.outcome is Outcome.FAIL
    assert "days with items of another day" in verdict.reason


def test_a_missed_item_cannot_be_made_good_in_the_register(year: tuple[Evidence, ...]) -> None:
    """Whoever writes `ok` where the list says `missed` breaks the chain of the day after."""
    bad = next(one for one in year if one.id == "checklist-cyberjaya-2028-02-29")
    assert isinstance(bad.facts, Checklist)
    good = tuple(replace(one, result="ok") for one in bad.facts.items)
    forged = tuple(replace(one, facts=replace(bad.facts, items=good)) if one is bad else one for one in year)
    assert "chain is broken before checklist-cyberjaya-2028-03-01" in judged(forged, at("2028-03-10 10:00")).reason


def test_a_day_of_the_year_has_its_evidence(year: tuple[Evidence, ...]) -> None:
    told: ChecklistDay = day_of_list(
        rules(),
        Lists.of(SITE, year, at("2028-03-10 10:00")),
        date(2028, 3, 1),
        at("2028-03-10 10:00"),
        None,
        lambda _: (),
    )
    items = by_name(told.items)
    assert items["external_delivery_test"].evidence == "delivery-2028-03-01"
    assert (items["queue"].evidence, items["backup_age"].operator) == ("run-2028-03-01", "Kumar")
