"""From two findings of the same control to the class of the change between them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from itertools import groupby
from typing import Any, Literal

from baseline.classes import dataclass
from baseline.model.changes import ChangeClass

Side = Literal["good", "bad", "unknown"]
FLAPS = 3
"""How often a control turns within the window when it is said to be flapping."""


def standing(outcome: str) -> Side:
    """Where a control stands with an outcome."""
    return "unknown" if outcome == "unknown" else "bad" if outcome in ("fail", "warn") else "good"


@dataclass(frozen=True)
class Point:
    """A span as it is compared: its outcome, whether with drift, and its two documents."""

    run: int
    outcome: str
    drift: bool
    definition: int
    finding: int


@dataclass(frozen=True)
class Turned:
    """A series at the earlier run, at the later one, and the outcomes in between, oldest first.

    `known` is the last outcome before the earlier run that was not `unknown`; empty where there is none.
    """

    before: Point
    now: Point
    between: Sequence[str] = field(default=())
    known: str = ""


def turns(outcomes: Sequence[str]) -> int:
    """How often the standing changes in a row of outcomes."""
    return sum(1 for _ in groupby(map(standing, outcomes))) - 1 if outcomes else 0


def classes(one: Turned, states: tuple[Any, Any]) -> tuple[ChangeClass, ...]:
    """The classes of what happened to a control; `states` are what was found of its keys, before and now."""
    found: list[ChangeClass] = []
    if turns([one.before.outcome, *one.between]) >= FLAPS:
        found.append("flapping")
    else:
        outcome = _of_outcomes(one, states)
        found += [outcome] if outcome else []
    if one.now.drift != one.before.drift:
        found.append("newly drifted" if one.now.drift else "drift gone")
    return tuple(found)


def _of_outcomes(one: Turned, states: tuple[Any, Any]) -> ChangeClass | None:
    before, now = standing(one.before.outcome), standing(one.now.outcome)
    if now == "unknown":
        return None if before == "unknown" else "newly unknown"
    if before == "unknown":
        # What was never known is measured by what ought to be.
        before = standing(one.known) if one.known else "good"
        if before == now:
            return "known again"
    if now == "bad":
        if before == "good":
            return "newly failing"
        return "failing otherwise" if one.before.outcome != one.now.outcome or states[0] != states[1] else None
    return "mended" if before == "bad" else None
