"""A month of the daily checklist for the browser: a leap day, faults, missed items and days, a list closed late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from baseline.evidence.chain import broken_links
from baseline.evidence.months import Lists, closing, month_of
from baseline.model import Evidence
from baseline.model.checklist import ChecklistDay, ChecklistMonth, FilledItem
from tests.evidence.checklists import SITE, at, rules

FIRST = date(2028, 2, 1)
NOW = at("2028-02-29 17:30")
_RULES = rules(items=["external_delivery_test", "generator_and_<power>"])
_KUMAR, _AMINAH = "Kumar a/l Raju, operations", "Aminah binti Ali, head of ICT"


def checklist_month() -> ChecklistMonth:
    """The month as of half past five on its last day, which is not closed yet."""
    register: tuple[Evidence, ...] = ()
    for number in range(28):
        day = FIRST + timedelta(days=number)
        if number in (19, 20):
            continue
        late = number == 9
        closed_at = at(f"{day + timedelta(days=3 if late else 0)} 17:10")
        lists = Lists.of(SITE, register, closed_at + timedelta(days=9))
        register = (*register, *closing(lists, [_day(day, number)], _AMINAH, closed_at, [one.id for one in register]))
    assert broken_links(register) == ()
    return month_of(_RULES, Lists.of(SITE, register, NOW), FIRST, NOW, None, _open)


def broken_month() -> ChecklistMonth:
    """A month with a list that was taken away."""
    return replace(
        checklist_month(), broken=("checklist-a follows another list than checklist-b: one was changed or taken away",)
    )


def _day(day: date, number: int) -> ChecklistDay:
    moment = at(f"{day.isoformat()} 07:05")
    by_check = ("services", "queue", "disk", "certificates")
    results = {"queue": "failed" if number in (5, 6) else "ok", "disk": "unknown" if number == 12 else "ok"}
    made = []
    for item in _RULES.every_item:
        result = "not_applicable" if item == "block_lists" else results.get(item, "ok")
        by, shown = ("baseline 0.1.0", f"20280201T0000-{number:02}") if item in by_check else (_KUMAR, "ticket 118")
        if item == "backup_age" and number in (3, 17):
            result = "missed"
        made.append(FilledItem(item, result, by, moment, shown))  # type: ignore[arg-type]
    return ChecklistDay(day, "open", tuple(made))


def _open(day: date) -> tuple[FilledItem, ...]:
    """What is known of the two days that nobody closed, and of the last one."""
    moment: datetime = at(f"{day.isoformat()} 07:05")
    over = day.day != 29
    made = []
    for item in _RULES.every_item:
        if item in ("queue", "disk"):
            made.append(
                FilledItem(item, "ok", "baseline 0.1.0", moment, "run", "MEL-H-02: mx1: the oldest mail waits for 2 d")
            )
        else:
            made.append(FilledItem(item, "missed" if over else "open", why="nobody ticked it"))
    return tuple(made)
