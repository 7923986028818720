"""Check, plan and apply for one host.

Check is one exchange. Apply is look, act, look again, confirm: what the second look finds decides, and a host
whose second look displeases is put back as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from baseline import bundle, manifest
from baseline.errors import CannotTell, HostError
from baseline.facts import Looked, look
from baseline.judge import judge
from baseline.kinds.base import Control
from baseline.manifest import Drift
from baseline.model import (
    Answer,
    ApplyOutcome,
    Finding,
    HostApply,
    HostPlan,
    HostReport,
    Outcome,
    State,
    Target,
)
from baseline.planning import make_plan
from baseline.session import Session
from baseline.transaction import APPLY_SECONDS, Reply, Transaction, read

Connect = Callable[[Target], Session]
Progress = Callable[[str, str], None]
"""Told the host's name and what is being done to it."""

CONFIRM_SECONDS = 300
"""How long a host waits for confirmation before it restores itself, unless told otherwise."""

_OWN_LOGIN = ("/etc/ssh/", "/etc/sudoers", "/etc/nftables", "/etc/network/", "/etc/pam.d/", "/etc/hosts.")


@dataclass(frozen=True)
class HostResult:
    """Everything that a run learned about one host."""

    host: HostReport
    findings: tuple[Finding, ...]
    plan: HostPlan | None = None
    apply: HostApply | None = None


@dataclass
class _Visit:
    """One host in one run: its session, opened when first needed, and what was counted."""

    target: Target
    connect: Connect
    progress: Progress
    exchanges: int = 0
    started: float = field(default_factory=time.monotonic)
    _session: Session | None = None

    def exchange(self, request: bundle.Bundle, seconds: int) -> dict[str, Answer]:
        if self._session is None:
            self.progress(self.target.name, "connecting")
            self._session = self.connect(self.target)
        self.exchanges += 1
        return bundle.answers(request, self._session.exchange(request.script, seconds=seconds))

    def ask(self, commands: Sequence[str]) -> Mapping[str, Answer]:
        return self.exchange(bundle.ask(commands), 60 + bundle.COMMAND_SECONDS * 10)

    def transact(self, request: bundle.Bundle) -> Reply:
        return read(self.exchange(request, APPLY_SECONDS + 60))

    def hang_up(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None

    def report(self, error: str | None = None, *, drifted: Sequence[Drift] = ()) -> HostReport:
        target = self.target
        return HostReport(
            name=target.name,
            address=target.address,
            roles=tuple(sorted(target.roles)),
            reachable=error is None,
            error=error,
            drifted=tuple(f"{drift.path}: {drift.what}" for drift in drifted),
            exchanges=self.exchanges,
            seconds=time.monotonic() - self.started,
        )


def check(
    target: Target, controls: Sequence[Control], connect: Connect, progress: Progress = lambda *_: None
) -> HostResult:
    """Look at one host and judge every control. Never raises for what a host does: it is `unknown` then."""
    return _visit(target, controls, connect, progress, _check)


def plan(
    target: Target, controls: Sequence[Control], connect: Connect, progress: Progress = lambda *_: None
) -> HostResult:
    """Look at one host, judge, and say what an apply would do. Changes nothing."""
    return _visit(target, controls, connect, progress, _plan)


def apply(
    target: Target,
    controls: Sequence[Control],
    connect: Connect,
    progress: Progress = lambda *_: None,
    *,
    who: str = "unknown",
    confirm_within: int = CONFIRM_SECONDS,
) -> HostResult:
    """Make one host conform, as one transaction that restores itself unless the second look confirms it.

    `confirm_within` is in seconds. The result's findings are those of the last look.
    """

    def work(visit: _Visit, applicable: Sequence[Control]) -> HostResult:
        return _apply(visit, applicable, who, confirm_within)

    return _visit(target, controls, connect, progress, work)


def _visit(
    target: Target,
    controls: Sequence[Control],
    connect: Connect,
    progress: Progress,
    work: Callable[[_Visit, Sequence[Control]], HostResult],
) -> HostResult:
    visit = _Visit(target, connect, progress)
    try:
        result = work(visit, [control for control in controls if applies(control, target)])
    except HostError as error:
        reason = str(error)
        unknown = {control.id: CannotTell(f"{target.name}: {reason}") for control in controls}
        return HostResult(visit.report(reason), _findings(controls, target, unknown))
    finally:
        visit.hang_up()
    findings = {finding.control: finding for finding in result.findings}
    rest = [control for control in controls if control.id not in findings]
    findings |= {finding.control: finding for finding in _findings(rest, target, {})}
    return replace(result, findings=tuple(findings[control.id] for control in controls))


def applies(control: Control, target: Target) -> bool:
    """Whether a control is for one of the host's roles. A control without roles is for every host."""
    return not control.roles or bool(target.roles.intersection(control.roles))


def _check(visit: _Visit, controls: Sequence[Control]) -> HostResult:
    seen = _look(visit, controls, "looking")
    return HostResult(visit.report(drifted=seen.drifted), seen.findings)


def _plan(visit: _Visit, controls: Sequence[Control]) -> HostResult:
    seen = _look(visit, controls, "looking", paths=_editable(controls, visit.target))
    planned = make_plan(visit.target, controls, seen.findings, seen.looked, seen.drifted)
    return HostResult(visit.report(drifted=seen.drifted), seen.findings, planned)


@dataclass(frozen=True)
class _Seen:
    """What one look brought, judged."""

    looked: Looked
    findings: tuple[Finding, ...]
    drifted: tuple[Drift, ...]


def _look(visit: _Visit, controls: Sequence[Control], doing: str, *, paths: Sequence[str] = ()) -> _Seen:
    if not controls:
        return _Seen(Looked({}), (), ())
    visit.progress(visit.target.name, doing)
    looked = look(controls, visit.target, visit.ask, paths=paths, questions=(manifest.QUESTION,))
    drifted = manifest.drifts(looked.answers[manifest.QUESTION])
    reasons = manifest.by_control(drifted)
    findings = tuple(
        replace(finding, drift=True, reason=f"{finding.reason}; {reasons[finding.control]}")
        if finding.control in reasons
        else finding
        for finding in _findings(controls, visit.target, looked.states)
    )
    return _Seen(looked, findings, drifted)


def _editable(controls: Sequence[Control], target: Target) -> list[str]:
    """Every path that a plan may change."""
    return sorted({manifest.PATH, *(path for control in controls for path in control.reads(target))})


def _findings(
    controls: Sequence[Control], target: Target, states: Mapping[str, State | CannotTell]
) -> tuple[Finding, ...]:
    return tuple(_finding(control, target, states.get(control.id)) for control in controls)


def _finding(control: Control, target: Target, state: State | CannotTell | None) -> Finding:
    wants = control.expected(target)
    actual: State = {}
    expected: State = {}
    if state is None:
        roles = " or ".join(control.roles)
        has = ", ".join(sorted(target.roles)) or "no role"
        outcome, reason = Outcome.NOTAPPLICABLE, f"for {roles} hosts; the inventory gives this one {has}"
    elif isinstance(state, CannotTell):
        outcome, reason = Outcome.UNKNOWN, str(state)
        expected = {key: str(want) for key, want in wants.items()}
    elif not wants:
        outcome, reason = Outcome.NOTAPPLICABLE, control.nothing_to_judge
    else:
        verdict, actual = judge(wants, state), state
        outcome, reason, expected = verdict.outcome, verdict.reason, verdict.expected
    wrong = outcome in (Outcome.FAIL, Outcome.WARN)
    return Finding(
        host=target.name,
        control=control.id,
        kind=control.kind,
        title=control.title.en,
        outcome=outcome,
        reason=reason,
        expected=expected,
        actual=actual,
        clause=control.clause,
        obligation=control.obligation,
        severity=control.severity,
        advice=control.advice(actual) if wrong else "",
    )


# --- apply ----------------------------------------------------------------------------------------


def _apply(visit: _Visit, controls: Sequence[Control], who: str, confirm_within: int) -> HostResult:
    seen = _look(visit, controls, "looking", paths=_editable(controls, visit.target))
    before = seen.findings
    planned = make_plan(visit.target, controls, before, seen.looked, seen.drifted)
    name = visit.target.name
    if planned.empty:
        done = HostApply(name, ApplyOutcome.NOTHING, "nothing to do", plan=planned)
        return HostResult(visit.report(), before, planned, done)
    begun = Transaction()
    visit.progress(name, "applying")
    ended = HostApply(name, ApplyOutcome.UNKNOWN, "", begun.id, planned)
    try:
        reply = visit.transact(begun.begin(planned, who=who, confirm_within=confirm_within))
    except HostError as error:
        return _take_back(visit, controls, before, ended, f"the apply did not report back: {error}")
    ended = replace(ended, steps=reply.steps)
    if reply.code == 10:
        reason = reply.about("refused:", "validate:", "stage:")
        return HostResult(visit.report(), before, planned, replace(ended, outcome=ApplyOutcome.REFUSED, reason=reason))
    if reply.code != 0:
        reason = reply.about("swap:", "action:", "reload:")
        return _after_restore(visit, controls, before, ended, reason, reply)
    return _second_look(visit, controls, before, ended)


def _second_look(
    visit: _Visit, controls: Sequence[Control], before: tuple[Finding, ...], ended: HostApply
) -> HostResult:
    """Look with fresh eyes, and confirm only what pleases."""
    assert ended.plan is not None
    try:
        if any(change.path.startswith(_OWN_LOGIN) for change in ended.plan.files):
            # Whoever changed how to log in proves that logging in still works.
            visit.hang_up()
        after = _look(visit, controls, "verifying").findings
        worse = displeasing(before, after, ended.plan)
        if worse:
            return _take_back(visit, controls, before, ended, f"after the apply {worse}")
        visit.progress(visit.target.name, "confirming")
        reply = visit.transact(Transaction(ended.transaction).end("confirm"))
    except HostError as error:
        return _take_back(visit, controls, before, ended, f"the apply could not be verified: {error}")
    ended = replace(ended, steps=(*ended.steps, *reply.steps))
    if reply.code != 0:
        return _after_restore(visit, controls, before, ended, f"the confirmation came too late: {reply.last}", reply)
    applied = replace(ended, outcome=ApplyOutcome.APPLIED, reason="applied, verified and confirmed")
    return HostResult(visit.report(), after, ended.plan, applied)


def displeasing(before: Sequence[Finding], after: Sequence[Finding], planned: HostPlan) -> str:
    """Why an apply may not stay: a control it set out to mend is no better, or another is worse. Empty when it may."""
    rank = [Outcome.NOTAPPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.UNKNOWN]
    was = {finding.control: finding for finding in before}
    for finding in after:
        old, new = rank.index(was[finding.control].outcome), rank.index(finding.outcome)
        if finding.control in planned.controls and new >= max(old, rank.index(Outcome.WARN)):
            return f"{finding.control} is still {finding.outcome}: {finding.reason}"
        if new > old and finding.outcome in (Outcome.FAIL, Outcome.UNKNOWN):
            return f"{finding.control} became {finding.outcome}: {finding.reason}"
    return ""


def _take_back(
    visit: _Visit, controls: Sequence[Control], before: tuple[Finding, ...], ended: HostApply, reason: str
) -> HostResult:
    """Have the host restored now; when it cannot be told to, it restores itself once its time is up."""
    visit.progress(visit.target.name, "restoring")
    last: HostError | None = None
    for pause in (0, 2, 5):
        time.sleep(pause)
        try:
            reply = visit.transact(Transaction(ended.transaction).end("restore"))
        except HostError as error:
            visit.hang_up()
            last = error
            continue
        return _after_restore(visit, controls, before, ended, reason, reply)
    reason = f"{reason}; it could not be told to restore ({last}), and restores itself when no confirmation comes"
    unknown = {control.id: CannotTell(reason) for control in controls}
    lost = replace(ended, outcome=ApplyOutcome.UNKNOWN, reason=reason)
    return HostResult(visit.report(str(last)), _findings(controls, visit.target, unknown), ended.plan, lost)


def _after_restore(
    visit: _Visit,
    controls: Sequence[Control],
    before: tuple[Finding, ...],
    ended: HostApply,
    reason: str,
    reply: Reply,
) -> HostResult:
    """A rollback is verified like an apply: the files are compared with what was there, the controls asked anew."""
    ended = replace(ended, steps=(*ended.steps, *reply.steps), outcome=ApplyOutcome.ROLLED_BACK)
    changes = ended.plan.files if ended.plan else ()
    try:
        seen = _look(visit, controls, "verifying the restoration", paths=[change.path for change in changes])
        findings = seen.findings
        differing = [change.path for change in changes if seen.looked.files[change.path] != change.before]
    except HostError as error:
        findings, differing = before, [f"(not looked at: {error})"]
    restored = not differing and reply.code in (0, 10, 20)
    if reply.code == 10 and restored:
        # It had not come to changing anything, so there was nothing to roll back.
        ended = replace(ended, outcome=ApplyOutcome.REFUSED)
    words = (
        f"{reason}; the host is as it was"
        if restored
        else f"{reason}; NOT wholly restored: {', '.join(differing) or reply.last}"
    )
    return HostResult(visit.report(), findings, ended.plan, replace(ended, reason=words, restored=restored))
