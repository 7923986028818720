"""Connections that a plan's look leaves open for the apply: only good ones, once, and not for long."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import pytest

from baseline import handover
from baseline.arrivals import Arrivals
from baseline.errors import Unreachable
from baseline.handover import Handover, handing_over
from baseline.local import Identified, Session, Timed
from baseline.model import Target
from tests.exchange.fakes import TARGET


@dataclass
class Line:
    """A session that notes what becomes of it."""

    alive: bool = True
    machine: str = "a key"
    closed: int = 0
    breaks: bool = False
    arrivals: Arrivals = field(default_factory=lambda: Arrivals(0.0))

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        if self.breaks:
            raise Unreachable("it broke")
        return script

    def close(self) -> None:
        self.closed += 1


class Lines:
    """Opens one line after the other."""

    def __init__(self) -> None:
        self.opened: list[Line] = []

    def connect(self, target: Target) -> Session:
        self.opened.append(Line())
        return self.opened[-1]


def left_open(lines: Lines, hands: Handover) -> Line:
    session = hands.leaving(TARGET)
    assert session.exchange(b"x") == b"x"
    session.close()
    return lines.opened[-1]


def test_what_a_look_leaves_is_taken_once() -> None:
    lines = Lines()
    with handing_over(lines.connect) as hands:
        line = left_open(lines, hands)
        assert line.closed == 0
        assert hands.taking(TARGET) is line
        assert hands.taking(TARGET) is lines.opened[1], "proves that logging in still works"
    assert [one.closed for one in lines.opened] == [0, 0], "who took them closes them"


def test_what_nobody_takes_is_closed() -> None:
    lines = Lines()
    with handing_over(lines.connect) as hands:
        line = left_open(lines, hands)
    assert line.closed == 1


def test_it_tells_the_machine_and_the_times_of_the_session_itself() -> None:
    lines = Lines()
    session = Handover(lines.connect).leaving(TARGET)
    assert isinstance(session, Identified)
    assert session.machine == "a key"
    assert isinstance(session, Timed)
    assert session.arrivals is lines.opened[0].arrivals


@pytest.mark.parametrize("how", ["never used", "broke", "cut off while used"])
def test_one_that_did_not_end_well_is_closed(how: str) -> None:
    lines = Lines()
    hands = Handover(lines.connect)
    session = hands.leaving(TARGET)
    line = lines.opened[0]
    if how != "never used":
        session.exchange(b"x")
        line.breaks = True
        with pytest.raises(Unreachable):
            session.exchange(b"x")
    session.close()
    assert line.closed == 1
    assert hands.taking(TARGET) is lines.opened[1]


def test_one_that_the_host_has_ended_or_that_is_old_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines()
    hands = Handover(lines.connect)
    dead = left_open(lines, hands)
    dead.alive = False
    assert hands.taking(TARGET) is lines.opened[1]
    assert dead.closed == 1
    old = left_open(lines, hands)
    later = time.monotonic() + handover.RECENT_SECONDS
    monkeypatch.setattr("baseline.handover.time.monotonic", lambda: later)
    assert hands.taking(TARGET) is lines.opened[3]
    assert old.closed == 1


def test_no_more_are_left_open_than_there_may_be() -> None:
    lines = Lines()
    hands = Handover(lines.connect, most=1)
    for name in ("one", "another"):
        session = hands.leaving(replace(TARGET, name=name))
        session.exchange(b"x")
        session.close()
    assert [one.closed for one in lines.opened] == [0, 1]
