"""Checks that did not happen: gaps between the runs that looked at a host. Pure, but for the reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from baseline.classes import dataclass
from baseline.history.addressed import chunks, read
from baseline.history.clock import in_order
from baseline.history.content import read_document
from baseline.history.pruned import PRUNED
from baseline.history.reading import LOOKS, scope_of
from baseline.history.tables import hosts, runs, series
from baseline.model.gaps import Gap

if TYPE_CHECKING:
    from baseline.model import Report

LATE = 1.5
"""By how much the time between two checks may exceed what is expected: a check may begin late, and take a while."""

UNPLANNED, USUAL = timedelta(), timedelta(days=1)


@dataclass(frozen=True)
class PlannedLook:
    """A look at a host: when, and in what time the next one is due; `UNPLANNED` where no schedule said so."""

    at: datetime
    every: timedelta = UNPLANNED


def gaps_between(looks: Mapping[str, Sequence[PlannedLook]], present: datetime) -> tuple[Gap, ...]:
    """The gaps of hosts that were looked at, in order of their beginning; equal ones are one."""
    return _joined((host, gap) for host, some in looks.items() for gap in _gaps(some, present).values())


_Times = tuple[str, str, int]
"""The fields of a gap besides its hosts."""


def _joined(gaps: Iterable[tuple[str, _Times]]) -> tuple[Gap, ...]:
    found: dict[_Times, list[str]] = {}
    for host, times in gaps:
        found.setdefault(times, []).append(host)
    return tuple(Gap(*times, tuple(sorted(names))) for times, names in sorted(found.items()))


def _gaps(looks: Sequence[PlannedLook], present: datetime) -> dict[int, _Times]:
    """The gaps of one host, by the number of the look that each comes after."""
    found: dict[int, _Times] = {}
    due = UNPLANNED
    for number, before in enumerate(looks):
        due = before.every or due
        after = looks[number + 1].at if number + 1 < len(looks) else None
        passed = (after or present) - before.at
        if due and passed > due * LATE:
            # The check that ends a gap is one that happened, late or in time; while none has, each that was due is not.
            missed = int(passed / due + 1 / 2) - 1 if after else int(passed / due)
            found[number] = _iso(before.at + due), _iso(after) if after else "", missed
            # Whoever looks by hand after that expects nothing: a schedule may have been taken away.
            due = UNPLANNED
    return found


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def as_usual(looks: Mapping[str, Sequence[PlannedLook]]) -> Mapping[str, Sequence[PlannedLook]]:
    """The looks; where no schedule made any, as if one a day were wanted."""
    if any(look.every for some in looks.values() for look in some):
        return looks
    return {host: [PlannedLook(look.at, USUAL) for look in some] for host, some in looks.items()}


def gaps_told_by(connection: Connection, report: Report) -> tuple[Gap, ...]:
    """The gaps that a run ends, and those that are still open when it does, for its report. It is not kept yet."""
    now = datetime.fromisoformat(report.run.finished)
    looks, own = looks_of(connection, now, coming=report), {one.name for one in report.hosts}
    # Of a host of this run it is what came after the look before, of another one what came after its last look.
    return _joined(
        (host, gap)
        for host, some in looks.items()
        for number, gap in _gaps(some, now).items()
        if number == len(some) - (2 if host in own else 1)
    )


def looks_of(
    connection: Connection,
    present: datetime,
    host: str | None = None,
    *,
    coming: Report | None = None,
    every: timedelta = UNPLANNED,
) -> dict[str, list[PlannedLook]]:
    """When each host was looked at, in order, with a run that is `coming`; `every` overrules what schedules said.

    Hosts that are in no inventory any more, as far as that is known, are left out, and so are domains and sites.
    """
    rows = connection.execute(
        select(runs.c.number, runs.c.finished, runs.c.scope, runs.c.about)
        .where(runs.c.command.in_(LOOKS))
        .order_by(runs.c.number)
    ).all()
    texts = read(connection, {number for row in rows for number in (row.scope, row.about)})
    abouts = {row.about: _about(texts[row.about]) for row in rows}
    of_scope = {number: _hosts_of(connection, texts[number]) for number in {row.scope for row in rows}}
    told: list[tuple[str, frozenset[str], timedelta]] = [
        (row.finished, of_scope[row.scope], every or abouts[row.about][0]) for row in rows
    ]
    everybody = next((names for row in reversed(rows) if (names := abouts[row.about][1]) is not None), None)
    if coming is not None:
        own = frozenset(one.name for one in coming.hosts)
        told.append((coming.run.finished, own, timedelta(seconds=coming.run.every)))
        everybody = None if everybody is None else everybody | own
    times = in_order([datetime.fromisoformat(finished) for finished, _, _ in told], present)
    found: dict[str, list[PlannedLook]] = {}
    for time, (_, names, due) in zip(times, told, strict=True):
        for name in names:
            if host in (None, name) and (everybody is None or name in everybody):
                found.setdefault(name, []).append(PlannedLook(time, due))
    return found


def _about(content: bytes) -> tuple[timedelta, frozenset[str] | None]:
    """In what time a schedule makes the next run, and all hosts of the inventory, where that is known."""
    told: dict[str, Any] = {} if content == PRUNED else read_document(content)
    names = told.get("everybody")
    return timedelta(seconds=told.get("every", 0)), None if names is None else frozenset(names)


def _hosts_of(connection: Connection, content: bytes) -> frozenset[str]:
    if content == PRUNED:
        return frozenset()
    names: set[str] = set()
    for some in chunks(scope_of(content)):
        wanted = select(hosts.c.name).join(series, series.c.host == hosts.c.id).where(series.c.id.in_(some))
        names |= set(connection.execute(wanted.where(series.c.subject == "").distinct()).scalars())
    return frozenset(names)
