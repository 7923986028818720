"""Dovecot's `quota_warning` rules: at which level which command runs, and in which order they have to stand.

Source: doc.dovecot.org 2.3, "Quota Warning Scripts"; quota.c of dovecot/core 2.3.19.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from baseline.formats.dovecot import undouble

_RULE = re.compile(r"(?P<sign>[+-]?)(?P<resource>storage|messages)=(?P<level>\d+[A-Za-z]*|\d+%) (?P<command>\S.*)")


@dataclass(frozen=True)
class Rule:
    """One rule, its `text` as written. `percent` of the storage limit, or None for a rule on something else.

    `under` rules run when usage falls below the level, the others when it rises over it.
    """

    text: str
    percent: int | None
    under: bool
    command: str


def rule(percent: int, command: str, *, under: bool = False) -> Rule:
    """A rule on a percentage of the storage limit."""
    return Rule(f"{'-' if under else ''}storage={percent}%% {command}", percent, under, command)


def name(number: int) -> str:
    """The setting that holds the rule of that number, from 1."""
    return "quota_warning" if number == 1 else f"quota_warning{number}"


def is_name(setting: str) -> bool:
    """Whether a setting of plugins holds a rule."""
    return re.fullmatch(r"quota_warning(?:[2-9]|[1-9]\d+)?", setting) is not None


def parse(written: str) -> Rule:
    """A rule as `doveconf` prints it, `%` still doubled. Raises ValueError for what Dovecot refuses.

    A single `%` begins a variable, which leaves a rule that stops the quota of every account; so does a rule
    without a command.
    """
    if re.search(r"=\d+%(?!%)", written):
        raise ValueError(f"{written!r}: the percent sign has to be doubled")
    match = _RULE.fullmatch(undouble(written))
    if not match:
        raise ValueError(f"{written!r} is not LEVEL COMMAND")
    level = match["level"]
    percent = int(level[:-1]) if level.endswith("%") and match["resource"] == "storage" else None
    return Rule(written, percent, match["sign"] == "-", match["command"])


def live(plugin: Mapping[str, str]) -> list[str]:
    """The rules that Dovecot reads, as written: `quota_warning`, `quota_warning2` … up to the first that is missing."""
    rules: list[str] = []
    while (setting := name(len(rules) + 1)) in plugin:
        rules.append(plugin[setting])
    return rules


def highest_first(rules: Iterable[Rule]) -> list[Rule]:
    """The order in which each rule can run: of those that were crossed Dovecot runs the first alone."""
    given = list(rules)
    rising = [one for one in given if one.percent is not None and not one.under]
    falling = sorted((one for one in given if one.percent is not None and one.under), key=lambda one: one.percent or 0)
    others = [one for one in given if one.percent is None]
    return [*sorted(rising, key=lambda one: -(one.percent or 0)), *falling, *others]
