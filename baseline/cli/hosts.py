"""`check`, `plan` and `apply`: the commands that reach hosts."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.caps import Caps
from baseline.cli.alerted import Alerted, only_one, told
from baseline.cli.asking import AskBecomePass
from baseline.cli.ending import Interrupted
from baseline.cli.interrupting import ACTING, AT_ONCE
from baseline.cli.job import How, Kept, listed
from baseline.cli.job import job as made_job
from baseline.cli.options import (
    DEFAULT_BASELINE,
    FORKS,
    HOST_SECONDS,
    RUN_SECONDS,
    AlertsFile,
    All,
    AppliedBaseline,
    AppliedInventory,
    BaselineName,
    Chosen,
    ClusterPlace,
    Controls,
    Every,
    ExtraVars,
    Files,
    Forks,
    Formats,
    HistoryPlace,
    HostPattern,
    HostTimeout,
    InventoryFiles,
    Lang,
    ListControls,
    ListHosts,
    NoHistory,
    Obligations,
    OfRecorded,
    Private,
    RecordedRun,
    Replace,
    ShardOption,
    ShowTimings,
    Skip,
    SkipTags,
    SshConfigFile,
    Strict,
    Tags,
    TakingOptions,
    VaultFiles,
    Verbosity,
    WaiverFiles,
    Where,
    WholeTimeout,
    length,
    on_terminal,
    somebody,
)
from baseline.cli.plan_files import Signed, reviewed_job, reviewed_plan, taken
from baseline.cli.recorded import judged, refuse_beside
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.model import HostPlan, Report
    from baseline.pace import Pace
    from baseline.reports import Display

CAPS = Caps()


def check(
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    vaults: VaultFiles = None,
    limit: HostPattern = None,
    shard: ShardOption = None,
    ask_become: AskBecomePass = False,
    ssh_config: SshConfigFile = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    skip: Skip = None,
    skip_tags: SkipTags = None,
    list_hosts: ListHosts = False,
    list_controls: ListControls = False,
    diff: Annotated[bool, typer.Option("--diff", help="Also show the lines that an apply would change.")] = False,
    changes: Annotated[
        bool, typer.Option("--changes", help="Also tell what changed since the last run that was kept, and why.")
    ] = False,
    private: Private = False,
    forks: Forks = FORKS,
    cluster: ClusterPlace = None,
    host_timeout: HostTimeout = HOST_SECONDS,
    deadline: WholeTimeout = RUN_SECONDS,
    strict: Strict = False,
    history: HistoryPlace = None,
    no_history: NoHistory = False,
    every: Every = None,
    recorded: OfRecorded = False,
    recorded_run: RecordedRun = None,
    alerts: AlertsFile = None,
    waivers: WaiverFiles = None,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbosity = 0,
    timings: ShowTimings = False,
    lang: Lang = "en",
) -> None:
    """Look at hosts and judge every control. Changes nothing."""
    from baseline.fleet import UNPLANNED, check_all, plan_all
    from baseline.languages import language
    from baseline.reports import Display

    view = Display("check", verbose > 0, diff, private, language(lang), timings=timings or verbose > 1)
    if changes and no_history:
        raise UserError("--changes compares with earlier runs, and needs the history that --no-history leaves out")
    others = {"--diff": diff, "--changes": changes, "--every": every, "--no-history": no_history, "--alerts": alerts}
    others["--cluster"] = cluster
    refuse_beside(recorded, recorded_run, others)
    due = length(every) if every else UNPLANNED
    alerted = Alerted(alerts)
    where, chosen = (
        Where(inventory, limit, extra, shard, vaults, ask_become, ssh_config),
        Chosen(baseline, tags, controls, skip, skip_tags),
    )
    listed(where, chosen, hosts=list_hosts, controls=list_controls)
    kept = Kept(history, no_history)
    how = How(forks, host_timeout, deadline, strict, formats, files, verbose > 0, kept, waivers, cluster)
    with only_one(bool(every)):
        with alerted.told_of_failure(baseline):
            job = made_job(where, chosen, how)
            if recorded:
                job.finish(judged(job, recorded_run), view)
            channels = alerted.of(job.targets)
            planned = partial(
                plan_all, taking=TakingOptions().of(chosen, job.baseline.control_ids, job.baseline.renamed)
            )
            look = partial(planned if diff else check_all, remember=job.inventory, history=job.history, every=due)
            report = job.worked(look)
        report = told(job, job.with_changes(report) if changes else report, channels, baseline)
    job.finish(report, view)


def plan(
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    vaults: VaultFiles = None,
    limit: HostPattern = None,
    shard: ShardOption = None,
    ask_become: AskBecomePass = False,
    ssh_config: SshConfigFile = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    skip: Skip = None,
    skip_tags: SkipTags = None,
    list_hosts: ListHosts = False,
    list_controls: ListControls = False,
    everything: All = False,
    obligations: Obligations = None,
    replace_own: Replace = None,
    diff: Annotated[bool, typer.Option("--diff/--no-diff", help="Show the lines that would change.")] = True,
    private: Private = False,
    sign: Annotated[
        Path | None,
        typer.Option(
            metavar="KEY", help="Sign the plan file with this SSH key: the signature lies beside it, as FILE.sig."
        ),
    ] = None,
    forks: Forks = FORKS,
    cluster: ClusterPlace = None,
    host_timeout: HostTimeout = HOST_SECONDS,
    deadline: WholeTimeout = RUN_SECONDS,
    strict: Strict = False,
    history: HistoryPlace = None,
    no_history: NoHistory = False,
    waivers: WaiverFiles = None,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbosity = 0,
    timings: ShowTimings = False,
    lang: Lang = "en",
) -> None:
    """Look at hosts and say what an apply would do. Changes nothing.

    With `-o plan.json` the plan is kept for `baseline apply plan.json`, and shown all the same.
    """
    from baseline.cli.output import also_shown, say_kept
    from baseline.fleet import plan_all
    from baseline.languages import language
    from baseline.reports import Display

    view = Display("plan", verbose > 0, diff, private, language(lang), timings=timings or verbose > 1)
    where, chosen = (
        Where(inventory, limit, extra, shard, vaults, ask_become, ssh_config),
        Chosen(baseline, tags, controls, skip, skip_tags),
    )
    listed(where, chosen, hosts=list_hosts, controls=list_controls)
    formats, files = also_shown(formats, files)
    kept = Kept(history, no_history)
    how = How(forks, host_timeout, deadline, strict, formats, files, verbose > 0, kept, waivers, cluster)
    job = made_job(where, chosen, how)
    signed = Signed(job.outputs, sign) if sign else None
    taking = TakingOptions(everything, obligations, replace_own).of(
        chosen, job.baseline.control_ids, job.baseline.renamed
    )
    report = job.worked(partial(plan_all, inventory=job.inventory, history=job.history, taking=taking))
    job.send(report, view)
    if signed:
        signed.sign(report, view)
    say_kept(job.outputs)
    raise typer.Exit(report.exit_code)


def apply(
    plan_file: Annotated[
        Path | None,
        typer.Argument(metavar="[PLANFILE]", help="The JSON of a reviewed `plan`: exactly that is applied."),
    ] = None,
    inventory: AppliedInventory = None,
    extra: ExtraVars = None,
    vaults: VaultFiles = None,
    limit: HostPattern = None,
    shard: ShardOption = None,
    ask_become: AskBecomePass = False,
    ssh_config: SshConfigFile = None,
    baseline: AppliedBaseline = None,
    tags: Tags = None,
    controls: Controls = None,
    skip: Skip = None,
    skip_tags: SkipTags = None,
    list_hosts: ListHosts = False,
    list_controls: ListControls = False,
    everything: All = False,
    obligations: Obligations = None,
    replace_own: Replace = None,
    signers: Annotated[
        Path | None,
        typer.Option(
            "--require-signature",
            metavar="FILE",
            help="Apply PLANFILE only if one of these allowed signers (as in ssh-keygen) has signed it.",
        ),
    ] = None,
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
    leave_out: Annotated[
        bool,
        typer.Option(
            "--leave-out-what-fails",
            help="Where the remedy of a control fails and is rolled back, apply once more without that control.",
        ),
    ] = False,
    force: Annotated[
        str | None, typer.Option(metavar="REASON", help="Go beyond the limits above; every host keeps the reason.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Also show the lines that were changed.")] = False,
    private: Private = False,
    forks: Forks = FORKS,
    cluster: ClusterPlace = None,
    host_timeout: HostTimeout = HOST_SECONDS,
    deadline: WholeTimeout = RUN_SECONDS,
    strict: Strict = False,
    history: HistoryPlace = None,
    no_history: NoHistory = False,
    waivers: WaiverFiles = None,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbosity = 0,
    timings: ShowTimings = False,
    lang: Lang = "en",
) -> None:
    """Make hosts conform, or leave them as they were.

    Each host has a transaction of its own, which is verified and rolled back if any check fails. Shows the plan and
    asks first. Exactly that plan is applied: a host that has changed since is refused. With PLANFILE, the reviewed
    plan is applied without asking again, or refused if the host, the inventory or the baseline has changed since.
    A plan that you made on this machine, or that is signed, needs no -i, -b and -c: it says what it was made from.
    Of recommended and encouraged controls only settings are applied, unless --all, --obligation or -c asks for more.
    """
    from baseline.engine import CONFIRM_SECONDS
    from baseline.fleet import apply_all, plan_all
    from baseline.handover import handing_over
    from baseline.languages import language
    from baseline.pace import Pace
    from baseline.reports import Display
    from baseline.session import Connector
    from baseline.transaction import Note

    view = Display("apply", verbose > 0, diff, private, language(lang), timings=timings or verbose > 1)
    where, chosen = (
        Where(inventory, limit, extra, shard, vaults, ask_become, ssh_config),
        Chosen(baseline, tags, controls, skip, skip_tags),
    )
    listed(where, chosen, hosts=list_hosts, controls=list_controls)
    reviewed = reviewed_plan(plan_file, signers)
    yes = yes or reviewed is not None
    if not yes and not on_terminal():
        raise UserError("there is no terminal to ask on: look at the plan with `baseline plan`, then apply with --yes")
    kept = Kept(history, no_history)
    how = How(forks, host_timeout, deadline, strict, formats, files, verbose > 0, kept, waivers, cluster)
    job = made_job(where, chosen, how) if reviewed is None else reviewed_job(reviewed, where, chosen, how)
    wanted = TakingOptions(everything, obligations, replace_own)
    taking = taken(reviewed, wanted, chosen, job)
    pace = Pace(canary, batch)
    _sensible(pace, len(job.targets))
    note = Note(somebody(), f"{job.baseline.name} {job.baseline.version}", force or "-")
    # Where nobody is asked, the plan's look is the first one of the apply, and its connections serve for that.
    at_once = yes and reviewed is None and job.cluster is None
    with handing_over(Connector().connect) as hands:
        looked_at = time.monotonic()
        look = hands.leaving if at_once else None
        planned = job.worked(partial(plan_all, connect=look, taking=taking, history=job.history))
        if planned.run.cut_short:
            job.finish(planned, replace(view, subject="plan"))
        todo = [plan for plan in planned.plans if not plan.empty]
        Caps(max_hosts, max_controls, max_deletions).hold(todo, force or "")
        shown = time.monotonic()
        if todo and not yes and not agreed(planned, todo, replace(view, subject="plan", diff=True)):
            typer.echo("Nothing was changed.", err=True)
            raise typer.Exit(planned.exit_code)
        # What a person takes to read and answer is not the run's time.
        job = replace(job, until=job.until + time.monotonic() - shown)
        work = partial(
            apply_all,
            connect=hands.taking if at_once else None,
            planned=planned,
            looked_at=looked_at if at_once else None,
            reviewed=reviewed,
            leave_out=leave_out,
            taking=taking,
            note=note,
            pace=pace,
            remember=job.inventory,
            history=job.history,
        )
        cut_short = AT_ONCE.format(seconds=CONFIRM_SECONDS)
        try:
            report = job.worked(work, ACTING, cut_short)
        except KeyboardInterrupt:
            raise Interrupted(cut_short) from None
    job.finish(report, view)


def _sensible(pace: Pace, hosts: int) -> None:
    try:
        pace.waves(hosts)
    except ValueError as error:
        raise UserError(f"--batch: {error}") from None


def agreed(planned: Report, todo: Sequence[HostPlan], view: Display) -> bool:
    """Show the plan and ask. All of it goes to standard error, so that the report alone is on standard output."""
    from baseline.cli.output import console, say
    from baseline.reports import FORMATS
    from baseline.reports.words import count

    say(FORMATS["text"](planned, view, console(sys.stderr)), sys.stderr)
    say(f"\nApply to {count(len(todo), 'host')}? [y/N] ", sys.stderr)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
