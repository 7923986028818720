"""What the inventory says otherwise: other accounts, other records in the register, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from baseline.model import Account, Evidence, Target
from tests.scenarios.scenario import Scenario

Told = Callable[[Target], Target]
DAY = timedelta(days=1)


def site(control: str, name: str, told: Told | None = None) -> Scenario:
    """A scenario of a control that asks no host."""
    return Scenario(control, name, "true", recorded_only=True, told=told)


def no_register(target: Target) -> Target:
    """An inventory that names no register."""
    return replace(target, register=None)


def records(change: Callable[[tuple[Evidence, ...]], tuple[Evidence, ...]]) -> Told:
    """Another register."""

    def told(target: Target) -> Target:
        assert target.register is not None
        return replace(target, register=change(target.register))

    return told


def without(*controls: str) -> Told:
    """No record for these controls."""
    return records(lambda register: tuple(record for record in register if record.control not in controls))


def each(control: str, change: Callable[[Evidence], Evidence], which: slice = slice(None)) -> Told:
    """Those records of a control that `which` takes, changed."""

    def told(register: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        chosen = [record.id for record in register if record.control == control][which]
        assert chosen
        return tuple(change(record) if record.id in chosen else record for record in register)

    return records(told)


def facts(control: str, which: slice = slice(None), /, **changes: Callable[[Any], Any]) -> Told:
    """Facts of those records, each field by a function of all of them."""

    def change(record: Evidence) -> Evidence:
        made = {name: make(record.facts) for name, make in changes.items()}
        return replace(record, facts=replace(record.facts, **made))

    return each(control, change, which)


def accounts(change: Callable[[Account], Account]) -> Told:
    """Another roster."""

    def told(target: Target) -> Target:
        assert target.roster is not None
        return replace(target, roster=tuple(map(change, target.roster)))

    return told
