"""Recorded cases with something in them changed, for what no lab host comes to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from baseline.model import Answer, Target
from tests.cases.case import Case, Judged
from tests.cases.files import CaseFiles


def recorded(name: str, **fields: Any) -> Case:
    """A recorded case, by `KIND/NAME`, with other fields of its control."""
    case = CaseFiles().load(name)
    return replace(case, control={**case.control, **fields})


def of_target(case: Case, **fields: Any) -> Case:
    """The case of a target with other fields, which are as JSON has them."""
    assert fields.keys() <= {one.name for one in dataclasses.fields(Target)}
    return replace(case, target={**case.target, **fields})


def answering(case: Case, answers: Mapping[str, Answer | str]) -> Case:
    """The case with other answers; a text is the output of a command that succeeded."""
    made = {one: Answer(0, said.encode()) if isinstance(said, str) else said for one, said in answers.items()}
    return replace(case, answers={**case.answers, **made})


def saying(case: Case, command: str, old: str, new: str) -> Case:
    """The case with a word exchanged in one answer."""
    answer = case.answers[command]
    assert old.encode() in answer.stdout, (command, old)
    return answering(case, {command: replace(answer, stdout=answer.stdout.replace(old.encode(), new.encode()))})


def seeing(case: Case, port: int, **fields: Any) -> Case:
    """The case with every look at one port changed."""
    changed = {
        probe: replace(seen, **{name: value for name, value in fields.items() if hasattr(seen, name)})
        if getattr(probe, "port", None) == port
        else seen
        for probe, seen in case.seen.items()
    }
    assert changed != case.seen
    return replace(case, seen=changed)


def judged(case: Case) -> Judged:
    """What comes of it; everything that is asked has to be answered."""
    found = case.judge()
    assert not found.unknown, found.unknown
    return found


def outcome(case: Case) -> tuple[str, str]:
    """Outcome and reason."""
    found = judged(case).finding
    return found.outcome.value, found.reason
