"""Asking hosts for their configuration in the dialect of the next release: read-only, in one exchange with each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from baseline.classes import dataclass
from baseline.crew import Task, work_through
from baseline.deadline import Deadline, Limits
from baseline.errors import CannotTell, HostError
from baseline.foreseeing import FORKS, asked
from baseline.model import Target
from baseline.readings.answers import text
from baseline.readings.dovecot import VERSION
from baseline.secret import scrubbed
from baseline.upgrading.dovecot.asking import QUESTION, conversion
from baseline.upgrading.dovecot.convert import Conversion
from baseline.upgrading.items import HostForecast
from baseline.visit import Connect, Progress, Visit

_QUESTIONS = (VERSION, QUESTION)


@dataclass(frozen=True)
class HostConversion:
    """One host's configuration for the next release, or why there is none; `forecast` says what becomes of it."""

    forecast: HostForecast
    conversion: Conversion | None = None


def convert_all(
    targets: Sequence[Target],
    connect: Connect,
    progress: Progress,
    *,
    forks: int = FORKS,
    limits: Limits | None = None,
) -> tuple[HostConversion, ...]:
    """The configuration of each host, in the order of the targets. Never raises for what a host does."""
    bounds = limits or Limits()
    tasks = [
        Task(partial(convert, target, connect, progress), partial(_given_up, target), bounds.host, bounds.words)
        for target in targets
    ]
    return tuple(work_through(tasks, forks, over=bounds.whole(), halt=bounds.halt))


def convert(target: Target, connect: Connect, progress: Progress, deadline: Deadline | None = None) -> HostConversion:
    """The configuration of one host. Never raises for what the host does."""
    if not target.address or target.shell != "sh":
        return HostConversion(HostForecast(target.name, error="it is no host of Debian that can be asked"))
    visit = Visit(target, connect, progress, deadline=deadline or Deadline())
    try:
        host = asked(visit, _QUESTIONS)
        version = text(host.run(VERSION)).strip()
        if not re.match(r"2\.3\.", version):
            raise CannotTell(f"only Dovecot 2.3 is converted, and this one is {version.splitlines()[0]}")
        found = conversion(host)
    except (HostError, CannotTell) as reason:
        return HostConversion(HostForecast(target.name, error=scrubbed(str(reason)), exchanges=visit.exchanges))
    # That the old file is refused as a whole needs no telling here: the new one is what is written.
    items = tuple(one for one in found.items if one.setting)
    return HostConversion(HostForecast(target.name, items, exchanges=visit.exchanges), found)


def _given_up(target: Target, deadline: Deadline) -> HostConversion:
    return HostConversion(HostForecast(target.name, error=deadline.why))
