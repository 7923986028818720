"""Runs of access tests: what is tried again and what is not, all beside each other, and where the tool stood."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from baseline.deadline import Deadline, Halt
from baseline.load.probed import ProbedMailbox, ProbeLimits, ProbesDocument
from baseline.model.measurements import AccessRun, AccessStep
from baseline.probing import access, steps
from baseline.probing.access import access_runs
from baseline.secret import Secret
from tests.probes.servers import Script, dialogue, listening
from tests.probing.test_steps import GREETINGS, IMAP, SMTP, server, silent

AT = datetime(2028, 3, 1, tzinfo=UTC)
LIMITS = ProbeLimits(step_seconds=5, tries=3, retry_seconds=0)


@contextlib.contextmanager
def mail_host(script: Script, service: str, connections: int = 1) -> Iterator[ProbedMailbox]:
    with listening(script, connections) as port:
        yield ProbedMailbox("probe@agensi.example.my", "cyberjaya", **{service: server(port, service)})  # type: ignore[arg-type]


def document(*mailboxes: ProbedMailbox, limits: ProbeLimits = LIMITS) -> ProbesDocument:
    return ProbesDocument("outside", mailboxes, limits=limits)


def run_of(*mailboxes: ProbedMailbox, limits: ProbeLimits = LIMITS) -> AccessRun:
    return access_runs(document(*mailboxes, limits=limits), Deadline(), now=lambda: AT)["cyberjaya"]


def only(run: AccessRun) -> AccessStep:
    (step,) = run.steps
    return step


def counting(first: str, after: str, turns: int) -> tuple[Script, list[str]]:
    """A server that greets so many connections by `first`, and later ones by `after`."""
    seen: list[str] = []

    def script(connection: socket.socket) -> None:
        seen.append("a connection")
        dialogue(first if len(seen) <= turns else after, SMTP)(connection)

    return script, seen


def test_an_answer_for_now_is_asked_for_again_until_it_is_a_good_one() -> None:
    script, seen = counting("421 later\r\n", GREETINGS["smtp"], 2)
    with mail_host(script, "smtp", 3) as mailbox:
        step = only(run_of(mailbox))
    assert (step.outcome, step.tries, step.reason, len(seen)) == ("ok", 3, "", 3)


def test_tries_are_bounded() -> None:
    script, seen = counting("421 later\r\n", "", 9)
    with mail_host(script, "smtp", 3) as mailbox:
        step = only(run_of(mailbox))
    assert (step.outcome, step.tries, len(seen)) == ("unreachable", 3, 3)
    assert step.reason.endswith("greeting: 421 later")


def test_a_wrong_answer_is_not_asked_for_again() -> None:
    script, seen = counting("554 no\r\n", GREETINGS["smtp"], 1)
    with mail_host(script, "smtp") as mailbox:
        step = only(run_of(mailbox))
    assert (step.outcome, step.tries, len(seen)) == ("wrong", 1, 1)


def test_a_login_that_is_refused_is_tried_once() -> None:
    heard: list[str] = []
    answers = {**IMAP, "AUTHENTICATE": "TAG NO [AUTHENTICATIONFAILED] no\r\n"}
    with mail_host(dialogue(GREETINGS["imap"], answers, heard), "imap", 1) as mailbox:
        assert only(run_of(mailbox)).outcome == "wrong"
    assert sum("AUTHENTICATE" in line for line in heard) == 1


def test_nonsense_may_have_been_cut_off_and_is_asked_for_again() -> None:
    script, seen = counting("<html>\r\n", GREETINGS["smtp"], 1)
    with mail_host(script, "smtp", 2) as mailbox:
        step = only(run_of(mailbox))
    assert (step.outcome, step.tries, len(seen)) == ("ok", 2, 2)


def test_a_service_on_this_very_machine_is_not_seen_from_outside() -> None:
    with mail_host(dialogue(GREETINGS["smtp"], SMTP), "smtp") as mailbox:
        found = run_of(mailbox)
    assert (found.vantage, found.at, found.passed) == ("host", AT, True)


def test_where_nobody_answers_the_document_says_where_the_tool_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "tried", lambda *_: steps.Passed("TLSv1.3"))
    mailbox = ProbedMailbox("probe@agensi.example.my", "cyberjaya", smtp=server(25, "smtp"))
    assert run_of(mailbox).vantage == "outside"
    inside = replace(document(mailbox), vantage="inside")
    assert access_runs(inside, Deadline())["cyberjaya"].vantage == "inside"


def test_steps_run_beside_each_other_and_each_site_has_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(4, timeout=20)

    def tried(*_: object) -> steps.Passed:
        together.wait()
        return steps.Passed()

    monkeypatch.setattr(access, "tried", tried)
    mailboxes = [
        ProbedMailbox(f"{name}@agensi.example.my", site, smtp=server(25, "smtp"), imap=server(143, "imap"))
        for name, site in (("a", "cyberjaya"), ("b", "kuching"))
    ]
    found = access_runs(document(*mailboxes, limits=replace(LIMITS, at_once=4)), Deadline())
    assert {site: [step.account[0] + step.step for step in run.steps] for site, run in found.items()} == {
        "cyberjaya": ["asmtp", "aimap"],
        "kuching": ["bsmtp", "bimap"],
    }
    assert all(run.passed for run in found.values())


def test_a_step_that_hangs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the look-up of a name may, which nothing bounds."""
    end = threading.Event()
    monkeypatch.setattr(access, "tried", lambda *_: end.wait(60))
    monkeypatch.setattr(access, "_MARGIN_SECONDS", 0)
    mailbox = ProbedMailbox("probe@agensi.example.my", "cyberjaya", smtp=server(25, "smtp"))
    began = time.monotonic()
    step = only(run_of(mailbox, limits=ProbeLimits(step_seconds=1, tries=1, retry_seconds=0)))
    end.set()
    assert (step.outcome, step.reason) == ("unreachable", "no answer in time")
    assert time.monotonic() - began < 30


def test_a_silent_server_costs_its_tries_and_no_more() -> None:
    with mail_host(silent, "smtp", 2) as mailbox:
        step = only(run_of(mailbox, limits=ProbeLimits(step_seconds=1, tries=2, retry_seconds=0)))
    assert (step.outcome, step.tries) == ("unreachable", 2)


def test_a_secret_that_cannot_be_had_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOBODY_SET_THIS", raising=False)
    from baseline.errors import CannotTell

    def missing() -> str:
        raise CannotTell("the secret from environment variable NOBODY_SET_THIS cannot be read: it is not set")

    with listening(dialogue(GREETINGS["submission"], SMTP), 1) as port:
        there = replace(server(port, "submission"), password=Secret("environment variable NOBODY_SET_THIS", missing))
        step = only(run_of(ProbedMailbox("probe@agensi.example.my", "cyberjaya", submission=there)))
    assert (step.outcome, "NOBODY_SET_THIS" in step.reason) == ("wrong", True)


def test_a_run_that_is_halted_begins_nothing() -> None:
    halt = Halt()
    halt.ask()
    mailbox = ProbedMailbox("probe@agensi.example.my", "cyberjaya", smtp=server(1, "smtp"))
    found = access_runs(document(mailbox), Deadline(), halt=halt)
    assert only(found["cyberjaya"]).outcome == "unreachable"
