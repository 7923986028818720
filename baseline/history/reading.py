"""Runs as they were: which there are, and the report of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, or_, select

from baseline.classes import dataclass
from baseline.errors import HistoryError, NothingMatched
from baseline.history.addressed import chunks, read
from baseline.history.content import read_document
from baseline.history.pruned import PRUNED
from baseline.history.tables import answers, contents, hosts, runs, series, spans
from baseline.model import Report
from baseline.model.heard import Heard


@dataclass(frozen=True)
class KeptRun:
    """A run in the list of those that are kept. `summary` counts findings as `Report.summary` does."""

    number: int
    id: str
    command: str
    who: str
    started: str
    finished: str
    version: str
    baseline: str
    baseline_version: str
    baseline_sha256: str
    hosts: int
    summary: dict[str, int]
    exit_code: int
    digest: str

    @property
    def shown_as(self) -> Literal["check", "plan", "apply", "rollback"]:
        """The command whose text shows it best."""
        return next((name for name in _COMMANDS if name == self.command), "check")

    def to_dict(self) -> dict[str, Any]:
        """The run as JSON carries it."""
        return dict(self.__dict__)


_COMMANDS: tuple[Literal["check", "plan", "apply", "rollback"], ...] = ("check", "plan", "apply", "rollback")


@dataclass(frozen=True)
class KeptSpan:
    """What a control was on a host, or about a subject, from one run on until another one saw it otherwise.

    `began` and `ended` are when these runs were finished (ISO 8601 in UTC); `ended` is empty while it is so.
    """

    host: str
    subject: str
    baseline: str
    control: str
    outcome: str
    drift: bool
    waived: str | None
    reason: str
    first_run: str
    began: str
    ended_by: str
    ended: str

    def to_dict(self) -> dict[str, Any]:
        """The span as JSON carries it."""
        return dict(self.__dict__)


LOOKS = ("check", "plan", "apply")
"""The commands that ask hosts what controls want to know."""

LAST = "last"
_DIGITS = 10
"""Longer numbers are no number of a run, but the beginning of an id."""


def kept_run(row: Row[Any]) -> KeptRun:
    """A row of `runs`."""
    told = row._mapping
    same = (name for name in KeptRun.__dataclass_fields__ if name not in ("summary", "digest"))
    return KeptRun(
        **{name: told[name] for name in same},
        summary=read_document(told["summary"].encode()),
        digest=bytes(told["digest"]).hex(),
    )


def list_runs(connection: Connection, most: int | None = None) -> tuple[KeptRun, ...]:
    """The runs, newest first; all of them, or the `most` last ones."""
    return tuple(map(kept_run, connection.execute(select(runs).order_by(runs.c.number.desc()).limit(most))))


def named_run(connection: Connection, name: str) -> KeptRun:
    """The run that a person names: its number, its id or the beginning of that, or `last`. Raises `NothingMatched`."""
    newest = select(runs).order_by(runs.c.number.desc()).limit(2)
    rows: Sequence[Row[Any]] = ()
    if name == LAST:
        rows = connection.execute(newest.limit(1)).all()
    elif name.isdecimal() and len(name) < _DIGITS:
        rows = connection.execute(newest.where(runs.c.number == int(name))).all()
    rows = rows or connection.execute(newest.where(runs.c.id.startswith(name, autoescape=True))).all()
    if not rows:
        raise NothingMatched(f"no run is named {name}: `baseline history` lists them")
    if len(rows) > 1:
        raise NothingMatched(f"{name} is the beginning of more than one run: {rows[1].id}, {rows[0].id}, …")
    return kept_run(rows[0])


def holding(table: Any, number: int) -> Any:
    """The condition that a span of a table holds in a run."""
    return (table.c.first <= number) & or_(table.c.ended.is_(None), table.c.ended > number)


def scope_of(content: bytes) -> list[int]:
    """The series of a run, of the content that lists them."""
    return list(accumulate(read_document(content)))


def report_of(connection: Connection, number: int) -> Report:
    """The report of a run. Raises `HistoryError` for one that is not whole."""
    row = connection.execute(select(runs.c.document, runs.c.scope).where(runs.c.number == number)).one()
    texts = read(connection, row)
    if texts[row.document] == PRUNED:
        raise HistoryError(f"run {number} was pruned: only its line in the list is left")
    scope = scope_of(texts[row.scope])
    found: dict[int, tuple[str, str, str, int, int]] = {}
    for some in chunks(scope):
        rows = connection.execute(
            select(series.c.id, hosts.c.name, series.c.subject, series.c.control, spans.c.definition, spans.c.finding)
            .join(hosts, hosts.c.id == series.c.host)
            .join(spans, spans.c.series == series.c.id)
            .where(series.c.id.in_(some), holding(spans, number))
        )
        found |= {row[0]: tuple(row[1:]) for row in rows}
    documents = _documents(connection, (part for one in found.values() for part in one[3:]))
    findings = []
    for number_of_series in scope:
        if number_of_series not in found:
            raise HistoryError(f"run {number} is not whole: see what `baseline history verify` says")
        host, subject, control, definition, finding = found[number_of_series]
        own = {"host": host, "subject": subject, "control": control}
        findings.append({**own, **documents[definition], **documents[finding]})
    return Report.from_dict({**read_document(texts[row.document]), "findings": findings})


def _documents(connection: Connection, numbers: Iterable[int]) -> dict[int, dict[str, Any]]:
    return {number: read_document(content) for number, content in read(connection, numbers).items()}


def spans_of(connection: Connection, host: str | None, control: str | None) -> tuple[KeptSpan, ...]:
    """What a host or a control was over time, by host and control, oldest first. Raises `NothingMatched`."""
    first, ended = runs.alias(), runs.alias()
    wanted = (
        select(hosts.c.name, series, spans, first.c.id, first.c.finished, ended.c.id, ended.c.finished)
        .select_from(spans)
        .join(series, series.c.id == spans.c.series)
        .join(hosts, hosts.c.id == series.c.host)
        .join(first, first.c.number == spans.c.first)
        .outerjoin(ended, ended.c.number == spans.c.ended)
        .order_by(hosts.c.name, series.c.control, series.c.subject, series.c.baseline, spans.c.first)
    )
    wanted = wanted.where(hosts.c.name == host) if host else wanted
    wanted = wanted.where(series.c.control.in_(_names_of(connection, control.upper()))) if control else wanted
    rows = connection.execute(wanted).all()
    if not rows:
        about = " and ".join(part for part in (host and f"host {host}", control and f"control {control}") if part)
        raise NothingMatched(f"no finding of {about} was ever kept")
    documents = _documents(connection, (row._mapping[spans.c.finding] for row in rows))
    return tuple(_span(row, documents[row._mapping[spans.c.finding]], first, ended) for row in rows)


def _names_of(connection: Connection, control: str) -> list[str]:
    """The ids that a control had and has, by the newest run of each baseline."""
    newest = connection.execute(select(func.max(runs.c.number)).group_by(runs.c.baseline)).scalars().all()
    rows = connection.execute(select(runs.c.document).where(runs.c.number.in_(newest))).scalars()
    names = {control}
    for content in read(connection, rows).values():
        renamed = {} if content == PRUNED else read_document(content).get("run", {}).get("renamed", {})
        now = renamed.get(control, control)
        names |= {now, *(old for old, new in renamed.items() if new == now)}
    return sorted(names)


def _span(row: Row[Any], found: Mapping[str, Any], first: Any, ended: Any) -> KeptSpan:
    told = row._mapping
    return KeptSpan(
        host=told[hosts.c.name],
        subject=told[series.c.subject],
        baseline=told[series.c.baseline],
        control=told[series.c.control],
        outcome=told[spans.c.outcome],
        drift=told[spans.c.drift],
        waived=found["waived"],
        reason=found["reason"],
        first_run=told[first.c.id],
        began=told[first.c.finished],
        ended_by=told[ended.c.id] or "",
        ended=told[ended.c.finished] or "",
    )


def heard_in(connection: Connection, number: int, host: str) -> Heard:
    """What a host answered in a run: of the questions that its controls asked then."""
    row = connection.execute(select(runs.c.asked).where(runs.c.number == number)).one()
    told = read_document(read(connection, row)[row.asked])
    if host not in told["hosts"]:
        return Heard()
    asked: dict[str, Sequence[str]] = told["sets"][told["hosts"][host]]
    wanted = {bytes.fromhex(one) for questions in asked.values() for one in questions}
    question, answer = contents.alias(), contents.alias()
    rows = connection.execute(
        select(question.c.id, question.c.digest, answer.c.id)
        .select_from(answers)
        .join(hosts, hosts.c.id == answers.c.host)
        .join(question, question.c.id == answers.c.question)
        .join(answer, answer.c.id == answers.c.answer)
        .where(hosts.c.name == host, holding(answers, number))
    ).all()
    rows = [one for one in rows if bytes(one[1]) in wanted]
    texts = read(connection, [part for one in rows for part in (one[0], one[2])])
    names = {bytes(address).hex(): texts[of].decode("utf-8", "surrogatepass") for of, address, _ in rows}
    return Heard(
        {names[bytes(address).hex()]: texts[said] for _, address, said in rows},
        {key: tuple(names[one] for one in questions if one in names) for key, questions in asked.items()},
    )
