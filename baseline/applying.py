"""One plan on one host: act, look again, and keep or take back.

The host restores itself when nobody confirms, so whatever happens here can only lose time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from baseline import manifest
from baseline.classes import dataclass
from baseline.errors import GivenUp, HostError, Unreachable
from baseline.leading_on import leading_on
from baseline.model import ApplyOutcome, Finding, HostApply, HostPlan, HostReport, Outcome
from baseline.secret import scrubbed
from baseline.transaction import APPLY_SECONDS, Note, Transaction, TransactionReply, differences
from baseline.visit import Judged, Visit

_REFUSED = 10
"""The host's exit code where nothing had been changed."""

_OWN_LOGIN = ("/etc/ssh/", "/etc/sudoers", "/etc/nftables", "/etc/network/", "/etc/pam.d/", "/etc/hosts.")

LookAgain = Callable[[str, Sequence[str]], Judged]
"""Looks at the host: what is being done, for the progress, and which files to read besides."""


@dataclass(frozen=True)
class Ended:
    """How it ended, and what the last look found: `seen`, or `host` when that look failed."""

    apply: HostApply
    findings: tuple[Finding, ...]
    host: HostReport | None = None
    seen: Judged | None = None


@dataclass(frozen=True)
class PendingApply:
    """A plan about to be applied: how to look, and what `displeases` in a second look (empty when nothing does)."""

    visit: Visit
    plan: HostPlan
    before: tuple[Finding, ...]
    note: Note
    confirm_within: int
    look: LookAgain
    displeases: Callable[[Judged], str]

    def run(self) -> Ended:
        """Apply, verify, confirm; or refuse, or restore. Raises `GivenUp` when it is too late to begin.

        What has begun is finished: it has the longest that the host's side may take, and the time to confirm it.
        """
        transaction = self.visit.transactions()
        self.visit.own.add(transaction.id)
        ended = HostApply(self.plan.host, ApplyOutcome.UNKNOWN, "", transaction.id, self.plan)
        self.visit.tell("applying")
        try:
            begin = transaction.begin(self.plan, self.note, confirm_within=self.confirm_within)
        except ValueError as error:
            refused = replace(ended, outcome=ApplyOutcome.REFUSED, reason=f"the plan cannot be sent: {error}")
            return Ended(refused, self.before)
        self.visit.deadline.begin(APPLY_SECONDS + 60 + self.confirm_within)
        try:
            reply = self.visit.transact(begin)
        except HostError as error:
            return self._take_back(ended, f"the apply did not report back: {scrubbed(str(error))}", error)
        ended = replace(ended, steps=reply.steps)
        if reply.code == 10:
            reason = reply.about("refused:", "validate:", "stage:").removeprefix("refused: ")
            return Ended(replace(ended, outcome=ApplyOutcome.REFUSED, reason=reason), self.before)
        if reply.code != 0:
            return self._after_restore(ended, reply.about("swap:", "action:", "reload:"), reply)
        return self._second_look(ended)

    def _second_look(self, ended: HostApply) -> Ended:
        """Look with fresh eyes, and confirm only what pleases."""
        try:
            if _changes_the_login(self.plan):
                # Whoever changed how to log in proves that logging in still works.
                self.visit.hang_up()
            seen = self._look_again()
            trouble = _not_written(seen, self.plan) or self.displeases(seen) or _not_read(seen, self.plan)
            if trouble:
                # What was looked at may have been what a dead apply had left, which the host undid first.
                undone = "".join(f"; before, {step}" for step in ended.steps if step.startswith("transaction "))
                return self._take_back(ended, f"after the apply {trouble}{undone}")
            self.visit.tell("confirming")
            reply = self.visit.transact(Transaction(ended.transaction).end("confirm"))
        except HostError as error:
            return self._take_back(ended, f"the apply could not be verified: {error}", error)
        ended = replace(ended, steps=(*ended.steps, *reply.steps))
        if reply.code != 0:
            # What it is now was not decided here, so the host is told: restoring again what is restored is no harm.
            return self._take_back(ended, f"the confirmation came too late: {reply.last}")
        done = replace(ended, outcome=ApplyOutcome.APPLIED, reason="applied, verified and confirmed")
        return Ended(done, seen.findings, seen=seen)

    def _look_again(self) -> Judged:
        """The second look; again when a daemon has been told to read its files, and has not come to it yet."""
        for pause in (2, 4, 0):
            seen = self.look("verifying", [change.path for change in self.plan.files])
            if not pause or not _not_read(seen, self.plan):
                break
            with self.visit.watch.during("waiting"):
                self.visit.deadline.sleep(pause)
        return seen

    def _take_back(self, ended: HostApply, reason: str, last: HostError | None = None) -> Ended:
        """Have the host restored now; when it cannot be told to, it restores itself once its time is up.

        `last` is what broke the exchange before this one, if anything did.
        """
        self.visit.tell("restoring")
        if isinstance(last, Unreachable):
            # A connection that has gone silent would take its time to be given up again.
            self.visit.hang_up()
        for pause in (0, 2, 5):
            try:
                self.visit.deadline.sleep(pause)
                reply = self.visit.transact(Transaction(ended.transaction).end("restore"))
            except GivenUp as error:
                last = error
                break
            except HostError as error:
                self.visit.hang_up()
                last = error
                continue
            return self._after_restore(ended, reason, reply)
        reason = f"{reason}; it could not be told to restore ({last}), and restores itself when no confirmation comes"
        lost = replace(ended, outcome=ApplyOutcome.UNKNOWN, reason=reason)
        return Ended(lost, (), self.visit.report(reason))

    def _after_restore(self, ended: HostApply, reason: str, reply: TransactionReply) -> Ended:
        """A rollback is verified like an apply: files compared with what was there, the controls asked anew."""
        told = ended.steps
        ended = replace(ended, steps=(*ended.steps, *reply.steps), outcome=ApplyOutcome.ROLLED_BACK)
        try:
            seen = self.look("verifying the restoration", [change.path for change in self.plan.files])
        except HostError as error:
            words = f"{reason}; restored by its own word, which could not be verified: {error}"
            return Ended(replace(ended, reason=words, restored=False), (), self.visit.report(words))
        if reply.code == 40:
            # The confirmation had arrived, and only its echo was lost.
            kept = f"applied and confirmed, although {reason}"
            trouble = _not_written(seen, self.plan)
            if trouble:
                lost = replace(ended, outcome=ApplyOutcome.UNKNOWN, reason=f"{kept}; but {trouble}")
                return Ended(lost, seen.findings, seen=seen)
            return Ended(replace(ended, outcome=ApplyOutcome.APPLIED, reason=kept), seen.findings, seen=seen)
        differing = [change.path for change in self.plan.files if seen.looked.files[change.path] != change.before]
        besides = differences(reply.steps)
        restored = not differing and not besides and reply.code in (0, 10, 20)
        if reply.code == 10 and restored:
            # It had not come to changing anything, so there was nothing to roll back.
            ended = replace(ended, outcome=ApplyOutcome.REFUSED)
        trouble = ", ".join(differing) or besides or reply.last
        but = self._lead_serials_on(told) if restored and reply.code != _REFUSED else ""
        words = f"{reason}; the host is as it was{but}" if restored else f"{reason}; NOT wholly restored: {trouble}"
        return Ended(replace(ended, reason=words, restored=restored), seen.findings, seen=seen)

    def _lead_serials_on(self, steps: Sequence[str]) -> str:
        """Give zones that the apply had loaded later serials; what that changed, or what is left to a person."""
        plan = leading_on(self.plan, steps)
        if plan is None:
            return ""
        zones = ", ".join(change.path for change in plan.files if change.path != manifest.PATH)
        transaction = Transaction()
        self.visit.own.add(transaction.id)
        note = replace(self.note, reason="later serials after an apply that was restored")
        try:
            reply = self.visit.transact(transaction.begin(plan, note, confirm_within=self.confirm_within))
            if reply.code == 0:
                reply = self.visit.transact(transaction.end("confirm"))
            trouble = reply.last if reply.code else ""
        except (HostError, GivenUp, ValueError) as error:
            trouble = scrubbed(str(error))
        if trouble:
            return f", and secondaries may keep records of the apply: raise the serial in {zones} by hand ({trouble})"
        return f", but for a later serial in {zones}, since secondaries may have had that of the apply"


def _changes_the_login(plan: HostPlan) -> bool:
    """Whether a file is of those that decide who gets in, or an action names one: it may load it anew."""
    files = any(change.path.startswith(_OWN_LOGIN) for change in plan.files)
    return files or any(path in action.do for action in plan.actions for path in _OWN_LOGIN)


_RANK = (Outcome.NOTAPPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.UNKNOWN)


def no_better(before: Sequence[Finding], after: Sequence[Finding], planned: HostPlan) -> tuple[str, ...]:
    """The controls that an apply set out to mend, and that are no better."""
    was = {finding.key: _RANK.index(finding.outcome) for finding in before}
    least = _RANK.index(Outcome.WARN)
    return tuple(
        finding.key
        for finding in after
        if finding.key in planned.controls and _RANK.index(finding.outcome) >= max(was[finding.key], least)
    )


def displeasing(before: Sequence[Finding], after: Sequence[Finding], planned: HostPlan) -> str:
    """Why an apply may not stay: a control it set out to mend is no better, or another is worse. Empty when it may.

    A fail of which not all could be looked at is better when nothing is seen to be wrong any more.
    """
    was = {finding.key: finding for finding in before}
    still = no_better(before, after, planned)
    for finding in after:
        if was[finding.key].unseen and finding.outcome is Outcome.UNKNOWN:
            continue
        old, new = _RANK.index(was[finding.key].outcome), _RANK.index(finding.outcome)
        if finding.key in still:
            return f"{finding.key} is still {finding.outcome}: {finding.reason}"
        # What could not be judged before, for want of what the plan brought, is no regression when it fails now.
        if new > old > 0 and finding.outcome in (Outcome.FAIL, Outcome.UNKNOWN):
            return f"{finding.key} became {finding.outcome}: {finding.reason}"
    return ""


def _not_read(seen: Judged, planned: HostPlan) -> str:
    """Which daemon was reloaded and still runs what it had before; empty when none does."""
    reloaded = {unit.removesuffix(".service") for unit in planned.reloads}
    return "; ".join(f"{one}, and was reloaded" for one in seen.stale if one.unit in reloaded)


def _not_written(seen: Judged, planned: HostPlan) -> str:
    """Which file is not what the plan wrote; empty when all are."""
    for change in planned.files:
        found = seen.looked.files[change.path]
        wanted = change.after
        if wanted.content is None and getattr(found, "content", b"") is None:
            continue
        if found != replace(wanted, kind=getattr(found, "kind", wanted.kind)):
            return f"{change.path} is not what the plan wrote"
    return ""
