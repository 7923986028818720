"""A transaction that nobody has decided is told with what to do, from the journal that the host's side keeps."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

import pytest

from baseline import undecided
from baseline.errors import CannotTell
from baseline.model import HOST_STATE, Answer, Undecided
from baseline.shell import script
from tests.exchange.place import Place, wide_plan

HEAD = "20261126T215255Z-4b1c5606"
ARMED = f"{HEAD}\tswapped\tidle\t1000000000\t500.25\t400000000\t300\tops\n"


def told(place: Place) -> tuple[Undecided, ...]:
    """What the question tells of the journals in a place."""
    question = script("baseline", "undecided", root=str(place.state))
    done = subprocess.run(["sh", "-c", question], capture_output=True, check=False)
    return undecided.undecided(Answer(done.returncode, done.stdout, done.stderr))


def test_the_question_is_about_where_hosts_keep_their_journals() -> None:
    assert f"root={HOST_STATE}\n" in undecided.QUESTION


def test_nothing_is_told_of_a_host_without_journals(place: Place) -> None:
    assert told(place) == ()


def test_from_the_swap_to_the_decision(place: Place) -> None:
    begun, reply = place.begin(wide_plan(place), who="ana of ops")
    assert reply.code == 0
    assert told(place) == (Undecided(begun.id, "waiting", "ana of ops"),)
    with (Path(begun.directory) / "busy").open() as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        assert [one.state for one in told(place)] == ["at work"]
    place.end(begun, "confirm")
    assert told(place) == ()


def test_one_that_was_taken_back_is_decided(place: Place) -> None:
    begun, _ = place.begin(wide_plan(place))
    place.end(begun, "restore")
    assert told(place) == ()


@pytest.mark.parametrize(
    ("state", "states"),
    [
        ("armed", ["interrupted"]),
        ("restoring", ["interrupted"]),
        ("broken", ["broken"]),
        ("staged", []),
        ("x", ["broken"]),
    ],
)
def test_cut_off_in_each_state(place: Place, state: str, states: list[str]) -> None:
    begun, _ = place.begin(wide_plan(place))
    (Path(begun.directory) / "state").write_text(f"{state}\n")
    assert [one.state for one in told(place)] == states


def test_one_whose_upload_goes_on_has_changed_nothing(place: Place) -> None:
    (place.state / "tx" / HEAD / "new").mkdir(parents=True)
    assert told(place) == ()


def test_when_the_dead_man_restores() -> None:
    """The timer began at 400 s of the uptime and waits for 300 s, and it is 500.25 s now."""
    (one,) = undecided.undecided(Answer(0, ARMED.encode()))
    assert one == Undecided(HEAD, "waiting", "ops", "2001-09-09T01:49:59Z")
    (unarmed,) = undecided.undecided(Answer(0, ARMED.replace("400000000", "-").encode()))
    assert unarmed.restores == ""
    assert "rolls back automatically at 2001-09-09T01:49:59Z" in str(one)
    assert "is rolled back by the next apply" in str(unarmed)


@pytest.mark.parametrize("state", ["at work", "waiting", "interrupted", "broken"])
def test_each_state_says_what_to_do_and_goes_through_json(state: str) -> None:
    one = Undecided.from_dict({"transaction": HEAD, "state": state, "who": "ops", "restores": None})
    assert Undecided.from_dict(one.to_dict()) == one
    assert "host.sh" in str(one) or "look again" in str(one)


def test_another_state_is_no_report() -> None:
    with pytest.raises(ValueError, match="'gone'"):
        Undecided.from_dict({"transaction": HEAD, "state": "gone", "who": "ops", "restores": None})


@pytest.mark.parametrize(
    "answer",
    [
        Answer(1),
        Answer(0, b"x\n"),
        Answer(0, ARMED.replace(HEAD, "../../etc").encode()),
        Answer(0, ARMED.replace("idle", "tired").encode()),
        Answer(0, ARMED.replace("1000000000", "soon").encode()),
        Answer(0, ARMED.encode() * (undecided.MOST + 1)),
    ],
)
def test_another_answer_is_unknown(answer: Answer) -> None:
    with pytest.raises(CannotTell, match="unknown whether an apply is unfinished"):
        undecided.undecided(answer)


def test_a_time_beyond_all_calendars_is_no_time() -> None:
    (one,) = undecided.undecided(Answer(0, ARMED.replace("\t300\t", "\t999999999999999\t").encode()))
    assert one.restores == ""
