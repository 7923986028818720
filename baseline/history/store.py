"""The history: where runs are kept, and how a run comes into it. What a database needs is imported when it is used."""

from __future__ import annotations

import contextlib
import getpass
import importlib
import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.errors import HistoryError
from baseline.history.causes import OS_RELEASE
from baseline.history.place import place as parsed

if TYPE_CHECKING:
    from baseline.history.excerpt import Excerpt
    from baseline.history.gathering import Answers
    from baseline.history.measured import Measured, Sign, Trust
    from baseline.history.opening import HistoryDatabase
    from baseline.history.proof import Proof
    from baseline.history.reading import KeptRun, KeptSpan
    from baseline.history.replaying import AnswersOfRun, AskedRun
    from baseline.history.verifying import Verified
    from baseline.model import Report
    from baseline.model.changes import Changes
    from baseline.model.gaps import Gap
    from baseline.model.heard import Heard
    from baseline.model.measurements import Measurement, Sort


class History:
    """Runs of the past. Nothing is opened, nor made, before a run is kept or asked for."""

    def __init__(self, place: str | Path, everybody: Iterable[str] | None = None, who: str = "") -> None:
        """`place` is a file, or the URL of a PostgreSQL database. Raises `UserError` for another URL.

        `everybody` are all hosts of the inventory, also those that a run leaves out: only with them can be told that a
        host is there no more. `who` runs this; by default the user and the machine.
        """
        self.place = parsed(place)
        self.everybody = None if everybody is None else tuple(everybody)
        self.who = who
        self._database: HistoryDatabase | None = None
        self._lock = threading.Lock()

    def begin(self, command: str) -> RunKept:
        """A run of a command (`check`, `plan`, `apply`, `rollback`) begins."""
        return RunKept(self, command)

    def runs(self, most: int | None = None) -> tuple[KeptRun, ...]:
        """The runs, newest first; the `most` last ones, or all. Raises `HistoryError`."""
        from baseline.history.reading import list_runs

        with self.database.reading() as connection:
            return list_runs(connection, most)

    def report(self, run: str) -> tuple[KeptRun, Report]:
        """A run by number, id or `last`, and its report. Raises `HistoryError` and `NothingMatched`."""
        from baseline.history.reading import named_run, report_of

        with self.database.reading() as connection:
            found = named_run(connection, run)
            return found, report_of(connection, found.number)

    def spans(self, *, host: str | None = None, control: str | None = None) -> tuple[KeptSpan, ...]:
        """What a host or a control was, from when to when. Raises `HistoryError` and `NothingMatched`."""
        from baseline.history.reading import spans_of

        with self.database.reading() as connection:
            return spans_of(connection, host, control)

    def changes(
        self, since: str = "", *, until: str = "last", host: str | None = None, control: str | None = None
    ) -> Changes:
        """What changed since a run, a moment (ISO 8601) or a date, or `yesterday`; by default since the run before.

        Compared is with the last run of the same baseline that had ended by then. Raises `HistoryError`,
        `NothingMatched`, and `UserError` for a time that is none.
        """
        from baseline.history.since import changes_since

        with self.database.reading() as connection:
            return changes_since(connection, since, until, host, control)

    def proofs(self, names: Sequence[str], control: str) -> tuple[Proof, ...]:
        """What the last runs that looked at a control on these hosts, or about these domains or sites, found.

        Raises `HistoryError`.
        """
        from baseline.history.proof import proofs_of

        with self.database.reading() as connection:
            return proofs_of(connection, names, control)

    def verify(self, expected: str = "") -> Verified:
        """Find what was altered, removed or put between. `expected` is a run's digest, as it was noted elsewhere.

        Raises `HistoryError` for what is no history at all.
        """
        from baseline.history.verifying import verify

        with self.database.reading() as connection:
            return verify(connection, expected)

    def prune(self, days: int) -> int:
        """Leave out the runs that are older than some days, and give how many that were. See `baseline.history.pruned`.

        Raises `UserError` for fewer days than a year of proof has, and `HistoryError` where something was altered:
        to prune would hide it.
        """
        from baseline.history.pruning import prune

        return prune(self.database, days, self.who or somebody())

    def gaps(
        self, every: timedelta | None = None, *, host: str | None = None, present: datetime | None = None
    ) -> tuple[Gap, ...]:
        """When hosts were not looked at, though a check was due: `every` so long, or as the runs of schedules say.

        Where no schedule ever made a run, it is one a day. Raises `HistoryError`.
        """
        from baseline.history.gaps import UNPLANNED, as_usual, gaps_between, looks_of

        now = present or datetime.now(UTC)
        with self.database.reading() as connection:
            looks = as_usual(looks_of(connection, now, host, every=every or UNPLANNED))
        return gaps_between(looks, now)

    def excerpt(self, since: datetime, until: datetime, present: datetime | None = None) -> Excerpt:
        """The part from `since` on and before `until`, with all that its digests cover. Raises `HistoryError`."""
        from baseline.history.excerpt import excerpt

        with self.database.reading() as connection:
            return excerpt(connection, since, until, present or datetime.now(UTC))

    def heard(self, run: str, host: str) -> Heard:
        """What a host answered in a run. Raises `HistoryError` and `NothingMatched`."""
        from baseline.history.reading import heard_in, named_run

        with self.database.reading() as connection:
            return heard_in(connection, named_run(connection, run).number, host)

    def answers(self, run: str = "last") -> AnswersOfRun:
        """The answers of a run, by number or id, or of the last one that asked hosts, for `check_recorded`.

        Raises `HistoryError` and `NothingMatched`.
        """
        from baseline.history.replaying import answers_of

        return answers_of(self.database, run)

    def asked_runs(self, most: int | None = None) -> tuple[AskedRun, ...]:
        """Those of the `most` last runs that asked hosts, the newest first. Raises `HistoryError`."""
        from baseline.history.reading import LOOKS
        from baseline.history.replaying import AskedRun

        kept = (run for run in self.runs(most) if run.command in LOOKS)
        return tuple(AskedRun(run.finished, run.number, self.database) for run in kept)

    def keep_measurement(self, measurement: Measurement, sign: Sign) -> None:
        """Keep what was measured, signed by `sign`. Raises `HistoryError`, and what `sign` raises."""
        from baseline.history.measured import add

        with self.database.writing() as connection:
            add(connection, measurement, sign)

    def measured(self, site: str, since: datetime, trust: Trust, sort: Sort | None = None) -> Measured:
        """What was measured about a site from a moment on, where `trust` does not refuse its signature.

        One `sort` of it, or all. What proves nothing is told in sentences. Where there is no history yet, nothing was
        measured. Raises `HistoryError`.
        """
        from baseline.history.measured import Measured, measured

        if not self.database.there():
            return Measured()
        with self.database.reading() as connection:
            return measured(connection, site, since, trust, sort)

    @property
    def database(self) -> HistoryDatabase:
        """The database. Not opened by asking."""
        from baseline.history.opening import HistoryDatabase

        with self._lock:
            if self._database is None:
                self._database = HistoryDatabase(self.place)
            return self._database


class RunKept:
    """One run on its way into the history. All of it goes there at its end, in one transaction, or nothing does."""

    def __init__(self, history: History, command: str) -> None:
        self._history, self._command = history, command
        self._heard: Answers | None = None
        self._releases: dict[str, bytes] = {}
        self._trouble = ""
        self._lock = threading.Lock()
        # While hosts are asked there is time for what takes a while to import.
        self._importing = threading.Thread(target=_import_all, name="history", daemon=True)
        self._importing.start()

    def ready(self) -> None:
        """Wait until all that keeping needs is imported."""
        self._importing.join()

    def heard(self, host: str, heard: Heard) -> None:
        """Take the answers of a host; from many threads at once. Raises nothing: `keep` tells of trouble."""
        with self._lock:
            if self._trouble:
                return
            try:
                self._gathered().add(host, heard)
                if OS_RELEASE in heard.answers:
                    self._releases[host] = heard.answers[OS_RELEASE]
            except Exception as error:  # noqa: BLE001 -- whatever it is, it costs the history this run, and no finding
                self._trouble = _words(error)

    def gaps(self, report: Report) -> tuple[Gap, ...]:
        """The checks that did not happen, and are told with this report. Raises nothing: `keep` tells of trouble."""
        from baseline.history.reading import LOOKS

        if self._command not in LOOKS or self._trouble:
            return ()
        try:
            from baseline.history.gaps import gaps_told_by

            if not self._history.database.there():
                return ()
            with self._history.database.reading() as connection:
                return gaps_told_by(connection, report)
        except Exception as error:  # noqa: BLE001 -- as in `heard`
            self._trouble = _words(error)
            return ()

    def upgrades(self, report: Report) -> Mapping[str, str]:
        """A sentence for each host whose release changed. Raises nothing: `keep` tells of trouble."""
        if self._trouble or not self._releases:
            return {}
        try:
            from baseline.history.upgraded import upgrades

            if not self._history.database.there():
                return {}
            with self._history.database.reading() as connection:
                return upgrades(connection, report, self._releases)
        except Exception as error:  # noqa: BLE001 -- as in `heard`
            self._trouble = _words(error)
            return {}

    def keep(self, report: Report) -> str:
        """Keep the run. Gives why that could not be done, as a sentence; empty when it was. Raises nothing."""
        with self._lock:
            if not self._trouble:
                history = self._history
                try:
                    from baseline.history.writing import Occasion, write

                    about = Occasion(self._command, history.who or somebody(), history.everybody)
                    answered = self._gathered().answered()
                    with history.database.writing() as connection:
                        write(connection, about, report, answered)
                except Exception as error:  # noqa: BLE001 -- see above
                    self._trouble = _words(error)
            return self._trouble and f"this run is not in the history: {self._trouble}"

    def _gathered(self) -> Answers:
        from baseline.history.gathering import Answers

        if self._heard is None:
            self._heard = Answers(self._history.database)
        return self._heard


def _import_all() -> None:
    """Import what a run needs at its end. Whatever goes wrong is told when it is used."""
    with contextlib.suppress(Exception):
        importlib.import_module("baseline.history.gathering")


def somebody() -> str:
    """Who runs this: user and machine."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _words(error: Exception) -> str:
    if isinstance(error, HistoryError):
        return str(error)
    return f"a fault of this program, please report it: {type(error).__name__}: {error}"
