"""Looks at few hosts, as alerts are decided on, that differ in what a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from baseline.alerting.deciding import Alert, Hysteresis, decide
from baseline.alerting.remembered import Memory
from baseline.alerting.standings import Look, StandsAs, Stood

DAY = 86_400
USUAL = Hysteresis()


def stood(standing: StandsAs, about: str = "OUR-A-01", host: str = "mx1", *, urgent: bool = False) -> Stood:
    """Where a control stood; `urgent` where it is bad is told the first time."""
    return Stood(
        (host, about), standing, "A title", f"it is {standing}", urgent=urgent and standing in ("fail", "drift")
    )


def look(number: int, *stood: Stood, **others: object) -> Look:
    """The look of a morning, at hosts that were reached unless they are `silent`."""
    at = datetime(2026, 1, 1, 7, tzinfo=UTC) + timedelta(days=number)
    silent: tuple[str, ...] = others.pop("silent", ())  # type: ignore[assignment]
    hosts = tuple(sorted({one.key[0] for one in stood} - {*silent})) or ("mx1",)
    whole = {
        "run": f"run-{number}",
        "started": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "finished": f"{at + timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}",
        "baseline": "ours 1.0.0",
        "every": DAY,
        "whole": True,
        "silent": silent,
        "hosts": hosts,
        **others,
    }
    reached = tuple(Stood((host, ""), "good", "the host") for host in hosts)
    lost = tuple(Stood((host, ""), "unknown", "the host", "timed out") for host in silent)
    return Look(stood=(*reached, *lost, *stood), **whole)  # type: ignore[arg-type]


def played(
    looks: Sequence[Look], patience: Hysteresis = USUAL, memory: Memory | None = None
) -> tuple[Memory, list[tuple[Alert, ...]]]:
    """What is remembered after some looks, and what was told of each. The memory goes through JSON each time."""
    import json

    memory, told = memory or Memory(), []
    for one in looks:
        memory, alerts = decide(memory, one, patience)
        memory = Memory.from_dict(json.loads(json.dumps(memory.to_dict())))
        told.append(alerts)
    return memory, told


def days(standings: Sequence[StandsAs], *, urgent: bool = False, first: StandsAs = "good") -> list[list[str]]:
    """The classes of what is told each day of one control that stands so, after a first day on which it was `first`."""
    looks = [look(number, stood(one, urgent=urgent)) for number, one in enumerate([first, *standings])]
    return [[one.kind for one in alerts] for alerts in played(looks)[1][1:]]
