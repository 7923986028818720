"""The roll-up as one HTML file: all agencies by clause, the worst first, and of each what is not as it should be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from markupsafe import Markup

from baseline.languages import Language
from baseline.model.agencies import Agency, ClauseCell, RollUp
from baseline.reports.agencies import CELLS, STANDINGS, TURNS, verdict
from baseline.reports.html.page import rendered
from baseline.reports.html.parts import when
from baseline.reports.html.strips import drawn
from baseline.reports.past import Piece, Strip

SORTS = {0: "pass", 3: "unknown"}
"""The colour of an exit code; every other one is that of a fail."""


_COLORS: Mapping[ClauseCell, str] = {
    "fail": "f",
    "unknown": "u",
    "warn": "w",
    "waived": "v",
    "pass": "p",
    "notapplicable": "n",
    "untold": "n",
}


def render(view: RollUp, language: Language) -> str:
    """The whole file."""
    words = {name: language.say(word) for name, word in {**CELLS, **STANDINGS, **TURNS}.items()}
    mood = {0: "good", 3: "open"}.get(view.exit_code, "bad")
    pictures = {one.name: _picture(one, view, language) for one in view.agencies}
    troubled = {one.name for one in view.agencies if one.counted or one.without_waivers or one.notes or one.gone}
    values = {
        "view": view,
        "verdict": verdict(view, language),
        "mood": mood,
        "words": words,
        "sorts": SORTS,
        "pictures": pictures,
        "troubled": troubled,
        "color_of": _color_of,
        "when": when,
        "days": view.max_age // 86_400,
    }
    return rendered("agencies.html.j2", values, language)


def _color_of(agency: Agency, verdict: ClauseCell) -> str:
    """The colour of a cell. What an agency that is not current tells is grey, unless it is bad: it is no good news."""
    if agency.standing != "current" and verdict not in ("fail", "unknown"):
        return "n"
    return _COLORS[verdict]


def _picture(agency: Agency, view: RollUp, language: Language) -> Markup | None:
    """What an agency came to over time; None where only one document was seen of it."""
    told = [(one.finished, one.exit_code) for one in agency.before]
    if agency.finished and agency.exit_code is not None:
        told.append((agency.finished, agency.exit_code))
    if told and agency.standing != "current":
        told[-1] = (told[-1][0], agency.counted)  # what it was last is not what it is now
    if len(told) < 2:
        return None
    moments = [_seconds(moment) for moment, _ in told] + [_seconds(view.made)]
    first, length = moments[0], moments[-1] - moments[0]
    if length <= 0:
        return None
    pieces = tuple(
        Piece(
            (moments[number] - first) / length, (moments[number + 1] - first) / length, ((SORTS.get(code, "fail"), 1),)
        )
        for number, (_, code) in enumerate(told)
        if moments[number + 1] > moments[number]
    )
    strip = Strip(told[0][0], view.made, pieces, (told[0][0], told[-1][0]), ())
    label = language.say("since {when} UTC: {codes}", when=when(told[0][0])[:10], codes=_codes(told, language))
    return drawn(strip, label)


def _codes(told: list[tuple[str, int]], language: Language) -> str:
    return ", ".join(language.say(CELLS[SORTS.get(code, "fail")]) for _, code in told)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
