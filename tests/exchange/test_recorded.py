"""Answers that a run kept are judged again, as that run did; what it did not ask is unknown, and nobody is asked."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from baseline import engine
from baseline.kinds import kinds
from baseline.kinds.base import Control
from baseline.model import Answer, Finding, HostReport, Outcome, Target, Unloadable
from baseline.model.heard import Heard, answer_bytes, of_command
from baseline.recorded import judge_recorded
from baseline.recording import cleaned
from tests.cases.case import NEVER_APPLIED, NO_TIME, Remembered
from tests.cases.files import CaseFiles
from tests.exchange.fakes import TARGET, Says, control
from tests.scripted import AnswersFrom

CASES = CaseFiles()
A_FEW = 2
"""Cases of each kind: all of them are judged in tests/kinds."""


REACHED = HostReport(TARGET.name, TARGET.address, ("mta",), reachable=True)


@dataclass(frozen=True)
class Kept:
    """The answers of one host."""

    told: Heard | None
    then: HostReport | None = REACHED
    run: str = "20260101T000000Z-00000001"
    finished: str = "2026-01-01T00:00:00Z"

    def host(self, name: str) -> HostReport | None:
        del name
        return self.then

    def heard(self, name: str) -> Heard | None:
        del name
        return self.told


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test that opens a socket, asks for a name, or begins a program."""

    def refused(*words: Any, **options: Any) -> Any:
        raise AssertionError(f"somebody is asked: {words} {options}")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket.socket, "sendto", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(subprocess, "Popen", refused)


def one(answers: Kept, rule: Control, target: Target = TARGET) -> Finding:
    (finding,) = judge_recorded(target, [rule], answers).findings
    return finding


def heard(**answers: str) -> Heard:
    told = {of_command(name): answer_bytes(Answer(0, text.encode())) for name, text in answers.items()}
    return Heard(told, {"TST-01": tuple(told)})


def _names() -> list[str]:
    by_kind: dict[str, list[str]] = {}
    for name in CASES.names():
        by_kind.setdefault(name.partition("/")[0], []).append(name)
    chosen = (names[:: max(1, len(names) // A_FEW)][:A_FEW] for names in by_kind.values())
    return [name for names in chosen for name in names]


def _as_judged(finding: Finding) -> tuple[object, ...]:
    """What of a finding hangs on the answers of its control alone."""
    keys = tuple(replace(key, set_at=None) for key in finding.keys)
    return finding.outcome, finding.reason, keys, finding.unseen, finding.subject


@pytest.mark.parametrize("name", _names())
def test_the_same_baseline_says_the_same(name: str) -> None:
    case = CASES.load(name)
    target, rule = case.as_target(), case.as_control()
    when = datetime.fromisoformat(case.now) if case.now else NO_TIME
    session = AnswersFrom({**NEVER_APPLIED, **case.answers})
    first = engine.check(target, [rule], lambda _: session, outlook=Remembered(case.seen, when))
    if not first.looked or any(seen.trouble == "not recorded" for seen in first.looked.seen.values()):
        pytest.skip("it has no answers")
    told = Kept(cleaned(first.looked, target, [rule]), first.host, finished=when.isoformat())
    again = judge_recorded(target, [rule], told)
    assert list(map(_as_judged, again.findings)) == list(map(_as_judged, first.findings))


def test_every_kind_is_among_them() -> None:
    assert {name.partition("/")[0] for name in _names()} == {*kinds()}


def test_another_baseline_judges_the_same_answers() -> None:
    told = Kept(heard(a="ok", b="no"))
    assert one(told, control(Says, command="a")).outcome is Outcome.PASS
    assert one(told, control(Says, command="a", wanted="no")).outcome is Outcome.FAIL
    assert one(told, control(Says, 2, command="b", wanted="no")).outcome is Outcome.PASS, "another control asks it"


def test_what_was_never_asked_is_unknown_and_says_so() -> None:
    finding = one(Kept(heard(a="ok")), control(Says, command="never this"))
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.reason == (
        "run 20260101T000000Z-00000001 of 2026-01-01T00:00:00Z did not ask this, or did not keep it: `never this`"
    )


def test_an_answer_without_its_secret_is_not_judged() -> None:
    finding = one(Kept(heard(a="the password is (secret)")), control(Says, command="a", wanted="the password is x"))
    assert (finding.outcome, "a secret was taken out" in finding.reason) == (Outcome.UNKNOWN, True)


def test_a_host_that_was_not_reached_then_or_not_looked_at_is_unknown() -> None:
    lost = HostReport(TARGET.name, TARGET.address, (), reachable=False, error="timed out")
    for told, words in (
        (Kept(None, lost), "could not look at it: timed out"),
        (Kept(None, None), "did not look at it"),
    ):
        done = judge_recorded(TARGET, [control(Says)], told)
        assert not done.host.reachable
        assert [(each.outcome, words in each.reason) for each in done.findings] == [(Outcome.UNKNOWN, True)]


def test_what_was_told_of_the_host_as_a_whole_is_told_again() -> None:
    refused = Unloadable("postfix.service", "Postfix", runs=True, words="bad line")
    then = HostReport(TARGET.name, TARGET.address, (), reachable=True, drifted=("/etc/x: gone",), unloadable=(refused,))
    done = judge_recorded(TARGET, [control(Says, command="a")], Kept(heard(a="ok"), then))
    assert (done.host.drifted, done.host.unloadable) == (then.drifted, (refused,))
    assert done.host.note == (
        "not connected to: judged by its answers in run 20260101T000000Z-00000001 of 2026-01-01T00:00:00Z"
    )
