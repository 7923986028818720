"""Each kind of control as a parser: what it makes of a host of which one answer is hostile, and all others are real."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from baseline.facts import Unanswered, snapshot_host
from baseline.model import Answer
from tests.adversary.parser import Parser
from tests.adversary.shapes import Shape
from tests.cases.case import Case
from tests.cases.files import CaseFiles

_TOO_LARGE = 1 << 14
"""Bytes of a recorded answer that says more about a host than about how it is read."""


def _passing() -> Iterator[Case]:
    """One case of each kind, one that passes where there is one."""
    found: dict[str, Case] = {}
    for case in sorted(CaseFiles().load_all(), key=lambda case: (case.outcome != "pass", case.name)):
        found.setdefault(case.kind, case)
    yield from found.values()


def _reader(case: Case, question: str) -> Callable[[str], object]:
    """Plays the control with the hostile text as the answer to one question."""
    control, target = case.as_control(), case.as_target()
    aimed = control.on(case.subject) if case.subject else control

    def read(text: str) -> object:
        said = case.answers[question]
        hostile = Answer(said.rc, text.encode("utf-8", "surrogateescape"), said.stderr)
        answers: Mapping[str, Answer] = {**case.answers, question: hostile}
        try:
            return aimed.actual(snapshot_host(target.name, answers), aimed.asked_of(target))
        except RecursionError:
            raise
        except (Exception, Unanswered):  # noqa: BLE001
            # What a kind did not foresee is "could not look", see `baseline.facts`.
            return None

    return read


def _shapes(said: str) -> Iterator[Shape]:
    """A real answer, going on for ever in several ways."""
    whole = said.rstrip("\n")
    last = whole.rpartition("\n")[2]
    units = (f"{last}\n", " ", "1", '"')
    yield from (Shape(f"{whole}\n" if unit.endswith("\n") else whole, unit) for unit in units)


def _parsers() -> Iterator[tuple[str, Parser]]:
    """One for each question that anybody asks: several kinds read the same one in the same way."""
    asked = set[str]()
    for case in _passing():
        for question, answer in case.answers.items():
            if answer.stdout.strip() and len(answer.stdout) < _TOO_LARGE and question not in asked:
                asked.add(question)
                said = answer.stdout.decode("utf-8", "surrogateescape")
                yield (
                    f"kind.{case.kind}.{len(asked)}",
                    Parser(_reader(case, question), tuple(_shapes(said)), plain=False),
                )


PARSERS: dict[str, Parser] = dict(_parsers())
