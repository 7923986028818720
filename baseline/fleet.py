"""The same work on many hosts at once, each in a thread of its own, as one report."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from baseline import engine
from baseline.crew import Task, work_through
from baseline.deadline import Deadline, Limits
from baseline.errors import NothingMatched, UserError
from baseline.hands import Elsewhere, Hands, Here, Order
from baseline.kinds.base import Control, asked
from baseline.model import ApplyOutcome, Report, Run, SubjectReport, Target
from baseline.model.origin import MadeFrom
from baseline.model.taking import ALL_TAKEN, Taking
from baseline.model.waivers import Waivers
from baseline.outside import LocalOutlook, Outlook
from baseline.pace import ALL_AT_ONCE, Pace
from baseline.recording import HostWork, Keeper, Recording
from baseline.subjects import subjects_apart
from baseline.thrift import Thrift
from baseline.transaction import Note
from baseline.version import __version__
from baseline.waiving import Waive, waived, with_waivers

if TYPE_CHECKING:
    from baseline.load import Baseline, Inventory
    from baseline.net_change import NetChange
    from baseline.planfile import PlanFile
    from baseline.reviewed import Reviewed
    from baseline.session import Session

FORKS = 20
"""How many hosts are worked on at once unless told otherwise."""

UNPLANNED = timedelta()
"""How often a run is made that no schedule makes."""

NO_WAIVERS = Waivers()
_HostJob = tuple[Target, Sequence[Control]]


def check_all(
    targets: Sequence[Target],
    baseline: Baseline,
    *,
    connect: engine.Connect | None = None,
    forks: int = FORKS,
    strict: bool = False,
    progress: engine.Progress = lambda *_: None,
    outlook: Outlook | None = None,
    limits: Limits | None = None,
    remember: Inventory | None = None,
    history: Keeper | None = None,
    every: timedelta = UNPLANNED,
    waivers: Waivers = NO_WAIVERS,
    cluster: Elsewhere | None = None,
) -> Report:
    """Check every target. Changes nothing. Raises `InputError` when the baseline does not fit a target's variables.

    With `remember`, the inventory that the targets are of, how each ended is kept for its `@failed`. With `history`,
    the run is kept in it; that it cannot be is one of the report's notes. A schedule says by `every` how often it
    checks, so that a check that does not happen can be told later. What `waivers` cover is judged all the same, and
    does not count against the run. With a `cluster` its workers look at the hosts, and from outside, each from where it
    stands; what no host speaks for is looked at from here.
    """
    seen_by, kept = outlook or LocalOutlook(sharing=True), Recording("check", remember, history)
    here = Here(_connector(connect), progress, seen_by)
    with _hands(cluster, here, baseline, targets, forks, kept) as hands:
        report = carried_out(targets, baseline, forks, strict, hands.check, outlook=seen_by, limits=limits, kept=kept)
    return kept.whole(with_waivers(_scheduled(report, every), waivers))


def plan_all(
    targets: Sequence[Target],
    baseline: Baseline,
    *,
    connect: engine.Connect | None = None,
    forks: int = FORKS,
    strict: bool = False,
    progress: engine.Progress = lambda *_: None,
    outlook: Outlook | None = None,
    limits: Limits | None = None,
    remember: Inventory | None = None,
    history: Keeper | None = None,
    waivers: Waivers = NO_WAIVERS,
    inventory: Inventory | None = None,
    taking: Taking = ALL_TAKEN,
    every: timedelta = UNPLANNED,
    cluster: Elsewhere | None = None,
) -> Report:
    """Check every target and plan what an apply would do. Changes nothing. `remember` and `every` as in `check_all`.

    With `inventory`, that the targets are of, the report's JSON is a plan file that says by itself what it was made
    from, and is sealed for this user of this controller. `taking` says which remedies are planned; what is waived is
    left alone. `cluster` as in `check_all`.
    """
    seen_by, kept = outlook or LocalOutlook(sharing=True), Recording("plan", remember, history)
    here, order = Here(_connector(connect), progress, seen_by), Order(taking, _waive(waivers))
    with _hands(cluster, here, baseline, targets, forks, kept) as hands:
        report = carried_out(
            targets,
            baseline,
            forks,
            strict,
            lambda target, controls, own: hands.plan(target, controls, own, order),
            outlook=seen_by,
            limits=limits,
            kept=kept,
        )
    report = with_waivers(_scheduled(report, every), waivers)
    if inventory is not None:
        from baseline.planfile import sealed

        report = sealed(replace(report, made_from=_made_from(inventory, baseline, taking)))
    return kept.whole(report)


def apply_all(
    targets: Sequence[Target],
    baseline: Baseline,
    *,
    connect: engine.Connect | None = None,
    forks: int = FORKS,
    strict: bool = False,
    progress: engine.Progress = lambda *_: None,
    note: Note | None = None,
    planned: Report | None = None,
    looked_at: float | None = None,
    reviewed: PlanFile | None = None,
    leave_out: bool = False,
    taking: Taking = ALL_TAKEN,
    confirm_within: int = engine.CONFIRM_SECONDS,
    pace: Pace = ALL_AT_ONCE,
    outlook: Outlook | None = None,
    limits: Limits | None = None,
    remember: Inventory | None = None,
    history: Keeper | None = None,
    waivers: Waivers = NO_WAIVERS,
    cluster: Elsewhere | None = None,
) -> Report:
    """Make every target conform, each in a transaction of its own. `confirm_within` is in seconds.

    With `planned`, the report of `plan_all` over the same targets that somebody looked at, exactly its plans are
    applied: a host that has changed since is refused, one that has nothing to do is not visited again, and the report
    is over all of them. `looked_at`, when `planned` was begun (`time.monotonic`), is for those who apply it at once:
    see `engine.apply`; with a `cluster` every host is looked at again. With `reviewed`, a plan file, only exactly what
    it shows is applied. Raises `UserError` when it was made for another inventory or by another baseline. With
    `leave_out`, a host whose apply is rolled back because of the remedy of some controls is applied once more without
    these. `taking` is as in `plan_all`; a plan file says by itself which remedies it was made with.

    `pace` makes waves; a wave in which one host did not come out well is the last, and the hosts after it are not
    begun. `remember`, `history`, `waivers` and `cluster` as in `plan_all`.
    """
    from baseline.reviewed import Reviewed

    seen_by, kept = outlook or LocalOutlook(), Recording("apply", remember, history)
    here = Here(_connector(connect), progress, seen_by)
    expected: Mapping[str, Reviewed] | None = None
    if reviewed is not None:
        taking = reviewed.taking
        reviewed.fits(baseline.name, baseline.sha256, baseline.written(), baseline.variables())
        reviewed.chosen(baseline.control_ids)
        targets, expected = reviewed.among(targets), reviewed.reviewed
    elif planned is not None:
        parts = planned.parts()
        expected = {plan.host: Reviewed(plan, parts[plan.host].findings) for plan in planned.plans if not plan.empty}
    chosen: list[Target] = []
    for target in targets:
        if planned is None or target.name in (expected or {}):
            chosen.append(target)
        else:
            progress(target.name, "done")

    note = note or Note(baseline=f"{baseline.name} {baseline.version}")
    recent = looked_at if planned is not None and reviewed is None and cluster is None else None
    order = Order(taking, _waive(waivers), note, confirm_within, looked_at=recent, leave_out=leave_out)

    def work(hands: Hands, target: Target, controls: Sequence[Control], deadline: Deadline) -> engine.HostResult:
        own = None if expected is None else expected[target.name]
        return hands.apply(target, controls, deadline, replace(order, expected=own))

    if planned is not None and not chosen:
        # An apply all the same, with an id of its own.
        report = planned.joined(replace(planned, strict=strict, run=replace(planned.run, id=_new_id())))
    else:
        with _hands(cluster, here, baseline, chosen, forks, kept) as hands:
            done = carried_out(
                chosen,
                baseline,
                forks,
                strict,
                partial(work, hands),
                pace,
                outlook=seen_by,
                among=targets,
                limits=limits,
                given_up=engine.given_up,
                kept=kept,
            )
        report = planned.joined(done) if planned is not None else done
    return kept.whole(with_waivers(report, waivers))


def rollback(
    target: Target,
    *,
    to: int | None = None,
    keep_edits: bool = False,
    shown: NetChange | None = None,
    connect: engine.Connect | None = None,
    progress: engine.Progress = lambda *_: None,
    note: Note | None = None,
    confirm_within: int = engine.CONFIRM_SECONDS,
    limits: Limits | None = None,
    history: Keeper | None = None,
) -> Report:
    """Put one host back, and report it as an apply without a baseline. See `engine.rollback`."""
    started, way, bounds = _now(), _connector(connect), limits or Limits()
    over = bounds.whole()

    def work(deadline: Deadline) -> engine.HostResult:
        return engine.rollback(
            target,
            way,
            progress,
            to=to,
            keep_edits=keep_edits,
            shown=shown,
            note=note,
            confirm_within=confirm_within,
            deadline=deadline,
        )

    task = Task(work, partial(engine.given_up, target, ()), bounds.host, bounds.words)
    results = work_through([task], 1, over=over, halt=bounds.halt)
    return Recording("rollback", None, history).whole(_report(_ended(started, bounds, over), results))


def _not_known(target: Target, controls: Sequence[Control], deadline: Deadline) -> engine.HostResult:
    return engine.not_known(target, controls, deadline.why)


def carried_out(
    targets: Sequence[Target],
    baseline: Baseline,
    forks: int,
    strict: bool,
    work: HostWork,
    pace: Pace = ALL_AT_ONCE,
    *,
    outlook: Outlook,
    among: Sequence[Target] | None = None,
    limits: Limits | None = None,
    given_up: HostWork | None = None,
    apart_from: HostWork | None = None,
    kept: Recording,
) -> Report:
    """The report of some work on every target. What no host speaks for is looked at by `apart_from`, by default now.

    With `given_up`, for a host whose work is given up, it is work that changes hosts: what no host speaks for is looked
    at once all of them are as they shall be, and else beside them.

    Raises `NothingMatched` without a target, and `InputError` when the baseline does not fit a target's variables.
    """
    if not targets:
        raise NothingMatched("no hosts were selected")
    # Everything is rendered and validated before the first host is touched.
    baseline.validate_all(among or targets)
    jobs = [(target, baseline.controls_for(target)) for target in targets]
    apart = [(target, baseline.controls_for(target)) for target in subjects_apart(among or targets)]
    apart = [(target, controls) for target, controls in apart if asked(controls, target)]
    started = _now()
    bounds = limits or Limits()
    over = bounds.whole()

    thrift = Thrift()

    def held(work: HostWork, target: Target, controls: Sequence[Control], deadline: Deadline) -> engine.HostResult:
        result = kept.heard(work, target, controls)(deadline)
        return replace(result, findings=thrift.findings(result.findings))

    def tasks(work: HostWork, lost: HostWork, some: Sequence[_HostJob]) -> list[Task[engine.HostResult]]:
        return [Task(partial(held, work, *job), partial(lost, *job), bounds.host, bounds.words) for job in some]

    def worked(*several: list[Task[engine.HostResult]]) -> list[engine.HostResult]:
        return work_through([task for some in several for task in some], forks, over=over, halt=bounds.halt)

    def look(target: Target, controls: Sequence[Control], deadline: Deadline) -> engine.HostResult:
        return engine.check(target, controls, nobody, outlook=outlook, deadline=deadline)

    looks = tasks(apart_from or look, _not_known, apart)
    results: list[engine.HostResult] = []
    if given_up is None:
        results = worked(tasks(work, _not_known, jobs), looks)
        results, others = results[: len(jobs)], results[len(jobs) :]
    else:
        for size in pace.waves(len(jobs)):
            trouble = "" if over.why else next((name for name in map(_trouble, results) if name), "")
            wave = jobs[len(results) : len(results) + size]
            results += (
                [engine.not_begun(*job, f"not begun, because of {trouble}") for job in wave]
                if trouble
                else worked(tasks(work, given_up, wave))
            )
        others = worked(looks)
    subjects = _subjects([*targets, *(target for target, _ in apart)], [*results, *others])
    report = _report(_ended(started, bounds, over, baseline), results, others)
    return replace(report, strict=strict, subjects=subjects)


def _ended(started: str, bounds: Limits, over: Deadline, baseline: Baseline | None = None) -> Run:
    """A run that ends now, by itself or before its time."""
    return Run(
        id=_new_id(),
        started=started,
        finished=_now(),
        version=__version__,
        baseline_name=baseline.name if baseline else "",
        baseline_version=baseline.version if baseline else "",
        baseline_sha256=baseline.sha256 if baseline else "",
        chosen_from=baseline.whole if baseline else None,
        renamed=baseline.renamed if baseline else {},
        extensions=baseline.extensions if baseline else (),
        cut_short="interrupted" if bounds.halt.asked else "deadline" if over.given_up else "",
    )


def _scheduled(report: Report, every: timedelta) -> Report:
    """The report of a run that a schedule made, which says when the next one is due."""
    return replace(report, run=replace(report.run, every=int(every.total_seconds())))


def _new_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def _report(run: Run, results: Sequence[engine.HostResult], others: Sequence[engine.HostResult] = ()) -> Report:
    """The report of what was learnt about hosts; of `others`, which are no hosts, only the findings count."""
    return Report(
        run=run,
        hosts=tuple(result.host for result in results),
        findings=tuple(finding for result in (*results, *others) for finding in result.findings),
        plans=tuple(result.plan for result in results if result.plan is not None),
        applies=tuple(result.apply for result in results if result.apply is not None),
    )


def _subjects(targets: Sequence[Target], results: Sequence[engine.HostResult]) -> tuple[SubjectReport, ...]:
    """The domains and sites that findings are about."""
    told = {finding.subject for result in results for finding in result.findings if finding.subject}
    return tuple(
        SubjectReport(subject.name, subject.about, target.name if target.address else "")
        for target in targets
        for subject in target.speaks_for
        if subject.name in told
    )


def _made_from(inventory: Inventory, baseline: Baseline, taking: Taking) -> MadeFrom:
    return MadeFrom(inventory.sources, baseline.given, baseline.written(), baseline.variables(), taking)


def nobody(target: Target) -> Session:
    """The connection to what is no host."""
    raise AssertionError(f"{target.name} is no host")


def _trouble(result: engine.HostResult) -> str:
    """What of a host stops the waves after its own; empty when nothing does."""
    apply = result.apply
    if apply is None:
        return f"{result.host.name}, which could not be reached"
    well = apply.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING)
    return "" if well else f"{result.host.name}: {apply.reason}"


def _connector(connect: engine.Connect | None) -> engine.Connect:
    if connect is not None:
        return connect
    # paramiko costs 0.1 s at import that lint and render need not pay.
    from baseline.session import Connector

    return Connector().connect


def _hands(
    cluster: Elsewhere | None,
    here: Here,
    baseline: Baseline,
    targets: Sequence[Target],
    forks: int,
    kept: Recording,
) -> AbstractContextManager[Hands]:
    """Who does the work: this process, or a cluster."""
    if cluster is None:
        return nullcontext(here)
    if folders := [one.name for one in baseline.extensions if one.folder]:
        raise UserError(
            f"workers of a cluster do not have {folders[0]}: make a distribution of it, and install that where they run"
        )
    return cluster.hands(baseline, targets, here, at_once=forks, answers=kept.keeping, progress=here.progress)


def _waive(waivers: Waivers) -> Waive:
    """What is waived now."""
    return partial(waived, waivers=waivers, at=datetime.now(UTC))


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
