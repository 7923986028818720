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
        return Outcome.PASS if actual == self.value else Outcome.FAIL

    def __str__(self) -> str:
        return "not there" if self.value is None else str(self.value)


@dataclass(frozen=True)
class OneOf:
    """Any of these values; those in `warn` are tolerated with a warning."""

    values: tuple[Scalar, ...]
    warn: tuple[Scalar, ...] = ()

    def judge(self, actual: Scalar) -> Outcome:
        """Pass when among the values, warn when among the tolerated ones."""
        if actual in self.values:
            return Outcome.PASS
        return Outcome.WARN if actual in self.warn else Outcome.FAIL

    def __str__(self) -> str:
        return " or ".join(str(value) for value in self.values)


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

    want: Equal | OneOf | AtLeast | AtMost | Matches

    def judge(self, actual: Scalar) -> Outcome:
        """Warn where the inner want fails."""
        return Outcome.PASS if self.want.judge(actual) is Outcome.PASS else Outcome.WARN

    def __str__(self) -> str:
        return f"{self.want} (advised)"


Want = Equal | OneOf | AtLeast | AtMost | Matches | Advised
Wants = Mapping[str, Want]


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison, why, and the expectation as plain scalars for the report."""

    outcome: Outcome
    reason: str
    expected: dict[str, Scalar]


_WORSE = (Outcome.PASS, Outcome.WARN, Outcome.FAIL)


def judge(wants: Wants, actual: State) -> Verdict:
    """Compare a state with what is wanted of it.

    A key that is wanted but that the state lacks altogether is `unknown`: the kind did not look. The first
    wanted key that is absent (None) decides alone, so one missing thing is one line and not seven.
    """
    outcome = Outcome.PASS
    reasons: list[str] = []
    for pattern, want in wants.items():
        keys = _keys(pattern, actual)
        if keys is None:
            return Verdict(Outcome.UNKNOWN, f"{pattern} was not looked at", _plain(wants))
        for key in keys:
            found = want.judge(actual[key])
            if found is Outcome.PASS:
                continue
            outcome = max(outcome, found, key=_WORSE.index)
            reasons.append(f"{key} is {_value(actual[key], want)}, wanted {want}")
            if actual[key] is None:
                return Verdict(outcome, "; ".join(reasons), _plain(wants))
    return Verdict(outcome, "; ".join(reasons) or "as wanted", _plain(wants))


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


def _keys(pattern: str, actual: State) -> list[str] | None:
    if pattern.endswith("*"):
        return [key for key in actual if key.startswith(pattern[:-1])]
    return [pattern] if pattern in actual else None


def _value(actual: Scalar, want: Want) -> str:
    if actual is None:
        return "not there"
    inner = want.want if isinstance(want, Advised) else want
    unit = inner.unit if isinstance(inner, AtLeast | AtMost) else ""
    if unit and isinstance(actual, int | float) and not isinstance(actual, bool):
        return shown(actual, unit)
    return "empty" if actual == "" else str(actual)


def _plain(wants: Wants) -> dict[str, Scalar]:
    return {key: want.value if isinstance(want, Equal) else str(want) for key, want in wants.items()}
