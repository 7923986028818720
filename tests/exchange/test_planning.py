"""From findings to one plan: remedies merged, and what does not fit left to a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import pytest

from baseline import manifest
from baseline.applying import displeasing
from baseline.edits import PutFile, SetBlock, SetParameter
from baseline.errors import CannotTell
from baseline.model import Action, Answer, FileState, HostPlan, Outcome, State, Target
from baseline.model.looks import Looked, Parts
from baseline.planning import make_plan
from baseline.readings import outline
from baseline.remedies.remedy import Remedy
from baseline.visit import findings_of
from tests.exchange.fakes import TARGET, Says, control

MAIN = "/etc/postfix/main.cf"
FILES = {MAIN: FileState(b"# main\nbiff = yes\n"), manifest.PATH: FileState(None)}


def planned(
    controls: Sequence[Says],
    files: Mapping[str, FileState | CannotTell] | None = None,
    said: str = "wrong",
    installed: Collection[str] = (),
    answers: Mapping[str, Answer] = MappingProxyType({}),
    **more: str,
) -> HostPlan:
    """A plan for controls that all fail."""
    states = {one.id: {"said": said} for one in controls}
    findings = findings_of(controls, TARGET, states)
    findings = tuple(replace(finding, **more) for finding in findings)  # type: ignore[arg-type]
    looked = Looked(states, states, FILES if files is None else files, answers=answers)
    return make_plan(TARGET, controls, findings, looked, installed=installed)


def changes(plan: HostPlan) -> dict[str, bytes | None]:
    return {change.path: change.after.content for change in plan.files if change.path != manifest.PATH}


def setting(number: int, name: str, value: str, **more: object) -> Says:
    return control(Says, number, mends=Remedy(edits=(SetParameter(name, value),), reloads=("postfix",)), **more)


@dataclass(frozen=True)
class Picky:
    """An edit that fits only a file with a certain text in it."""

    path: str
    wants: bytes

    def change(self, before: FileState) -> FileState:
        if before.content is None or self.wants not in before.content:
            raise ValueError(f"{self.path} has no {self.wants.decode()} in it")
        return replace(before, content=before.content.replace(self.wants, b""))


class TestMerged:
    def test_edits_of_one_file_are_one_change_and_units_are_reloaded_once(self) -> None:
        controls = [setting(1, "biff", "no"), setting(2, "mailbox_size_limit", "0"), setting(3, "biff", "no")]
        plan = planned(controls)
        assert changes(plan) == {MAIN: b"# main\nbiff = no\nmailbox_size_limit = 0\n"}
        assert plan.files[0].controls == ("TST-01", "TST-02")
        assert plan.reloads == ("postfix",)
        assert plan.controls == ("TST-01", "TST-02", "TST-03")
        assert plan.by_hand == ()

    def test_the_order_of_controls_is_the_order_of_lines(self) -> None:
        path = "/etc/x"
        blocks = [control(Says, n, mends=Remedy(edits=(SetBlock(path, f"k{n}", f"l{n}", head=""),))) for n in (2, 1)]
        content = changes(planned(blocks, {path: FileState(None)}))[path]
        assert content == b"# begin k2\nl2\n# end k2\n# begin k1\nl1\n# end k1\n"

    def test_what_the_plan_about_another_subject_mends_is_left_to_nobody(self) -> None:
        class Shared(Says):
            def mended_with(self, remedy: Remedy, wrong: Collection[str], state: State) -> bool:
                return [*wrong] == ["said"] and state == {"said": "wrong"} and remedy.reloads == ("postfix",)

        first = control(Shared, mends=Remedy(edits=(SetParameter("biff", "no"),), reloads=("postfix",))).on("d1.test")
        second = control(Shared, mends=Remedy(advice="do it")).on("d2.test")
        another = control(Shared, 2, mends=Remedy(advice="do this")).on("d2.test")
        states = {one.key: {"said": "wrong"} for one in (second, first, another)}
        controls = (second, first, another)
        looked = Looked(states, states, FILES)
        plan = make_plan(TARGET, controls, findings_of(controls, TARGET, states), looked)
        assert plan.controls == (first.key,)
        assert plan.by_hand == (
            (second.key, f"nothing: the plan for {first.key} mends it"),
            (another.key, "do this"),
        )

    def test_what_is_installed_is_not_installed_again(self) -> None:
        controls = [control(Says, n, mends=Remedy(packages=("p", f"q{n}"))) for n in (1, 2)]
        plan = planned(controls, installed={"p", "q1"})
        assert plan.packages == ("q2",)
        assert plan.by_hand == (("TST-01", "Already installed: p, q1. no machine can mend this"),)

    def test_an_upgrade_is_none_of_what_is_installed(self) -> None:
        plan = planned([control(Says, mends=Remedy(upgrades=("p",)))], installed={"p"})
        assert (plan.packages, plan.upgrades) == ((), ("p",))
        assert not plan.empty
        assert HostPlan.from_dict(plan.to_dict()) == plan

    def test_a_file_that_says_so_already_is_not_written_again_and_what_overrules_it_is_named(self) -> None:
        files = {MAIN: FileState(b"biff = no\n"), manifest.PATH: FileState(None)}
        plan = planned([setting(1, "biff", "no")], files)
        assert plan.controls == ()
        assert plan.by_hand == (("TST-01", f"{MAIN} says so already, and something that is read later overrules it"),)
        assert plan.empty

    def test_where_a_reload_may_help_it_is_planned(self) -> None:
        files = {"/etc/x": FileState(b"new\n"), manifest.PATH: FileState(None)}
        mends = Remedy(edits=(PutFile("/etc/x", "new\n"),), reloads=("fail2ban",))
        assert planned([control(Says, mends=mends)], files).controls == ("TST-01",)

    def test_a_file_that_dovecot_does_not_include_is_not_written(self) -> None:
        path = "/etc/dovecot/conf.d/99-baseline.conf"
        told = {outline.QUESTION: Answer(0, b"/etc/dovecot/dovecot.conf\t1\tprotocols=\n")}
        mends = Remedy(edits=(PutFile(path, "ssl = required\n"),), reloads=("dovecot",))
        controls = [control(Says, mends=mends), setting(2, "biff", "no")]
        plan = planned(controls, {**FILES, path: FileState(None)}, answers=told)
        assert plan.controls == ("TST-02",)
        words = f"Dovecot does not read {path}: include it in /etc/dovecot/dovecot.conf first"
        assert plan.by_hand == (("TST-01", words),)

    def test_packages_and_equal_actions_come_once_and_name_all_who_asked(self) -> None:
        make = Action("make /x", "mkdir /x", "rmdir /x")
        controls = [control(Says, n, mends=Remedy(packages=("p", f"q{n}"), actions=(make,))) for n in (1, 2)]
        plan = planned(controls)
        assert plan.packages == ("p", "q1", "q2")
        assert plan.actions == (replace(make, controls=("TST-01", "TST-02")),)

    def test_actions_of_one_name_that_do_other_things_are_both_kept(self) -> None:
        actions = [Action("make", f"mkdir /{n}", f"rmdir /{n}") for n in (1, 2)]
        controls = [control(Says, n, mends=Remedy(actions=(action,))) for n, action in enumerate(actions)]
        assert [action.do for action in planned(controls).actions] == ["mkdir /1", "mkdir /2"]

    def test_the_manifest_is_the_last_file(self) -> None:
        plan = planned(
            [setting(1, "biff", "no"), control(Says, 2, mends=Remedy(edits=(PutFile("/var/z", "z"),)))],
            {**FILES, "/var/z": FileState(None)},
        )
        assert plan.files[-1].path == manifest.PATH
        assert b"/var/z" in (plan.files[-1].after.content or b"")

    def test_the_same_findings_give_the_same_digest(self) -> None:
        controls = [setting(1, "biff", "no")]
        assert planned(controls).digest == planned(controls).digest != planned([setting(1, "biff", "maybe")]).digest


class TestWhoIsPlannedFor:
    @pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.WARN])
    def test_those_that_fail_or_warn(self, outcome: Outcome) -> None:
        assert planned([setting(1, "biff", "no")], outcome=outcome).controls == ("TST-01",)

    @pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.UNKNOWN, Outcome.NOTAPPLICABLE])
    def test_no_other(self, outcome: Outcome) -> None:
        """What could not be told is not acted upon."""
        plan = planned([setting(1, "biff", "no")], outcome=outcome)
        assert plan.empty
        assert plan.by_hand == ()

    def test_nor_the_waived(self) -> None:
        assert planned([setting(1, "biff", "no")], waived="until 2031, by the CISO").empty

    def test_nothing_at_all_is_empty(self) -> None:
        assert planned([]).empty


class TestByHand:
    """What no machine can mend is listed with its reason, and keeps no other control from being mended."""

    def both(self, odd: Says, files: dict[str, FileState | CannotTell] | None = None) -> str:
        plan = planned([odd, setting(2, "biff", "no")], files)
        assert plan.controls == ("TST-02",)
        assert changes(plan) == {MAIN: b"# main\nbiff = no\n"}
        ((name, why),) = plan.by_hand
        assert name == "TST-01"
        return why

    def test_a_file_that_was_not_read(self) -> None:
        odd = control(Says, mends=Remedy(edits=(PutFile("/etc/unread", "x"),)))
        assert self.both(odd) == "/etc/unread was not read, so it is not changed"

    def test_a_file_that_could_not_be_read(self) -> None:
        odd = control(Says, mends=Remedy(edits=(PutFile("/etc/x", "x"),)))
        why = CannotTell("/etc/x is a symbolic link, and only regular files are edited")
        assert self.both(odd, {**FILES, "/etc/x": why}) == str(why)

    def test_a_file_that_nothing_is_written_to(self) -> None:
        """The plan goes on without it, as does one whose file would stay as it is."""
        shut = {"/etc/x": "others may write its directory", MAIN: "is not asked for by an edit that changes nothing"}
        odd = control(Says, 1, mends=Remedy(edits=(PutFile("/etc/x", "x"),)))
        same = control(Says, 2, mends=Remedy(edits=(SetParameter("biff", "yes"),), reloads=("fail2ban",)))
        states = {one.id: {"said": "wrong"} for one in (odd, same)}
        looked = Looked(states, states, {**FILES, "/etc/x": FileState(None)})
        plan = make_plan(TARGET, [odd, same], findings_of([odd, same], TARGET, states), looked, closed=shut)
        assert plan.by_hand == (("TST-01", shut["/etc/x"]),)
        assert (changes(plan), plan.reloads) == ({}, ("fail2ban",))

    def test_an_edit_that_does_not_fit(self) -> None:
        odd = control(Says, mends=Remedy(edits=(Picky(MAIN, b"# nowhere"),)))
        assert self.both(odd) == f"{MAIN} has no # nowhere in it"

    def test_an_edit_that_does_not_fit_after_that_of_another(self) -> None:
        """Each fits what is there, and both do not: the second is for a person, and nothing falls over."""
        first = control(Says, 1, mends=Remedy(edits=(Picky(MAIN, b"# main\n"),)))
        second = control(Says, 2, mends=Remedy(edits=(Picky(MAIN, b"# main\n"),)))
        third = setting(3, "biff", "no")
        plan = planned([first, second, third])
        assert plan.controls == ("TST-01", "TST-03")
        assert plan.by_hand == (("TST-02", f"{MAIN} has no # main\n in it"),)
        assert changes(plan) == {MAIN: b"biff = no\n"}

    def test_half_of_a_remedy_is_not_applied(self) -> None:
        halves = (PutFile("/etc/x", "x"), Picky(MAIN, b"# nowhere"))
        odd = control(Says, mends=Remedy(edits=halves, packages=("p",), reloads=("x",)))
        plan = planned([odd], {**FILES, "/etc/x": FileState(None)})
        assert plan.empty
        assert plan.by_hand == (("TST-01", f"{MAIN} has no # nowhere in it"),)

    def test_one_that_cannot_be_worked_out(self) -> None:
        odd = control(Says, mends=KeyError("no such key"))
        assert self.both(odd) == "its remedy could not be worked out: KeyError: 'no such key'"

    @pytest.mark.parametrize(
        ("mends", "fix", "why"),
        [
            (None, "call the vendor", "call the vendor"),
            (None, "", "no machine can mend this"),
            (Remedy(), "", "no machine can mend this"),
            (Remedy(advice="grow the disk"), "call the vendor", "grow the disk"),
        ],
    )
    def test_none_at_all(self, mends: Remedy | None, fix: str, why: str) -> None:
        assert self.both(control(Says, mends=mends, fix=fix)) == why


# --- what could not be looked at ------------------------------------------------------------------


def test_what_hangs_on_an_answer_that_is_not_there_is_for_a_person() -> None:
    class Hangs(Says):
        def remedy(self, state: State, target: Target) -> Remedy | None:
            return Remedy() if state["free"] else None

    one, other = setting(1, "a", "1"), control(Hangs, 2)
    lost = Parts({"said": "other"}, [CannotTell("it took too long")])
    part = {"TST-01": lost, "TST-02": lost}
    findings = findings_of([one, other], TARGET, part)
    assert {(found.outcome, found.unseen) for found in findings} == {(Outcome.FAIL, ("it took too long",))}
    plan = make_plan(TARGET, [one, other], findings, Looked(part, part, FILES))
    assert plan.controls == ("TST-01",)
    assert plan.by_hand == (("TST-02", "what to write hangs on what could not be looked at: it took too long"),)


@pytest.mark.parametrize(
    ("unseen", "after", "displeased"),
    [
        (("port 25",), Outcome.UNKNOWN, False),
        ((), Outcome.UNKNOWN, True),
        (("port 25",), Outcome.FAIL, True),
        (("port 25",), Outcome.PASS, False),
    ],
)
def test_an_apply_stays_when_nothing_is_seen_to_be_wrong_any_more(
    unseen: tuple[str, ...], after: Outcome, displeased: bool
) -> None:
    one = setting(1, "a", "1")
    (found,) = findings_of([one], TARGET, {"TST-01": {"said": "other"}})
    before = replace(found, unseen=unseen)
    again = replace(found, outcome=after, unseen=())
    assert bool(displeasing([before], [again], planned([one]))) is displeased
