"""What a sequence expects of a rollback: the host as the generation left it. Needs no lab."""

from __future__ import annotations

from typing import Any, cast

import pytest

from baseline.model import ApplyOutcome, Target
from tests.faults import sequences
from tests.faults.sequences import Played

EMPTY, FIRST, SECOND = {"a": "0"}, {"a": "1"}, {"a": "1", "b": "1"}


class Stands:
    """A host that runs."""

    def root(self, command: str, *, fine: bool = True) -> str:
        del command, fine
        return "running\n"


@pytest.mark.parametrize(
    ("goal", "after", "right"),
    [
        ("2", SECOND, True),
        ("3", SECOND, True),
        ("2", FIRST, False),
        ("1", FIRST, True),
        ("1", SECOND, False),
        ("0", EMPTY, True),
        ("0", FIRST, False),
    ],
)
def test_back_to_a_generation(goal: str, after: dict[str, str], right: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([SECOND, after])
    monkeypatch.setattr(sequences, "look", lambda host: next(looks))
    monkeypatch.setattr(sequences, "mail_flows", lambda host: None)
    monkeypatch.setattr(
        Played, "_back", lambda played, to: ApplyOutcome.NOTHING if to == 2 else ApplyOutcome.ROLLED_BACK
    )
    played = Played(cast(Any, Stands()), Target("mx1", "192.0.2.1"), (), "running", [(EMPTY, FIRST), (FIRST, SECOND)])
    if right:
        played.step(("back", goal))
    else:
        with pytest.raises(AssertionError, match=f"generation {goal} was otherwise"):
            played.step(("back", goal))


def test_a_file_goes_back_as_a_whole() -> None:
    """Its mode was changed by hand after an apply that had changed its content alone."""
    found = {"content x": "0", "path x": "644", "path y": "644"}
    left = {**found, "content x": "1"}
    played = Played(cast(Any, Stands()), Target("mx1", "192.0.2.1"), (), "running", [(found, left)])
    by_hand = {**left, "path x": "600", "path y": "600"}
    assert played._as_at(0, by_hand) == {**found, "path y": "600"}
    assert played._as_at(1, by_hand) == by_hand
