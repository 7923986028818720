"""Sentences and numbers as people read them, the same in every place that prints them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from baseline.model import Compared, Finding, Outcome, Scalar
from baseline.model.numbers import digits

OUTCOMES = {
    Outcome.FAIL: "FAIL",
    Outcome.UNKNOWN: "unknown",
    Outcome.WARN: "warn",
    Outcome.PASS: "pass",
    Outcome.NOTAPPLICABLE: "n/a",
}
"""The word of each outcome in tables, worst first."""

_HIDDEN = re.compile(r"[^\n\t -~]")


def visible(text: str) -> str:
    """Text from a host with everything that could steer a terminal written as an escape; newlines and tabs stay."""
    return _HIDDEN.sub(lambda match: match[0] if match[0].isprintable() else ascii(match[0])[1:-1], text)


def one_line(text: str) -> str:
    """Visible text on one line: newlines and tabs are written as escapes too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def value(scalar: Scalar) -> str:
    """A value of a state."""
    if scalar is None:
        return "not there"
    if isinstance(scalar, bool):
        return "yes" if scalar else "no"
    if isinstance(scalar, int | float):
        return digits(scalar)
    return one_line(scalar) or "empty"


def wanted(one: Compared) -> str:
    """What was wanted of a key; empty where nothing was."""
    return one_line(one.wanted.words(value)) if one.wanted else ""


def found(one: Compared) -> str:
    """What was found of a key, in the unit of what was wanted."""
    return one.found_in_words(value)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 host`, `2 hosts`."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *head, tail = [*words] or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def on_hosts(names: Collection[str], total: int) -> str:
    """`on mx1 and mx2` while that is short, then `on 7 of 20 hosts`."""
    known = list(dict.fromkeys(names))
    if len(known) <= 3:
        return f"on {listed(one_line(name) for name in known)}"
    return f"on {len(known)} of {total} hosts" if len(known) < total else f"on all {total} hosts"


def tally(findings: Sequence[Finding]) -> str:
    """`41 pass, 2 FAIL, 1 warn`: outcomes that occur, then the waived and the drifted among them."""
    parts = [
        f"{number} {word.lower()}"
        for outcome, word in OUTCOMES.items()
        if (number := sum(finding.outcome is outcome for finding in findings))
    ]
    waived = sum(finding.waived is not None for finding in findings)
    drifted = sum(finding.drift for finding in findings)
    parts += [f"{waived} of them waived"] if waived else []
    parts += [f"{drifted} of them drifted"] if drifted else []
    return ", ".join(parts) or "no findings"
