"""Checks that did not happen: gaps between the runs that looked at a host. Pure, but for the reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from baseline.history.addressed import chunks, read
from baseline.history.pruned import PRUNED
from baseline.history.reading import scope_of
from baseline.history.tables import hosts, runs, series

LATE = 1.5
"""By how much the time between two checks may exceed what is expected: a check may begin late, and take a while."""


@dataclass(frozen=True)
class Gap:
    """A time in which hosts were to be looked at and were not.

    It begins when the next check was due. `end` is the check that came at last; empty where none has yet. `missed` is
    how many did not happen. Times are ISO 8601 in UTC.
    """

    start: str
    end: str
    missed: int
    hosts: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The gap as JSON carries it."""
        return {"start": self.start, "end": self.end, "missed": self.missed, "hosts": list(self.hosts)}


def gaps_between(looks: Mapping[str, Sequence[datetime]], every: timedelta, present: datetime) -> tuple[Gap, ...]:
    """The gaps of hosts that were looked at at some times, in order of their beginning; equal ones are one."""
    found: dict[tuple[str, str, int], list[str]] = {}
    for host, times in sorted(looks.items()):
        for start, end, missed in _gaps(times, every, present):
            found.setdefault((start, end, missed), []).append(host)
    return tuple(Gap(*key, tuple(names)) for key, names in sorted(found.items()))


def _gaps(times: Sequence[datetime], every: timedelta, present: datetime) -> Iterable[tuple[str, str, int]]:
    # A clock that was set back makes no gap, and what was looked at before it counts by the order of time.
    for before, after in pairwise([*sorted(times), max(present, *times)]):
        if after - before > every * LATE:
            end = "" if after == max(present, *times) and after not in times else f"{after:%Y-%m-%dT%H:%M:%SZ}"
            whole = int((after - before) / every + 1 / 2)
            yield f"{before + every:%Y-%m-%dT%H:%M:%SZ}", end, whole if not end else whole - 1


def looks_of(connection: Connection, host: str | None) -> dict[str, list[datetime]]:
    """When each host was looked at. Hosts that are in no inventory any more, as far as that is known, are left out."""
    rows = connection.execute(
        select(runs.c.number, runs.c.finished, runs.c.scope, runs.c.about)
        .where(runs.c.command.in_(("check", "plan", "apply")))
        .order_by(runs.c.number)
    ).all()
    of_scope: dict[int, list[str]] = {}
    for scope, content in read(connection, {row.scope for row in rows}).items():
        of_scope[scope] = _hosts_of(connection, content)
    found: dict[str, list[datetime]] = {}
    for row in rows:
        for name in of_scope[row.scope]:
            if host in (None, name):
                found.setdefault(name, []).append(datetime.fromisoformat(row.finished))
    return found


def _hosts_of(connection: Connection, content: bytes) -> list[str]:
    if content == PRUNED:
        return []
    names: set[str] = set()
    for some in chunks(scope_of(content)):
        wanted = select(hosts.c.name).join(series, series.c.host == hosts.c.id).where(series.c.id.in_(some))
        names |= set(connection.execute(wanted.distinct()).scalars())
    return sorted(names)
