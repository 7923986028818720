"""Check, plan and apply of one host, against hosts in memory that go wrong in every way."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from baseline import apt, engine, manifest, undecided
from baseline.edits import PutFile
from baseline.errors import BadReply, HostError, Unreachable
from baseline.handover import RECENT_SECONDS
from baseline.judge import Wants
from baseline.model import (
    Answer,
    ApplyOutcome,
    FileState,
    HostApply,
    Outcome,
    State,
    Target,
)
from baseline.remedies.remedy import Remedy
from baseline.reviewed import Reviewed
from baseline.transaction import Transaction
from tests.exchange.fakes import TARGET, Says, control
from tests.exchange.scripted_host import CONFIRMED, DONE, RESTORED, ScriptedHost, applied

if TYPE_CHECKING:
    from testinfra.host import Host

X = "/etc/x"
OLD = FileState(b"old\n")
CUT = BadReply("the host's reply was cut short after 0 of 1 answers")
WAITING = b"20261126T215255Z-4b1c5606\tswapped\tidle\t1000000000\t500.25\t400000000\t300\tops\n"
GONE = Unreachable("192.0.2.1 cannot be reached: timed out")


def file_says(number: int = 1, **more: object) -> Says:
    """Passes when /etc/x says new, and has a remedy that makes it."""
    mends = Remedy(edits=(PutFile(X, "new\n"),), reloads=("postfix",))
    return control(Says, number, **({"command": f"cat {X}", "wanted": "new", "mends": mends, "needs": (X,)} | more))


def host(
    *, apply: object = DONE, confirm: object = CONFIRMED, restore: object = RESTORED, **more: object
) -> ScriptedHost:
    def steps(one: object) -> list[object]:
        return list(one) if isinstance(one, list) else [one]

    verbs = {"apply": steps(apply), "confirm": steps(confirm), "restore": steps(restore)}
    return ScriptedHost(files={X: OLD}, verbs=verbs, **more)  # type: ignore[arg-type]


def ended(result: engine.HostResult) -> HostApply:
    assert result.apply is not None
    return result.apply


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Tries come one after the other; how long it would have waited is kept."""
    pauses: list[float] = []
    monkeypatch.setattr("baseline.deadline.Deadline.sleep", lambda _, seconds: pauses.append(seconds))
    return pauses


class TestUndecided:
    def test_what_somebody_else_left_is_told_in_the_one_exchange(self) -> None:
        some = host(unforeseen={undecided.QUESTION: Answer(0, WAITING)})
        result = engine.check(TARGET, [file_says(1, wanted="old")], some.connect)
        assert some.events == ["connect", "look", "close"]
        assert [one.state for one in result.host.undecided] == ["waiting"]

    def test_where_it_cannot_be_told_the_host_says_so(self) -> None:
        some = host(unforeseen={undecided.QUESTION: Answer(1, b"", b"no")})
        untold = engine.check(TARGET, [file_says()], some.connect).host.untold
        assert "it is unknown whether an apply is unfinished: no" in untold

    def test_the_transaction_of_the_apply_itself_is_told_by_its_outcome(self, monkeypatch: pytest.MonkeyPatch) -> None:
        own = WAITING.split(b"\t")[0].decode()
        monkeypatch.setattr(engine, "apply", partial(engine.apply, transactions=lambda: Transaction(own)))
        some = host(unforeseen={undecided.QUESTION: Answer(0, WAITING)})
        result = applied(some, [file_says()])
        assert ended(result).outcome is ApplyOutcome.APPLIED
        assert result.host.undecided == ()


class TestCheck:
    def test_one_exchange_and_a_finding_for_every_control_in_order(self) -> None:
        some = host()
        controls = [file_says(1), control(Says, 2, command="nothing"), control(Says, 3), file_says(4, wanted="old")]
        result = engine.check(TARGET, controls, some.connect)
        assert some.events == ["connect", "look", "close"]
        assert [finding.control for finding in result.findings] == ["TST-01", "TST-02", "TST-03", "TST-04"]
        assert [str(finding.outcome) for finding in result.findings] == ["fail", "unknown", "pass", "pass"]
        assert (result.host.reachable, result.host.exchanges, result.host.error) == (True, 1, None)
        assert result.findings[1].reason == "`nothing`: the program is not installed (not found)"

    @pytest.mark.parametrize("trouble", [GONE, CUT, HostError("odd")])
    def test_a_host_that_cannot_be_asked_leaves_every_control_unknown(self, trouble: HostError) -> None:
        for some in (host(refuses=[trouble]), host(asks={1: trouble})):
            result = engine.check(TARGET, [file_says(1), control(Says, 2)], some.connect)
            assert [finding.outcome for finding in result.findings] == [Outcome.UNKNOWN] * 2
            assert all(str(trouble) in finding.reason for finding in result.findings)
            assert (result.host.reachable, result.host.error) == (False, str(trouble))

    def test_controls_for_other_roles_are_not_applicable_with_the_reason(self) -> None:
        controls = [control(Says, 1, roles=("dns", "firewall")), control(Says, 2, roles=("mta",)), control(Says, 3)]
        for some in (host(), host(refuses=[GONE])):
            result = engine.check(TARGET, controls, some.connect)
            assert result.findings[0].outcome is Outcome.NOTAPPLICABLE
            assert result.findings[0].reason == "for dns or firewall hosts; the inventory gives this one mta"
            assert Outcome.NOTAPPLICABLE not in {finding.outcome for finding in result.findings[1:]}

    def test_a_host_without_a_role(self) -> None:
        result = engine.check(Target("x", "x"), [control(Says, roles=("mta",))], host().connect)
        assert result.findings[0].reason == "for mta hosts; the inventory gives this one no role"

    def test_nothing_wanted_is_not_applicable_and_never_a_pass(self) -> None:
        result = engine.check(TARGET, [control(Says, wanted=None)], host().connect)
        assert result.findings[0].outcome is Outcome.NOTAPPLICABLE
        assert result.findings[0].reason == Says.nothing_to_judge

    def test_a_control_that_asks_nothing_is_judged(self) -> None:
        result = engine.check(TARGET, [control(Silent)], host().connect)
        assert result.findings[0].outcome is Outcome.PASS

    def test_a_check_changes_nothing(self) -> None:
        some = host()
        engine.check(TARGET, [file_says()], some.connect)
        engine.plan(TARGET, [file_says()], some.connect)
        assert some.files == {X: OLD}
        assert not {"apply", "confirm", "restore"}.intersection(some.events)

    def test_a_fault_of_one_control_costs_no_other(self) -> None:
        result = engine.check(TARGET, [control(Faulty), control(Says, 2)], host().connect)
        assert [finding.outcome for finding in result.findings] == [Outcome.UNKNOWN, Outcome.PASS]
        assert result.findings[0].reason == "the wanted values could not be worked out: KeyError: 'typo'"

    def test_a_fault_of_this_program_costs_one_host_and_not_the_run(self, caplog: pytest.LogCaptureFixture) -> None:
        def faulty(target: Target) -> ScriptedHost:
            raise KeyError("typo")

        with caplog.at_level(logging.ERROR):
            result = engine.check(TARGET, [control(Says), control(Says, 2)], faulty)
        assert [finding.outcome for finding in result.findings] == [Outcome.UNKNOWN] * 2
        assert "a fault of this program, please report it: KeyError: 'typo'" in result.findings[1].reason
        assert result.host.reachable is False
        assert "KeyError" in caplog.text


class Silent(Says):
    """Knows what it says without asking."""

    def actual(self, host: Host, target: Target) -> State:
        return {"said": "ok"}


class Faulty(Says):
    """Falls over its own expectation."""

    def expected(self, target: Target) -> Wants:
        raise KeyError("typo")


class TestApply:
    def test_look_apply_look_confirm(self) -> None:
        some = host()
        result = applied(some, [file_says(), control(Says, 2)])
        assert some.events == ["connect", "look", "apply", "look", "confirm", "close"]
        assert ended(result).outcome is ApplyOutcome.APPLIED
        assert [finding.outcome for finding in result.findings] == [Outcome.PASS] * 2
        assert some.files[X].content == b"new\n"
        assert manifest.PATH in some.files

    def test_nothing_to_do_is_nothing_done(self) -> None:
        some = host()
        some.files[X] = FileState(b"new\n")
        result = applied(some, [file_says()])
        assert some.events == ["connect", "look", "close"]
        assert ended(result).outcome is ApplyOutcome.NOTHING

    def test_what_changes_the_login_is_confirmed_over_a_new_connection(self) -> None:
        sshd = "/etc/ssh/sshd_config.d/x.conf"
        edits = Remedy(edits=(PutFile(sshd, "new\n"),))
        some = host()
        some.files[sshd] = OLD
        one = control(Says, command=f"cat {sshd}", mends=edits, needs=(sshd,), wanted="new")
        result = applied(some, [one])
        assert some.events == ["connect", "look", "apply", "close", "connect", "look", "confirm", "close"]
        assert ended(result).outcome is ApplyOutcome.APPLIED

    def test_a_host_that_cannot_be_logged_in_to_any_more_is_not_confirmed(self) -> None:
        sshd = "/etc/ssh/sshd_config"
        edits = Remedy(edits=(PutFile(sshd, "new\n"),))
        some = host(refuses=[None, GONE, GONE, GONE, GONE])
        some.files[sshd] = OLD
        result = applied(some, [control(Says, command=f"cat {sshd}", mends=edits, needs=(sshd,), wanted="new")])
        assert ended(result).outcome is ApplyOutcome.UNKNOWN
        assert "restores itself when no confirmation comes" in ended(result).reason
        assert "confirm" not in some.events

    def test_refused_by_the_host(self) -> None:
        some = host(apply=Answer(10, b"staged /etc/x\nvalidate: /etc/postfix: line 7: bad\nnothing was changed\n"))
        result = applied(some, [file_says()])
        assert ended(result).outcome is ApplyOutcome.REFUSED
        assert ended(result).reason == "validate: /etc/postfix: line 7: bad"
        assert "confirm" not in some.events
        assert result.findings[0].outcome is Outcome.FAIL

    def test_a_plan_that_no_table_can_hold_is_refused_before_anything_is_sent(self) -> None:
        odd = "/etc/a\tb"
        some = host()
        some.files[odd] = OLD
        mends = Remedy(edits=(PutFile(odd, "new\n"),))
        result = applied(some, [file_says(mends=mends, needs=(odd,))])
        assert ended(result).outcome is ApplyOutcome.REFUSED
        assert "cannot stand in a transaction's table" in ended(result).reason
        assert "apply" not in some.events

    def test_only_the_reviewed_plan(self) -> None:
        some = host()
        planned = engine.plan(TARGET, [file_says()], some.connect)
        assert planned.plan is not None
        some.files[X] = FileState(b"older\n")
        result = engine.apply(TARGET, [file_says()], some.connect, expected=Reviewed(planned.plan, planned.findings))
        assert ended(result).outcome is ApplyOutcome.REFUSED
        assert ended(result).reason == (
            "the host or the baseline has changed since the plan was reviewed: "
            "said of TST-01 was old and is older; /etc/x has changed on the host; plan again"
        )
        assert "apply" not in some.events


class TestJustLookedAt:
    """An apply that follows its plan at once has that one's look for its first."""

    @staticmethod
    def after(some: ScriptedHost, ago: float) -> engine.HostResult:
        planned = engine.plan(TARGET, [file_says()], some.connect)
        assert planned.plan is not None
        some.plan, some.events = planned.plan, []
        now = Reviewed(planned.plan, planned.findings)
        return engine.apply(TARGET, [file_says()], some.connect, expected=now, looked_at=time.monotonic() - ago)

    def test_it_is_applied_and_looked_at_afresh(self) -> None:
        some = host()
        result = self.after(some, 0)
        assert some.events == ["connect", "apply", "look", "confirm", "close"]
        assert ended(result).outcome is ApplyOutcome.APPLIED
        assert [one.outcome for one in result.findings] == [Outcome.PASS]

    def test_what_is_no_better_is_taken_back(self) -> None:
        some = host(spoils={X: FileState(b"newer\n")})
        assert ended(self.after(some, 0)).outcome is ApplyOutcome.ROLLED_BACK

    def test_a_look_of_a_while_ago_is_none(self) -> None:
        some = host()
        self.after(some, RECENT_SECONDS)
        assert some.events == ["connect", "look", "apply", "look", "confirm", "close"]

    def test_nor_is_that_of_another_machine(self) -> None:
        some = host(machine="one")
        planned = engine.plan(TARGET, [file_says()], some.connect)
        assert planned.plan is not None
        some.machine, some.events = "another", []
        now = Reviewed(planned.plan, planned.findings)
        result = engine.apply(TARGET, [file_says()], some.connect, expected=now, looked_at=time.monotonic())
        assert some.events == ["connect", "look", "close"]
        assert ended(result).outcome is ApplyOutcome.REFUSED

    def test_a_host_that_cannot_be_reached_any_more_is_told(self) -> None:
        some = host(refuses=[None, GONE])
        result = self.after(some, 0)
        assert result.apply is None
        assert result.host.error == str(GONE)


class TestPackages:
    """Nothing that is installed is listed as to be installed."""

    def test_the_host_is_asked_with_the_rest(self) -> None:
        there = Answer(0, b"p installed\nq config-files\nother installed\n", b"")
        some = host(unforeseen={apt.QUESTION: there})
        result = engine.plan(TARGET, [file_says(mends=Remedy(packages=("p", "q", "r")))], some.connect)
        assert result.plan is not None
        assert result.plan.packages == ("q", "r")
        assert result.host.exchanges == 1

    def test_where_dpkg_cannot_tell_apt_will(self) -> None:
        result = engine.plan(TARGET, [file_says(mends=Remedy(packages=("p",)))], host().connect)
        assert result.plan is not None
        assert result.plan.packages == ("p",)


class TestTakenBack:
    """What is not wanted goes back, and a rollback counts only when it was looked at."""

    def test_failed_on_the_host_and_restored_there(self) -> None:
        some = host(apply=Answer(20, b"change /etc/x\nreload: postfix did not come back\nrestored\n"))
        result = applied(some, [file_says()])
        assert some.events == ["connect", "look", "apply", "look", "close"]
        assert (ended(result).outcome, ended(result).restored) == (ApplyOutcome.ROLLED_BACK, True)
        assert ended(result).reason == "reload: postfix did not come back; the host is as it was"

    def test_failed_and_not_wholly_restored(self) -> None:
        some = host(apply=Answer(30, b"action: x: bad\nnot wholly restored: look at /var/lib\n"))
        result = applied(some, [file_says()])
        assert ended(result).restored is False
        assert "NOT wholly restored" in ended(result).reason

    def test_restored_but_for_something_else_than_files(self) -> None:
        differs = b"differs: unit x.timer is failed, and was inactive\ndiffers: user y is none, and was y:1\n"
        some = host(apply=Answer(20, b"action: x: bad\n" + differs + b"restored\n"))
        result = applied(some, [file_says()])
        assert (ended(result).outcome, ended(result).restored) == (ApplyOutcome.ROLLED_BACK, False)
        assert ended(result).reason.endswith(
            "NOT wholly restored: unit x.timer is failed, and was inactive, user y is none, and was y:1"
        )

    def test_restored_by_its_own_word_but_the_files_differ(self) -> None:
        some = host(apply=Answer(20, b"action: x: bad\nrestored\n"), afterwards={"apply": {X: FileState(b"half")}})
        result = applied(some, [file_says()])
        assert ended(result).restored is False
        assert f"NOT wholly restored: {X}" in ended(result).reason

    def test_restored_by_its_own_word_that_could_not_be_verified(self) -> None:
        some = host(apply=Answer(20, b"action: x: bad\nrestored\n"), asks={2: CUT})
        result = applied(some, [file_says()])
        assert ended(result).restored is False
        assert "could not be verified" in ended(result).reason
        assert result.findings[0].outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        ("spoils", "words"),
        [
            ({X: FileState(b"something else\n")}, f"{X} is not what the plan wrote"),
            ({X: FileState(b"new\n", mode=0o666)}, f"{X} is not what the plan wrote"),
            ({X: FileState(None)}, f"{X} is not what the plan wrote"),
            ({"/etc/y": FileState(b"broken\n")}, "TST-02 became fail"),
        ],
    )
    def test_a_second_look_that_displeases(self, spoils: dict[str, FileState], words: str) -> None:
        some = host(spoils=spoils)
        some.files["/etc/y"] = FileState(b"fine\n")
        other = control(Says, 2, command="cat /etc/y", wanted="fine")
        result = applied(some, [file_says(), other])
        assert some.events == ["connect", "look", "apply", "look", "restore", "look", "close"]
        assert (ended(result).outcome, ended(result).restored) == (ApplyOutcome.ROLLED_BACK, True)
        assert words in ended(result).reason
        assert ended(result).reason.endswith("the host is as it was")

    def test_a_control_that_is_no_better_displeases(self) -> None:
        """The file is as planned, and the daemon says the same as before."""
        some = host(unforeseen={f"cat {X}": Answer(0, b"old")})
        result = applied(some, [file_says()])
        assert "restore" in some.events
        assert "after the apply TST-01 is still fail" in ended(result).reason

    def test_a_broken_exchange_in_the_apply_is_taken_back_over_a_new_connection(self) -> None:
        some = host(apply=CUT, restore=[GONE, RESTORED])
        result = applied(some, [file_says()])
        assert some.events == ["connect", "look", "apply", "restore", "close", "connect", "restore", "look", "close"]
        assert (ended(result).outcome, ended(result).restored) == (ApplyOutcome.ROLLED_BACK, True)
        assert "the apply did not report back" in ended(result).reason

    def test_one_that_had_not_begun_is_a_refusal(self) -> None:
        some = host(apply=GONE, lands=False, restore=Answer(44))
        result = applied(some, [file_says()])
        assert ended(result).outcome is ApplyOutcome.REFUSED
        assert some.files == {X: OLD}

    def test_told_three_times_in_vain(self, no_pauses: list[float]) -> None:
        some = host(apply=CUT, restore=[GONE, GONE, CUT])
        result = applied(some, [file_says()])
        assert some.events.count("restore") == 3
        assert no_pauses == [0, 2, 5]
        assert ended(result).outcome is ApplyOutcome.UNKNOWN
        assert "restores itself when no confirmation comes" in ended(result).reason
        assert result.findings[0].outcome is Outcome.UNKNOWN
        assert result.host.reachable is False

    def test_the_second_look_breaks(self) -> None:
        some = host(asks={2: CUT})
        result = applied(some, [file_says()])
        assert ended(result).outcome is ApplyOutcome.ROLLED_BACK
        assert "the apply could not be verified" in ended(result).reason
        assert "confirm" not in some.events

    def test_only_the_echo_of_the_confirmation_was_lost(self) -> None:
        some = host(confirm=CUT, restore=Answer(40, b"was confirmed\n"))
        result = applied(some, [file_says()])
        assert ended(result).outcome is ApplyOutcome.APPLIED
        assert ended(result).reason.startswith("applied and confirmed, although")
        assert result.findings[0].outcome is Outcome.PASS

    def test_the_confirmation_itself_was_lost(self) -> None:
        result = applied(host(confirm=CUT), [file_says()])
        assert (ended(result).outcome, ended(result).restored) == (ApplyOutcome.ROLLED_BACK, True)

    def test_the_confirmation_came_too_late(self) -> None:
        as_before = {X: OLD, manifest.PATH: FileState(None)}
        some = host(confirm=Answer(40, b"cannot be confirmed: restored\n"), afterwards={"confirm": as_before})
        result = applied(some, [file_says()])
        assert (ended(result).outcome, ended(result).restored) == (ApplyOutcome.ROLLED_BACK, True)
        assert "the confirmation came too late" in ended(result).reason
