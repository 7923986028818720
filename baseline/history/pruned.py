"""Leaving out what is old: what goes, what stays, and how a history stays verifiable across the cut.

Of a pruned run stays its line. A span that reaches over the cut stays whole, with the answers that held then: what is
so now is known since when. The cut is a run of its own in the chain, which says up to where was pruned and has a digest
over all that stayed of the time before.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, or_, select, union, update

from baseline.classes import dataclass
from baseline.history.addressed import kept, pack, read
from baseline.history.chain import DOCUMENTS, Begun
from baseline.history.content import digest, document, read_document
from baseline.history.tables import answers, contents, hosts, runs, series, spans

PRUNE = "prune"
"""The command that a cut has in the list of runs."""

PRUNED = document("pruned")
"""What stands for each document of a run that was pruned."""


@dataclass(frozen=True)
class Cut:
    """Up to which run was pruned, that run's digest, and the digest of what stayed of the time before (both hex)."""

    through: int
    head: str
    carried: str


def last_cut(connection: Connection) -> Cut | None:
    """The last cut of a history; None where nothing was pruned. Raises ValueError, KeyError or TypeError for none."""
    wanted = select(runs.c.document).where(runs.c.command == PRUNE).order_by(runs.c.number.desc()).limit(1)
    number = connection.execute(wanted).scalar()
    if number is None:
        return None
    return Cut(**read_document(read(connection, [number])[number])["cut"])


def cut_at(connection: Connection, through: int) -> Cut:
    """Leave out the runs up to one, and all that only they saw. Gives the cut, for the run that tells of it."""
    for table in (spans, answers):
        connection.execute(delete(table).where(table.c.ended <= through + 1))
    empty = kept(connection, pack({digest(PRUNED): PRUNED}))[digest(PRUNED)]
    connection.execute(update(runs).where(runs.c.number <= through).values(dict.fromkeys(DOCUMENTS, empty)))
    head = connection.execute(select(runs.c.digest).where(runs.c.number == through)).scalar_one()
    _sweep(connection)
    return Cut(through, bytes(head).hex(), carried(connection, through))


def _sweep(connection: Connection) -> None:
    """Remove what nothing refers to any more."""
    connection.execute(delete(series).where(series.c.id.not_in(select(spans.c.series))))
    named = union(select(series.c.host), select(answers.c.host))
    connection.execute(delete(hosts).where(hosts.c.id.not_in(named)))
    columns = (
        spans.c.definition,
        spans.c.finding,
        answers.c.question,
        answers.c.answer,
        *(runs.c[name] for name in DOCUMENTS),
    )
    connection.execute(delete(contents).where(contents.c.id.not_in(union(*map(select, columns)))))


def carried(connection: Connection, through: int) -> str:
    """The digest over the lines of the runs up to one, and over the spans that began with them (hex)."""
    told = Begun()
    for run in connection.execute(select(runs).where(runs.c.number <= through).order_by(runs.c.number)):
        told.add([_plain(value) for value in run])
    address = {row.id: bytes(row.digest) for row in _addresses(connection, through)}
    findings = (
        select(spans, series.c.baseline, series.c.subject, series.c.control, hosts.c.name)
        .join(series, series.c.id == spans.c.series)
        .join(hosts, hosts.c.id == series.c.host)
        .where(spans.c.first <= through)
        .order_by(spans.c.series, spans.c.first)
    )
    for row in connection.execute(findings):
        named = (row.name, row.baseline, row.subject, row.control, row.series, row.first, row.outcome, bool(row.drift))
        told.add([*named, address[row.definition], address[row.finding]])
    of_hosts = (
        select(answers, hosts.c.name)
        .join(hosts, hosts.c.id == answers.c.host)
        .where(answers.c.first <= through)
        .order_by(answers.c.host, answers.c.question, answers.c.first)
    )
    for row in connection.execute(of_hosts):
        told.add([row.name, row.first, address[row.question], address[row.answer]])
    return told.digest().hex()


def _addresses(connection: Connection, through: int) -> Any:
    columns = (spans.c.definition, spans.c.finding, answers.c.question, answers.c.answer)
    used = union(*(select(column).where(column.table.c.first <= through) for column in columns))
    return connection.execute(select(contents.c.id, contents.c.digest).where(contents.c.id.in_(used)))


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytes | memoryview) else value


def as_document(cut: Cut) -> dict[str, Any]:
    """The cut as a part of its run's document."""
    return {"cut": asdict(cut)}


def last_before(connection: Connection, moment: str) -> int:
    """The number of the last run that had ended by a moment (ISO 8601 in UTC), but never the last look; 0 for none."""
    looks = select(runs.c.number).where(runs.c.command != PRUNE)
    newest = connection.execute(looks.order_by(runs.c.number.desc()).limit(1)).scalar() or 0
    wanted = select(runs.c.number).where(or_(runs.c.finished > moment, runs.c.number == newest))
    first_kept = connection.execute(wanted.order_by(runs.c.number).limit(1)).scalar() or 1
    return first_kept - 1
