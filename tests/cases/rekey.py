"""Recorded answers carried over to questions whose text has changed: `python -m tests.record --rekey [OLD NEW]`.

A kind that puts its question otherwise, in a way that a host answers as before, needs no new recording. An answer that
nobody asks for any more goes to a question that has none: as a map from old to new questions says; or where the two are
called the same, which a question is by how it begins or by its file; or where a case has just one of each. What was
learnt from one case is tried on the others. Every case is then judged anew, so that a finding that has become another
one is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.cases.case import Case, Judged
from tests.cases.shared import title

ROUNDS = 8
"""How often a case is asked again for what only the last answers brought up."""


@dataclass(frozen=True)
class Rekeyed:
    """What came of it. Cases are named `KIND/NAME`.

    `carried` has the new question of each old one, `unanswered` what cases still have no answer to, `otherwise` the
    findings that are others than expected.
    """

    cases: Sequence[Case]
    carried: Mapping[str, str]
    changed: int
    unanswered: Mapping[str, Sequence[str]]
    otherwise: Mapping[str, str]


@dataclass
class _Work:
    names: Mapping[str, str]
    carried: dict[str, str]
    cases: dict[str, Case] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)

    def put(self, name: str, case: Case) -> None:
        self.cases[name] = case
        self.judged[name] = case.judge()


def rekey(cases: Sequence[Case], changed: Mapping[str, str], names: Mapping[str, str]) -> Rekeyed:
    """Carry over what can be. `changed` has new questions by old ones, `names` what recorded questions are called."""
    before = {f"{case.kind}/{case.name}": case for case in cases}
    work = _Work(names, dict(changed))
    for name, case in before.items():
        work.put(name, case)
    for _ in range(ROUNDS):
        if not any([_carry(work, name) for name in before]):
            break
    for name, judged in work.judged.items():
        if judged.unused and not judged.unknown:
            work.put(name, work.cases[name].without(judged.unused))
    return Rekeyed(
        list(work.cases.values()),
        {old: new for old, new in work.carried.items() if old not in changed or _asked(work, new)},
        sum(work.cases[name] != case for name, case in before.items()),
        {name: tuple(map(str, judged.unknown)) for name, judged in work.judged.items() if judged.unknown},
        {
            name: f"{judged.finding.outcome.value}: {judged.finding.reason}"
            for name, judged in work.judged.items()
            if not judged.unknown and not work.cases[name].expects(judged)
        },
    )


def _carry(work: _Work, name: str) -> bool:
    """Carry over what one case shows; whether it was anything."""
    case, judged = work.cases[name], work.judged[name]
    pairs = _pairs(judged, work)
    if not pairs:
        return False
    for old, new in pairs.items():
        work.carried.setdefault(old, new)
    answers = {pairs.get(question, question): answer for question, answer in case.answers.items()}
    work.put(name, replace(case, answers=answers))
    return True


def _pairs(judged: Judged, work: _Work) -> dict[str, str]:
    unused = [one for one in judged.unused if isinstance(one, str)]
    unknown = [one for one in judged.unknown if isinstance(one, str)]
    pairs = {old: work.carried[old] for old in unused if work.carried.get(old) in unknown}
    for new in unknown:
        called = [old for old in unused if work.names.get(old, title(old)) == title(new)]
        if new not in pairs.values() and len(called) == 1 and called[0] not in pairs:
            pairs[called[0]] = new
    left = [old for old in unused if old not in pairs], [new for new in unknown if new not in pairs.values()]
    if len(left[0]) == len(left[1]) == 1:
        pairs[left[0][0]] = left[1][0]
    return pairs


def _asked(work: _Work, question: str) -> bool:
    return any(question in case.answers for case in work.cases.values())
