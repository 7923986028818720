"""Clocks of controllers that are wrong: which apply came after which is for the host to say."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from baseline import generations
from baseline.generations import Generation
from baseline.model import HostPlan
from baseline.transaction import Transaction
from tests.adversary.case import adversary
from tests.exchange.place import Place, furnish
from tests.exchange.test_generations import back, journals

KIND = "clocks that are wrong"
AHEAD, BEHIND = "20261126T090000Z-00000001", "20261126T083000Z-00000002"
"""Transactions of two controllers: the second was made later, by a clock that is half an hour behind the first's."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    furnish(made.etc)
    return made


def applied(place: Place, identity: str, content: str, word: str = "confirm") -> None:
    """One apply that has `changed` say this."""
    plan = HostPlan("here", files=(place.change("changed", content.encode()),))
    begun, reply = place.begin(plan, transaction=Transaction(root=str(place.state), id=identity))
    assert reply.code == 0, reply
    assert place.end(begun, word).code == 0


def kept(place: Place) -> tuple[Generation, ...]:
    return generations.read(journals(place))


def of_an_earlier_version(place: Place, identity: str, hours_ago: float) -> None:
    """A journal as versions left it that gave no numbers; the host wrote it so long ago."""
    journal = place.state / "tx" / identity
    (journal / "number").unlink(missing_ok=True)
    then = (journal / "busy").stat().st_mtime - hours_ago * 3600
    os.utime(journal / "state", (then, then))


@adversary(KIND, "an apply from a controller whose clock is half an hour behind that of the one before")
def test_the_last_apply_is_the_last_generation(place: Place) -> None:
    """The host numbers its generations while it holds the lock: a rollback undoes the apply that came last.

    Before: journals were in the order of their names, which begin with a controller's time: the rollback undid the
    apply before, and kept the last one's file from before all of them.
    """
    applied(place, AHEAD, "first\n")
    applied(place, BEHIND, "second\n")
    found = kept(place)
    assert [(one.number, one.transaction) for one in found] == [(1, AHEAD), (2, BEHIND)]
    (change,) = back(place, found, generations.chosen(found, None, "mx1")).files
    assert change.after.content == b"first\n"


@adversary(KIND, "controllers whose clocks are off by any time, in both directions")
def test_any_clocks(place: Place) -> None:
    """Whatever times the names of transactions have, generations are in the order of the applies.

    Before: in the order of the names.
    """
    drawn = random.Random(2007)
    names = [f"2026{drawn.randrange(1, 13):02}26T083000Z-{number:08x}" for number in range(6)]
    for number, name in enumerate(names):
        applied(place, name, f"{number}\n", "restore" if number == 2 else "confirm")
    found = kept(place)
    assert [one.transaction for one in found] == [name for number, name in enumerate(names) if number != 2]
    assert [one.number for one in found] == [1, 2, 3, 4, 5], "what was rolled back is no generation"
    (change,) = back(place, found, 3).files
    assert change.after.content == b"3\n"


@adversary(KIND, "twenty applies by a clock that is ahead, and then one by a clock that is right")
def test_the_journal_just_confirmed_stays(place: Place) -> None:
    """The oldest goes, and numbers stay what they were: what was generation 3 yesterday is generation 3 today.

    Before: the one just confirmed was the first in the order of names, and was deleted as it was confirmed.
    """
    for number in range(20):
        applied(place, f"20261126T09{number:02}00Z-00000001", f"{number}\n")
    applied(place, BEHIND, "last\n")
    found = kept(place)
    assert [one.number for one in found] == list(range(2, 22))
    assert found[-1].transaction == BEHIND
    assert generations.chosen(found, 1, "mx1") == 1
    (change,) = back(place, found, 1).files
    assert change.after.content == b"0\n"


@adversary(KIND, "journals of versions that gave no numbers, by controllers whose clocks were wrong")
def test_journals_without_numbers(place: Place) -> None:
    """They are in the order in which the host wrote them, before those with numbers, and have theirs from the next
    apply on.

    Before: in the order of the names, whenever they were written.
    """
    applied(place, AHEAD, "first\n")
    applied(place, BEHIND, "second\n")
    for name, hours in ((AHEAD, 3), (BEHIND, 2)):
        of_an_earlier_version(place, name, hours)
    assert [(one.number, one.transaction) for one in kept(place)] == [(1, AHEAD), (2, BEHIND)]
    applied(place, "20261126T010000Z-00000003", "third\n", "restore")
    applied(place, "20261126T000000Z-00000004", "fourth\n")
    found = kept(place)
    assert [one.transaction for one in found] == [AHEAD, BEHIND, "20261126T000000Z-00000004"]
    assert [one.number for one in found] == [1, 2, 3]
    (change,) = back(place, found, 1).files
    assert change.after.content == b"first\n"


@adversary(KIND, "an apply by a version that gives no numbers, after some that had numbers")
def test_a_journal_without_number_after_some_with(place: Place) -> None:
    """It is the newest until the next apply numbers it: while one apply holds the host, no other can.

    Before: its place was that of its controller's clock.
    """
    applied(place, AHEAD, "first\n")
    applied(place, BEHIND, "second\n")
    of_an_earlier_version(place, BEHIND, 0)
    assert [one.transaction for one in kept(place)] == [AHEAD, BEHIND]
    applied(place, "20261126T000000Z-00000003", "third\n")
    assert [(one.number, one.transaction[:15]) for one in kept(place)] == [
        (1, AHEAD[:15]),
        (2, BEHIND[:15]),
        (3, "20261126T000000"),
    ]


def test_journals_without_numbers_are_pruned_oldest_first(place: Place) -> None:
    names = [f"20261126T09{59 - number:02}00Z-00000001" for number in range(21)]
    applied(place, names[0], "0\n")
    for name in names[1:]:
        shutil.copytree(place.state / "tx" / names[0], place.state / "tx" / name)
    for number, name in enumerate(names):
        of_an_earlier_version(place, name, 100 - number)
    applied(place, BEHIND, "last\n")
    assert [one.transaction for one in kept(place)] == [*names[2:], BEHIND]


def test_a_generation_whose_journal_was_taken_away_is_not_gone_back_over(place: Place) -> None:
    for number in range(4):
        applied(place, f"20261126T09{number:02}00Z-00000001", f"{number}\n")
    shutil.rmtree(place.state / "tx/20261126T090100Z-00000001")
    found = kept(place)
    assert [one.number for one in found] == [1, 3, 4]
    assert generations.chosen(found, 2, "mx1") == 2
    with pytest.raises(Exception, match="mx1 has no generation 1 to roll back to: it keeps 2 to 3"):
        generations.chosen(found, 1, "mx1")
