"""The answers of a run, for a check of what was recorded: see `baseline.recorded`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from baseline.classes import dataclass
from baseline.errors import HistoryError, NothingMatched
from baseline.history.addressed import chunks, read
from baseline.history.between import document_of
from baseline.history.content import digest, read_document
from baseline.history.opening import HistoryDatabase
from baseline.history.pruned import PRUNED
from baseline.history.reading import LAST, LOOKS, KeptRun, heard_in, holding, kept_run, named_run
from baseline.history.tables import answers, contents, hosts, runs
from baseline.model import HostReport
from baseline.model.heard import Heard


@dataclass(frozen=True)
class AnswersOfRun:
    """The answers of one run. They are read when they are asked for: those of all hosts may be many."""

    run: str
    finished: str
    number: int
    hosts: Mapping[str, HostReport]
    database: HistoryDatabase

    def host(self, name: str) -> HostReport | None:
        """How a host was reached in that run; None for one that it did not look at."""
        return self.hosts.get(name)

    def heard(self, name: str) -> Heard | None:
        """What a host or subject answered; None where nothing was kept of it. Raises `HistoryError`."""
        with self.database.reading() as connection:
            found = heard_in(connection, self.number, name)
        return found if found.asked else None


@dataclass(frozen=True)
class AskedRun:
    """A run that asked hosts, for what they answered to one question: that of many hosts is read at once."""

    finished: str
    number: int
    database: HistoryDatabase

    def answers(self, question: str, names: Iterable[str]) -> Mapping[str, bytes]:
        """What each of these hosts answered; nothing of those that were not asked, and of a run that was pruned.

        Raises `HistoryError`.
        """
        with self.database.reading() as connection:
            return answers_to(connection, self.number, question, names)


def answers_of(database: HistoryDatabase, name: str) -> AnswersOfRun:
    """The answers of a run, by number, id, or `last`: the last one that asked. Raises `HistoryError`, `NothingMatched`.

    A run that was pruned has none any more.
    """
    with database.reading() as connection:
        run = _last_look(connection) if name == LAST else named_run(connection, name)
        if run.command not in LOOKS:
            raise NothingMatched(f"run {run.id} is a {run.command}: only a check, a plan and an apply ask hosts")
        document = document_of(connection, run)
    try:
        hosts = {one["name"]: HostReport.from_dict(one) for one in document["hosts"]}
    except (KeyError, TypeError, ValueError) as error:
        raise HistoryError(f"run {run.number} cannot be read: see what `baseline history verify` says") from error
    return AnswersOfRun(run.id, run.finished, run.number, hosts, database)


def answers_to(connection: Connection, number: int, question: str, names: Iterable[str]) -> Mapping[str, bytes]:
    """What hosts answered to a question in a run in which their controls asked it."""
    row = connection.execute(select(runs.c.asked).where(runs.c.number == number)).one()
    kept = read(connection, row)[row.asked]
    if kept == PRUNED:
        return {}
    told, address = read_document(kept), digest(question.encode("utf-8", "surrogatepass"))
    asking = {at for at, each in enumerate(told["sets"]) if any(address.hex() in asked for asked in each.values())}
    asked = [name for name in names if told["hosts"].get(name) in asking]
    of_question, answer = contents.alias(), contents.alias()
    found: dict[str, int] = {}
    for some in chunks(asked):
        rows = connection.execute(
            select(hosts.c.name, answer.c.id)
            .select_from(answers)
            .join(hosts, hosts.c.id == answers.c.host)
            .join(of_question, of_question.c.id == answers.c.question)
            .join(answer, answer.c.id == answers.c.answer)
            .where(hosts.c.name.in_(some), of_question.c.digest == address, holding(answers, number))
        )
        found |= {name: content for name, content in rows}
    texts = read(connection, found.values())
    return {name: texts[content] for name, content in found.items()}


def _last_look(connection: Connection) -> KeptRun:
    wanted = select(runs).where(runs.c.command.in_(LOOKS)).order_by(runs.c.number.desc()).limit(1)
    row = connection.execute(wanted).first()
    if row is None:
        raise NothingMatched("no check is kept yet: there are no answers")
    return kept_run(row)
