"""What the database has of the time between two runs: spans, applies and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from sqlalchemy import Connection, func, select

from baseline.classes import dataclass
from baseline.errors import HistoryError
from baseline.history.addressed import chunks, read
from baseline.history.causes import Applied
from baseline.history.content import digest, read_document
from baseline.history.pruned import PRUNED
from baseline.history.reading import KeptRun, holding, kept_run, scope_of
from baseline.history.tables import answers, contents, hosts, runs, series, spans
from baseline.history.turning import Point, Turned


@dataclass(frozen=True)
class SeriesName:
    """A series by what it is."""

    host: str
    baseline: str
    subject: str
    control: str

    @property
    def key(self) -> str:
        """As `Finding.key`."""
        return f"{self.control} {self.subject}" if self.subject else self.control


@dataclass(frozen=True)
class Window:
    """Two runs, the earlier one without what came later, and the hosts and controls that are asked about."""

    before: KeptRun
    now: KeptRun
    host: str | None = None
    control: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Ids that controls had before the later run, and those that they have in it."""

    def only(self, wanted: Any) -> Any:
        """A query that joins `series` and `hosts`, with what is asked about only."""
        wanted = wanted.where(hosts.c.name == self.host) if self.host else wanted
        wanted = wanted.where(series.c.control == self.control.upper()) if self.control else wanted
        return wanted.where(series.c.baseline == self.now.baseline)


def begun_since(connection: Connection, window: Window) -> dict[int, tuple[SeriesName, Point]]:
    """The series whose span at the later run began after the earlier one, with that span."""
    wanted = (
        select(hosts.c.name, series.c.baseline, series.c.subject, series.c.control, spans)
        .select_from(spans)
        .join(series, series.c.id == spans.c.series)
        .join(hosts, hosts.c.id == series.c.host)
        .where(*_begun(connection, window))
        .order_by(spans.c.series)
    )
    rows = connection.execute(window.only(wanted)).all()
    return {row.series: (SeriesName(*row[:4]), _point(row)) for row in rows}


def _begun(connection: Connection, window: Window) -> tuple[Any, ...]:
    """The conditions of a span that holds at the later run and began after the earlier one.

    In a long time nearly all spans begin, and those that hold at its end are few. Where these are the open ones, they
    are sought by that: the sum keeps the database from seeking by `first`, which would be reading all.
    """
    before, now = window.before.number, window.now.number
    newest = connection.execute(select(func.max(runs.c.number))).scalar()
    if now == newest and now - before > _LONG:
        return spans.c.ended.is_(None), spans.c.first + 0 > before
    return spans.c.first > before, holding(spans, now)


_LONG = 60
"""Runs between two that are compared, from which on it is a long time."""


def formerly(connection: Connection, window: Window, named: Mapping[int, SeriesName]) -> dict[int, int]:
    """Of series whose control had another id: the series that it was in under that. By number, the old one first."""
    old_ids: dict[str, list[str]] = {}
    for old, new in window.renamed.items():
        old_ids.setdefault(new, []).append(old)
    wanted = {
        (name.host, name.baseline, name.subject, old): number
        for number, name in named.items()
        for old in old_ids.get(name.control, ())
    }
    if not wanted:
        return {}
    rows = connection.execute(
        select(series.c.id, hosts.c.name, series.c.baseline, series.c.subject, series.c.control)
        .join(hosts, hosts.c.id == series.c.host)
        .where(series.c.control.in_(sorted(window.renamed)))
    )
    return {row.id: wanted[tuple(row[1:])] for row in rows if tuple(row[1:]) in wanted}


def turned(
    connection: Connection, window: Window, now: Mapping[int, Point], former: Mapping[int, int]
) -> dict[int, Turned]:
    """Those of the series that were seen at the earlier run already, with all that they were since.

    `former` are series under ids that controls had formerly, and the series that each goes on as.
    """
    before: dict[int, Point] = {}
    between: dict[int, list[str]] = {}
    # What holds under the id of now goes before what held under an earlier one.
    for some in (some for numbers in (former, now) for some in chunks(numbers)):
        rows = connection.execute(select(spans).where(spans.c.series.in_(some), holding(spans, window.before.number)))
        before |= {former.get(row.series, row.series): _point(row) for row in rows}
        for number, outcome in _outcomes(connection, window, some):
            between.setdefault(former.get(number, number), []).append(outcome)
    known = _last_known(connection, [number for number, one in before.items() if one.outcome == "unknown"], window)
    return {number: Turned(one, now[number], between[number], known.get(number, "")) for number, one in before.items()}


def _outcomes(connection: Connection, window: Window, some: Sequence[int]) -> Iterator[tuple[int, str]]:
    """What the series were in the time between, in the order of time, but for what only goes on.

    Spans that differ in their values alone are many, and no turns. So only those of series that had several outcomes
    are looked at one by one.
    """
    begun = (spans.c.first > window.before.number) & (spans.c.first <= window.now.number)
    least, most = func.min(spans.c.outcome), func.max(spans.c.outcome)
    alike = select(spans.c.series, least, most).where(spans.c.series.in_(some), begun).group_by(spans.c.series)
    turning = []
    for number, one, other in connection.execute(alike):
        if one == other:
            yield number, one
        else:
            turning.append(number)
    wanted = select(spans.c.series, spans.c.outcome).where(spans.c.series.in_(turning), begun)
    last = (0, "")
    for number, outcome in connection.execute(wanted.order_by(spans.c.series, spans.c.first)) if turning else ():
        if (number, outcome) != last:
            yield number, outcome
        last = (number, outcome)


def _last_known(connection: Connection, numbers: Sequence[int], window: Window) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in chunks(numbers):
        rows = connection.execute(
            select(spans.c.series, spans.c.outcome)
            .where(spans.c.series.in_(some), spans.c.first <= window.before.number, spans.c.outcome != "unknown")
            .order_by(spans.c.first)
        )
        found |= {number: outcome for number, outcome in rows}
    return found


def _point(row: Any) -> Point:
    return Point(row.first, row.outcome, row.drift, row.definition, row.finding)


def applies(connection: Connection, window: Window) -> dict[str, list[Applied]]:
    """The applies and rollbacks that changed hosts, after the earlier run and up to the later one, oldest first."""
    rows = connection.execute(
        select(runs.c.command, runs.c.who, runs.c.document)
        .where(runs.c.number > window.before.number, runs.c.number <= window.now.number)
        .where(runs.c.command.in_(("apply", "rollback")))
        .order_by(runs.c.number)
    ).all()
    found: dict[str, list[Applied]] = {}
    texts = read(connection, (row.document for row in rows))
    for row in rows:
        for one in read_document(texts[row.document]).get("applies", ()):
            if one["outcome"] in ("applied", "rolled_back") and one["plan"]:
                named = one["plan"]["controls"] if row.command == "apply" else ()
                controls = frozenset(window.renamed.get(each, each) for each in named)
                found.setdefault(one["host"], []).append(Applied(one["transaction"], row.who, row.command, controls))
    return found


def answers_since(
    connection: Connection, window: Window, names: Iterable[str], telling: Callable[[str], bool]
) -> dict[str, dict[str, tuple[bytes | None, bytes]]]:
    """What these hosts answer otherwise than at the earlier run: by question, before (None: nothing) and now.

    The answers themselves are read for the questions that are `telling`; of others it is of interest only that they
    changed, and both are empty. In half a year almost all answers of all hosts may change.
    """
    found: dict[str, dict[str, tuple[bytes | None, bytes]]] = {}
    earlier = answers.alias()
    same = (earlier.c.host == answers.c.host) & (earlier.c.question == answers.c.question)
    for some in chunks(dict.fromkeys(names)):
        rows = connection.execute(
            select(hosts.c.name, answers.c.question, earlier.c.answer, answers.c.answer)
            .select_from(answers)
            .join(hosts, hosts.c.id == answers.c.host)
            .outerjoin(earlier, same & holding(earlier, window.before.number))
            .where(hosts.c.name.in_(some), answers.c.first > window.before.number)
            .where(holding(answers, window.now.number))
        ).all()
        asked = {n: one.decode("utf-8", "surrogatepass") for n, one in read(connection, (r[1] for r in rows)).items()}
        told = {number for number, question in asked.items() if telling(question)}
        texts = read(connection, [n for row in rows if row[1] in told for n in row[2:] if n is not None])
        for name, question, old, new in rows:
            both = (None if old is None else texts[old], texts[new]) if question in told else (None, b"")
            found.setdefault(name, {})[asked[question]] = both
    return found


def asked_in(connection: Connection, run: KeptRun) -> dict[tuple[str, str], tuple[str, ...]]:
    """What each control asked in a run, by host and `Finding.key`."""
    told = _content_of(connection, run, runs.c.asked)
    addresses = {bytes.fromhex(one) for each in told["sets"] for asked in each.values() for one in asked}
    texts: dict[str, str] = {}
    for some in chunks(addresses):
        rows = connection.execute(select(contents.c.id).where(contents.c.digest.in_(some))).scalars()
        for content in read(connection, rows).values():
            texts[digest(content).hex()] = content.decode("utf-8", "surrogatepass")
    return {
        (host, key): tuple(texts[one] for one in asked if one in texts)
        for host, number in told["hosts"].items()
        for key, asked in told["sets"][number].items()
    }


def document_of(connection: Connection, run: KeptRun) -> Mapping[str, Any]:
    """The report of a run without its findings."""
    told: Mapping[str, Any] = _content_of(connection, run, runs.c.document)
    return told


def everybody_of(connection: Connection, run: KeptRun) -> tuple[str, ...] | None:
    """All hosts of the inventory of a run; None where they are not known."""
    told = _content_of(connection, run, runs.c.about)["everybody"]
    return None if told is None else tuple(told)


def controls_of(connection: Connection, run: KeptRun) -> frozenset[str]:
    """The controls that a run looked at."""
    row = connection.execute(select(runs.c.scope).where(runs.c.number == run.number)).one()
    scope = frozenset(scope_of(read(connection, row)[row.scope]))
    rows = connection.execute(select(series.c.id, series.c.control).where(series.c.baseline == run.baseline))
    return frozenset(control for number, control in rows if number in scope)


def run_before(connection: Connection, run: KeptRun, *, finished_by: str = "") -> KeptRun | None:
    """The last run of the same baseline before another one; with `finished_by`, that had ended by then."""
    wanted = select(runs).where(runs.c.number < run.number, runs.c.baseline == run.baseline)
    wanted = wanted.where(runs.c.finished <= finished_by) if finished_by else wanted
    row = connection.execute(wanted.order_by(runs.c.number.desc()).limit(1)).first()
    return None if row is None else kept_run(row)


def ids_of(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """The ids of runs by their numbers."""
    found: dict[int, str] = {}
    for some in chunks(numbers):
        rows = connection.execute(select(runs.c.number, runs.c.id).where(runs.c.number.in_(some)))
        found |= {number: name for number, name in rows}
    return found


def _content_of(connection: Connection, run: KeptRun, column: Any) -> Any:
    (number,) = connection.execute(select(column).where(runs.c.number == run.number)).one()
    content = read(connection, [number])[number]
    if content == PRUNED:
        raise HistoryError(f"run {run.number} was pruned: only its line in the list is left")
    return read_document(content)
