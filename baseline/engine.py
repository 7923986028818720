"""Check, plan, apply and roll back for one host.

Check is one exchange. Apply is look, act, look again, confirm: what the second look finds decides, and a host
whose second look displeases is put back as it was. What a check does not need is imported when it is.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from baseline import begun, manifest
from baseline.begun import JournalSaid
from baseline.classes import dataclass
from baseline.deadline import CONFIRM_SECONDS, Deadline
from baseline.errors import CannotTell, GivenUp, HostError
from baseline.handover import RECENT_SECONDS
from baseline.kinds.base import Control, asked
from baseline.model import ApplyOutcome, Finding, HostApply, HostPlan, HostReport, Target
from baseline.model.heard import Heard
from baseline.model.looks import Looked
from baseline.model.taking import ALL_TAKEN, Taking
from baseline.outside import LocalOutlook, Outlook
from baseline.secret import scrubbed
from baseline.transaction import Note, Transaction, differences
from baseline.visit import Connect, Judged, Progress, Visit, findings_of, look_at
from baseline.waiving import Waive, nothing_waived

if TYPE_CHECKING:
    from baseline.generations import Generation
    from baseline.net_change import NetChange
    from baseline.reviewed import Reviewed

__all__ = [
    "CONFIRM_SECONDS",
    "Connect",
    "HostResult",
    "Progress",
    "apply",
    "check",
    "kept_generations",
    "plan",
    "rollback",
]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class HostResult:
    """Everything that a run learned about one host."""

    host: HostReport
    findings: tuple[Finding, ...]
    plan: HostPlan | None = None
    apply: HostApply | None = None
    looked: Looked | None = None
    """The last look, where there was one: what the findings rest on."""
    heard: Heard | None = None
    """The answers of that look without secrets, where another machine had it and `looked` stayed there."""


def _quiet(host: str, doing: str) -> None:
    """A progress that tells nobody."""


def check(
    target: Target,
    controls: Sequence[Control],
    connect: Connect,
    progress: Progress = _quiet,
    *,
    outlook: Outlook | None = None,
    deadline: Deadline | None = None,
) -> HostResult:
    """Look at one host and judge every control. Never raises for what a host does: it is `unknown` then.

    `outlook` looks from outside; by default this machine does. Past the `deadline` the host is given up.
    """

    def work(visit: Visit, applicable: Sequence[Control]) -> HostResult:
        seen = look_at(visit, applicable, "looking")
        return HostResult(visit.report(seen=seen), seen.findings, looked=seen.looked)

    return visited(Visit(target, connect, progress, outlook or LocalOutlook(), deadline or Deadline()), controls, work)


def plan(
    target: Target,
    controls: Sequence[Control],
    connect: Connect,
    progress: Progress = _quiet,
    *,
    taking: Taking = ALL_TAKEN,
    outlook: Outlook | None = None,
    deadline: Deadline | None = None,
    waive: Waive = nothing_waived,
) -> HostResult:
    """Look at one host, judge, and say what an apply would do. Changes nothing. `taking` says which remedies it has.

    What `waive` waives is left alone.
    """
    from baseline.attempts import planned

    def work(visit: Visit, applicable: Sequence[Control]) -> HostResult:
        seen, made = planned(visit, applicable, taking)
        return HostResult(visit.report(seen=seen), seen.findings, made, looked=seen.looked)

    visit = Visit(target, connect, progress, outlook or LocalOutlook(), deadline or Deadline(), waive=waive)
    return visited(visit, controls, work)


def apply(
    target: Target,
    controls: Sequence[Control],
    connect: Connect,
    progress: Progress = _quiet,
    *,
    note: Note | None = None,
    confirm_within: int = CONFIRM_SECONDS,
    expected: Reviewed | None = None,
    looked_at: float | None = None,
    leave_out: bool = False,
    taking: Taking = ALL_TAKEN,
    outlook: Outlook | None = None,
    deadline: Deadline | None = None,
    waive: Waive = nothing_waived,
    transactions: Callable[[], Transaction] = Transaction,
) -> HostResult:
    """Make one host conform, as one transaction that restores itself unless the second look confirms it.

    `confirm_within` is in seconds. With `expected`, a plan that somebody looked at, exactly that plan is applied: when
    the host or the inputs have changed since, the apply is refused, and says what differs. `looked_at` is when the look
    began that `expected` was made from (`time.monotonic`), where this process has had it: for `RECENT_SECONDS` it is
    the first look of this apply too, and the host refuses files that have changed since. With `leave_out`, controls
    whose remedies fail are left out, and the rest is applied in a second attempt. `taking` and `waive` are as in
    `plan`. `transactions` gives the transaction of each attempt. The findings are those of the last look. Past the
    `deadline` nothing is begun; what is begun has a deadline of its own.
    """
    from baseline.attempts import Attempts, planned
    from baseline.binding import made_for

    def work(visit: Visit, applicable: Sequence[Control]) -> HostResult:
        recent = looked_at is not None and time.monotonic() - looked_at < RECENT_SECONDS
        if expected is not None and recent and made_for(target, visit.reached()) == expected.plan.made_for:
            seen, plan = Judged(Looked({}), expected.findings), expected.plan
        else:
            seen, plan = planned(visit, applicable, taking)
        name = target.name
        if expected is not None and not expected.is_still(plan):
            why = scrubbed(expected.refusal(plan, seen.findings))
            refused = HostApply(name, ApplyOutcome.REFUSED, why, plan=plan)
            return HostResult(visit.report(seen=seen), seen.findings, plan, refused, seen.looked)
        if plan.empty:
            nothing = HostApply(name, ApplyOutcome.NOTHING, "nothing to do", plan=plan)
            return HostResult(visit.report(seen=seen), seen.findings, plan, nothing, seen.looked)
        attempts = Attempts(visit, applicable, note or Note(), confirm_within, taking)
        ended, failed = attempts.first(seen, plan)
        if leave_out and failed:
            ended = attempts.again(ended, failed, expected)
        lost = ended.host is not None
        findings = _untold(applicable, target, ended.apply.reason) if lost else ended.findings
        looked = ended.seen.looked if ended.seen and not lost else None
        return HostResult(ended.host or visit.report(seen=ended.seen), findings, ended.apply.plan, ended.apply, looked)

    own = deadline or Deadline()
    seen_by = outlook or LocalOutlook()
    visit = Visit(target, connect, progress, seen_by, own, waive=waive, transactions=transactions)
    result = visited(visit, controls, work)
    if result.apply is None and own.why:
        return replace(result, apply=HostApply(target.name, ApplyOutcome.NOT_BEGUN, own.why))
    return result


def drift(target: Target, connect: Connect, progress: Progress = _quiet) -> HostReport:
    """What differs on one host from what was last applied, whatever controls there are. Never raises for what it does.

    A host that nobody logs in to, or that nothing is applied to, says so as its `error`.
    """

    visit = Visit(target, connect, progress)
    try:
        if target.shell != "sh" or target.outside_only:
            raise HostError("nothing is ever applied to this host")
        # What is asked of the host as a whole goes with every look, and a look is for something.
        return visit.report(seen=look_at(visit, (), "looking", paths=[manifest.PATH]))
    except (HostError, CannotTell) as error:
        return visit.report(str(error))
    finally:
        visit.hang_up()


def kept_generations(target: Target, connect: Connect, progress: Progress = _quiet) -> tuple[Generation, ...]:
    """The generations that a host keeps, oldest first. Raises `HostError` and `CannotTell`."""
    visit = Visit(target, connect, progress)
    try:
        return _generations(visit)
    finally:
        visit.hang_up()


def journal_of(
    target: Target,
    connect: Connect,
    identity: str,
    progress: Progress = _quiet,
    *,
    claim: bool = False,
    deadline: Deadline | None = None,
) -> JournalSaid:
    """What a host's journal says of the transactions whose ids begin with `identity`. Raises `HostError`, `CannotTell`.

    With `claim` the apply of that identity, if it has not begun, cannot begin any more; nothing else is changed.
    """
    visit = Visit(target, connect, progress, deadline=deadline or Deadline())
    visit.tell("reading the journal")
    question = begun.question(identity, claim=claim)
    try:
        return begun.read(visit.ask([question])[question])
    finally:
        visit.hang_up()


def way_back(
    target: Target,
    connect: Connect,
    progress: Progress = _quiet,
    *,
    to: int | None = None,
    keep_edits: bool = False,
    deadline: Deadline | None = None,
) -> NetChange:
    """What a rollback to generation `to` will do, file by file and action by action. Changes nothing.

    It says what was edited by hand since the last apply. With `keep_edits` the rollback leaves that as it is, and what
    collides with it is told. Raises `NothingMatched` when there is no such generation, `HostError` and `CannotTell`.
    """
    visit = Visit(target, connect, progress, deadline=deadline or Deadline())
    try:
        return _way_back(visit, to, keep_edits=keep_edits)
    finally:
        visit.hang_up()


def rollback(
    target: Target,
    connect: Connect,
    progress: Progress = _quiet,
    *,
    to: int | None = None,
    keep_edits: bool = False,
    shown: NetChange | None = None,
    note: Note | None = None,
    confirm_within: int = CONFIRM_SECONDS,
    deadline: Deadline | None = None,
) -> HostResult:
    """Put one host back to what it was after generation `to` (0: before the first; default: before the last).

    It goes through the same transaction as an apply, and is verified the same way. Packages stay. With `shown`, what
    `way_back` gave, the host is not asked anew: it refuses files that have changed since. Edits by hand are discarded,
    and told; with `keep_edits` they are kept, or the rollback is refused where it collides with them.
    Raises `NothingMatched` when there is no such generation.
    """
    from baseline.applying import PendingApply

    visit = Visit(target, connect, progress, deadline=deadline or Deadline())
    try:
        change = shown or _way_back(visit, to, keep_edits=keep_edits)
        wanted, way_back = change.goal, change.plan
        if change.collisions:
            why = f"not rolled back, because of edits by hand: {'; '.join(change.collisions)}"
            refused = HostApply(target.name, ApplyOutcome.REFUSED, why)
            return HostResult(visit.report(edits=change.edits), (), None, refused)
        if way_back.empty:
            nothing = HostApply(target.name, ApplyOutcome.NOTHING, "already as it was then", plan=way_back)
            return HostResult(visit.report(edits=change.edits), (), way_back, nothing)

        def look(doing: str, paths: Sequence[str]) -> Judged:
            return look_at(visit, (), doing, paths=paths)

        ended = PendingApply(visit, way_back, (), note or Note(), confirm_within, look, lambda _: "").run()
        result = ended.apply
        if result.outcome is ApplyOutcome.ROLLED_BACK and result.restored:
            # The rollback was itself rolled back: nothing was changed.
            result = replace(result, outcome=ApplyOutcome.REFUSED, reason=f"not rolled back: {result.reason}")
        if result.outcome is ApplyOutcome.APPLIED:
            differing = differences(result.steps)
            words = f"rolled back to generation {wanted}, verified and confirmed"
            if differing:
                words = f"{words}; NOT wholly as it was then: {differing}"
            result = replace(result, outcome=ApplyOutcome.ROLLED_BACK, reason=words, restored=not differing)
        return HostResult(replace(ended.host or visit.report(), edits=change.edits), (), way_back, result)
    except (HostError, CannotTell) as error:
        outcome = ApplyOutcome.NOT_BEGUN if isinstance(error, GivenUp) else ApplyOutcome.UNKNOWN
        lost = HostApply(target.name, outcome, str(error))
        return HostResult(visit.report(str(error)), (), None, lost)
    finally:
        visit.hang_up()


def not_begun(target: Target, controls: Sequence[Control], reason: str) -> HostResult:
    """A host that an apply did not come to: a line of its own all the same."""
    return replace(not_known(target, controls, reason), apply=HostApply(target.name, ApplyOutcome.NOT_BEGUN, reason))


def not_known(target: Target, controls: Sequence[Control], reason: str) -> HostResult:
    """A host that was not looked at, or given up in the middle of it."""
    host = HostReport(target.name, target.address, tuple(sorted(target.roles)), reachable=False, error=reason)
    findings = _untold(asked(controls, target), target, reason)
    return HostResult(host, _in_order(controls, target, findings))


def given_up(target: Target, controls: Sequence[Control], deadline: Deadline) -> HostResult:
    """A host whose apply was given up from outside, before it began or in the middle of it."""
    if not deadline.begun:
        return not_begun(target, controls, deadline.why)
    reason = f"{deadline.why} while its apply was under way: it restores itself unless it had been confirmed"
    return replace(not_known(target, controls, reason), apply=HostApply(target.name, ApplyOutcome.UNKNOWN, reason))


def foreseen(target: Target, controls: Sequence[Control]) -> tuple[Finding, ...]:
    """The findings that a check will tell, in its order, before anybody is asked: what has to be is `unknown`."""
    return _in_order(controls, target, _untold(asked(controls, target), target, "not looked at yet"))


def _in_order(controls: Sequence[Control], target: Target, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """All findings in the order of the controls. A control that was not asked has a line that says why.

    What is about a domain or a site has its lines where somebody speaks for it.
    """
    by_control: dict[str, list[Finding]] = {control.id: [] for control in controls}
    for finding in findings:
        by_control[finding.control].append(finding)
    for control in controls:
        nobodys = control.about == "domain" and not target.domains
        if target.address and not by_control[control.id] and (control.about == "host" or nobodys):
            by_control[control.id] += findings_of([control], target, {})
    return tuple(finding for found in by_control.values() for finding in found)


def _generations(visit: Visit) -> tuple[Generation, ...]:
    from baseline import generations

    if visit.target.shell != "sh":
        return ()  # nothing is ever applied there
    visit.tell("reading the journals")
    return generations.read(visit.ask([generations.QUESTION], texts=False)[generations.QUESTION])


def _way_back(visit: Visit, to: int | None, *, keep_edits: bool) -> NetChange:
    from baseline import generations, hand_edits
    from baseline.net_change import net_change

    kept, name = _generations(visit), visit.target.name
    goal = generations.chosen(kept, to, name)
    paths = generations.paths_since(kept, goal)
    wanted = dict.fromkeys([*paths, *hand_edits.read_besides(kept, paths)])
    files = look_at(visit, (), "looking", paths=[*wanted]).looked.files
    change = net_change(name, kept, goal, files)
    plan = hand_edits.veiled(change.plan, kept)
    edits = hand_edits.hand_edits(plan, kept, files)
    if not keep_edits:
        return replace(change, plan=plan, edits=edits)
    keeping = hand_edits.keeping(plan, edits)
    return replace(change, plan=keeping.plan, edits=keeping.edits, collisions=keeping.collisions)


def visited(
    visit: Visit, controls: Sequence[Control], work: Callable[[Visit, Sequence[Control]], HostResult]
) -> HostResult:
    """What some work on a host came to: every control has a finding, whatever happens in it."""
    target = visit.target
    applicable = asked(controls, target)
    try:
        result = work(visit, applicable)
    except HostError as error:
        reason = str(error)
        result = HostResult(visit.report(reason), _untold(applicable, target, reason))
    except Exception as error:  # noqa: BLE001 -- a fault here on one host must not cost the report of all the others
        # What an apply may have begun there, the host takes back by itself.
        # A message may quote what it stumbled over.
        _LOG.error("%s: a fault of this program\n%s", target.name, scrubbed(traceback.format_exc()))
        reason = f"a fault of this program, please report it: {type(error).__name__}: {error}"
        result = HostResult(visit.report(reason), _untold(applicable, target, reason))
    finally:
        visit.hang_up()
        visit.tell("done")
    return replace(result, findings=_in_order(controls, target, result.findings))


def _untold(controls: Sequence[Control], target: Target, reason: str) -> tuple[Finding, ...]:
    """Every control `unknown` for the same reason."""
    return findings_of(controls, target, {control.key: CannotTell(reason) for control in controls})
