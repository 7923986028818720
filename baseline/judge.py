"""What is wanted of a value, and the one comparison that every kind shares.

A kind states its expectation as a mapping from state key to want. A key that ends in `*` speaks of every
key of the actual state with that beginning, so a control can speak of accounts it learns of only on the host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.model import Compared, Outcome, Wanted

if TYPE_CHECKING:
    from baseline.model import Location, Scalar, State

UNLIMITED = "unlimited"
"""How a limit that is not there is written in states, so that it differs from "not known"."""


class _Told:
    """A want in words, which are those of its data."""

    @property
    def data(self) -> Wanted:
        """The want as reports carry it."""
        raise NotImplementedError

    def __str__(self) -> str:
        return str(self.data)


@dataclass(frozen=True)
class Equal(_Told):
    """Exactly this value."""

    value: Scalar

    def judge(self, actual: Scalar) -> Outcome:
        """Pass when equal."""
        return Outcome.PASS if _same(actual, self.value) else Outcome.FAIL

    @cached_property
    def data(self) -> Wanted:
        """The same as a report tells it."""
        return Wanted("equal", (self.value,))


@dataclass(frozen=True)
class OneOf(_Told):
    """Any of these values; those in `warn` are tolerated with a warning."""

    values: tuple[Scalar, ...]
    warn: tuple[Scalar, ...] = ()

    def judge(self, actual: Scalar) -> Outcome:
        """Pass when among the values, warn when among the tolerated ones."""
        if any(_same(actual, value) for value in self.values):
            return Outcome.PASS
        return Outcome.WARN if any(_same(actual, value) for value in self.warn) else Outcome.FAIL

    @property
    def data(self) -> Wanted:
        """The same as a report tells it."""
        return Wanted("one_of", self.values, tolerated=self.warn)


@dataclass(frozen=True)
class AtLeast(_Told):
    """A number not below `value`. From `floor` up to `value` is a warning. Unlimited always passes."""

    value: float
    floor: float | None = None
    unit: str = ""

    def judge(self, actual: Scalar) -> Outcome:
        """Pass from `value` on, warn from `floor` on, else fail."""
        if actual == UNLIMITED:
            return Outcome.PASS
        if isinstance(actual, bool) or not isinstance(actual, int | float):
            return Outcome.FAIL
        if actual >= self.value:
            return Outcome.PASS
        return Outcome.WARN if self.floor is not None and actual >= self.floor else Outcome.FAIL

    @property
    def data(self) -> Wanted:
        """The same as a report tells it."""
        return Wanted("at_least", (self.value,), self.unit, tolerated=() if self.floor is None else (self.floor,))


@dataclass(frozen=True)
class AtMost(_Told):
    """A number not above `value`. Above it up to `ceiling` is a warning. Unlimited always fails."""

    value: float
    ceiling: float | None = None
    unit: str = ""

    def judge(self, actual: Scalar) -> Outcome:
        """Pass up to `value`, warn up to `ceiling`, else fail."""
        if isinstance(actual, bool) or not isinstance(actual, int | float):
            return Outcome.FAIL
        if actual <= self.value:
            return Outcome.PASS
        return Outcome.WARN if self.ceiling is not None and actual <= self.ceiling else Outcome.FAIL

    @property
    def data(self) -> Wanted:
        """The same as a report tells it."""
        return Wanted("at_most", (self.value,), self.unit, tolerated=() if self.ceiling is None else (self.ceiling,))


@dataclass(frozen=True)
class Between(_Told):
    """A number from `low` to `high`, both included. Unlimited fails."""

    low: float
    high: float
    unit: str = ""

    def judge(self, actual: Scalar) -> Outcome:
        """Pass inside the bounds, else fail."""
        if isinstance(actual, bool) or not isinstance(actual, int | float):
            return Outcome.FAIL
        return Outcome.PASS if self.low <= actual <= self.high else Outcome.FAIL

    @property
    def data(self) -> Wanted:
        """The same as a report tells it."""
        return Wanted("between", (self.low, self.high), self.unit)


@dataclass(frozen=True)
class Matches(_Told):
    """Text that a regular expression matches from beginning to end; `meaning` is what people read."""

    pattern: str
    meaning: str

    def judge(self, actual: Scalar) -> Outcome:
        """Pass when the whole text matches."""
        matched = isinstance(actual, str) and re.fullmatch(self.pattern, actual) is not None
        return Outcome.PASS if matched else Outcome.FAIL

    @property
    def data(self) -> Wanted:
        """The same as a report tells it."""
        return Wanted("matches", (self.pattern,), meaning=self.meaning)


@dataclass(frozen=True)
class Advised(_Told):
    """The same want, but missing it is only ever a warning."""

    want: Equal | OneOf | AtLeast | AtMost | Between | Matches

    def judge(self, actual: Scalar) -> Outcome:
        """Warn where the inner want fails."""
        return Outcome.PASS if self.want.judge(actual) is Outcome.PASS else Outcome.WARN

    @property
    def data(self) -> Wanted:
        """The same as a report tells it."""
        return replace(self.want.data, advised=True)


Want = Equal | OneOf | AtLeast | AtMost | Between | Matches | Advised
Wants = Mapping[str, Want]


@dataclass(frozen=True)
class Verdict:
    """What comes of a comparison: the outcome, why, and every key as data, those of the state first.

    `unseen` says of a fail what could not be looked at besides.
    """

    outcome: Outcome
    reason: str
    keys: tuple[Compared, ...] = ()
    unseen: tuple[str, ...] = ()


_WORSE = (Outcome.PASS, Outcome.WARN, Outcome.FAIL)


MOST_REASONS = 10
"""How many wrong keys a reason names one by one; a host with 5 000 accounts is no reason for 5 000 lines."""


def judge(
    wants: Wants,
    actual: State,
    set_at: Mapping[str, Location] = MappingProxyType({}),
    unseen: Sequence[str] = (),
) -> Verdict:
    """Compare a state with what is wanted of it. `set_at` tells where keys of the state were set.

    `unseen` are reasons why parts of the state could not be had. One key that fails is a fail all the same; short of
    that, no verdict stands without them: it is `unknown`, never a pass.

    A key that is wanted but that the state lacks altogether counts as unseen: the kind did not look. A state of which
    nothing at all is wanted, or of which only a `*` speaks that no key fits, is unknown. The first wanted key that
    fails because it is absent (None) decides alone, so one missing thing is one line and not seven.
    """
    none = Outcome.UNKNOWN if unseen else Outcome.NOTAPPLICABLE
    compared = [one for pattern, want in wants.items() for one in _compared(pattern, want, actual, none, set_at)]
    end = next((number for number, one in enumerate(compared) if _decides(one)), len(compared) - 1) + 1
    if compared[end:]:
        compared[end:] = [one.unjudged() if one.looked_at else one for one in compared[end:]]
    keys = _in_order(compared, actual, set_at)
    lacking = [f"{one.key} was not looked at" for one in compared[:end] if one.outcome is Outcome.UNKNOWN]
    missing = tuple(dict.fromkeys(unseen or lacking))
    outcomes = [one.outcome for one in compared[:end] if one.outcome in _WORSE]
    worst = max(outcomes, key=_WORSE.index, default=Outcome.UNKNOWN)
    reasons = [_reason(one) for one in compared if one.wrong]
    if worst is Outcome.FAIL:
        return Verdict(worst, _told(reasons), keys, missing)
    if missing:
        return Verdict(Outcome.UNKNOWN, _told(list(missing)), keys)
    if not outcomes:
        return Verdict(Outcome.UNKNOWN, "nothing was looked at", keys)
    return Verdict(worst, _told(reasons) or "as wanted", keys)


def not_looked_at(wants: Wants) -> tuple[Compared, ...]:
    """The keys of a control that could not look at all."""
    return tuple(Compared(key, wanted=want.data, outcome=Outcome.UNKNOWN) for key, want in wants.items())


def _compared(
    pattern: str, want: Want, actual: State, none: Outcome, set_at: Mapping[str, Location]
) -> Iterator[Compared]:
    """Every key of the state that a wanted one speaks of, or the wanted one alone where there is none.

    `none` is what comes of a `*` that speaks of no key.
    """
    wanted = want.data
    keys = [key for key in actual if key.startswith(pattern[:-1])] if pattern.endswith("*") else [pattern]
    for key in keys:
        if key in actual:
            yield Compared(key, actual[key], wanted, want.judge(actual[key]), set_at.get(key))
        else:
            yield Compared(key, wanted=wanted, outcome=Outcome.UNKNOWN, set_at=set_at.get(key))
    if not keys:
        yield Compared(pattern, wanted=wanted, outcome=none, set_at=set_at.get(pattern))


def _decides(one: Compared) -> bool:
    """Whether the keys behind it are not judged."""
    return one.outcome is Outcome.FAIL and one.found is None


def _in_order(compared: Sequence[Compared], actual: State, set_at: Mapping[str, Location]) -> tuple[Compared, ...]:
    """The keys of the state in its order, those of which nothing is wanted among them; then the others."""
    by_key: dict[str, list[Compared]] = {key: [] for key in actual}
    for one in compared:
        by_key.setdefault(one.key, []).append(one)
    return tuple(
        one for key, found in by_key.items() for one in found or [Compared(key, actual[key], set_at=set_at.get(key))]
    )


def _reason(one: Compared) -> str:
    return f"{one.key} is {one.found_in_words()}, wanted {one.wanted}"


def _same(one: Scalar, other: Scalar) -> bool:
    """Equality in which a truth value is no number: Python holds True for 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _told(reasons: list[str]) -> str:
    more = len(reasons) - MOST_REASONS
    return "; ".join(reasons[:MOST_REASONS] + ([f"and {more} more"] if more > 0 else []))
