"""`check`, `plan` and `apply`: the commands that reach hosts."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, Protocol

import typer

from baseline.caps import Caps
from baseline.cli.ending import Interrupted
from baseline.cli.interrupting import ACTING, AT_ONCE, LOOKING, interruptible
from baseline.cli.options import (
    DEFAULT_BASELINE,
    FORKS,
    HOST_SECONDS,
    RUN_SECONDS,
    BaselineName,
    Controls,
    Files,
    Forks,
    Formats,
    HostPattern,
    HostTimeout,
    InventoryFiles,
    Private,
    Strict,
    Tags,
    Verbose,
    WholeTimeout,
    chosen_baseline,
    on_terminal,
    somebody,
)
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.cli.output import Output
    from baseline.deadline import Limits
    from baseline.engine import Progress
    from baseline.load import Baseline, Inventory
    from baseline.model import HostPlan, Report, Target
    from baseline.pace import Pace
    from baseline.reports import Display

CAPS = Caps()


class _Work(Protocol):
    def __call__(
        self,
        targets: Sequence[Target],
        baseline: Baseline,
        *,
        forks: int,
        strict: bool,
        progress: Progress,
        limits: Limits,
    ) -> Report: ...


@dataclass(frozen=True)
class _Job:
    """What a command was asked to work on, and where its report goes."""

    inventory: Inventory
    targets: tuple[Target, ...]
    baseline: Baseline
    outputs: tuple[Output, ...]
    forks: int
    strict: bool
    verbose: bool
    host_seconds: float
    until: float
    """When all of it has to be over, in monotonic seconds."""

    @property
    def names(self) -> list[str]:
        return [target.name for target in self.targets]


def check(
    inventory: InventoryFiles,
    limit: HostPattern = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    diff: Annotated[bool, typer.Option("--diff", help="Also show the lines that an apply would change.")] = False,
    private: Private = False,
    forks: Forks = FORKS,
    host_timeout: HostTimeout = HOST_SECONDS,
    deadline: WholeTimeout = RUN_SECONDS,
    strict: Strict = False,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
) -> None:
    """Look at hosts and judge every control. Changes nothing."""
    from baseline.fleet import check_all, plan_all
    from baseline.reports import Display

    times = (host_timeout, deadline)
    job = _job(inventory, limit, baseline, tags, controls, forks, times, strict, formats, files, verbose)
    report = _worked(job, partial(plan_all if diff else check_all, remember=job.inventory))
    _finish(report, Display("check", verbose, diff, private), job.outputs)


def plan(
    inventory: InventoryFiles,
    limit: HostPattern = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    diff: Annotated[bool, typer.Option("--diff/--no-diff", help="Show the lines that would change.")] = True,
    private: Private = False,
    forks: Forks = FORKS,
    host_timeout: HostTimeout = HOST_SECONDS,
    deadline: WholeTimeout = RUN_SECONDS,
    strict: Strict = False,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
) -> None:
    """Look at hosts and say what an apply would do. Changes nothing."""
    from baseline.fleet import plan_all
    from baseline.reports import Display

    times = (host_timeout, deadline)
    job = _job(inventory, limit, baseline, tags, controls, forks, times, strict, formats, files, verbose)
    _finish(_worked(job, plan_all), Display("plan", verbose, diff, private), job.outputs)


def apply(
    inventory: InventoryFiles,
    plan_file: Annotated[
        Path | None,
        typer.Argument(metavar="[PLANFILE]", help="The JSON of a reviewed `plan`: exactly that is applied."),
    ] = None,
    limit: HostPattern = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Apply without showing the plan and asking first.")] = False,
    canary: Annotated[int, typer.Option(metavar="N", min=0, help="Begin with N hosts, and go on if all is well.")] = 0,
    batch: Annotated[str, typer.Option(metavar="N|N%", help="So many hosts at a time; 0 is all.")] = "0",
    max_hosts: Annotated[int, typer.Option(metavar="N", min=0, help="Change no more hosts than this.")] = CAPS.hosts,
    max_controls: Annotated[
        int, typer.Option(metavar="N", min=0, help="Mend no more controls on a host than this.")
    ] = CAPS.controls,
    max_deletions: Annotated[
        int, typer.Option(metavar="N", min=0, help="Delete no more files than this.")
    ] = CAPS.deletions,
    force: Annotated[
        str | None, typer.Option(metavar="REASON", help="Go beyond the limits above; every host keeps the reason.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Also show the lines that were changed.")] = False,
    private: Private = False,
    forks: Forks = FORKS,
    host_timeout: HostTimeout = HOST_SECONDS,
    deadline: WholeTimeout = RUN_SECONDS,
    strict: Strict = False,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
) -> None:
    """Make hosts conform, or leave them as they were.

    Each host has a transaction of its own, which is verified and rolled back if any check fails. Shows the plan and
    asks first. Exactly that plan is applied: a host that has changed since is refused. With PLANFILE, the reviewed
    plan is applied without asking again, or refused if the host or the baseline has changed since.
    """
    from baseline.engine import CONFIRM_SECONDS
    from baseline.fleet import apply_all, plan_all
    from baseline.pace import Pace
    from baseline.planfile import load_plan_file
    from baseline.reports import Display
    from baseline.transaction import Note

    reviewed = None if plan_file is None else load_plan_file(plan_file)
    yes = yes or reviewed is not None
    if not yes and not on_terminal():
        raise UserError("there is no terminal to ask on: look at the plan with `baseline plan`, then apply with --yes")
    times = (host_timeout, deadline)
    job = _job(inventory, limit, baseline, tags, controls, forks, times, strict, formats, files, verbose)
    pace = Pace(canary, batch)
    _sensible(pace, len(job.targets))
    if reviewed is not None:
        reviewed.fits(job.baseline.name, job.baseline.sha256)
        job = replace(job, targets=reviewed.among(job.targets))
    planned = _worked(job, plan_all)
    if planned.run.cut_short:
        _finish(planned, Display("plan", verbose, diff, private), job.outputs)
    todo = [plan for plan in planned.plans if not plan.empty]
    Caps(max_hosts, max_controls, max_deletions).hold(todo, force or "")
    shown = time.monotonic()
    if todo and not yes and not _agreed(planned, todo, Display("plan", verbose, diff=True, private=private)):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(planned.exit_code)
    # What a person takes to read and answer is not the run's time.
    job = replace(job, until=job.until + time.monotonic() - shown)
    note = Note(somebody(), f"{job.baseline.name} {job.baseline.version}", force or "-")
    expected = None if reviewed is None else reviewed.digests
    work = partial(apply_all, planned=planned, expected=expected, note=note, pace=pace, remember=job.inventory)
    at_once = AT_ONCE.format(seconds=CONFIRM_SECONDS)
    try:
        report = _worked(job, work, ACTING, at_once)
    except KeyboardInterrupt:
        raise Interrupted(at_once) from None
    _finish(report, Display("apply", verbose, diff, private), job.outputs)


def _job(
    inventory: InventoryFiles,
    limit: HostPattern,
    baseline: BaselineName,
    tags: Tags,
    controls: Controls,
    forks: int,
    times: tuple[int, int],
    strict: bool,
    formats: Formats,
    files: Files,
    verbose: bool,
) -> _Job:
    from baseline.cli.output import outputs
    from baseline.load import load_inventory

    loaded = load_inventory(*inventory)
    targets = loaded.select(limit)
    chosen = chosen_baseline(baseline, tags, controls)
    to = outputs(formats or (), files or ())
    host_seconds, seconds = times
    return _Job(loaded, targets, chosen, to, forks, strict, verbose, host_seconds, time.monotonic() + seconds)


def _finish(report: Report, view: Display, pairs: tuple[Output, ...]) -> NoReturn:
    from baseline.cli.output import send

    send(report, view, pairs)
    raise typer.Exit(report.exit_code)


def _worked(job: _Job, work: _Work, first: str = LOOKING, second: str = "") -> Report:
    """The report of a command over all hosts of a job, with its progress shown. `first` and `second` answer Ctrl-C."""
    from baseline.cli.progress import watching
    from baseline.deadline import Limits

    with watching(job.names, verbose=job.verbose) as progress, interruptible(first, second) as halt:
        limits = Limits(job.host_seconds, max(job.until - time.monotonic(), 0), halt)
        return work(job.targets, job.baseline, forks=job.forks, strict=job.strict, progress=progress, limits=limits)


def _sensible(pace: Pace, hosts: int) -> None:
    try:
        pace.waves(hosts)
    except ValueError as error:
        raise UserError(f"--batch: {error}") from None


def _agreed(planned: Report, todo: Sequence[HostPlan], view: Display) -> bool:
    """Show the plan and ask. All of it goes to standard error, so that the report alone is on standard output."""
    from baseline.cli.output import console, say
    from baseline.reports import FORMATS
    from baseline.reports.words import count

    say(FORMATS["text"](planned, view, console(sys.stderr)), sys.stderr)
    say(f"\nApply to {count(len(todo), 'host')}? [y/N] ", sys.stderr)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
