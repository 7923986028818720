"""Planning for one host and carrying the plan out; once more without what failed, where that is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from baseline import apt, leaving_out, manifest, stale
from baseline.advising import as_planned
from baseline.applying import Ended, PendingApply, displeasing, no_better
from baseline.binding import made_for
from baseline.classes import dataclass
from baseline.errors import CannotTell, HostError
from baseline.kinds import by_whom
from baseline.kinds.base import Control
from baseline.model import HostPlan, Target
from baseline.model.taking import ALL_TAKEN, Taking
from baseline.planning import make_plan
from baseline.readings import own_means
from baseline.reviewed import Reviewed
from baseline.sealing import seal
from baseline.transaction import Note, places
from baseline.visit import Judged, Visit, look_at


def planned(visit: Visit, controls: Sequence[Control], taking: Taking = ALL_TAKEN) -> tuple[Judged, HostPlan]:
    """What a look at a host finds, and what an apply would do. Raises `HostError`."""
    paths = _read_by(visit, controls)
    questions = [places.question(paths), apt.QUESTION, own_means.QUESTION]
    seen = look_at(visit, controls, "looking", paths=paths, questions=questions)
    plan = _plan_of(visit, controls, seen, taking)
    return replace(seen, findings=as_planned(seen.findings, dict(plan.by_hand))), plan


def _read_by(visit: Visit, controls: Sequence[Control]) -> list[str]:
    """The files that may be changed, and the record of those that were."""
    return sorted({manifest.PATH, *(path for one in controls for path in _reads(one, visit.target))})


def _plan_of(
    visit: Visit,
    controls: Sequence[Control],
    seen: Judged,
    taking: Taking,
    without: Mapping[str, str] = MappingProxyType({}),
) -> HostPlan:
    reloads = stale.units(seen.stale)
    shut = places.closed(seen.looked.answers.get(places.question(_read_by(visit, controls))))
    found = visit.waive(seen.findings)
    about = (visit.target, controls, found, seen.looked, seen.drifted, reloads, seal, shut)
    plan = make_plan(*about, installed=_installed(seen), without=without, taking=taking)
    return replace(plan, made_for=made_for(visit.target, visit.machine))


def _installed(seen: Judged) -> frozenset[str]:
    """The packages that are there already. Where the host cannot tell, apt will."""
    try:
        return apt.installed(seen.looked.answers[apt.QUESTION])
    except (CannotTell, LookupError):
        return frozenset()


@dataclass(frozen=True)
class Attempts:
    """How plans are carried out on one host: at most two of them."""

    visit: Visit
    controls: Sequence[Control]
    note: Note
    confirm_within: int
    taking: Taking = ALL_TAKEN

    def first(self, seen: Judged, plan: HostPlan) -> tuple[Ended, tuple[str, ...]]:
        """What came of a plan, and the controls that it failed by."""
        still: tuple[str, ...] = ()

        def displeases(after: Judged) -> str:
            nonlocal still
            still = no_better(seen.findings, after.findings, plan)
            return displeasing(seen.findings, after.findings, plan)

        look = partial(_look, self.visit, self.controls)
        job = PendingApply(self.visit, plan, seen.findings, self.note, self.confirm_within, look, displeases)
        ended = job.run()
        return ended, leaving_out.blamed(ended.apply, plan, still)

    def again(self, before: Ended, failed: Sequence[str], expected: Reviewed | None) -> Ended:
        """What comes of the plan without the controls that it `failed` by. `before` is how it ended with them.

        With `expected`, only when all of the plan would still be what somebody looked at.
        """
        names, why = ", ".join(failed), before.apply.reason
        try:
            seen, whole = planned(self.visit, self.controls, self.taking)
            if expected is not None and not expected.is_still(whole):
                return _because(before, f"{why}; not tried without {names}: the host has changed since it was planned")
            reason = f"left out, since its remedy was tried and failed: {why}"
            plan = _plan_of(self.visit, self.controls, seen, self.taking, dict.fromkeys(failed, reason))
            if plan.empty:
                return _because(before, f"{why}; without {names} there is nothing to apply")
            ended, _ = self.first(seen, plan)
        except HostError as error:
            return _because(before, f"{why}; not tried without {names}: {error}")
        ended = _because(ended, f"{ended.apply.reason}, without {names}, which failed before: {why}")
        return replace(ended, apply=replace(ended.apply, steps=(*before.apply.steps, *ended.apply.steps)))


def _look(visit: Visit, controls: Sequence[Control], doing: str, paths: Sequence[str]) -> Judged:
    return look_at(visit, controls, doing, paths=paths)


def _because(ended: Ended, reason: str) -> Ended:
    return replace(ended, apply=replace(ended.apply, reason=reason))


def _reads(control: Control, target: Target) -> tuple[str, ...]:
    """The paths that its remedy may need; none for a kind of others that fails, whose remedy is then left to people."""
    try:
        return tuple(control.reads(control.asked_of(target)))
    except (Exception, SystemExit):
        if not by_whom(control):
            raise
        return ()
