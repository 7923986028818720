"""A month of the daily checklist as one page: for a screen, a phone, and one sheet of paper."""

from __future__ import annotations

from dataclasses import dataclass

from baseline.languages import Language
from baseline.model.checklist import ChecklistDay, ChecklistMonth, FilledItem
from baseline.reports.checklist import RESULTS, STANDINGS, clock, month_name, name_of, sums, weekday
from baseline.reports.html.page import rendered
from baseline.reports.words import one_line

_SIGNS = {"ok": "✓", "failed": "✗", "unknown": "?", "missed": "—", "not_applicable": "·", "open": "…"}
_LETTERS = {"ok": "p", "failed": "f", "unknown": "u", "missed": "f", "not_applicable": "n", "open": "n"}
"""The class of a cell, as the map of a report has them."""
_TAGS = {"closed": "pass", "late": "warn", "open": "notapplicable", "missed": "fail"}


@dataclass(frozen=True)
class _Cell:
    """One item of one day: its class, sign and word, who did it and when, and what was found."""

    letter: str
    sign: str
    word: str
    who: str
    when: str


@dataclass(frozen=True)
class _Note:
    """What is to be told of an item of a day in full."""

    day: str
    item: str
    sort: str
    word: str
    why: str
    by: str


def page(month: ChecklistMonth, language: Language) -> str:
    """The whole file."""
    rows = [
        {
            "day": day,
            "weekday": weekday(day, language),
            "standing": language.say(STANDINGS[day.standing]),
            "tag": _TAGS.get(day.standing, ""),
            "cells": [_cell(item, day, month, language) for item in _in_order(day, month)],
            "closed": clock(day.closed_at, month, day),
        }
        for day in month.days
    ]
    bad = month.by_standing["missed"] or month.broken or any(day.lacking for day in month.days)
    values = {
        "month": month,
        "title": month_name(month, language),
        "columns": [(name_of(item, language), item in month.needed) for item in month.items],
        "rows": rows,
        "sums": sums(month, language),
        "mood": "bad" if bad else "good",
        "notes": [note for day in month.days for note in _notes(day, language)],
        "legend": [(_LETTERS[name], _SIGNS[name], language.say(word)) for name, word in RESULTS.items()],
    }
    return rendered("checklist.html.j2", values, language)


def _in_order(day: ChecklistDay, month: ChecklistMonth) -> list[FilledItem | None]:
    by_name = {one.item: one for one in day.items}
    return [by_name.get(item) for item in month.items]


def _cell(item: FilledItem | None, day: ChecklistDay, month: ChecklistMonth, language: Language) -> _Cell | None:
    if item is None:
        return None
    word = language.say(RESULTS[item.result])
    who = one_line(item.operator) if item.done else ""
    return _Cell(_LETTERS[item.result], _SIGNS[item.result], word, who, clock(item.at, month, day) if item.done else "")


def _notes(day: ChecklistDay, language: Language) -> list[_Note]:
    """Faults, what could not be told and what was missed; and warnings of what was done."""
    sorts = {"failed": "fail", "missed": "fail", "unknown": "unknown"}
    return [
        _Note(
            day.day.isoformat(),
            name_of(one.item, language),
            sorts.get(one.result, "warn"),
            language.say(RESULTS[one.result]),
            language.tell(one.why),
            one_line(one.evidence),
        )
        for one in day.items
        if one.result in sorts or (one.why and one.result == "ok")
    ]
