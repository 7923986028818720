"""The answers of a run, for a check of what was recorded: see `baseline.recorded`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from baseline.errors import HistoryError, NothingMatched
from baseline.history.between import document_of
from baseline.history.opening import HistoryDatabase
from baseline.history.reading import LAST, LOOKS, KeptRun, heard_in, kept_run, named_run
from baseline.history.tables import runs
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


def _last_look(connection: Connection) -> KeptRun:
    wanted = select(runs).where(runs.c.command.in_(LOOKS)).order_by(runs.c.number.desc()).limit(1)
    row = connection.execute(wanted).first()
    if row is None:
        raise NothingMatched("no check is kept yet: there are no answers")
    return kept_run(row)
