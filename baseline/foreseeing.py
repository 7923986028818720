"""Asking hosts what the next release of Debian makes of their settings: read-only, and in one exchange with each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from baseline.crew import Task, work_through
from baseline.deadline import Deadline, Limits
from baseline.errors import CannotTell, HostError
from baseline.facts import snapshot_host
from baseline.model import Target
from baseline.secret import scrubbed
from baseline.upgrading.forecast import QUESTIONS, foreseen
from baseline.upgrading.items import HostForecast
from baseline.visit import Connect, Progress, Visit

if TYPE_CHECKING:
    from testinfra.host import Host

FORKS = 20
"""How many hosts are asked at once unless told otherwise."""


def _quiet(host: str, doing: str) -> None:
    """A progress that tells nobody."""


def foresee_all(
    targets: Sequence[Target],
    *,
    connect: Connect | None = None,
    forks: int = FORKS,
    progress: Progress = _quiet,
    limits: Limits | None = None,
) -> tuple[HostForecast, ...]:
    """What the next release makes of each host, in the order of the targets. Never raises for what a host does."""
    if connect is None:
        # paramiko costs 0.1 s at import that other commands need not pay.
        from baseline.session import Connector

        connect = Connector().connect
    bounds = limits or Limits()
    tasks = [
        Task(partial(foresee, target, connect, progress), partial(_given_up, target), bounds.host, bounds.words)
        for target in targets
    ]
    return tuple(work_through(tasks, forks, over=bounds.whole(), halt=bounds.halt))


def foresee(
    target: Target, connect: Connect, progress: Progress = _quiet, deadline: Deadline | None = None
) -> HostForecast:
    """What the next release makes of one host. Never raises for what the host does."""
    if not target.address or target.shell != "sh":
        return HostForecast(target.name, error="it is no host of Debian that can be asked")
    visit = Visit(target, connect, progress, deadline=deadline or Deadline())
    try:
        items = foreseen(asked(visit, QUESTIONS))
    except (HostError, CannotTell) as reason:
        return HostForecast(target.name, error=scrubbed(str(reason)), exchanges=visit.exchanges)
    return HostForecast(target.name, items, exchanges=visit.exchanges)


def asked(visit: Visit, questions: Sequence[str]) -> Host:
    """A host as it answers some questions, asked in one exchange. Raises `HostError`."""
    try:
        visit.tell("looking")
        return snapshot_host(visit.target.name, visit.ask(questions))
    finally:
        visit.hang_up()
        visit.tell("done")


def _given_up(target: Target, deadline: Deadline) -> HostForecast:
    return HostForecast(target.name, error=deadline.why)
