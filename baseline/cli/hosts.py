"""`check`, `plan` and `apply`: the commands that reach hosts."""

from __future__ import annotations

import getpass
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, Protocol

import typer

from baseline.caps import Caps
from baseline.cli.ending import Interrupted
from baseline.cli.options import (
    DEFAULT_BASELINE,
    FORKS,
    BaselineName,
    Controls,
    Files,
    Forks,
    Formats,
    HostPattern,
    InventoryFiles,
    Private,
    Strict,
    Tags,
    Verbose,
    chosen_baseline,
    chosen_targets,
)
from baseline.errors import NothingMatched, UserError

if TYPE_CHECKING:
    from baseline.cli.output import Output
    from baseline.engine import Progress
    from baseline.fleet import Pace
    from baseline.load import Baseline
    from baseline.model import HostPlan, Report, Target
    from baseline.planfile import PlanFile
    from baseline.reports import Display

CAPS = Caps()


class _Work(Protocol):
    def __call__(
        self, targets: Sequence[Target], baseline: Baseline, *, forks: int, strict: bool, progress: Progress
    ) -> Report: ...


@dataclass(frozen=True)
class _Job:
    """What a command was asked to work on, and where its report goes."""

    inventory: Sequence[Path]
    targets: tuple[Target, ...]
    baseline: Baseline
    outputs: tuple[Output, ...]
    forks: int
    strict: bool
    verbose: bool

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
    strict: Strict = False,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
) -> None:
    """Look at hosts and judge every control. Changes nothing."""
    from baseline.fleet import check_all, plan_all
    from baseline.reports import Display

    job = _job(inventory, limit, baseline, tags, controls, forks, strict, formats, files, verbose)
    look = plan_all if diff else check_all
    report = _worked(job, look)
    _remember(job, "check", report)
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
    strict: Strict = False,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
) -> None:
    """Look at hosts and say what an apply would do. Changes nothing."""
    from baseline.fleet import plan_all
    from baseline.reports import Display

    job = _job(inventory, limit, baseline, tags, controls, forks, strict, formats, files, verbose)
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
    strict: Strict = False,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
) -> None:
    """Make hosts conform, or leave them as they were.

    Each host has a transaction of its own, which is verified, and taken back when it does not please. Shows the plan
    and asks first. What is applied is exactly that plan: a host that has changed since is refused. With PLANFILE,
    what was reviewed is applied without asking again, or refused when host or baseline have changed since.
    """
    from baseline.fleet import Pace, plan_all
    from baseline.reports import Display

    reviewed = _reviewed(plan_file)
    yes = yes or reviewed is not None
    if not yes and not on_terminal():
        raise UserError("there is no terminal to ask on: look at the plan with `baseline plan`, then apply with --yes")
    job = _job(inventory, limit, baseline, tags, controls, forks, strict, formats, files, verbose)
    pace = Pace(canary, batch)
    _sensible(pace, len(job.targets))
    if reviewed is not None:
        job = _only_reviewed(job, reviewed)
    planned = _worked(job, plan_all)
    todo = [plan for plan in planned.plans if not plan.empty]
    if not todo and reviewed is None:
        report = planned.joined(planned)
        _remember(job, "apply", report)
        _finish(report, Display("apply", verbose), job.outputs)
    _within(Caps(max_hosts, max_controls, max_deletions), todo, force)
    if not yes and not _agreed(planned, todo, Display("plan", verbose, diff=True, private=private)):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(planned.exit_code)
    digests = {plan.host: plan.digest for plan in todo} if reviewed is None else reviewed.digests
    report = planned.joined(_applied(job, digests, pace, force))
    _remember(job, "apply", report)
    _finish(report, Display("apply", verbose, diff, private), job.outputs)


def on_terminal() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _job(
    inventory: InventoryFiles,
    limit: HostPattern,
    baseline: BaselineName,
    tags: Tags,
    controls: Controls,
    forks: int,
    strict: bool,
    formats: Formats,
    files: Files,
    verbose: bool,
) -> _Job:
    from baseline.cli.output import outputs

    targets = chosen_targets(inventory, limit)
    chosen = chosen_baseline(baseline, tags, controls)
    return _Job(inventory, targets, chosen, outputs(formats or (), files or ()), forks, strict, verbose)


def _remember(job: _Job, command: str, report: Report) -> None:
    """Keep how the hosts came out, for `--limit @failed`. That it cannot be kept changes nothing of the run."""
    from baseline.last_run import remember

    try:
        remember(job.inventory, command, report)
    except OSError as error:
        typer.echo(f"baseline: how the hosts ended is not remembered for --limit @failed: {error}", err=True)


def _finish(report: Report, view: Display, pairs: tuple[Output, ...]) -> NoReturn:
    from baseline.cli.output import send

    send(report, view, pairs)
    raise typer.Exit(report.exit_code)


def _worked(job: _Job, work: _Work) -> Report:
    """The report of a command over all hosts of a job, with its progress shown."""
    from baseline.cli.progress import watching

    with watching(job.names, verbose=job.verbose) as progress:
        return work(job.targets, job.baseline, forks=job.forks, strict=job.strict, progress=progress)


def _reviewed(plan_file: Path | None) -> PlanFile | None:
    """The reviewed plans, when a file of them is given. Raises `InputError`."""
    from baseline.planfile import load_plan_file

    return None if plan_file is None else load_plan_file(plan_file)


def _only_reviewed(job: _Job, reviewed: PlanFile) -> _Job:
    """The job for the hosts of a plan file alone. Raises `UserError` when it was made by another baseline."""
    reviewed.fits(job.baseline.name, job.baseline.sha256)
    missing = sorted(set(reviewed.digests) - set(job.names))
    if missing:
        raise NothingMatched(f"{reviewed.file} plans for {', '.join(missing)}, which the selected inventory lacks")
    return replace(job, targets=tuple(target for target in job.targets if target.name in reviewed.digests))


def _applied(job: _Job, digests: Mapping[str, str], pace: Pace, force: str | None) -> Report:
    """Exactly these plans, applied. Hosts that have nothing to do are left out."""
    from baseline.engine import CONFIRM_SECONDS
    from baseline.fleet import apply_all
    from baseline.transaction import Note

    note = Note(
        f"{getpass.getuser()}@{socket.gethostname()}", f"{job.baseline.name} {job.baseline.version}", force or "-"
    )
    some = replace(job, targets=tuple(target for target in job.targets if target.name in digests))
    try:
        return _worked(some, partial(apply_all, note=note, expected=digests, pace=pace, among=job.targets))
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted: hosts that were not begun are untouched, those under way were finished or restore "
            f"themselves within {CONFIRM_SECONDS} s; see how they are with `baseline check`"
        ) from None


def _sensible(pace: Pace, hosts: int) -> None:
    try:
        pace.waves(hosts)
    except ValueError as error:
        raise UserError(f"--batch: {error}") from None


def _within(caps: Caps, todo: Sequence[HostPlan], force: str | None) -> None:
    """Refuse plans that go beyond a cap, unless somebody says why they may."""
    exceeded = caps.exceeded(todo)
    if exceeded and not (force or "").strip():
        raise UserError(f"nothing was changed: {'; '.join(exceeded)}. Raise the cap, or give --force and the reason")


def _agreed(planned: Report, todo: Sequence[HostPlan], view: Display) -> bool:
    """Show the plan and ask. All of it goes to standard error, so that the report alone is on standard output."""
    from baseline.cli.output import console, say
    from baseline.reports import FORMATS
    from baseline.reports.words import count

    say(FORMATS["text"](planned, view, console(sys.stderr)), sys.stderr)
    say(f"\nApply to {count(len(todo), 'host')}? [y/N] ", sys.stderr)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
