"""The last proof of one control on one host: the run that looked, what it found, since when, and why it changed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from baseline.classes import dataclass
from baseline.errors import HistoryError
from baseline.history.addressed import read
from baseline.history.between import Window, document_of, run_before
from baseline.history.comparing import changes_between
from baseline.history.content import read_document
from baseline.history.pruned import PRUNED
from baseline.history.reading import KeptRun, heard_in, holding, kept_run, scope_of
from baseline.history.tables import hosts, runs, series, spans
from baseline.model import Finding
from baseline.model.changes import Change
from baseline.model.heard import from_outside, read_seen
from baseline.model.probes import Probe, Seen, probe_to_dict, seen_to_dict


@dataclass(frozen=True)
class Proof:
    """What the last run that looked at a control on a host, or about a subject, found.

    `began` is the run that first saw it so, and `change` how it came to be so: None where there was nothing before, or
    where it is not kept any more. `outside` are the looks from outside that the finding rests on, as far as answers are
    kept, with what was seen.
    """

    run: KeptRun
    finding: Finding
    began: KeptRun
    change: Change | None = None
    outside: tuple[tuple[Probe, Seen], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The proof as JSON carries it."""
        return {
            "run": self.run.to_dict(),
            "finding": self.finding.to_dict(),
            "began": self.began.to_dict(),
            "change": self.change.to_dict() if self.change else None,
            "outside": [{"look": probe_to_dict(probe), "seen": seen_to_dict(seen)} for probe, seen in self.outside],
        }


def proofs_of(connection: Connection, names: Sequence[str], control: str) -> tuple[Proof, ...]:
    """The last proof of a control on hosts, or about domains or sites, of these names; by baseline, the newest first.

    Raises `HistoryError` for a history that is not whole.
    """
    wanted = (
        select(series.c.id)
        .join(hosts, hosts.c.id == series.c.host)
        .where(hosts.c.name.in_(names), series.c.control == control.upper())
    )
    last = _last_runs(connection, set(connection.execute(wanted).scalars()))
    made = [_proof(connection, number, run) for number, run in last.items()]
    return tuple(sorted(made, key=lambda one: -one.run.number))


def _last_runs(connection: Connection, wanted: set[int]) -> dict[int, int]:
    """The number of the last run that looked at each series. Most runs look at the same ones: a list is read once."""
    scopes: dict[int, frozenset[int]] = {}
    found: dict[int, int] = {}
    for number, scope in connection.execute(select(runs.c.number, runs.c.scope).order_by(runs.c.number.desc())).all():
        if scope not in scopes:
            content = read(connection, [scope])[scope]
            scopes[scope] = frozenset(() if content == PRUNED else scope_of(content)) & wanted
        found |= {one: number for one in scopes[scope] if one not in found}
        if len(found) == len(wanted):
            break
    return found


def _proof(connection: Connection, number: int, run: int) -> Proof:
    row = connection.execute(
        select(hosts.c.name, series.c.subject, series.c.control, spans)
        .select_from(spans)
        .join(series, series.c.id == spans.c.series)
        .join(hosts, hosts.c.id == series.c.host)
        .where(spans.c.series == number, holding(spans, run))
    ).one_or_none()
    if row is None:
        raise HistoryError(f"run {run} is not whole: see what `baseline history verify` says")
    parts = read(connection, (row.definition, row.finding))
    own = {"host": row.name, "subject": row.subject, "control": row.control}
    told = {**own, **read_document(parts[row.definition]), **read_document(parts[row.finding])}
    finding, last, began = Finding.from_dict(told), _run(connection, run), _run(connection, row.first)
    outside = tuple(_outside(connection, last, finding))
    return Proof(last, finding, began, _change(connection, began, finding), outside)


def _run(connection: Connection, number: int) -> KeptRun:
    return kept_run(connection.execute(select(runs).where(runs.c.number == number)).one())


def _change(connection: Connection, began: KeptRun, finding: Finding) -> Change | None:
    before = run_before(connection, began)
    if before is None:
        return None
    with contextlib.suppress(HistoryError):
        changes = changes_between(connection, Window(before, began, finding.host, finding.control)).changes
        return next((one for one in changes if one.control == finding.control), None)
    return None


def _outside(connection: Connection, run: KeptRun, finding: Finding) -> Iterator[tuple[Probe, Seen]]:
    """What was seen from outside for a finding: through the host that it is of, or that speaks for its subject."""
    names = [finding.host]
    with contextlib.suppress(HistoryError):
        document: Mapping[str, Any] = document_of(connection, run)
        names += [one["through"] for one in document["subjects"] if one["name"] == finding.host]
        for name in filter(None, names):
            heard = heard_in(connection, run.number, name)
            for question in filter(from_outside, heard.asked.get(finding.key, ())):
                if question in heard.answers:
                    yield read_seen(question, heard.answers[question])
