"""Months of the checklist: how days stand, closing them in a chain, leap days, a year's end, and other zones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from baseline.errors import UserError
from baseline.evidence.chain import broken_links
from baseline.evidence.months import Lists, as_entry, closing, day_of_list, month_of, to_close
from baseline.kinds.daily_checklist import DailyChecklist
from baseline.load import yaml
from baseline.load.registers import records_of
from baseline.load.tree import Problems
from baseline.model import Evidence
from baseline.model.checklist import ChecklistDay, FilledItem
from baseline.model.evidence import Checklist
from tests.evidence.checklists import SITE, at, rules

NONE: tuple[FilledItem, ...] = ()


def done(day: date, result: str = "ok", own: DailyChecklist | None = None) -> ChecklistDay:
    """A day on which every item was done at nine."""
    moment = at(f"{day.isoformat()} 09:00")
    items = [FilledItem(item, result, "Kumar", moment, "run-1") for item in (own or rules()).every_item]  # type: ignore[arg-type]
    return ChecklistDay(day, "open", tuple(items))


def closed(days: Iterable[date], hour: str = "17:00", before: tuple[Evidence, ...] = ()) -> tuple[Evidence, ...]:
    """Lists of days, each closed on its own day."""
    register = before
    for day in days:
        now = at(f"{day.isoformat()} {hour}")
        register = (
            *register,
            *closing(Lists.of(SITE, register, now), [done(day)], "Aminah", now, [r.id for r in register]),
        )
    return register


def days_from(first: date, number: int) -> list[date]:
    return [first + timedelta(days=one) for one in range(number)]


@pytest.mark.parametrize(
    "first", [date(2028, 2, 27), date(2026, 12, 30), date(2027, 2, 26)], ids=["leap-day", "year's-end", "no-leap-day"]
)
def test_the_chain_goes_over_the_ends_of_months_and_years(first: date) -> None:
    days = days_from(first, 5)
    register = closed(days)
    assert broken_links(register) == ()
    now = at(f"{days[-1].isoformat()} 18:00")
    lists = Lists.of(SITE, register, now)
    standing: dict[date, str] = {}
    for month in dict.fromkeys(day.replace(day=1) for day in days):
        told = month_of(rules(), lists, month, now, None, lambda _: NONE)
        standing |= {one.day: one.standing for one in told.days}
    assert [standing[day] for day in days] == ["closed"] * 5
    assert standing.get(date(2028, 2, 29), "closed") == "closed"
    assert standing[days[0] - timedelta(days=1)] == "before"
    following = days[-1] + timedelta(days=1)
    assert standing[following] == "ahead"


def test_a_closed_list_is_read_from_a_register_as_it_was_written() -> None:
    register = closed(days_from(date(2026, 3, 2), 3))
    problems = Problems()
    tree = yaml.parse("".join(map(as_entry, register)), "register.yml", problems)
    assert tree is not None
    assert records_of(tree, Path(), problems) == register
    problems.raise_any()


def test_days_without_a_list_are_closed_with_the_next_one_and_their_items_are_missed() -> None:
    register = closed([date(2026, 3, 2)])
    now = at("2026-03-05 10:00")
    lists = Lists.of(SITE, register, now)
    days = to_close(rules(), lists, date(2026, 3, 4), now)
    assert days == (date(2026, 3, 3), date(2026, 3, 4))
    missed = tuple(FilledItem(item, "missed") for item in rules().every_item)
    later = closing(lists, [ChecklistDay(days[0], "missed", missed), done(days[1])], "Aminah", now, [])
    whole = (*register, *later)
    assert broken_links(whole) == ()
    told = day_of_list(rules(), Lists.of(SITE, whole, now), days[0], now, None, lambda _: NONE)
    assert (told.standing, len(told.lacking)) == ("late", 7)
    assert isinstance(later[0].facts, Checklist)
    assert {one.operator for one in later[0].facts.items} == {"Aminah"}


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 3, 3), "the list of 2026-03-03 is closed: record checklist-cyberjaya-2026-03-03"),
        (date(2026, 3, 1), "2026-03-01 was missed: the list of 2026-03-03 is closed, and none can be put before it"),
        (date(2026, 3, 5), "2026-03-05 is still to come at cyberjaya"),
        (date(2026, 9, 1), "2026-09-01 is still to come"),
    ],
)
def test_days_that_cannot_be_closed_are_told(day: date, why: str) -> None:
    now = at("2026-03-04 10:00")
    with pytest.raises(UserError, match=why):
        to_close(rules(), Lists.of(SITE, closed(days_from(date(2026, 3, 2), 2)), now), day, now)


def test_no_list_is_put_behind_a_broken_chain_and_no_hundred_days_are_closed_at_once() -> None:
    now = at("2026-03-05 10:00")
    first, _, last = closed(days_from(date(2026, 3, 2), 3))
    with pytest.raises(UserError, match="a chain that is broken: checklist-cyberjaya-2026-03-04 follows another list"):
        to_close(rules(), Lists.of(SITE, (first, last), now), date(2026, 3, 5), now)
    later = at("2026-06-05 10:00")
    with pytest.raises(UserError, match="close at most 92 days at once"):
        to_close(rules(), Lists.of(SITE, (first,), later), date(2026, 6, 3), later)


@pytest.mark.parametrize(
    ("now", "standing"),
    [
        ("2026-03-06 23:59", "open"),
        ("2026-03-09 11:59", "open"),
        ("2026-03-09 12:01", "missed"),
    ],
    ids=["that-friday", "before-noon-of-monday", "after"],
)
def test_a_friday_without_a_list_is_missed_after_noon_of_monday(now: str, standing: str) -> None:
    lists = Lists.of(SITE, closed([date(2026, 3, 2)]), at(now))
    assert day_of_list(rules(), lists, date(2026, 3, 6), at(now), None, lambda _: NONE).standing == standing


def test_a_list_that_nobody_attests_or_of_another_site_is_none() -> None:
    now = at("2026-03-03 10:00")
    (one,) = closed([date(2026, 3, 2)])
    unattested = [
        replace(one, **change) for change in ({"attested_by": None, "attested_at": None}, {"subject": "ipoh"})
    ]
    assert Lists.of(SITE, unattested, now).records == ()


def test_what_a_list_does_not_have_is_missed() -> None:
    register = closed([date(2026, 3, 2)])
    own = rules(also=[*rules().also, "fans"])
    told = day_of_list(
        own,
        Lists.of(SITE, register, at("2026-03-03 10:00")),
        date(2026, 3, 2),
        at("2026-03-03 10:00"),
        None,
        lambda _: NONE,
    )
    (fans,) = told.lacking
    assert (fans.item, fans.result) == ("fans", "missed")


@pytest.mark.parametrize(
    ("offset", "day"), [("+08:00", date(2026, 3, 3)), ("+00:00", date(2026, 3, 2)), ("-10:00", date(2026, 3, 2))]
)
def test_what_day_it_is_the_agency_says(offset: str, day: date) -> None:
    own = rules(utc_offset=offset)
    now = datetime.fromisoformat("2026-03-02T16:30:00+00:00")
    month = month_of(own, Lists.of(SITE, (), now), date(2026, 3, 1), now, None, lambda _: NONE)
    assert [one.day for one in month.days if one.standing == "open"] == [day]
    assert month.utc_offset == offset
