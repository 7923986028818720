"""Dovecot's `quota_warning` rules: at which level which command runs, and in which order they have to stand.

Source: doc.dovecot.org 2.3, "Quota Warning Scripts"; quota.c of dovecot/core 2.3.19.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from baseline.formats.dovecot import undouble
from baseline.model import Scalar

WARNER = "baseline-quota-warning"
"""The service of ours: a name of its own, so that a site's `quota-warning` stays what it is."""

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


def levels(plugin: Mapping[str, str]) -> dict[str, Scalar]:
    """The rules as written, what is to be said of them, and the levels at which those of `WARNER` run, for a state."""
    written = live(plugin)
    state: dict[str, Scalar] = {key: value for key, value in plugin.items() if is_name(key)}
    rules: list[Rule] = []
    verdict = "readable, highest first" if len(state) == len(written) else "ignored after a gap"
    for one in written:
        try:
            rules.append(parse(one))
        except ValueError as error:
            verdict = f"not readable: {error}"
    rising = [one.percent for one in rules if one.percent is not None and not one.under]
    if verdict.startswith("readable") and rising != sorted(rising, reverse=True):
        verdict = "readable, not highest first"
    state["warning rules"] = verdict
    state["warns at"] = min(rising, default=None)
    state["stops sending at"] = _level(rules, f"{WARNER} block %u", under=False)
    state["sending opens below"] = _level(rules, f"{WARNER} unblock %u", under=True)
    grace = undouble(plugin.get("quota_grace", "10%%"))
    state["quota_grace"] = int(grace[:-1]) if re.fullmatch(r"\d+%", grace) else grace
    return state


def _level(rules: list[Rule], command: str, *, under: bool) -> int | None:
    return next((one.percent for one in rules if one.command == command and one.under == under), None)
