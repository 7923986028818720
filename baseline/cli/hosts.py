"""`check`, `plan` and `apply`: the commands that reach hosts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.cli.ending import Interrupted
from baseline.cli.options import (
    DEFAULT_BASELINE,
    FORKS,
    BaselineName,
    Controls,
    Files,
    Forks,
    Formats,
    Inventory,
    Limit,
    Strict,
    Tags,
    Verbose,
    chosen_baseline,
    chosen_targets,
)

if TYPE_CHECKING:
    from baseline.cli.output import Output
    from baseline.load import Baseline
    from baseline.model import HostPlan, Report, Target
    from baseline.reports import View


@dataclass(frozen=True)
class _Job:
    """What a command was asked to work on, and where its report goes."""

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
    inventory: Inventory,
    limit: Limit = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    diff: Annotated[bool, typer.Option("--diff", help="Also show the lines that an apply would change.")] = False,
    forks: Forks = FORKS,
    strict: Strict = False,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
) -> None:
    """Look at hosts and judge every control. Changes nothing."""
    from baseline.fleet import check_all, plan_all
    from baseline.reports import View

    job = _job(inventory, limit, baseline, tags, controls, forks, strict, formats, files, verbose)
    look = plan_all if diff else check_all
    _finish(_worked(job, look), View("check", verbose, diff), job.outputs)


def plan(
    inventory: Inventory,
    limit: Limit = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    diff: Annotated[bool, typer.Option("--diff/--no-diff", help="Show the lines that would change.")] = True,
    forks: Forks = FORKS,
    strict: Strict = False,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
) -> None:
    """Look at hosts and say what an apply would do. Changes nothing."""
    from baseline.fleet import plan_all
    from baseline.reports import View

    job = _job(inventory, limit, baseline, tags, controls, forks, strict, formats, files, verbose)
    _finish(_worked(job, plan_all), View("plan", verbose, diff), job.outputs)


def apply(
    inventory: Inventory,
    limit: Limit = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Apply without showing the plan and asking first.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Also show the lines that were changed.")] = False,
    forks: Forks = FORKS,
    strict: Strict = False,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
) -> None:
    """Make hosts conform, each in a transaction that is verified, and taken back when it does not please.

    Shows the plan and asks first. Every host is looked at anew when its turn comes, so that what is applied fits
    what is there then.
    """
    from baseline.fleet import plan_all
    from baseline.reports import View

    job = _job(inventory, limit, baseline, tags, controls, forks, strict, formats, files, verbose)
    if yes:
        _finish(_applied(job), View("apply", verbose, diff), job.outputs)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise typer.BadParameter(
            "there is no terminal to ask on: look at the plan with `baseline plan`, then apply with --yes",
            param_hint="--yes",
        )
    planned = _worked(job, plan_all)
    todo = [plan for plan in planned.plans if not plan.empty]
    if not todo:
        _finish(planned, View("plan", verbose), job.outputs)
    if not _agreed(planned, todo, verbose=verbose):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(planned.exit_code)
    names = {plan.host for plan in todo}
    done = _applied(replace(job, targets=tuple(target for target in job.targets if target.name in names)))
    _tell_of_other_plans(todo, done)
    _finish(_together(planned, done), View("apply", verbose, diff), job.outputs)


def _job(
    inventory: Inventory,
    limit: Limit,
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
    return _Job(targets, chosen, outputs(formats or (), files or ()), forks, strict, verbose)


def _finish(report: Report, view: View, pairs: tuple[Output, ...]) -> None:
    from baseline.cli.output import send

    send(report, view, pairs)
    raise typer.Exit(report.exit_code)
