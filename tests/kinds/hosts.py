"""Controls put to hosts whose answers are given in the test: how every test of a kind asks one that was not recorded.

Answers are a mapping from command to `Given`. What they are of, settings of Postfix or rows of doveadm, is made by the
tests of a group; how they are asked, seen from outside and judged is here alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from baseline.advising import by_hand
from baseline.edits import Edit, compose, present_in
from baseline.errors import CannotTell, NothingToJudge
from baseline.facts import look
from baseline.judge import Verdict, judge
from baseline.kinds import kinds
from baseline.kinds.base import Control
from baseline.model import Answer, FileState, Outcome, State, Target
from baseline.model.looks import Parts, unseen_of
from baseline.model.probes import View
from baseline.visit import findings_of

TARGET = Target("mx1", "192.0.2.1", roles=frozenset({"mta", "mailstore", "antispam"}))

Given = Answer | str
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


def answer(said: Given) -> Answer:
    """What a host says, as the program has it."""
    return Answer(0, said.encode()) if isinstance(said, str) else said


def seen(
    wanted: Control,
    answers: Mapping[str, Given],
    target: Target = TARGET,
    *,
    view: View | None = None,
    otherwise: Given | None = None,
    exchanges: int = 1,
) -> State:
    """What a control reads from these answers, and sees in `view` where there is one.

    A question without an answer is an error of the test, unless `otherwise` answers it; and so is one that depends on
    an answer, which would cost an exchange, where that takes more than `exchanges`. Raises `CannotTell` and
    `NothingToJudge`.
    """

    def ask(commands: Sequence[str]) -> Mapping[str, Answer]:
        given = {command: answers.get(command, otherwise) for command in commands}
        lacking = [command for command, said in given.items() if said is None]
        assert not lacking, f"no answer to {lacking}"
        return {command: answer(said) for command, said in given.items() if said is not None}

    looked = look([wanted], target, ask)
    assert looked.exchanges <= exchanges, "a question that depends on an answer costs an exchange"
    found = looked.states[wanted.key]
    if isinstance(found, CannotTell | NothingToJudge):
        raise found
    if view is None:
        return whole(wanted, found, target)
    outside = wanted.outside(view, found, target)
    return whole(wanted, Parts({**found, **outside}, (*unseen_of(found), *unseen_of(outside))), target)


def whole(wanted: Control, found: State, target: Target = TARGET) -> State:
    """A state; raises what keeps a verdict from it, where parts could not be looked at and no other fails."""
    reasons = unseen_of(found)
    if reasons and judged(wanted, dict(found), target).outcome is not Outcome.FAIL:
        raise CannotTell("; ".join(map(str, reasons)))
    return dict(found)


def verdict(wanted: Control, answers: Mapping[str, Given], target: Target = TARGET, **more: Any) -> Verdict:
    """What comes of a control with these answers; `more` is for `seen`."""
    try:
        return judged(wanted, seen(wanted, answers, target, **more), target)
    except CannotTell as reason:
        return Verdict(Outcome.UNKNOWN, str(reason))


def judged(wanted: Control, found: State, target: Target = TARGET) -> Verdict:
    """The judgement of a state."""
    return judge(wanted.expected(target), found)


def files_after(
    wanted: Control, found: State, before: Mapping[str, str], target: Target = TARGET
) -> dict[str, str] | None:
    """The files that a remedy changes, as they are then; None where no file is edited."""
    remedy = wanted.remedy(found, target)
    if remedy is None or not remedy.edits:
        return None
    assert {edit.path for edit in remedy.edits} <= set(wanted.reads(target))
    return edited(remedy.edits, before)


def edited(edits: Sequence[Edit], before: Mapping[str, str]) -> dict[str, str]:
    """The files that edits change, as they are then."""
    present = present_in({path: FileState(text.encode()) for path, text in before.items()})
    changes = compose([("MEL-X-01", edit) for edit in edits], present)
    return {change.path: (change.after.content or b"").decode() for change in changes}


def for_a_person(wanted: Control, found: State, target: Target = TARGET) -> str:
    """What a person is told to do about a state that no remedy mends."""
    (finding,) = findings_of([wanted], target, {wanted.key: found})
    return by_hand(wanted, finding)
