"""A run that is ended before its time: nothing new is begun, and what an apply has begun is seen through."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from baseline import engine
from baseline.deadline import Halt, Limits
from baseline.edits import PutFile
from baseline.fleet import apply_all, check_all
from baseline.load import Baseline
from baseline.model import ApplyOutcome, FileState, Outcome, Report, Target
from baseline.remedies.remedy import Remedy
from tests.conftest import Eventually
from tests.exchange.fakes import TARGET, Says, control
from tests.exchange.scripted_host import CONFIRMED, DONE, RESTORED, ScriptedHost

X = "/etc/x"
CONTROL = control(
    Says, command=f"cat {X}", wanted="new", mends=Remedy(edits=(PutFile(X, "new\n"),)), needs=(X,), roles=("mta",)
)
RULES = cast(
    Baseline,
    SimpleNamespace(
        name="ours",
        version="1",
        sha256="0",
        whole=None,
        renamed={},
        extensions=(),
        controls_for=lambda target: (CONTROL,),
        validate_all=lambda targets: None,
    ),
)
LONG = 60
"""Seconds after which a run that should have ended has failed its test."""


@dataclass
class Held(ScriptedHost):
    """A host that says when it has come to a step, and goes on when it is told to."""

    holds: str = ""
    there: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.files = self.files or {X: FileState(b"old\n")}
        self.verbs = {"apply": [DONE], "confirm": [CONFIRMED], "restore": [RESTORED] * 3}

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        reply = super().exchange(script, seconds=seconds)
        # The last thing that it did is what the exchange was for.
        if self.holds and self.events[-1] == self.holds:
            self.there.set()
            self.go_on.wait(LONG)
        return reply


@dataclass
class Runs:
    """An apply or a check of several hosts, in a thread that a hang cannot keep."""

    hosts: dict[str, Held]
    halt: Halt = field(default_factory=Halt)
    told: list[Report] = field(default_factory=list)

    def begin(self, work: Any = apply_all, *, forks: int = 1, **limits: float) -> None:
        targets = [replace(TARGET, name=name) for name in self.hosts]
        for host, target in zip(self.hosts.values(), targets, strict=True):
            planned = replace(host, holds="", events=[])
            host.plan = engine.plan(target, [CONTROL], planned.connect).plan

        def run() -> None:
            bounds = Limits(**limits, halt=self.halt)
            self.told.append(work(targets, RULES, connect=self._connect, forks=forks, limits=bounds))

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def _connect(self, target: Target) -> Held:
        host = self.hosts[target.name]
        host.connect(target)
        return host

    def report(self) -> Report:
        self.thread.join(LONG)
        assert self.told, "the run did not end"
        return self.told[0]

    def outcomes(self) -> dict[str, ApplyOutcome]:
        return {apply.host: apply.outcome for apply in self.report().applies}


@pytest.mark.parametrize("step", ["apply", "confirm"])
def test_an_apply_that_has_begun_is_seen_through_and_no_other_is_begun(step: str) -> None:
    runs = Runs({"mx1": Held(holds=step), "mx2": Held()})
    runs.begin()
    assert runs.hosts["mx1"].there.wait(LONG)
    runs.halt.ask()
    runs.hosts["mx1"].go_on.set()
    assert runs.outcomes() == {"mx1": ApplyOutcome.APPLIED, "mx2": ApplyOutcome.NOT_BEGUN}
    assert runs.hosts["mx2"].events == []
    report = runs.report()
    assert (report.run.cut_short, report.exit_code) == ("interrupted", 130)
    assert [finding.outcome for finding in report.findings] == [Outcome.PASS, Outcome.UNKNOWN]


def test_one_that_does_not_please_is_taken_back_after_the_interrupt() -> None:
    runs = Runs({"mx1": Held(holds="apply", spoils={X: FileState(b"other\n")}), "mx2": Held()})
    runs.begin()
    assert runs.hosts["mx1"].there.wait(LONG)
    runs.halt.ask()
    runs.hosts["mx1"].go_on.set()
    assert runs.outcomes() == {"mx1": ApplyOutcome.ROLLED_BACK, "mx2": ApplyOutcome.NOT_BEGUN}


def test_a_host_that_is_only_looked_at_is_not_begun() -> None:
    runs = Runs({"mx1": Held(holds="look")})
    runs.begin()
    assert runs.hosts["mx1"].there.wait(LONG)
    runs.halt.ask()
    assert runs.outcomes() == {"mx1": ApplyOutcome.NOT_BEGUN}
    runs.hosts["mx1"].go_on.set()
    assert "apply" not in runs.hosts["mx1"].events


@pytest.mark.parametrize("step", ["apply", "confirm"])
def test_asked_twice_it_ends_at_once_and_says_what_state_the_host_may_be_in(step: str) -> None:
    runs = Runs({"mx1": Held(holds=step), "mx2": Held()})
    runs.begin()
    assert runs.hosts["mx1"].there.wait(LONG)
    runs.halt.ask()
    runs.halt.ask()
    assert runs.outcomes() == {"mx1": ApplyOutcome.UNKNOWN, "mx2": ApplyOutcome.NOT_BEGUN}
    (told,) = [apply.reason for apply in runs.report().applies if apply.host == "mx1"]
    assert told.startswith("the run was interrupted while its apply was under way: it restores itself")
    runs.hosts["mx1"].go_on.set()


def test_past_the_deadline_of_the_run_what_has_begun_is_seen_through() -> None:
    runs = Runs({"mx1": Held(holds="apply"), "mx2": Held()})
    runs.begin(run=1)
    assert runs.hosts["mx1"].there.wait(LONG)
    time.sleep(2)
    runs.hosts["mx1"].go_on.set()
    assert runs.outcomes() == {"mx1": ApplyOutcome.APPLIED, "mx2": ApplyOutcome.NOT_BEGUN}
    assert (runs.report().run.cut_short, runs.report().exit_code) == ("deadline", 3)


def test_the_time_of_a_host_does_not_cut_short_what_has_begun() -> None:
    runs = Runs({"mx1": Held(holds="apply")})
    runs.begin(host=1)
    assert runs.hosts["mx1"].there.wait(LONG)
    time.sleep(2)
    runs.hosts["mx1"].go_on.set()
    assert runs.outcomes() == {"mx1": ApplyOutcome.APPLIED}


def test_a_host_past_its_time_makes_room_for_the_next() -> None:
    runs = Runs({"mx1": Held(holds="look"), "mx2": Held()})
    runs.begin(check_all, host=1)
    report = runs.report()
    assert {host.name: host.reachable for host in report.hosts} == {"mx1": False, "mx2": True}
    assert (report.run.cut_short, report.hosts[0].error) == ("", "given up: its time of 1 s (--host-timeout) is over")
    runs.hosts["mx1"].go_on.set()


def test_an_interrupted_check_keeps_what_was_seen(eventually: Eventually) -> None:
    runs = Runs({"mx1": Held(), "mx2": Held(holds="look")})
    runs.begin(check_all, forks=2)
    assert runs.hosts["mx2"].there.wait(LONG)
    assert eventually(lambda: "close" in runs.hosts["mx1"].events)
    runs.halt.ask()
    assert [finding.outcome for finding in runs.report().findings] == [Outcome.FAIL, Outcome.UNKNOWN]
    runs.hosts["mx2"].go_on.set()


def test_a_fault_in_one_s_own_work_is_raised_as_before() -> None:
    def fault(_: Target) -> Held:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_all([TARGET], RULES, connect=fault)
