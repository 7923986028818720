"""A host that was upgraded in place: one line says so, and what drifted or changed is the upgrade's, not an edit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from baseline import condition
from baseline.history import History
from baseline.history.causes import OS_RELEASE
from baseline.model import Answer, HostPlan, Outcome, Report, Target
from baseline.model.heard import Heard, of_command
from baseline.model.looks import Looked
from baseline.model.plans import ApplyOutcome, HostApply
from baseline.recording import Recording, cleaned
from baseline.reports.changes import section
from baseline.reports.lines import printed
from tests.history.reports import finding, report
from tests.history.test_store import kept
from tests.reports.consoles import console

MAIN_CF = "/etc/postfix/main.cf: content changed"
CONTROLS = [f"OUR-A-{number:02}" for number in range(1, 61)]


def on(release: str, **others: str) -> Heard:
    """What a host of a release answers to what the first control asks."""
    texts = {"cat /etc/os-release": f'ID=debian\nVERSION_ID="{release}"\n', **others}
    told = {of_command(command): f"0 {len(text)}\n{text}".encode() for command, text in texts.items()}
    return Heard(told, dict.fromkeys(CONTROLS, tuple(told)))


def looked(number: int, *drifted: str, outcome: Outcome = Outcome.PASS) -> Report:
    """A run over one host, with files that have drifted."""
    made = report(number, finding(outcome=outcome))
    return replace(made, hosts=tuple(replace(one, drifted=drifted) for one in made.hosts))


def noted(history: History, now: Report, release: str, command: str = "check") -> str:
    """What a run tells of the host besides, and keeps with its report."""
    recording = Recording(command, None, history)
    assert recording._keeping is not None
    recording._keeping.heard("mx1", on(release))
    told = recording.whole(now)
    assert told.notes == ()
    assert history.report("last")[1].hosts == told.hosts
    return told.hosts[0].note


def test_one_line_says_that_the_release_changed(history: History) -> None:
    note = partial(noted, history)
    assert note(looked(1), "12") == ""
    assert note(looked(2), "12") == ""
    assert note(looked(3), "13") == (
        "upgraded from debian 12 to debian 13: what changed since the last look is taken for the upgrade's"
    )
    assert note(looked(4), "13") == "", "it is told once where nothing has drifted"


def test_drift_is_the_upgrades_until_somebody_applies(history: History) -> None:
    note = partial(noted, history)
    assert note(looked(1), "12") == ""
    words = "upgraded from debian 12 to debian 13: what drifted is taken for the upgrade's, and not for an edit by hand"
    assert [note(looked(number, MAIN_CF), "13") for number in (2, 3)] == [words, words]
    plan = HostPlan("mx1", controls=("OUR-A-01",))
    apply = HostApply("mx1", ApplyOutcome.APPLIED, "", transaction="t1", plan=plan)
    assert note(replace(looked(4, MAIN_CF), applies=(apply,)), "13", "apply") == words
    assert note(looked(5, MAIN_CF), "13") == "", "who applied since has seen the host as it is now"


def test_drift_on_a_host_that_was_not_upgraded_is_nobodys_but_a_hands(history: History) -> None:
    assert [noted(history, looked(number, MAIN_CF), "12") for number in (1, 2)] == ["", ""]


@pytest.mark.parametrize("package", ["3.7.11-0", "3.10.13-0"])
def test_sixty_changes_of_one_upgrade_are_a_line_for_each_class(history: History, package: str) -> None:
    dpkg = "dpkg-query -W -f '...' -- postfix"
    before = tuple(finding(control=one) for one in CONTROLS)
    now = [finding(control=one, outcome=Outcome.FAIL, found=0) for one in CONTROLS[:40]]
    now += [finding(control=one, drift=True, reason=f"{MAIN_CF} since it was applied") for one in CONTROLS[40:]]
    kept(history, report(1, *before), mx1=on("12", **{dpkg: "postfix|installed|3.7.11-0\n"}))
    late = report(2, *now)
    late = replace(late, hosts=tuple(replace(one, drifted=(MAIN_CF,)) for one in late.hosts))
    kept(history, late, mx1=on("13", **{dpkg: f"postfix|installed|{package}\n"}))
    changes = history.changes("1")
    assert len(changes.changes) == 61
    assert {(one.cause, one.because) for one in changes.changes if one.control} == {
        ("upgrade", "debian 12 → debian 13")
    }
    lines = printed(console(4000), section(changes)).splitlines()
    assert [line.split("  ")[1] for line in lines[1:] if not line.startswith("      ")] == [
        "release upgraded",
        "newly failing",
        "newly drifted",
    ]
    assert lines[-1].strip() == "by the upgrade: debian 12 → debian 13"


def test_the_release_is_asked_and_kept_though_no_control_asks_for_it() -> None:
    assert condition.OS_RELEASE in condition.HOST_QUESTIONS
    assert of_command(condition.OS_RELEASE) == OS_RELEASE
    answers = {condition.OS_RELEASE: Answer(0, b"ID=debian\n"), "cat /etc/shadow": Answer(0, b"x")}
    assert list(cleaned(Looked({}, answers=answers), Target("mx1", "192.0.2.1"), []).answers) == [OS_RELEASE]
