"""Hosts whose release changed since they were last applied, or last looked at: what drifted there, the upgrade did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from baseline.history.addressed import chunks, read
from baseline.history.causes import OS_RELEASE, release
from baseline.history.content import digest, read_document
from baseline.history.tables import answers, contents, hosts, runs

if TYPE_CHECKING:
    from baseline.model import Report

APPLIES = ("apply", "rollback")


def upgrades(connection: Connection, report: Report, now: Mapping[str, bytes]) -> dict[str, str]:
    """A sentence for each host that was upgraded, of a report that is not kept yet. `now` is its /etc/os-release.

    It is told when the new release is first seen, and from then on for as long as something has drifted and nobody has
    applied since: who applies has looked at the host as it is now.
    """
    drifted = {host.name for host in report.hosts if host.drifted}
    found: dict[str, str] = {}
    for host, before, ended in _earlier(connection, now):
        if ended is None or (host in drifted and not _applied(connection, host, ended)):
            found[host] = words(before, release(now[host]), drifted=host in drifted)
    return found


def words(before: str, now: str, *, drifted: bool) -> str:
    """That a host was upgraded, and what of it comes from that."""
    if drifted:
        return f"upgraded from {before} to {now}: what drifted is taken for the upgrade's, and not for an edit by hand"
    return f"upgraded from {before} to {now}: what changed since the last look is taken for the upgrade's"


def _earlier(connection: Connection, now: Mapping[str, bytes]) -> Iterator[tuple[str, str, int | None]]:
    """The hosts that had another release, with that, and the run that first saw it gone; None if none did yet."""
    question = select(contents.c.id).where(contents.c.digest == digest(OS_RELEASE.encode())).scalar_subquery()
    for some in chunks(now):
        rows = connection.execute(
            select(hosts.c.name, answers.c.ended, answers.c.answer)
            .join(hosts, hosts.c.id == answers.c.host)
            .where(hosts.c.name.in_(some), answers.c.question == question)
            .order_by(answers.c.first)
        ).all()
        texts = read(connection, {row.answer for row in rows})
        others = {row.name: row for row in rows if release(texts[row.answer]) != release(now[row.name])}
        for name, row in others.items():
            if release(texts[row.answer]) and release(now[name]):
                yield name, release(texts[row.answer]), row.ended


def _applied(connection: Connection, host: str, since: int) -> bool:
    """Whether an apply or a rollback of ours changed a host in a run, or after it."""
    rows: Sequence[int] = (
        connection.execute(select(runs.c.document).where(runs.c.number >= since, runs.c.command.in_(APPLIES)))
        .scalars()
        .all()
    )
    kept = (read_document(text) for text in read(connection, rows).values())
    return any(
        one["host"] == host and one["outcome"] == "applied" and one["plan"]
        for document in kept
        for one in document.get("applies", ())
    )
