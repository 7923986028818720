"""The part of a history from one moment up to another, with all that its digests cover: for who verifies it elsewhere.

What later runs came to is not in it, so that the part is the same whenever it is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from baseline.classes import dataclass
from baseline.history.addressed import chunks
from baseline.history.chain import DOCUMENTS, FIELDS
from baseline.history.clock import in_order
from baseline.history.content import unpacked
from baseline.history.measured import covered_by, moment_of
from baseline.history.pruned import PRUNED
from baseline.history.tables import answers, contents, hosts, measurements, runs, series, spans


@dataclass(frozen=True)
class Excerpt:
    """Runs with their findings and answers, as rows of text and numbers. Digests are in hex.

    `runs` are without gaps. `findings` and `answers` begin with them, or began before and held at the first of them;
    `ended` is None where that was after the last. `contents` are by digest, in the order in which they came to be kept.
    `measurements` have their content as text, and as `covered` what their signature is of.
    """

    runs: tuple[Mapping[str, Any], ...] = ()
    findings: tuple[Mapping[str, Any], ...] = ()
    answers: tuple[Mapping[str, Any], ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict)
    measurements: tuple[Mapping[str, Any], ...] = ()


def excerpt(connection: Connection, since: datetime, until: datetime, present: datetime) -> Excerpt:
    """The runs that ended from `since` on and before `until`, by a clock that is put right where it was wrong."""
    rows = connection.execute(select(runs).order_by(runs.c.number)).all()
    times = in_order([datetime.fromisoformat(row.finished) for row in rows], present)
    chosen = [row for row, time in zip(rows, times, strict=True) if since <= time < until]
    measured = _measurements(connection, since, until)
    if not chosen:
        return Excerpt(measurements=measured)
    first, last = chosen[0].number, chosen[-1].number
    of_findings = connection.execute(
        select(spans, hosts.c.name, series.c.baseline, series.c.subject, series.c.control)
        .join(series, series.c.id == spans.c.series)
        .join(hosts, hosts.c.id == series.c.host)
        .where(_within(spans, first, last))
        .order_by(spans.c.first, spans.c.series)
    ).all()
    of_hosts = connection.execute(
        select(answers, hosts.c.name).join(hosts, hosts.c.id == answers.c.host).where(_within(answers, first, last))
    ).all()
    numbers = {row._mapping[name] for row in chosen for name in DOCUMENTS}
    numbers |= {number for row in of_findings for number in (row.definition, row.finding)}
    numbers |= {number for row in of_hosts for number in (row.question, row.answer)}
    address, texts = _contents(connection, numbers)
    told = [_answer(row, address, last) for row in of_hosts]
    return Excerpt(
        tuple(_run(row, address, texts) for row in chosen),
        tuple(_finding(row, address, last) for row in of_findings),
        tuple(sorted(told, key=lambda one: (one["first"], one["host"], one["question"]))),
        {sha256: content for sha256, content in texts.items() if content != PRUNED},
        measured,
    )


def _within(table: Any, first: int, last: int) -> Any:
    return (table.c.first <= last) & or_(table.c.first >= first, table.c.ended.is_(None), table.c.ended > first)


def _contents(connection: Connection, numbers: Iterable[int]) -> tuple[dict[int, str], dict[str, bytes]]:
    """The digests of contents by their numbers, and the contents by their digests."""
    address: dict[int, str] = {}
    texts: dict[str, bytes] = {}
    for some in chunks(sorted(numbers)):
        for row in connection.execute(select(contents).where(contents.c.id.in_(some)).order_by(contents.c.id)):
            address[row.id] = bytes(row.digest).hex()
            texts[address[row.id]] = unpacked(bytes(row.data))
    return address, texts


def _run(row: Row[Any], address: Mapping[int, str], texts: Mapping[str, bytes]) -> dict[str, Any]:
    told = row._mapping
    documents = {name: address[told[name]] for name in DOCUMENTS}
    digests = {name: bytes(told[name]).hex() for name in ("begun", "previous", "digest")}
    pruned = texts[documents["document"]] == PRUNED
    return {**{name: told[name] for name in FIELDS}, **documents, **digests, "pruned": pruned}


def _finding(row: Row[Any], address: Mapping[int, str], last: int) -> dict[str, Any]:
    named = {"series": row.series, "host": row.name, "baseline": row.baseline, "subject": row.subject}
    found = {"control": row.control, **_held(row, last), "outcome": row.outcome, "drift": bool(row.drift)}
    return {**named, **found, "definition": address[row.definition], "finding": address[row.finding]}


def _answer(row: Row[Any], address: Mapping[int, str], last: int) -> dict[str, Any]:
    return {"host": row.name, "question": address[row.question], **_held(row, last), "answer": address[row.answer]}


def _held(row: Row[Any], last: int) -> dict[str, Any]:
    return {"first": row.first, "ended": row.ended if row.ended and row.ended <= last else None}


def _measurements(connection: Connection, since: datetime, until: datetime) -> tuple[dict[str, Any], ...]:
    """The measurements of the time, and what was kept between them, in order. What is wrong is for a verifier."""
    within = select(func.min(measurements.c.number), func.max(measurements.c.number)).where(
        measurements.c.at >= moment_of(since), measurements.c.at < moment_of(until)
    )
    first, last = connection.execute(within).one()
    if first is None:
        return ()
    wanted = select(measurements).where(measurements.c.number.between(first, last)).order_by(measurements.c.number)
    return tuple(_measurement(row) for row in connection.execute(wanted))


def _measurement(row: Row[Any]) -> dict[str, Any]:
    content = unpacked(bytes(row.content))
    digests = {"previous": bytes(row.previous).hex(), "digest": bytes(row.digest).hex()}
    named = {"number": row.number, "site": row.site, "sort": row.sort, "at": row.at, "content": content.decode()}
    return {**named, "covered": covered_by(row._mapping).decode(), "signature": row.signature, **digests}
