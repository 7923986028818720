"""What the tasks do with one host: look, plan, apply, tell of drift. Each prints it, and gives the exit code."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from baseline.cli.ending import Interrupted
from baseline.cli.interrupting import ACTING, AT_ONCE
from baseline.cli.options import TakingOptions, on_terminal, somebody
from baseline.errors import UserError
from baseline.reports import Display

if TYPE_CHECKING:
    from baseline.cli.job import Job
    from baseline.fabric_tasks.wishes import Wishes
    from baseline.model import Report
    from baseline.model.taking import Taking


def checked(wishes: Wishes) -> int:
    """Look, and judge every control."""
    from baseline.fleet import check_all

    job = wishes.job()
    report = job.worked(partial(check_all, connect=wishes.connect, history=job.history))
    job.send(report, Display("check", wishes.flags[1]))
    return report.exit_code


def planned(wishes: Wishes) -> int:
    """Look, and say what an apply would do."""
    job = wishes.job()
    report = _plan_of(wishes, job)
    job.send(report, Display("plan", wishes.flags[1], diff=True))
    return report.exit_code


def _plan_of(wishes: Wishes, job: Job) -> Report:
    from baseline.fleet import plan_all

    return job.worked(
        partial(
            plan_all, connect=wishes.connect, inventory=job.inventory, history=job.history, taking=_taking(wishes, job)
        )
    )


def _taking(wishes: Wishes, job: Job) -> Taking:
    everything = TakingOptions(bool(wishes.given.get("all")))
    return everything.of(wishes.chosen, job.baseline.control_ids, job.baseline.renamed)


def applied(wishes: Wishes) -> int:
    """Show the plan, ask, and apply exactly that. Raises `UserError` where there is nobody to ask."""
    from baseline.caps import Caps
    from baseline.cli.hosts import agreed
    from baseline.engine import CONFIRM_SECONDS
    from baseline.fleet import apply_all
    from baseline.transaction import Note

    yes = bool(wishes.given.get("yes"))
    if not yes and not on_terminal():
        raise UserError("there is no terminal to ask on: look at the plan with `baseline.plan`, then apply with --yes")
    job = wishes.job()
    shown = _plan_of(wishes, job)
    todo = [plan for plan in shown.plans if not plan.empty]
    Caps().hold(todo, "")
    view = Display("plan", wishes.flags[1], diff=True)
    if shown.run.cut_short or (todo and not yes and not agreed(shown, todo, view)):
        job.send(shown, view)
        return shown.exit_code
    work = partial(
        apply_all,
        connect=wishes.connect,
        planned=shown,
        taking=_taking(wishes, job),
        note=Note(somebody(), f"{job.baseline.name} {job.baseline.version}", "-"),
        history=job.history,
    )
    at_once = AT_ONCE.format(seconds=CONFIRM_SECONDS)
    try:
        report = job.worked(work, ACTING, at_once)
    except KeyboardInterrupt:
        raise Interrupted(at_once) from None
    job.send(report, Display("apply", wishes.flags[1]))
    return report.exit_code


def drifted(wishes: Wishes) -> int:
    """Look at the host alone: what was last applied there, and what of it stands. No control has a part in it."""
    from baseline.cli.output import say
    from baseline.cli.progress import watching
    from baseline.engine import drift as drift_of
    from baseline.model import Report, Run
    from baseline.version import __version__

    target = wishes.job().targets[0]
    with watching([target.name], verbose=wishes.flags[1]) as progress:
        host = drift_of(target, wishes.connect, progress)
    said = [*host.drifted, *map(str, host.stale), *map(str, host.unloadable), *map(str, host.undecided)]
    unknown = [host.error] if host.error else [f"could not be told: {one}" for one in host.untold]
    lines = [*said, *unknown] or ["as it was last applied"]
    say("".join(f"{host.name}: {line}\n" for line in lines))
    run = Run("", "", "", __version__, "", "", "")
    return Report(run=run, hosts=(host,), findings=()).exit_code
