"""What a clause of the mandate came to, over all hosts and all controls that speak of it.

The rule is the project's own; the mandate gives none. A clause is the worst of its mandatory controls. What could not
be told outranks a pass and a warning, and is never taken for a fail. A control that the mandate only encourages or
suggests turns a clause to `warn` at most; where a clause has no other, it may also be `unknown`. A fail that is waived
shows as `waived`, never as a pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from baseline.classes import dataclass
from baseline.model.words import Obligation, Outcome

ClauseOutcome = Literal["pass", "warn", "waived", "unknown", "fail", "notapplicable"]
_WORSE: tuple[ClauseOutcome, ...] = ("notapplicable", "pass", "warn", "waived", "unknown", "fail")


@dataclass(frozen=True)
class ClauseVerdict:
    """One clause: its verdict, the controls that speak of it, and those that made it what it is (empty for a pass)."""

    clause: str
    verdict: ClauseOutcome
    controls: tuple[str, ...]
    because: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The clause as JSON carries it."""
        return {
            "clause": self.clause,
            "verdict": self.verdict,
            "controls": list(self.controls),
            "because": list(self.because),
        }


Judgement = tuple[str, str, Outcome, Obligation, str | None]
"""Of one finding: clauses (`f.i, b`), control, outcome, obligation, and how it is waived."""


def verdicts(told: Iterable[Judgement]) -> tuple[ClauseVerdict, ...]:
    """The verdict of every clause that a finding speaks of, in the order of clauses."""
    by_clause: dict[str, list[Judgement]] = {}
    for one in told:
        for clause in re.split(r",\s*", one[0]):
            by_clause.setdefault(clause, []).append(one)
    return tuple(_clause(clause, by_clause[clause]) for clause in sorted(by_clause) if clause)


def _clause(clause: str, told: list[Judgement]) -> ClauseVerdict:
    binding = any(obligation is Obligation.MANDATORY for _, _, _, obligation, _ in told)
    judged = [(control, _one(outcome, obligation, waived, binding)) for _, control, outcome, obligation, waived in told]
    worst = max((verdict for _, verdict in judged), key=_WORSE.index)
    fine = worst in ("pass", "notapplicable")
    because = () if fine else dict.fromkeys(control for control, verdict in judged if verdict == worst)
    return ClauseVerdict(clause, worst, tuple(dict.fromkeys(control for control, _ in judged)), tuple(because))


def _one(outcome: Outcome, obligation: Obligation, waived: str | None, binding: bool) -> ClauseOutcome:
    """What one finding says of a clause, which is `binding` when any of its controls is mandatory."""
    if waived is not None and outcome in (Outcome.FAIL, Outcome.WARN):
        return "waived"
    lenient = obligation is not Obligation.MANDATORY
    if lenient and (outcome is Outcome.FAIL or (binding and outcome is Outcome.UNKNOWN)):
        return "warn"
    return outcome.value
