"""Sentences and numbers as people read them, the same in every place that prints them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from baseline.languages import ENGLISH, Language, term
from baseline.model import Obligation, Outcome, Severity
from baseline.model.compared import word

if TYPE_CHECKING:
    from baseline.model import Compared, Finding, Gap, Scalar

OUTCOMES = {
    Outcome.FAIL: term("FAIL"),
    Outcome.UNKNOWN: term("unknown"),
    Outcome.WARN: term("warn"),
    Outcome.PASS: term("pass"),
    Outcome.NOTAPPLICABLE: term("n/a"),
}
"""The word of each outcome in tables, worst first; `Language.say` gives it in another language."""

OBLIGATIONS = {
    Obligation.MANDATORY: term("mandatory"),
    Obligation.ENCOURAGED: term("encouraged"),
    Obligation.RECOMMENDED: term("recommended"),
}
SEVERITIES = {
    Severity.CRITICAL: term("critical"),
    Severity.HIGH: term("high"),
    Severity.MEDIUM: term("medium"),
    Severity.LOW: term("low"),
}

_HIDDEN = re.compile(r"[^\n\t -~]")


def visible(text: str) -> str:
    """Text from a host with everything that could steer a terminal written as an escape; newlines and tabs stay."""
    return _HIDDEN.sub(lambda match: match[0] if match[0].isprintable() else ascii(match[0])[1:-1], text)


def one_line(text: str) -> str:
    """Visible text on one line: newlines and tabs are written as escapes too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def value(scalar: Scalar, language: Language = ENGLISH) -> str:
    """A value of a state."""
    if isinstance(scalar, bool):
        return language.say("yes") if scalar else language.say("no")
    return one_line(word(scalar, language))


def wanted(one: Compared, language: Language = ENGLISH) -> str:
    """What was wanted of a key; empty where nothing was."""
    return one_line(one.wanted.words(value, language)) if one.wanted else ""


def found(one: Compared, language: Language = ENGLISH) -> str:
    """What was found of a key, in the unit of what was wanted."""
    return one.found_in_words(value, language)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 host`, `2 hosts`, in English."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


_NAMED = 3
"""Up to how many hosts are named."""


def hosts(names: Collection[str], total: int, language: Language) -> str:
    """`mx1 and mx2` while that is short, then `7 of 20 hosts`."""
    known = list(dict.fromkeys(names))
    if len(known) <= _NAMED:
        return language.all_of(one_line(name) for name in known)
    if len(known) < total:
        return language.say("{n} of {total} hosts", n=len(known), total=total)
    return language.say("all {total} hosts", total=total)


def gap_in_words(gap: Gap, language: Language = ENGLISH) -> str:
    """A time without the checks that a schedule was to make."""
    several = len(gap.hosts) > _NAMED
    names = language.count("{n} host", "{n} hosts", len(gap.hosts)) if several else hosts(gap.hosts, 0, language)
    start, end = (one.replace("T", " ").removesuffix("Z") for one in (gap.start, gap.end))
    if not end:
        return language.say("No check of {hosts} since {start} UTC, when one was due.", hosts=names, start=start)
    return language.count(
        "No check of {hosts} from {start} to {end} UTC: {n} that was due did not happen.",
        "No check of {hosts} from {start} to {end} UTC: {n} that were due did not happen.",
        gap.missed,
        hosts=names,
        start=start,
        end=end,
    )


def tally(findings: Sequence[Finding], language: Language = ENGLISH) -> str:
    """`41 pass, 2 fail, 1 warn`: outcomes that occur, then the waived and the drifted among them."""
    numbers = {outcome: sum(finding.outcome is outcome for finding in findings) for outcome in OUTCOMES}
    parts = [f"{number} {language.say(OUTCOMES[outcome]).lower()}" for outcome, number in numbers.items() if number]
    waived = sum(finding.waived is not None for finding in findings)
    drifted = sum(finding.drift for finding in findings)
    parts += [language.say("{n} of them waived", n=waived)] if waived else []
    parts += [language.say("{n} of them drifted", n=drifted)] if drifted else []
    return ", ".join(parts) or language.say("no findings")
