"""Controls put to hosts whose answers are given in the test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baseline.errors import CannotTell, NothingToJudge
from baseline.facts import look
from baseline.judge import Verdict, judge
from baseline.kinds import kinds
from baseline.kinds.base import Control
from baseline.model import Answer, Outcome, State, Target

TARGET = Target("mx1", "192.0.2.1", roles=frozenset({"mta", "mailstore", "antispam"}))

Said = Answer | str
"""An answer; text alone is the output of a command that succeeded."""


def control(kind: str, **fields: Any) -> Control:
    """A control of a kind, with everything that does not matter here filled in."""
    common = {
        "id": "MEL-X-01",
        "title": {"en": "a title", "ms": "tajuk"},
        "clause": "f",
        "obligation": "mandatory",
        "severity": "high",
        "roles": ["mta"],
        "why": "a reason",
    }
    return kinds()[kind].model_validate(common | {"kind": kind} | fields)


def seen(wanted: Control, answers: Mapping[str, Said]) -> State:
    """The state that a control reads from these answers. A question without an answer is an error.

    Raises `CannotTell` and `NothingToJudge`, as the control does.
    """
    replies = {
        command: Answer(0, said.encode()) if isinstance(said, str) else said for command, said in answers.items()
    }

    def ask(commands: Any) -> Mapping[str, Answer]:
        assert set(commands) <= set(replies), f"no answer to {set(commands) - set(replies)}"
        return {command: replies[command] for command in commands}

    looked = look([wanted], TARGET, ask)
    assert looked.exchanges == 1, "a question that depends on an answer costs an exchange"
    found = looked.states[wanted.id]
    if isinstance(found, CannotTell | NothingToJudge):
        raise found
    return found


def verdict(wanted: Control, answers: Mapping[str, Said]) -> Verdict:
    """What comes of a control with these answers."""
    try:
        return judge(wanted.expected(TARGET), seen(wanted, answers))
    except CannotTell as reason:
        return Verdict(Outcome.UNKNOWN, str(reason))
