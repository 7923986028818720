"""A small country for pages: an agency in every standing, over three months."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from baseline.model import Outcome, Report
from baseline.model.agencies import Refused, RollUp
from baseline.reports.json import render
from baseline.rollup import AgencyDocument, RollUpRules, joined
from baseline.rollup.seen import SeenBefore
from baseline.rollup.told import read
from tests.rollup.agencies import DAY, MANDATORY, NOW, measure, report, waived

_EXPECTED = ("mof", "moh", "kdn", "jpa", "old", "kpm", "none")
_FAILS = {("mx1", MANDATORY): Outcome.FAIL}


def country() -> RollUp:
    """The view of today; some of it means harm to who reads it."""
    seen: dict[str, SeenBefore] = {}
    _, seen = _month(NOW - 62 * DAY, seen, first=True)
    _, seen = _month(NOW - 31 * DAY, seen)
    view, _ = _month(NOW - DAY, seen)
    return view


def _month(at: datetime, seen: dict[str, SeenBefore], *, first: bool = False) -> tuple[RollUp, dict[str, SeenBefore]]:
    site = {("hq", control): Outcome.UNKNOWN for control in measure().controls}
    taken: list[AgencyDocument | Refused] = [
        _told("mof", report(at=at)),
        _told("moh", report(["mx1", "store1"], at=at) if first else report(["mx1"], wrong=_FAILS, at=at)),
        _told("kdn", waived(report(wrong=_FAILS, at=at))),
        _told("jpa", report(wrong=_FAILS if first else site, at=at)),
        _told("old", report(at=min(at, NOW - 40 * DAY))),
        Refused("inbox/kpm.zip", "kpm.gov.example", "is half: it has no clauses.json"),
        Refused("inbox/<b>x</b>\u202e.zip", "", "its signature is no text"),
    ]
    names = tuple(f"{name}.gov.example" for name in _EXPECTED)
    return joined(taken, seen, measure(), RollUpRules(at + DAY, timedelta(days=35), names))


def _told(name: str, one: Report) -> AgencyDocument:
    told = read(io.BytesIO(render(one).encode()), measure())
    return AgencyDocument(f"inbox/{name}.zip", f"{name}.gov.example", signed=True, reported=told)
