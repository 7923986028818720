"""The daily checklist of a month in words: the name of each item, how each day stands, and the month as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from baseline.languages import ENGLISH, Language, term
from baseline.model import Scalar
from baseline.model.checklist import ChecklistDay, ChecklistMonth, FilledItem
from baseline.reports.cells import as_csv
from baseline.reports.words import one_line

NAMES = {
    "external_delivery_test": term("external delivery test"),
    "services": term("services"),
    "queue": term("queue"),
    "disk": term("disk space"),
    "certificates": term("certificates"),
    "block_lists": term("block lists"),
    "backup_age": term("age of backups"),
}
"""Items of the baselines that ship. Others are told by their own names."""

RESULTS = {
    "ok": term("ok"),
    "failed": term("FAULT FOUND"),
    "unknown": term("could not be told"),
    "missed": term("MISSED"),
    "not_applicable": term("n/a"),
    "open": term("open"),
}
STANDINGS = {
    "closed": term("closed"),
    "late": term("closed late"),
    "open": term("open"),
    "missed": term("MISSED"),
    "ahead": term("to come"),
    "before": term("before the first list"),
}
_MONTHS = (
    term("January"),
    term("February"),
    term("March"),
    term("April"),
    term("May"),
    term("June"),
    term("July"),
    term("August"),
    term("September"),
    term("October"),
    term("November"),
    term("December"),
)
_WEEKDAYS = (term("Mon"), term("Tue"), term("Wed"), term("Thu"), term("Fri"), term("Sat"), term("Sun"))

COLUMNS = (
    "site",
    "day",
    "standing",
    "item",
    "result",
    "by",
    "at",
    "evidence",
    "what",
    "closed by",
    "closed at",
    "link",
)


def name_of(item: str, language: Language = ENGLISH) -> str:
    """An item as people read it."""
    return language.say(NAMES[item]) if item in NAMES else one_line(item.replace("_", " "))


def month_name(month: ChecklistMonth, language: Language = ENGLISH) -> str:
    """`March 2026`."""
    return language.say("{month} {year}", month=language.say(_MONTHS[month.first.month - 1]), year=month.first.year)


def weekday(day: ChecklistDay, language: Language = ENGLISH) -> str:
    """The day of the week, in short."""
    return language.say(_WEEKDAYS[day.day.weekday()])


def zone_of(month: ChecklistMonth) -> timezone:
    """The zone that the days of the month are counted in."""
    sign = -1 if month.utc_offset.startswith("-") else 1
    return timezone(sign * timedelta(hours=int(month.utc_offset[1:3]), minutes=int(month.utc_offset[4:])))


def clock(moment: datetime | None, month: ChecklistMonth, day: ChecklistDay) -> str:
    """The time of a moment at the agency, with its date where that is another day."""
    if moment is None:
        return ""
    there = moment.astimezone(zone_of(month))
    return f"{there:%H:%M}" if there.date() == day.day else f"{there:%Y-%m-%d %H:%M}"


def sums(month: ChecklistMonth, language: Language = ENGLISH) -> str:
    """How the month stands in one sentence."""
    by = month.by_standing
    closed = by["closed"] + by["late"]
    due = closed + by["missed"]
    missed, late, lacking = by["missed"], by["late"], sum(len(one.lacking) for one in month.days)
    parts = [language.count("{closed} of {n} day is closed", "{closed} of {n} days are closed", due, closed=closed)]
    parts += [language.count("{n} day was missed", "{n} days were missed", missed)] if missed else []
    parts += [language.count("{n} list was closed late", "{n} lists were closed late", late)] if late else []
    parts += [language.count("{n} item was not done", "{n} items were not done", lacking)] if lacking else []
    return f"{'; '.join(parts)}."


def csv(month: ChecklistMonth) -> str:
    """A line for each item of each day; one without items for a day that has none."""
    return as_csv([COLUMNS, *_rows(month)])


def _rows(month: ChecklistMonth) -> Iterator[tuple[Scalar, ...]]:
    for day in month.days:
        if day.standing in ("ahead", "before"):
            continue
        for item in day.items or (FilledItem("", "open"),):
            yield (
                month.site,
                day.day.isoformat(),
                day.standing,
                item.item,
                item.result,
                item.operator,
                _iso(item.at, month),
                item.evidence,
                item.why,
                day.closed_by,
                _iso(day.closed_at, month),
                day.link,
            )


def _iso(moment: datetime | None, month: ChecklistMonth) -> str:
    return "" if moment is None else moment.astimezone(zone_of(month)).isoformat(timespec="seconds")
