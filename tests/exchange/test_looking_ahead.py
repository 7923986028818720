"""What rests on nothing that a host says is looked at from outside while the host is asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from baseline import engine, manifest
from baseline.deadline import Deadline
from baseline.errors import HostError, Unreachable
from baseline.judge import Equal, Wants
from baseline.kinds.base import Control, asked
from baseline.model import About, Answer, Outcome, State, Subject, Target
from baseline.model.probes import Lookup, Probe, Seen, View
from baseline.readings.answers import ask, text
from baseline.session import Session
from tests.exchange.test_outside import NOW, Zone
from tests.scripted import AnswersFrom

SECONDS = 20


class OfDomain(Control):
    """Looks at a domain, and asks the host nothing."""

    kind: Literal["of_domain"] = "of_domain"
    about: ClassVar[About] = "domain"

    def expected(self, target: Target) -> Wants:
        return {"end": Equal("end")}

    def outside(self, view: View, state: State, target: Target) -> State:
        return {"end": view.see(Lookup(view.see(Lookup(target.subject, "TXT")).records[0], "TXT")).records[0]}


class OfHost(Control):
    """Looks where the host tells it to."""

    kind: Literal["of_host"] = "of_host"

    def expected(self, target: Target) -> Wants:
        return {"end": Equal("end")}

    def actual(self, host: Any, target: Target) -> State:
        (answer,) = ask(host, "inside")
        return {"inside": text(answer).strip()}

    def outside(self, view: View, state: State, target: Target) -> State:
        return {"end": view.see(Lookup(str(state["inside"]), "TXT")).records[0]}


TARGET = Target(
    "mx1", "192.0.2.1", roles=frozenset({"dns"}), domains=("one.test",), speaks_for=(Subject("domain", "one.test"),)
)
PLAIN = {"title": {"en": "x", "ms": "x"}, "clause": "f", "obligation": "mandatory", "severity": "low", "why": "x"}
CONTROLS = asked(
    [OfDomain.model_validate({"id": "MEL-X-01", **PLAIN}), OfHost.model_validate({"id": "MEL-X-02", **PLAIN})], TARGET
)
NAMES = {"one.test": "next", "next": "end", "yes": "end"}


class Watched(Zone):
    """Tells when it is asked, and how its deadlines ended; with `held`, it answers only when they do."""

    def __init__(self, *, held: bool = False) -> None:
        super().__init__(NAMES)
        self.held, self.asked, self.ended = held, threading.Event(), threading.Event()

    def now(self) -> datetime:
        return NOW

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        self.asked.set()
        if self.held:
            waited = threading.Event()
            with deadline.closing(waited.set):
                assert waited.wait(SECONDS)
            self.ended.set()
        return super().look(probes, resolvers, deadline)


class Host(AnswersFrom):
    """Answers once the outlook has been asked, and not before; or breaks then."""

    def __init__(self, zone: Watched, *, breaks: bool = False) -> None:
        super().__init__({"inside": Answer(0, b"yes\n"), manifest.QUESTION: Answer(0)})
        self.zone, self.breaks = zone, breaks

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        assert self.zone.asked.wait(SECONDS)
        if self.breaks:
            raise HostError("the connection was lost")
        return super().exchange(script, seconds=seconds)


def test_domains_are_looked_at_while_their_host_is_asked_and_each_thing_once() -> None:
    zone = Watched()
    result = engine.check(TARGET, CONTROLS, lambda _: Host(zone), outlook=zone)
    assert {one.control: one.outcome for one in result.findings} == dict.fromkeys(
        ("MEL-X-01", "MEL-X-02"), Outcome.PASS
    )
    assert zone.rounds == [[Lookup("one.test", "TXT")], [Lookup("next", "TXT")], [Lookup("yes", "TXT")]]


def test_a_host_that_is_not_there_costs_no_name_server_anything() -> None:
    def nobody(_: Target) -> Session:
        raise Unreachable("nobody answers")

    zone = Watched()
    result = engine.check(TARGET, CONTROLS, nobody, outlook=zone)
    assert {one.outcome for one in result.findings} == {Outcome.UNKNOWN}
    assert not zone.asked.is_set()


def test_looks_end_with_the_host_that_breaks_off() -> None:
    zone = Watched(held=True)
    result = engine.check(TARGET, CONTROLS, lambda _: Host(zone, breaks=True), outlook=zone)
    assert {one.outcome for one in result.findings} == {Outcome.UNKNOWN}
    assert zone.ended.wait(SECONDS)


def test_looks_end_when_the_host_is_given_up() -> None:
    zone = Watched(held=True)
    deadline = Deadline()

    def give_up() -> None:
        zone.asked.wait(SECONDS)
        deadline.give_up("enough")

    threading.Thread(target=give_up, daemon=True).start()
    result = engine.check(TARGET, CONTROLS, lambda _: Host(zone), outlook=zone, deadline=deadline)
    assert {one.outcome for one in result.findings} <= {Outcome.UNKNOWN, Outcome.PASS}
    assert zone.ended.wait(SECONDS)


def test_what_fails_ahead_is_told_by_the_look_that_counts() -> None:
    class Faulty(Zone):
        def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
            if not self.rounds:
                self.rounds.append([])
                raise RuntimeError("once")
            return super().look(probes, resolvers, deadline)

    zone = Faulty(NAMES)
    host = AnswersFrom({"inside": Answer(0, b"yes\n"), manifest.QUESTION: Answer(0)})
    result = engine.check(TARGET, CONTROLS, lambda _: host, outlook=zone)
    assert {one.outcome for one in result.findings} == {Outcome.PASS}
