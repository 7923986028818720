"""The words that every room shares: scalars and states, outcomes, obligations, severities."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

Scalar = str | int | float | bool | None
State = Mapping[str, Scalar]
"""A flat mapping of scalars; `None` means "not there"."""


class Outcome(StrEnum):
    """What was found of one control on one host."""

    PASS = "pass"  # noqa: S105 -- an outcome, not a password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOTAPPLICABLE = "notapplicable"


class Obligation(StrEnum):
    """The mandate's own word: hendaklah, digalakkan, dicadangkan."""

    MANDATORY = "mandatory"
    ENCOURAGED = "encouraged"
    RECOMMENDED = "recommended"


class Severity(StrEnum):
    """How much harm a failing control does; orders findings, decides nothing."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
