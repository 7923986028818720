"""What is wanted of a value, and the one comparison that every kind shares.

A kind states its expectation as a mapping from state key to want. A key that ends in `*` speaks of every
key of the actual state with that beginning, so a control can speak of accounts it learns of only on the host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from baseline.model import Outcome, Scalar, State

UNLIMITED = "unlimited"
"""How a limit that is not there is written in states, so that it differs from "not known"."""


@dataclass(frozen=True)
class Equal:
    """Exactly this value."""

    value: Scalar

    def judge(self, actual: Scalar) -> Outcome:
        """Pass when equal."""
        return Outcome.PASS if _same(actual, self.value) else Outcome.FAIL

    def __str__(self) -> str:
        return _word(self.value)


@dataclass(frozen=True)
class OneOf:
    """Any of these values; those in `warn` are tolerated with a warning."""

    values: tuple[Scalar, ...]
    warn: tuple[Scalar, ...] = ()

    def judge(self, actual: Scalar) -> Outcome:
        """Pass when among the values, warn when among the tolerated ones."""
        if any(_same(actual, value) for value in self.values):
            return Outcome.PASS
        return Outcome.WARN if any(_same(actual, value) for value in self.warn) else Outcome.FAIL

    def __str__(self) -> str:
        return " or ".join(str(Equal(value)) for value in self.values)


@dataclass(frozen=True)
class AtLeast:
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

    def __str__(self) -> str:
        return f">= {shown(self.value, self.unit)}"


@dataclass(frozen=True)
class AtMost:
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

    def __str__(self) -> str:
        return f"<= {shown(self.value, self.unit)}"


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, both included. Unlimited fails."""

    low: float
    high: float
    unit: str = ""

    def judge(self, actual: Scalar) -> Outcome:
        """Pass inside the bounds, else fail."""
        if isinstance(actual, bool) or not isinstance(actual, int | float):
            return Outcome.FAIL
        return Outcome.PASS if self.low <= actual <= self.high else Outcome.FAIL

    def __str__(self) -> str:
        return f"{shown(self.low, self.unit)} to {shown(self.high, self.unit)}"


@dataclass(frozen=True)
class Matches:
    """Text that a regular expression matches from beginning to end; `meaning` is what people read."""

    pattern: str
    meaning: str

    def judge(self, actual: Scalar) -> Outcome:
        """Pass when the whole text matches."""
        matched = isinstance(actual, str) and re.fullmatch(self.pattern, actual) is not None
        return Outcome.PASS if matched else Outcome.FAIL

    def __str__(self) -> str:
        return self.meaning


@dataclass(frozen=True)
class Advised:
    """The same want, but missing it is only ever a warning."""

    want: Equal | OneOf | AtLeast | AtMost | Between | Matches

    def judge(self, actual: Scalar) -> Outcome:
        """Warn where the inner want fails."""
        return Outcome.PASS if self.want.judge(actual) is Outcome.PASS else Outcome.WARN

    def __str__(self) -> str:
        return f"{self.want} (advised)"


Want = Equal | OneOf | AtLeast | AtMost | Between | Matches | Advised
Wants = Mapping[str, Want]


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison, why, and the expectation as plain scalars for the report."""

    outcome: Outcome
    reason: str
    expected: dict[str, Scalar]


_WORSE = (Outcome.PASS, Outcome.WARN, Outcome.FAIL)


MOST_REASONS = 10
"""How many wrong keys a reason names one by one; a host with 5 000 accounts is no reason for 5 000 lines."""


def judge(wants: Wants, actual: State) -> Verdict:
    """Compare a state with what is wanted of it.

    A key that is wanted but that the state lacks altogether is `unknown`: the kind did not look. So is a state
    of which nothing at all is wanted, or of which only a `*` speaks that no key fits. The first wanted key that
    fails because it is absent (None) decides alone, so one missing thing is one line and not seven.
    """
    outcome = Outcome.PASS
    reasons: list[str] = []
    judged = 0
    for pattern, want in wants.items():
        keys = _keys(pattern, actual)
        if keys is None:
            return Verdict(Outcome.UNKNOWN, f"{pattern} was not looked at", _plain(wants))
        for key in keys:
            judged += 1
            found = want.judge(actual[key])
            if found is Outcome.PASS:
                continue
            outcome = max(outcome, found, key=_WORSE.index)
            reasons.append(f"{key} is {_value(actual[key], want)}, wanted {want}")
            if actual[key] is None and found is Outcome.FAIL:
                return Verdict(outcome, _told(reasons), _plain(wants))
    if not judged:
        return Verdict(Outcome.UNKNOWN, "nothing was looked at", _plain(wants))
    return Verdict(outcome, _told(reasons) or "as wanted", _plain(wants))


def shown(value: float, unit: str = "") -> str:
    """A number for people: bytes also in the binary unit that fits, others as they are."""
    number = int(value) if float(value).is_integer() else value
    if unit != "bytes":
        return f"{number} {unit}".strip()
    for name, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if value >= size:
            scaled = value / size
            return f"{scaled:.0f} {name}" if scaled.is_integer() else f"{scaled:.1f} {name} ({number} bytes)"
    return f"{number} bytes"


def _same(one: Scalar, other: Scalar) -> bool:
    """Equality in which a truth value is no number: Python holds True for 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _told(reasons: list[str]) -> str:
    more = len(reasons) - MOST_REASONS
    return "; ".join(reasons[:MOST_REASONS] + ([f"and {more} more"] if more > 0 else []))


def _word(value: Scalar) -> str:
    if value is None:
        return "not there"
    return "empty" if value == "" else str(value)


def _keys(pattern: str, actual: State) -> list[str] | None:
    if pattern.endswith("*"):
        return [key for key in actual if key.startswith(pattern[:-1])]
    return [pattern] if pattern in actual else None


def _value(actual: Scalar, want: Want) -> str:
    inner = want.want if isinstance(want, Advised) else want
    unit = inner.unit if isinstance(inner, AtLeast | AtMost | Between) else ""
    if unit and isinstance(actual, int | float) and not isinstance(actual, bool):
        return shown(actual, unit)
    return _word(actual)


def _plain(wants: Wants) -> dict[str, Scalar]:
    return {key: want.value if isinstance(want, Equal) else str(want) for key, want in wants.items()}
