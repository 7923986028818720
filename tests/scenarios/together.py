"""Scenarios that one check can judge: damage that does not meet, and the same damage that several controls see."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.scenarios.scenario import Scenario

MOST = 5
"""More than this, and what is found says little of who did it."""
_PATHS = re.compile(r"/(?:etc|root|usr|srv|var|run|tmp)/[\w./-]+")
_SETTINGS = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_UNITS = re.compile(r"\b(?:postfix|dovecot|doveadm|rspamd|named|rndc|redis|nft|fail2ban|ssh|chrony|journalctl)\b")


def together(scenarios: Iterable[Scenario]) -> tuple[tuple[Scenario, ...], ...]:
    """Groups of scenarios, each of which is played at once. Every scenario is in exactly one.

    A lab host needs seconds for each check and each apply, so one for each scenario is most of what the tests take. Two
    may be played at once when they are the same damage, or when they name no file, no program and no control in
    common.
    """
    groups: list[list[Scenario]] = []
    for scenario in scenarios:
        fitting = (group for group in groups if _fits(scenario, group))
        group = next(fitting, None)
        if group is None:
            groups.append([scenario])
        else:
            group.append(scenario)
    return tuple(map(tuple, groups))


def _fits(scenario: Scenario, group: list[Scenario]) -> bool:
    if any(one.control == scenario.control for one in group):
        return False
    if all(_deed(one) == _deed(scenario) for one in group):
        return True
    alone = any(control == "*" for one in (scenario, *group) for control, _ in one.also)
    return not alone and len(group) < MOST and not any(_names(scenario) & _names(one) for one in group)


def _deed(scenario: Scenario) -> tuple[object, ...]:
    return scenario.damage, scenario.mend, scenario.also


def _names(scenario: Scenario) -> frozenset[str]:
    text = f"{scenario.damage}\n{scenario.mend}"
    controls = {scenario.control, *(control for control, _ in scenario.also)}
    return frozenset(controls.union(*(names.findall(text) for names in (_PATHS, _SETTINGS, _UNITS))))
