"""`apply`: it shows and asks, it applies exactly what it showed, and without a person it needs --yes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from baseline import engine
from baseline.kinds.base import Control
from baseline.model import ApplyOutcome, HostApply, Target
from tests.cli.conftest import BAD, Site, postfix


class FakeApply:
    """Stands in for the apply of one host: notes how it was called, and reports each as ended in one way."""

    def __init__(self, outcome: ApplyOutcome = ApplyOutcome.APPLIED) -> None:
        self.outcome = outcome
        self.calls: list[dict[str, Any]] = []

    def __call__(
        self,
        target: Target,
        controls: Sequence[Control],
        connect: engine.Connect,
        progress: engine.Progress,
        **how: Any,
    ) -> engine.HostResult:
        self.calls.append({"target": target.name, **how})
        seen = engine.plan(target, controls, connect, progress, outlook=how["outlook"])
        steps = ("locked", "swapped 1 file")
        return replace(seen, apply=HostApply(target.name, self.outcome, "as told", plan=seen.plan, steps=steps))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeApply:
    made = FakeApply()
    monkeypatch.setattr("baseline.engine.apply", made)
    return made


def test_without_a_terminal_and_without_yes_it_refuses(site: Site, fake: FakeApply) -> None:
    done = site.run("apply")
    assert done.exit_code == 2
    assert "--yes" in done.stderr
    assert fake.calls == []
    assert site.sessions == []


@pytest.mark.parametrize("answer", ["y\n", "YES\n"])
def test_a_person_who_agrees(site: Site, fake: FakeApply, terminal: Callable[[], None], answer: str) -> None:
    terminal()
    site.hosts["mx2"] = postfix(BAD)
    done = site.run("apply", typed=answer)
    assert "+message_size_limit = 26214400\n" in done.stderr
    assert "Apply to 1 host? [y/N] " in done.stderr
    assert [call["target"] for call in fake.calls] == ["mx2"]
    assert "mx2  192.0.2.2  mta\n  as told\n" in done.stdout
    assert "mx1  192.0.2.1  mta\n  nothing to do\n" in done.stdout


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yesterday\n"])
def test_a_person_who_does_not(site: Site, fake: FakeApply, terminal: Callable[[], None], answer: str) -> None:
    terminal()
    site.hosts["mx2"] = postfix(BAD)
    done = site.run("apply", typed=answer)
    assert done.exit_code == 1
    assert "Nothing was changed." in done.stderr
    assert fake.calls == []


def test_what_is_applied_is_what_was_planned(site: Site, fake: FakeApply) -> None:
    site.hosts["mx2"] = postfix(BAD)
    plans = json.loads(site.run("plan", "--format", "json").stdout)["plans"]
    site.run("apply", "--yes")
    assert fake.calls[0]["expected"].plan.digest == plans[1]["digest"]
    assert fake.calls[0]["note"].baseline == "ours 1.2.3"


def test_a_site_that_conforms_is_left_alone(site: Site, fake: FakeApply) -> None:
    done = site.run("apply", "--yes", "--format", "json")
    assert done.exit_code == 0
    assert fake.calls == []
    assert [one["outcome"] for one in json.loads(done.stdout)["applies"]] == ["nothing", "nothing"]


def test_every_selected_host_is_in_the_report(site: Site, fake: FakeApply) -> None:
    site.hosts["mx2"] = postfix(BAD)
    del site.hosts["mx1"]
    done = site.run("apply", "--yes", "--format", "json")
    report = json.loads(done.stdout)
    assert [one["name"] for one in report["hosts"]] == ["mx1", "mx2"]
    assert len(report["findings"]) == 6
    # The fake leaves mx2 as it was, so that its fail goes before the host that could not be asked.
    assert done.exit_code == 1


def test_a_rollback_exits_4_and_says_why(site: Site, fake: FakeApply) -> None:
    fake.outcome = ApplyOutcome.ROLLED_BACK
    site.hosts["mx2"] = postfix(BAD)
    done = site.run("apply", "--yes")
    assert done.exit_code == 4
    assert "rolled back: as told" in done.stdout


def test_steps_are_listed_with_verbose(site: Site, fake: FakeApply) -> None:
    site.hosts["mx2"] = postfix(BAD)
    assert "swapped 1 file" in site.run("apply", "--yes", "-v").stdout
    assert "swapped 1 file" not in site.run("apply", "--yes").stdout


@pytest.mark.parametrize("cap", [("--max-hosts", "1"), ("--max-controls", "0")])
def test_a_plan_beyond_a_cap_is_refused_unless_there_is_a_reason(
    site: Site, fake: FakeApply, cap: tuple[str, str]
) -> None:
    site.hosts = {"mx1": postfix(BAD), "mx2": postfix(BAD)}
    done = site.run("apply", "--yes", *cap)
    assert done.exit_code == 2
    assert cap[0] in done.stderr
    assert site.run("apply", "--yes", *cap, "--force", " ").exit_code == 2
    assert fake.calls == []
    site.run("apply", "--yes", *cap, "--force", "moving to the new limits, change 4711")
    assert fake.calls[0]["note"].reason == "moving to the new limits, change 4711"


def test_the_pace_is_handed_on_and_judged_before_any_host_is_asked(site: Site, fake: FakeApply) -> None:
    assert site.run("apply", "--yes", "--batch", "many").exit_code == 2
    assert site.sessions == []
    fake.outcome = ApplyOutcome.REFUSED
    site.hosts = {"mx1": postfix(BAD), "mx2": postfix(BAD)}
    done = site.run("apply", "--yes", "--canary", "1", "--batch", "10%", "--format", "json")
    assert [call["target"] for call in fake.calls] == ["mx1"]
    assert [one["outcome"] for one in json.loads(done.stdout)["applies"]] == ["refused", "not_begun"]


def test_an_interrupt_says_how_the_hosts_are_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("baseline.fleet.apply_all", interrupted)
    site.hosts["mx2"] = postfix(BAD)
    done = site.run("apply", "--yes")
    assert done.exit_code == 130
    assert "restores itself within 300 s" in done.stderr


def test_a_host_that_has_changed_since_its_plan_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, terminal: Callable[[], None]
) -> None:
    """Somebody has looked at the plan for a while. Where nobody is asked, the host sees it (`has changed since`)."""

    def changed(*words: Any, **how: Any) -> engine.HostResult:
        site.hosts["mx2"] = postfix(BAD | {"relayhost": "elsewhere"})
        return real(*words, **how)

    real = engine.apply
    monkeypatch.setattr("baseline.engine.apply", changed)
    site.hosts["mx2"] = postfix(BAD)
    terminal()
    done = site.run("apply", typed="y\n")
    assert done.exit_code == 1
    assert "refused: the host or the baseline has changed since the plan was reviewed" in " ".join(done.stdout.split())


@pytest.mark.parametrize(("words", "typed", "recent"), [(("--yes",), "", True), ((), "y\n", False)])
def test_only_where_nobody_is_asked_is_the_plan_s_look_that_of_the_apply(
    site: Site, fake: FakeApply, terminal: Callable[[], None], words: tuple[str, ...], typed: str, *, recent: bool
) -> None:
    terminal()
    site.hosts["mx2"] = postfix(BAD)
    site.run("apply", *words, typed=typed)
    assert [call["looked_at"] is not None for call in fake.calls] == [recent]


def test_leaving_out_what_fails_is_handed_on(site: Site, fake: FakeApply) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("apply", "--yes", "--leave-out-what-fails")
    site.run("apply", "--yes")
    assert [call["leave_out"] for call in fake.calls] == [True, False]
