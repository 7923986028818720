"""Writing one run: what is as it was before costs nothing, what is not begins a new span."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, fields, replace
from itertools import pairwise
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from baseline.classes import dataclass
from baseline.history.addressed import Named, chunks, host_numbers, kept, pack, series_numbers
from baseline.history.chain import START, Begun, run_digest
from baseline.history.content import digest, document
from baseline.history.measured import last_measured
from baseline.history.tables import answers, runs, spans
from baseline.model import Finding, Report

_DEFINITION = ("kind", "title", "clause", "obligation", "severity")
"""What the baseline says of a control, in the document of a finding."""

_ELSEWHERE = ("host", "subject", "control")
"""What of a finding its series says."""

_REST = attrgetter(*(one.name for one in fields(Finding) if one.name not in _ELSEWHERE))
"""All of a finding that its documents say."""

_FOLLOWS = ("findings", "clauses", "summary", "exit_code", "changes")
"""What of a report's document is kept otherwise, or worked out when it is read."""


@dataclass
class Answered:
    """What the hosts of a run answered, by digests: each host's questions and answers, and what its controls asked."""

    answers: dict[str, dict[bytes, bytes]] = field(default_factory=dict)
    asked: dict[str, Mapping[str, Sequence[bytes]]] = field(default_factory=dict)
    contents: dict[bytes, bytes | None] = field(default_factory=dict)
    """Those that may not be kept yet, packed; None for those that were seen to be."""

    def wanted(self) -> dict[bytes, bytes | None]:
        """The contents that the answers stand for: those of a look that another one replaced are not wanted."""
        digests = {one for told in self.answers.values() for pair in told.items() for one in pair}
        return {one: self.contents[one] for one in sorted(digests)}


@dataclass(frozen=True)
class Occasion:
    """What is kept of a run besides its report. `everybody` are all hosts of the inventory, where that is known."""

    command: str
    who: str
    everybody: tuple[str, ...] | None = None


@dataclass(frozen=True)
class _Found:
    """A finding as it is kept: the digests of its two documents."""

    finding: Finding
    definition: bytes
    found: bytes


def parts_of(finding: Finding) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the baseline says in a finding, and what was found."""
    whole = finding.to_dict()
    definition = {name: whole.pop(name) for name in _DEFINITION}
    return definition, {name: value for name, value in whole.items() if name not in _ELSEWHERE}


def write(
    connection: Connection, about: Occasion, report: Report, answered: Answered, more: Mapping[str, Any] | None = None
) -> None:
    """Add a run; `more` is kept in its document. Raises ValueError for a report that says two things of a control."""
    last = connection.execute(select(runs.c.number, runs.c.digest).order_by(runs.c.number.desc()).limit(1)).first()
    number, previous = (last[0] + 1, bytes(last[1])) if last else (1, START)
    documents, found = _documents(report)
    scope = _scope(connection, report.run.baseline_name, report.findings)
    texts = {
        "document": document(
            {
                **(more or {}),
                **{
                    name: value
                    for name, value in replace(report, findings=()).to_dict().items()
                    if name not in _FOLLOWS
                },
            }
        ),
        "scope": document(_steps(scope)),
        "asked": document(_asked(answered)),
        "about": document({"everybody": about.everybody, **_planned(report), **_measured(connection)}),
    }
    addresses = {name: digest(content) for name, content in texts.items()}
    documents |= {addresses[name]: content for name, content in texts.items()}
    numbers = kept(connection, answered.wanted() | pack(documents))
    row = _row(number, about, report) | {name: numbers[address] for name, address in addresses.items()}
    # Spans speak of their run, so it is there first; what it covers is known after them.
    connection.execute(insert(runs), [{**row, "begun": b"", "previous": previous, "digest": b""}])
    begun = Begun()
    _findings(connection, (number, report.run.baseline_name), list(zip(scope, found, strict=True)), numbers, begun)
    _answers(connection, number, answered, numbers, begun)
    covered = begun.digest()
    connection.execute(
        update(runs)
        .where(runs.c.number == number)
        .values(begun=covered, digest=run_digest(row, addresses, covered, previous))
    )


def _planned(report: Report) -> dict[str, int]:
    """In how many seconds a schedule makes the next run, where one made this."""
    return {"every": report.run.every} if report.run.every else {}


def _measured(connection: Connection) -> dict[str, Any]:
    """The last measurement that there is, where there is one."""
    last = last_measured(connection)
    return {"measured": last} if last else {}


def _documents(report: Report) -> tuple[dict[bytes, bytes], list[_Found]]:
    """All documents of the findings, by digest, and which are whose. What many hosts have alike is made once."""
    by_digest: dict[bytes, bytes] = {}
    made: dict[tuple[Any, ...], tuple[bytes, bytes]] = {}
    found = []
    for finding in report.findings:
        alike = _alike(finding)
        digests = made.get(alike)
        if digests is None:
            definition, rest = map(document, parts_of(finding))
            digests = made[alike] = digest(definition), digest(rest)
            by_digest[digests[0]], by_digest[digests[1]] = definition, rest
        found.append(_Found(finding, *digests))
    return by_digest, found


def _alike(finding: Finding) -> tuple[Any, ...]:
    """What two findings have in common whose documents are the same: all but whose they are.

    The types belong to it, since 1, 1.0 and True are equal, and differ in a document.
    """
    types: list[type] = []
    for one in finding.keys:
        types.append(type(one.found))
        if one.wanted:
            types += map(type, one.wanted.values)
            types += map(type, one.wanted.tolerated)
    return (*_REST(finding), *types)


def _scope(connection: Connection, baseline: str, findings: Sequence[Finding]) -> list[int]:
    """The series of the findings, in their order."""
    numbers = host_numbers(connection, (finding.host for finding in findings))
    named: list[Named] = [(numbers[one.host], baseline, one.subject, one.control) for one in findings]
    if len(set(named)) < len(named):
        raise ValueError("the report says two things of the same control on the same host")
    by_name = series_numbers(connection, named)
    return [by_name[one] for one in named]


def _steps(scope: Sequence[int]) -> list[int]:
    """Numbers as steps from one to the next: most are 1, which packs well."""
    return [after - before for before, after in pairwise([0, *scope])]


def _asked(answered: Answered) -> dict[str, Any]:
    """Which control asked what: the distinct sets of questions, and which of them is each host's."""
    sets: dict[bytes, int] = {}
    plain: list[dict[str, list[str]]] = []
    by_host = {}
    for host, asked in sorted(answered.asked.items()):
        told = {key: [one.hex() for one in questions] for key, questions in asked.items() if questions}
        address = digest(document(told))
        if address not in sets:
            sets[address] = len(plain)
            plain.append(told)
        by_host[host] = sets[address]
    return {"sets": plain, "hosts": by_host}


def _row(number: int, about: Occasion, report: Report) -> dict[str, Any]:
    run = report.run
    return {
        "number": number,
        "id": run.id,
        "command": about.command,
        "who": about.who,
        "started": run.started,
        "finished": run.finished,
        "version": run.version,
        "baseline": run.baseline_name,
        "baseline_version": run.baseline_version,
        "baseline_sha256": run.baseline_sha256,
        "hosts": len(report.hosts),
        "summary": document(report.summary).decode(),
        "exit_code": report.exit_code,
    }


def _findings(
    connection: Connection,
    run: tuple[int, str],
    found: Sequence[tuple[int, _Found]],
    numbers: Mapping[bytes, int],
    begun: Begun,
) -> None:
    """End the spans that no longer hold, and begin others. `run` is its number and the name of its baseline."""
    number, baseline = run
    before: dict[int, tuple[int, int]] = {}
    for some in chunks(series for series, _ in found):
        rows = connection.execute(
            select(spans.c.series, spans.c.definition, spans.c.finding).where(
                spans.c.series.in_(some), spans.c.ended.is_(None)
            )
        )
        before |= {series: (definition, finding) for series, definition, finding in rows}
    new = [
        (series, one)
        for series, one in sorted(found, key=lambda pair: pair[0])
        if before.get(series) != (numbers[one.definition], numbers[one.found])
    ]
    ended = [{"of": series, "by": number} for series, _ in new if series in before]
    if ended:
        still = (spans.c.series == bindparam("of")) & spans.c.ended.is_(None)
        connection.execute(update(spans).where(still).values(ended=bindparam("by")), ended)
    rows_new = []
    for series, one in new:
        finding = one.finding
        outcome = finding.outcome.value
        named = (finding.host, baseline, finding.subject, finding.control, series)
        begun.add((*named, outcome, finding.drift, one.definition, one.found))
        rows_new.append(
            {
                "series": series,
                "first": number,
                "ended": None,
                "outcome": outcome,
                "drift": finding.drift,
                "definition": numbers[one.definition],
                "finding": numbers[one.found],
            }
        )
    _insert(connection, spans, rows_new)


def _answers(
    connection: Connection, number: int, answered: Answered, numbers: Mapping[bytes, int], begun: Begun
) -> None:
    hosts = host_numbers(connection, (name for name, told in answered.answers.items() if told))
    before: dict[tuple[int, int], int] = {}
    for some in chunks(hosts.values()):
        rows = connection.execute(
            select(answers.c.host, answers.c.question, answers.c.answer).where(
                answers.c.host.in_(some), answers.c.ended.is_(None)
            )
        )
        before |= {(host, question): answer for host, question, answer in rows}
    new = [
        (name, question, answer)
        for name, told in sorted(answered.answers.items())
        for question, answer in sorted(told.items())
        if before.get((hosts[name], numbers[question])) != numbers[answer]
    ]
    keys = [(hosts[name], numbers[question]) for name, question, _ in new]
    ended = [{"of": host, "to": question, "by": number} for host, question in keys if (host, question) in before]
    if ended:
        still = (
            (answers.c.host == bindparam("of")) & (answers.c.question == bindparam("to")) & answers.c.ended.is_(None)
        )
        connection.execute(update(answers).where(still).values(ended=bindparam("by")), ended)
    for one in new:
        begun.add(one)
    _insert(
        connection,
        answers,
        [
            {"host": host, "question": question, "first": number, "ended": None, "answer": numbers[one[2]]}
            for (host, question), one in zip(keys, new, strict=True)
        ],
    )


def _insert(connection: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    for some in chunks(rows):
        connection.execute(insert(table), some)
