"""What a command was asked to work on, and the report of its work."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

import typer

from baseline.classes import dataclass
from baseline.cli.asking import with_passphrases
from baseline.cli.interrupting import LOOKING, interruptible
from baseline.cli.options import Chosen, Files, Formats, WaiverFiles, Where, somebody
from baseline.errors import BaselineError, UserError

if TYPE_CHECKING:
    from baseline.cli.output import Output
    from baseline.deadline import Limits
    from baseline.engine import Progress
    from baseline.hands import Elsewhere
    from baseline.history import History
    from baseline.load import Baseline, Inventory
    from baseline.model import Report, Target
    from baseline.model.waivers import Waivers
    from baseline.reports import Display


_RUNS_BACK = 50
"""How many runs are looked through for the accounts of hosts that the last one left out."""


class Work(Protocol):
    """What is done to all hosts of a job."""

    def __call__(
        self,
        targets: Sequence[Target],
        baseline: Baseline,
        *,
        forks: int,
        strict: bool,
        progress: Progress,
        limits: Limits,
        waivers: Waivers,
        cluster: Elsewhere | None,
    ) -> Report: ...


@dataclass(frozen=True)
class Kept:
    """The options that say where runs are kept, or that this one is not."""

    place: str | None
    not_at_all: bool = False

    def history(self, targets: Sequence[Target], everybody: Sequence[Target] | None = None) -> History | None:
        """The history of some targets, out of `everybody` of their inventory; None where none is wanted.

        Raises `UserError` for a place that is none, and for targets whose inventory names several.
        """
        if self.not_at_all:
            return None
        from baseline.history import History

        names = None if everybody is None else [target.name for target in everybody]
        return History(self.place or _place(targets), names, somebody())

    def with_measured(self, targets: Sequence[Target]) -> tuple[Target, ...]:
        """The targets with what this installation measured of their sites, where it ever did."""
        from datetime import UTC, datetime

        from baseline import state_files
        from baseline.history import History
        from baseline.signing import installation

        state = state_files.directory()
        if not (state / installation.NAME).exists():
            return tuple(targets)
        from baseline.probing.keeping import MeasurementKeeper, told_by

        keeper = MeasurementKeeper(History(self.place or _place(targets)), state)
        return told_by(keeper, targets, datetime.now(UTC))

    def named(self, targets: Sequence[Target]) -> str:
        """The place that the option or the inventory names, a file by its absolute path; empty for the usual one."""
        place = self.place or _named(targets)
        return str(Path(place).expanduser().absolute()) if place and "://" not in place else place


def _place(targets: Sequence[Target]) -> str | Path:
    """What the inventory names for these targets, else the usual place."""
    from baseline import state_files

    return _named(targets) or state_files.directory() / "history.db"


def _named(targets: Sequence[Target]) -> str:
    places = sorted({target.history for target in targets})
    if len(places) > 1:
        named = [place or "the usual place" for place in places]
        raise UserError(f"these hosts have several histories, {' and '.join(named)}: name one with --history")
    return "".join(places)


@dataclass(frozen=True)
class How:
    """The options of a run that select nothing. Times are in seconds."""

    forks: int
    host_seconds: int
    seconds: int
    strict: bool
    formats: Formats
    files: Files
    verbose: bool
    kept: Kept
    waivers: WaiverFiles = None
    cluster: str | None = None

    def elsewhere(self) -> Elsewhere | None:
        """The cluster that is named. Raises `UserError` for what names none."""
        if self.cluster is None:
            return None
        from baseline.cluster import Cluster

        return Cluster(self.cluster)


@dataclass(frozen=True)
class Job:
    """What a command was asked to work on, and where its report goes."""

    inventory: Inventory
    targets: tuple[Target, ...]
    baseline: Baseline
    outputs: tuple[Output, ...]
    how: How
    history: History | None
    until: float
    """When all of it has to be over, in monotonic seconds."""
    waivers: Waivers
    cluster: Elsewhere | None = None
    """Who does the work, where that is not this process."""

    @property
    def names(self) -> list[str]:
        """The hosts by name."""
        return [target.name for target in self.targets]

    def worked(self, work: Work, first: str = LOOKING, second: str = "") -> Report:
        """The report of some work over all hosts, with its progress shown. `first` and `second` answer Ctrl-C."""
        from baseline.cli.progress import watching
        from baseline.deadline import Limits

        how = self.how
        with watching(self.names, verbose=how.verbose) as progress, interruptible(first, second) as halt:
            limits = Limits(how.host_seconds, max(self.until - time.monotonic(), 0), halt)
            return work(
                self.targets,
                self.baseline,
                forks=how.forks,
                strict=how.strict,
                progress=progress,
                limits=limits,
                waivers=self.waivers,
                cluster=self.cluster,
            )

    def with_changes(self, report: Report) -> Report:
        """A report that was kept, with what changed since the run before; a note where that cannot be told."""
        assert self.history is not None, "without one nobody may ask for changes"
        try:
            return replace(report, changes=self.history.changes(until=report.run.id))
        except BaselineError as error:
            return replace(report, notes=(*report.notes, f"what changed cannot be told: {error}"))

    def send(self, report: Report, view: Display) -> None:
        """Write the report to where it goes. The titles of a baseline of one's own are told in its own words."""
        from baseline.cli.background import FOR_PEOPLE, background
        from baseline.cli.output import send

        spoken = view.language.knowing(self.baseline.titles_in(view.language.code))
        view = replace(view, language=spoken)
        if any(pair.format in FOR_PEOPLE for pair in self.outputs):
            view = replace(view, background=background(report, self.baseline, self.history, view.language))
        send(report, view, self.outputs)

    def finish(self, report: Report, view: Display) -> NoReturn:
        """Write the report, tell a person at a terminal what to type next, and end with the report's exit code."""
        self.send(report, view)
        if sys.stderr.isatty():
            from baseline.cli.next_steps import after_report
            from baseline.reports.words import visible

            for step in after_report(report, self.targets, self.inventory.sources, self.baseline.given):
                typer.echo(f"next: {visible(step)}", err=True)
        raise typer.Exit(report.exit_code)


def job(where: Where, chosen: Chosen, how: How) -> Job:
    """The job of what is selected. Raises `InputError`, `NothingMatched` and `UserError`."""
    from baseline.cli.output import outputs
    from baseline.load import load_waivers

    if where.ask_become and how.cluster is not None:
        raise UserError(
            "-K: what you type is not sent to the workers of a cluster: write where they are to have it into the "
            "inventory, as `ansible_become_password: !secret {file: …}`"
        )
    loaded = where.load()
    for slip in loaded.misspelt:
        typer.echo(f"{slip} (note)", err=True)
    targets = where.among(loaded)
    whole = chosen.whole()
    rules = chosen.of(whole)
    waivers = load_waivers(*(how.waivers or ()), inventory=loaded, baseline=whole)
    to = outputs(how.formats or (), how.files or ())
    history = how.kept.history(targets, loaded.targets)
    if _measured(rules):
        targets = how.kept.with_measured(targets)
    if history is not None:
        targets = _knowing_accounts(targets, loaded, history)
    if how.cluster is None:
        targets = with_passphrases(targets)
    return Job(loaded, targets, rules, to, how, history, time.monotonic() + how.seconds, waivers, how.elsewhere())


def _measured(rules: Baseline) -> bool:
    """Whether there is a control whose records may be measurements."""
    if all(draft.kind.about != "site" for draft in rules.drafts):
        return False
    from baseline.readings.evidence import MEASURED

    return not {*MEASURED}.isdisjoint(rules.control_ids)


def _knowing_accounts(targets: tuple[Target, ...], loaded: Inventory, history: History) -> tuple[Target, ...]:
    """The targets with the accounts that kept runs tell of; as they are where there are none."""
    if not any(target.roster for target in targets):
        return targets
    from baseline.cli.mailboxes import looks
    from baseline.mailboxes.looks import with_seen_accounts

    return with_seen_accounts(targets, loaded.targets, looks(history, _RUNS_BACK), datetime.now(UTC))


def listed(where: Where, chosen: Chosen, *, hosts: bool, controls: bool) -> None:
    """Print what is selected, and end, where that is all that is wanted. Raises `InputError` and `NothingMatched`."""
    from baseline.cli.output import say

    if not hosts and not controls:
        return
    lists: dict[str, list[str]] = {}
    if hosts:
        lists["hosts"] = [target.name for target in replace(where, ask_become=False).targets()]
    if controls:
        drafts = chosen.load().drafts
        width = max(len(draft.id) for draft in drafts)
        lists["controls"] = [f"{draft.id:{width}}  {draft.title}" for draft in drafts]
    for what, lines in lists.items():
        say("".join([f"  {what} ({len(lines)}):\n", *(f"    {one}\n" for one in lines)]))
    raise typer.Exit
