"""Every recorded case once more, with each of its answers cut off in turn: no finding becomes better for it.

The order of outcomes is that of `tests.adversary.cuts.allowed`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

import pytest

from baseline.model import Answer, Finding, Outcome
from baseline.model.probes import Probe, Records, Seen
from tests.adversary.case import adversary
from tests.adversary.cuts import Replayed, allowed, begins, cut_answers, cut_seen, other_seen, worse
from tests.cases.case import Case
from tests.cases.files import CaseFiles

CUT = "answers that do not come"


@cache
def cases() -> Mapping[str, tuple[Case, ...]]:
    """Every case, by its kind."""
    found = defaultdict(list)
    for case in CaseFiles().load_all():
        found[case.kind].append(case)
    return {kind: tuple(some) for kind, some in found.items()}


KINDS = sorted({name.partition("/")[0] for name in CaseFiles().names()})


@adversary(CUT, "keep any one answer back that a control had: of a command on the host, or to a look from outside")
@pytest.mark.parametrize("kind", KINDS)
def test_no_finding_is_better_without_an_answer(kind: str) -> None:
    """Every recorded finding stays what it was, or becomes unknown.

    Before: a scanner whose package was not told of was none (not applicable, whatever failed), and so was the clock of
    a host that did not say whether it is a container.
    """
    better: dict[tuple[object, ...], str] = {}
    for case in cases()[kind]:
        replayed = Replayed(case)
        before = replayed.finding()
        assert before.outcome.value == case.outcome
        for question, answer in case.answers.items():
            for cut in cut_answers(answer):
                after = replayed.finding({question: cut})
                if cut != answer and not allowed(before.outcome, after.outcome):
                    better[case.name, question, cut.rc] = told(before, after)
        for probe, seen in case.seen.items():
            for lost in cut_seen(probe, seen):
                after = replayed.finding(seen={probe: lost})
                said = isinstance(lost, Records) and bool(lost.status)
                if lost != seen and not allowed(before.outcome, after.outcome, said=said):
                    better[case.name, probe, lost] = told(before, after)
    assert better == {}


@adversary(CUT, "keep back the one answer that would tell what is wrong, on a host where all else is right")
@pytest.mark.parametrize("kind", KINDS)
def test_no_finding_stands_without_an_answer_that_could_be_worse(kind: str) -> None:
    """Where an answer could have made a finding worse, the finding is unknown without it.

    Before: a name server with another copy of the zone passed when it did not answer, and so did a port 25 that
    refuses, a name server that gives its zone to strangers and said SERVFAIL, and one that recurses for others.
    """
    wrong: dict[tuple[object, ...], str] = {}
    answers, seens = _others(kind)
    for case in cases()[kind]:
        if case.outcome not in ("pass", "warn", "notapplicable"):
            continue
        replayed = Replayed(case)
        for question, answer in case.answers.items():
            could_be = [replayed.finding({question: other}) for other in answers[question]]
            for cut in cut_answers(answer):
                _compare(wrong, (case.name, question, cut.rc), could_be, replayed.finding({question: cut}))
        for probe, seen in case.seen.items():
            others = dict.fromkeys([*seens[probe], *other_seen(probe, seen)])
            findings = {other: replayed.finding(seen={probe: other}) for other in others}
            for lost in cut_seen(probe, seen):
                could_be = [found for other, found in findings.items() if begins(lost, other)]
                if lost != seen:
                    _compare(wrong, (case.name, probe, lost), could_be, replayed.finding(seen={probe: lost}))
    assert wrong == {}


def _compare(
    wrong: dict[tuple[object, ...], str], name: tuple[object, ...], could: list[Finding], is_: Finding
) -> None:
    """Note a finding that is better than one that it could have been."""
    worst = _worst(could)
    if worst is not None and worse(worst.outcome, is_.outcome):
        wrong[name] = told(worst, is_)


def _others(kind: str) -> tuple[Mapping[str, set[Answer]], Mapping[Probe, list[Seen]]]:
    """What was answered to the same questions in all cases of the kind."""
    answers: dict[str, set[Answer]] = defaultdict(set)
    seens: dict[Probe, list[Seen]] = defaultdict(list)
    for case in cases()[kind]:
        for question, answer in case.answers.items():
            answers[question].add(answer)
        for probe, seen in case.seen.items():
            seens[probe].append(seen)
    return answers, seens


def _worst(findings: list[Finding]) -> Finding | None:
    """The worst of them, of those that say something."""
    order = (Outcome.FAIL, Outcome.WARN, Outcome.PASS)
    return min(
        (one for one in findings if one.outcome in order), key=lambda one: order.index(one.outcome), default=None
    )


def told(before: Finding, after: Finding) -> str:
    """Both findings, for whoever reads a failure."""
    return f"{before.outcome}: {before.reason[:200]} -> {after.outcome}: {after.reason[:200]}"
