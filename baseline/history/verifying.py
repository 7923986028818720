"""Finding what was altered in a history, removed from it or put between, by what each run's digest covers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from baseline.classes import dataclass
from baseline.history.chain import DOCUMENTS, START, Begun, run_digest
from baseline.history.content import digest, read_document, unpacked
from baseline.history.measured import wrong_measurements
from baseline.history.pruned import carried, last_cut
from baseline.history.tables import answers, contents, hosts, runs, series, spans


@dataclass(frozen=True)
class Verified:
    """What a look through a whole history came to: the runs, the digest of the last one, and what is wrong."""

    runs: int
    head: str
    wrong: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """This as JSON carries it."""
        return {"runs": self.runs, "head": self.head, "wrong": list(self.wrong)}


def verify(connection: Connection, expected: str = "") -> Verified:
    """Look through all of a history. `expected` is the digest of a run that has to be in it, as noted elsewhere."""
    rows = connection.execute(select(runs).order_by(runs.c.number)).all()
    try:
        wrong = [*_Whole(connection, rows).wrong(), *wrong_measurements(connection)]
    except (SQLAlchemyError, ValueError, KeyError, TypeError, AttributeError) as error:
        wrong = [f"it cannot be read to its end: {str(error).partition(chr(10))[0]}"]
    heads = [bytes(row.digest).hex() for row in rows]
    if expected and not any(head.startswith(expected.lower()) for head in heads):
        wrong.append(f"no run has the digest {expected}: the end was removed, or all of it was written anew")
    return Verified(len(rows), heads[-1] if heads else "", tuple(dict.fromkeys(wrong)))


class _Whole:
    """All of a history but the contents themselves, of which only one is held at a time."""

    def __init__(self, connection: Connection, rows: Iterable[Any]) -> None:
        self.connection, self.runs = connection, list(rows)
        self.addresses: dict[int, bytes] = {}
        self.used: set[int] = set()
        self.series = {row.id: row for row in connection.execute(select(series))}
        self.hosts = {row.id: row.name for row in connection.execute(select(hosts))}
        self.numbers = {row.number for row in self.runs}
        self.cut = last_cut(connection)

    def wrong(self) -> Iterator[str]:
        """What is wrong, each as a sentence that names the place."""
        yield from self._contents()
        begun: dict[int, Begun] = defaultdict(Begun)
        yield from self._findings(begun)
        yield from self._answers(begun)
        yield from self._chain(begun)
        yield from self._of_nobody()

    def _contents(self) -> Iterator[str]:
        for row in self.connection.execute(select(contents)):
            self.addresses[row.id] = bytes(row.digest)
            try:
                altered = digest(unpacked(bytes(row.data))) != bytes(row.digest)
            except ValueError:
                altered = True
            if altered:
                yield f"content {row.id} was altered"

    def _address(self, number: int) -> bytes:
        self.used.add(number)
        return self.addresses.get(number, b"")

    def _findings(self, begun: Mapping[int, Begun]) -> Iterator[str]:
        """Spans of findings: each begins with a run, ends where the next of its series begins, and is what it says."""
        said = self._outcomes()
        rows = self.connection.execute(select(spans).order_by(spans.c.series, spans.c.first)).all()
        yield from self._gapless(((row.series,), row) for row in rows)
        for row in sorted(rows, key=lambda row: (row.first, row.series)):
            what = self._name(row.series)
            if said.get(row.finding) != (row.outcome, bool(row.drift)):
                yield f"the finding of {what} from run {row.first} on was altered"
            if row.first not in self.numbers and not self._before_cut(row.first):
                yield f"the finding of {what} from run {row.first} on is of no run: one was removed, or it was put in"
                continue
            known = self.series.get(row.series)
            host = self.hosts.get(known.host, "") if known else ""
            parts = (host, known.baseline, known.subject, known.control) if known else ("", "", "", "")
            documents = (self._address(row.definition), self._address(row.finding))
            begun[row.first].add((*parts, row.series, row.outcome, bool(row.drift), *documents))

    def _outcomes(self) -> dict[int, tuple[str, bool]]:
        """What the documents of findings say themselves of the columns that repeat it."""
        found = {}
        wanted = select(contents.c.id, contents.c.data).where(contents.c.id.in_(select(spans.c.finding)))
        for number, data in self.connection.execute(wanted):
            try:
                told = read_document(unpacked(bytes(data)))
                found[number] = (told["outcome"], told["drift"])
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def _answers(self, begun: Mapping[int, Begun]) -> Iterator[str]:
        rows = self.connection.execute(
            select(answers).order_by(answers.c.host, answers.c.question, answers.c.first)
        ).all()
        yield from self._gapless(((row.host, row.question), row) for row in rows)
        told = [(row.first, self.hosts.get(row.host, ""), self._address(row.question), row) for row in rows]
        for first, host, question, row in sorted(told, key=lambda one: one[:3]):
            if first not in self.numbers and not self._before_cut(first):
                yield f"an answer of {host} from run {first} on is of no run: one was removed, or it was put in"
                continue
            begun[first].add((host, question, self._address(row.answer)))

    def _gapless(self, rows: Iterable[tuple[tuple[int, ...], Any]]) -> Iterator[str]:
        """Whether each span ends where the next one of the same begins, and the last one not at all."""
        told = [*rows, ((), None)]
        for (key, one), (other, after) in pairwise(told):
            ends = after.first if key == other else None
            if one.ended != ends:
                yield f"a span of {self._of(key)} from run {one.first} on has another end: one was altered or removed"

    def _of(self, key: tuple[int, ...]) -> str:
        return self._name(key[0]) if len(key) == 1 else f"the answers of {self.hosts.get(key[0], 'a host')}"

    def _name(self, number: int) -> str:
        known = self.series.get(number)
        if known is None:
            return f"series {number}, which was removed"
        subject = f" about {known.subject}" if known.subject else ""
        return f"{known.control} on {self.hosts.get(known.host, 'a host that was removed')}{subject}"

    def _before_cut(self, number: int) -> bool:
        return self.cut is not None and number <= self.cut.through

    def _chain(self, begun: Mapping[int, Begun]) -> Iterator[str]:
        """Each run is what its digest covers, and follows on the one before."""
        previous, expected = START, 1
        if self.cut is not None:
            previous, expected = bytes.fromhex(self.cut.head), self.cut.through + 1
            if carried(self.connection, self.cut.through) != self.cut.carried:
                yield f"what was kept of the runs up to {self.cut.through}, which were pruned, was altered"
        for row in self.runs:
            if self._before_cut(row.number):
                self.used |= {row._mapping[name] for name in DOCUMENTS}
                continue
            while expected < row.number:
                yield f"run {expected} was removed"
                expected += 1
            what = f"run {row.number} ({row.id})"
            documents = {name: self._address(row._mapping[name]) for name in DOCUMENTS}
            covered = begun[row.number].digest() if row.number in begun else Begun().digest()
            if bytes(row.begun) != covered:
                yield f"what {what} saw was altered: a finding or an answer that begins with it"
            if bytes(row.digest) != run_digest(row._mapping, documents, bytes(row.begun), bytes(row.previous)):
                yield f"{what} was altered"
            if bytes(row.previous) != previous:
                yield f"{what} does not follow on the run before it: one was altered, removed or put between"
            previous, expected = bytes(row.digest), row.number + 1

    def _of_nobody(self) -> Iterator[str]:
        """What nothing refers to was put in, or what referred to it was removed."""
        for number in sorted(self.addresses.keys() - self.used):
            yield f"content {number} belongs to nothing: it was put in, or what it belongs to was removed"
        told = set(self.connection.execute(select(spans.c.series).distinct()).scalars())
        for number in sorted(self.series.keys() - told):
            yield f"{self._name(number)} was never seen: it was put in, or what was seen was removed"
        hosts_told = {row.host for row in self.series.values()}
        hosts_told |= set(self.connection.execute(select(answers.c.host).distinct()).scalars())
        for number in sorted(self.hosts.keys() - hosts_told):
            yield f"host {self.hosts[number]} was never seen: it was put in, or what was seen was removed"
