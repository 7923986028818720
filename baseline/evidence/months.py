"""A month of the checklist, from the lists of the register and what is known of days without one; and closing days.

A day is closed by a record of MEL-H-07, which names the link of the one before. Pure.
"""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.evidence.chain import broken_links
from baseline.evidence.entry import entry
from baseline.evidence.trainings import free_id
from baseline.kinds.daily_checklist import DailyChecklist
from baseline.model import Evidence
from baseline.model.checklist import ChecklistDay, ChecklistMonth, DayStanding, FilledItem
from baseline.model.evidence import EVERY_SITE, Checklist, ChecklistItem, link
from baseline.readings.evidence import day_of

MOST_DAYS = 92
"""How many days one closing may close: those since the last list."""

Filling = Callable[[date], tuple[FilledItem, ...]]
"""What is known of the items of a day that has no list."""


@dataclass(frozen=True)
class Lists:
    """The attested lists of one site, by day, and since when there are any."""

    site: str
    records: tuple[Evidence, ...]

    @classmethod
    def of(cls, site: str, register: Iterable[Evidence], now: datetime) -> Lists:
        """The lists of a register about a site that somebody attests, oldest first."""
        found = [
            record
            for record in register
            if record.subject in (site, EVERY_SITE)
            and isinstance(record.facts, Checklist)
            and record.attested_at is not None
            and max(record.attested_at, record.issued_on) <= now
        ]
        return cls(site, tuple(sorted(found, key=_day)))

    @property
    def by_day(self) -> Mapping[date, Evidence]:
        """Day -> its list; the last one in the register, where there are several."""
        return {_day(record): record for record in self.records}

    @property
    def broken(self) -> tuple[str, ...]:
        """What is wrong with them as a whole."""
        days = [_day(record) for record in self.records]
        twice = [f"{day.isoformat()} has several lists" for day in dict.fromkeys(days) if days.count(day) > 1]
        return (*broken_links(self.records), *twice)


def month_of(
    rules: DailyChecklist, lists: Lists, first: date, now: datetime, begun: date | None, fill: Filling
) -> ChecklistMonth:
    """The month that begins with `first`. `begun` is the day of the first tick, where there is one."""
    days = tuple(first + timedelta(days=number) for number in range(calendar.monthrange(first.year, first.month)[1]))
    made = tuple(day_of_list(rules, lists, day, now, begun, fill) for day in days)
    own = dict.fromkeys(one.item for day in made for one in day.items)
    items = tuple(dict.fromkeys((*rules.every_item, *own)))
    return ChecklistMonth(lists.site, first, made, items, rules.items, rules.utc_offset, lists.broken)


def day_of_list(
    rules: DailyChecklist, lists: Lists, day: date, now: datetime, begun: date | None, fill: Filling
) -> ChecklistDay:
    """One day: its list, or what is known of it without one."""
    record = lists.by_day.get(day)
    if record is not None and isinstance(record.facts, Checklist) and record.attested_at is not None:
        standing: DayStanding = "closed" if record.attested_at <= rules.due(day) else "late"
        items = _items_of(record.facts, rules)
        return ChecklistDay(day, standing, items, record.id, record.attested_by or "", record.attested_at, link(record))
    today = day_of(now, rules.utc_offset)
    since = min([*lists.by_day, *([begun] if begun else [])], default=today)
    if day > today:
        return ChecklistDay(day, "ahead")
    if day < since:
        return ChecklistDay(day, "before")
    return ChecklistDay(day, "missed" if rules.due(day) < now else "open", fill(day))


def to_close(rules: DailyChecklist, lists: Lists, day: date, now: datetime) -> tuple[date, ...]:
    """The days that a closing of `day` closes: it, and those since the last list. Raises `UserError`.

    A list names the link of the one before, so that no list can come between two others later.
    """
    if day > day_of(now, rules.utc_offset):
        raise UserError(f"{day.isoformat()} is still to come at {lists.site}")
    last = max(lists.by_day, default=None)
    if day in lists.by_day:
        raise UserError(f"the list of {day.isoformat()} is closed: record {lists.by_day[day].id}")
    if last is not None and day < last:
        raise UserError(
            f"{day.isoformat()} was missed: the list of {last.isoformat()} is closed, and none can be put before it"
        )
    if broken := lists.broken:
        raise UserError(f"no list can be put behind a chain that is broken: {broken[0]}")
    first = day if last is None else last + timedelta(days=1)
    if (day - first).days >= MOST_DAYS:
        raise UserError(f"the last list is of {last}: close at most {MOST_DAYS} days at once, with an earlier --date")
    return tuple(first + timedelta(days=number) for number in range((day - first).days + 1))


def closing(
    lists: Lists, days: Sequence[ChecklistDay], by: str, now: datetime, taken: Iterable[str]
) -> tuple[Evidence, ...]:
    """The records that close these days, each with the link of the one before. What is not done is `missed`."""
    ids = set(taken)
    made: list[Evidence] = []
    before = lists.records[-1] if lists.records else None
    for day in days:
        name = free_id(f"checklist-{_plain(lists.site)}-{day.day.isoformat()}", ids)
        ids.add(name)
        items = tuple(_closed(item, by, now) for item in day.items)
        facts = Checklist(day.day, items, "" if before is None else link(before))
        before = Evidence(name, "MEL-H-07", lists.site, now, by, facts, attested_by=by, attested_at=now)
        made.append(before)
    return tuple(made)


def as_entry(record: Evidence) -> str:
    """A list as text for the end of a register."""
    told = record.to_dict()
    facts = told.pop("facts")
    control = told.pop("control")
    head = {name: str(told[name]) for name in ("id", "subject", "issued_on", "issuer", "attested_by", "attested_at")}
    items = json.dumps(facts["items"], ensure_ascii=False)
    text = entry(control, head, {"day": facts["day"], "items": items, "previous": facts["previous"]})
    if record.signature:
        text += "".join(
            f"  {line}\n" for line in ("signature: |", *(f"  {one}" for one in record.signature.splitlines()))
        )
    return text


def _closed(item: FilledItem, by: str, now: datetime) -> ChecklistItem:
    if item.result == "open" or item.at is None:
        result = "not_applicable" if item.result == "not_applicable" else "missed"
        return ChecklistItem(item.item, result, by, now, item.evidence)  # type: ignore[arg-type]
    return ChecklistItem(item.item, item.result, item.operator, item.at, item.evidence)


def _items_of(facts: Checklist, rules: DailyChecklist) -> tuple[FilledItem, ...]:
    there = {one.item: FilledItem(one.item, one.result, one.operator, one.at, one.evidence) for one in facts.items}
    lacking = {item: FilledItem(item, "missed", why="the list does not have it") for item in rules.every_item}
    return tuple({**lacking, **there}.values())


def _day(record: Evidence) -> date:
    assert isinstance(record.facts, Checklist)
    return record.facts.day


def _plain(site: str) -> str:
    """A site's name as part of an id."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", site).strip("-") or "site"
