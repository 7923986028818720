"""An apply that goes on without the controls that it failed by: rolled back, planned again, once, and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from baseline import engine, leaving_out
from baseline.edits import PutFile
from baseline.errors import BadReply
from baseline.kinds.base import Control
from baseline.model import Action, Answer, ApplyOutcome, FileChange, FileState, HostApply, HostPlan, Outcome
from baseline.remedies.remedy import Remedy
from baseline.reviewed import Reviewed
from tests.exchange.fakes import TARGET, Says, control
from tests.exchange.scripted_host import CONFIRMED, DONE, RESTORED, ScriptedHost

X, Y = "/etc/x", "/etc/y"
FAILED = Answer(20, b"staged /etc/x\naction: start y: no such unit\nrestored\n")
INVALID = Answer(10, b"staged /etc/x\nvalidate: /etc/y: line 1: bad\nnothing was changed\n")


def good() -> Says:
    """Passes once /etc/x says new, and mends it."""
    return control(Says, 1, command=f"cat {X}", wanted="new", needs=(X,), mends=Remedy(edits=(PutFile(X, "new\n"),)))


def useless(**more: object) -> Says:
    """Mends another file than it looks at."""
    start = Action("start y", "true", "true")
    mends = Remedy(edits=(PutFile(Y, "new\n"),), actions=(start,))
    return control(Says, 2, **{"command": "cat /etc/z", "wanted": "new", "needs": (Y,), "mends": mends, **more})


@dataclass
class Host(ScriptedHost):
    """A host that writes one plan after the other."""

    plans: list[HostPlan] = field(default_factory=list)

    def transact(self, verb: str) -> Answer:
        if verb == "apply":
            self.plan = self.plans.pop(0)
        return super().transact(verb)


def host(*applies: Answer, confirm: Answer = CONFIRMED) -> Host:
    files = {X: FileState(b"old\n"), Y: FileState(b"old\n"), "/etc/z": FileState(b"old\n")}
    verbs = {"apply": list(applies), "confirm": [confirm], "restore": [RESTORED, RESTORED]}
    return Host(files, verbs)  # type: ignore[arg-type]


def planned(controls: Sequence[Control], some: Host) -> engine.HostResult:
    return engine.plan(TARGET, controls, replace(some, events=[]).connect)


def applied(some: Host, controls: Sequence[Control], *, leave_out: bool = True) -> engine.HostResult:
    whole = planned(controls, some)
    assert whole.plan is not None
    rest = planned([one for one in controls if one.id == "TST-01"], some).plan
    assert rest is not None
    some.plans = [whole.plan, rest]
    expected = Reviewed(whole.plan, whole.findings)
    return engine.apply(TARGET, controls, some.connect, expected=expected, leave_out=leave_out)


def ended(result: engine.HostResult) -> HostApply:
    assert result.apply is not None
    return result.apply


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (DONE, "after the apply TST-02 is still fail: said is old, wanted new; the host is as it was"),
        (FAILED, "action: start y: no such unit; the host is as it was"),
        (INVALID, "validate: /etc/y: line 1: bad"),
    ],
)
def test_the_rest_is_applied_and_what_was_left_out_is_told(first: Answer, why: str) -> None:
    some = host(first, DONE)
    result = applied(some, [good(), useless()])
    assert ended(result).outcome is ApplyOutcome.APPLIED
    assert ended(result).reason == f"applied, verified and confirmed, without TST-02, which failed before: {why}"
    assert [finding.outcome for finding in result.findings] == [Outcome.PASS, Outcome.FAIL]
    assert (some.files[X].content, some.files[Y].content) == (b"new\n", b"old\n")
    assert result.plan is not None
    assert result.plan.controls == ("TST-01",)
    assert result.plan.by_hand == (("TST-02", f"left out, since its remedy was tried and failed: {why}"),)
    assert some.events.count("apply") == 2
    assert ended(result).plan == result.plan


def test_unasked_it_stays_rolled_back() -> None:
    some = host(DONE, DONE)
    result = applied(some, [good(), useless()], leave_out=False)
    assert ended(result).outcome is ApplyOutcome.ROLLED_BACK
    assert some.events.count("apply") == 1


def test_it_is_tried_once_more_and_no_further() -> None:
    some = host(DONE, Answer(20, b"reload: postfix did not come back\nrestored\n"), DONE)
    result = applied(some, [good(), useless()])
    assert ended(result).outcome is ApplyOutcome.ROLLED_BACK
    assert "reload: postfix did not come back; the host is as it was, without TST-02" in ended(result).reason
    assert some.events.count("apply") == 2


def test_where_nothing_is_left_nothing_is_tried() -> None:
    some = host(DONE)
    result = applied(some, [useless()])
    assert ended(result).outcome is ApplyOutcome.ROLLED_BACK
    assert ended(result).reason.endswith("; without TST-02 there is nothing to apply")


def test_a_host_that_has_changed_meanwhile_is_not_tried_again() -> None:
    some = host(DONE, DONE)
    some.files["/etc/w"] = FileState(b"old\n")
    some.afterwards["restore"] = {"/etc/w": FileState(b"other\n")}
    result = applied(some, [good(), useless(), control(Says, 3, command="cat /etc/w", wanted="old")])
    assert ended(result).outcome is ApplyOutcome.ROLLED_BACK
    assert ended(result).reason.endswith("; not tried without TST-02: the host has changed since it was planned")
    assert some.events.count("apply") == 1


def test_one_that_breaks_off_before_the_second_attempt_is_told_with_the_first() -> None:
    some = host(DONE, DONE)
    some.asks = {4: BadReply("cut short")}
    result = applied(some, [good(), useless()])
    assert ended(result).outcome is ApplyOutcome.ROLLED_BACK
    assert ended(result).reason.endswith("; not tried without TST-02: cut short")


class TestBlamed:
    plan = HostPlan(
        "mx1",
        files=(FileChange("/etc/dovecot/a", FileState(None), FileState(b""), ("A", "B")),),
        actions=(Action("start it", "true", "true", ("C",)),),
        controls=("A", "B", "C", "D"),
    )

    @pytest.mark.parametrize(
        ("steps", "outcome", "restored", "names"),
        [
            (("validate: /etc/dovecot: bad",), ApplyOutcome.REFUSED, None, ("A", "B")),
            (("validate: /etc/dove: bad",), ApplyOutcome.REFUSED, None, ()),
            (("action: start it: bad",), ApplyOutcome.ROLLED_BACK, True, ("C",)),
            (("action: start it too: bad",), ApplyOutcome.ROLLED_BACK, True, ()),
            (("action: start it: bad",), ApplyOutcome.ROLLED_BACK, False, ()),
            (("action: start it: bad",), ApplyOutcome.UNKNOWN, None, ()),
            (("reload: dovecot did not come back",), ApplyOutcome.ROLLED_BACK, True, ()),
        ],
    )
    def test_who_is_named_by_what_failed(
        self, steps: tuple[str, ...], outcome: ApplyOutcome, names: tuple[str, ...], *, restored: bool | None
    ) -> None:
        apply = HostApply("mx1", outcome, "", steps=steps, restored=restored)
        assert leaving_out.blamed(apply, self.plan, ()) == names

    def test_those_that_are_no_better_are_named_in_the_order_of_the_plan(self) -> None:
        apply = HostApply("mx1", ApplyOutcome.ROLLED_BACK, "", restored=True)
        assert leaving_out.blamed(apply, self.plan, ("D", "A")) == ("A", "D")
