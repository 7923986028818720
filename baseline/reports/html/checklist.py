"""A month of the daily checklist as one page: for a screen, a phone, and one sheet of paper.

A cell has a sign, the time, and a letter for who did it; below the table stands whose letter that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from baseline.classes import dataclass
from baseline.languages import Language
from baseline.model.checklist import ChecklistDay, ChecklistMonth, FilledItem
from baseline.reports.checklist import RESULTS, STANDINGS, clock, month_name, name_of, sums, weekday
from baseline.reports.html.page import rendered
from baseline.reports.words import one_line

_SIGNS = {"ok": "✓", "failed": "✗", "unknown": "?", "missed": "—", "not_applicable": "·", "open": "…"}
_LETTERS = {"ok": "p", "failed": "f", "unknown": "u", "missed": "f", "not_applicable": "n", "open": "n"}
"""The class of a cell, as the map of a report has them."""
_TAGS = {"closed": "pass", "late": "warn", "open": "notapplicable", "missed": "fail"}
_SORTS = {"failed": "fail", "missed": "fail", "unknown": "unknown", "ok": "warn"}
"""The tags of results that have something to tell; of one that is `ok`, that is a warning."""


@dataclass(frozen=True)
class _Cell:
    """One item of one day: its class, sign and word, when it was done, and the letter of who did it."""

    letter: str
    sign: str
    word: str
    when: str
    who: str


@dataclass(frozen=True)
class _Row:
    """One day: its items, and what became of its list."""

    date: str
    number: int
    weekday: str
    cells: tuple[_Cell | None, ...]
    standing: str
    tag: str
    missed: bool
    closed: str
    who: str


@dataclass(frozen=True)
class _Note:
    """What is to be told of items of a day in full."""

    day: str
    items: str
    sort: str
    word: str
    why: str
    shown: str


def page(month: ChecklistMonth, language: Language) -> str:
    """The whole file."""
    people = _people(month)
    bad = month.by_standing["missed"] or month.broken or any(day.lacking for day in month.days)
    values = {
        "month": month,
        "title": month_name(month, language),
        "columns": [(name_of(item, language), item in month.needed) for item in month.items],
        "rows": [_row(day, month, people, language) for day in month.days],
        "sums": sums(month, language),
        "mood": "bad" if bad else "good",
        "notes": [note for day in month.days for note in _notes(day, language)],
        "legend": [(_LETTERS[name], _SIGNS[name], language.say(word)) for name, word in RESULTS.items()],
        "people": [(sign, one_line(name)) for name, sign in people.items()],
    }
    return rendered("checklist.html.j2", values, language, "checklist.css")


def _people(month: ChecklistMonth) -> Mapping[str, str]:
    """A letter for everybody who did an item or closed a list; `z1` and so on for the 27th and those after."""
    named = [name for day in month.days for name in (*(one.operator for one in day.items if one.done), day.closed_by)]
    known = dict.fromkeys(name for name in named if name)
    return {
        name: "abcdefghijklmnopqrstuvwxyz"[at] if at < _ALL else f"z{at - _ALL + 1}" for at, name in enumerate(known)
    }


_ALL = 26


def _row(day: ChecklistDay, month: ChecklistMonth, people: Mapping[str, str], language: Language) -> _Row:
    by_name = {one.item: one for one in day.items}
    cells = tuple(_cell(by_name.get(item), day, month, people, language) for item in month.items)
    return _Row(
        day.day.isoformat(),
        day.day.day,
        weekday(day, language),
        cells if day.items else (),
        language.say(STANDINGS[day.standing]),
        _TAGS.get(day.standing, ""),
        day.standing == "missed",
        clock(day.closed_at, month, day),
        people.get(day.closed_by, ""),
    )


def _cell(
    item: FilledItem | None, day: ChecklistDay, month: ChecklistMonth, people: Mapping[str, str], language: Language
) -> _Cell | None:
    if item is None:
        return None
    when, who = (clock(item.at, month, day), people.get(item.operator, "")) if item.done else ("", "")
    return _Cell(_LETTERS[item.result], _SIGNS[item.result], language.say(RESULTS[item.result]), when, who)


def _notes(day: ChecklistDay, language: Language) -> Iterator[_Note]:
    """Faults, what could not be told, what was missed, and warnings; items of which the same is to be told are one."""
    told = [one for one in day.items if one.result in _SORTS and (one.result != "ok" or one.why)]
    told.sort(key=lambda one: (list(_SORTS).index(one.result), *_alike(one)))
    for (result, why, shown), some in groupby(told, key=_alike):
        items = ", ".join(name_of(one.item, language) for one in some)
        word = language.say(RESULTS[result])
        yield _Note(day.day.isoformat(), items, _SORTS[result], word, language.tell(why), one_line(shown))


def _alike(item: FilledItem) -> tuple[str, str, str]:
    return item.result, item.why, item.evidence if item.result != "missed" else ""
