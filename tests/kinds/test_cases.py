"""Every recorded case gives the finding that the real host gave, with no host."""

from __future__ import annotations

from collections import defaultdict

import pytest

from baseline.kinds import kinds
from tests.kinds.cases import Case, recorded

CASES = recorded()
OBLIGATORY = ("pass", "fail", "unknown", "nothing")

ONLY_WARN = {"maintenance_agreement", "unlimited_accounts"}
"""Kinds whose mandate only encourages (`digalakkan`) or suggests (`dicadangkan`): a warning stands for their fail."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}/{case.name}")
def test_the_finding_is_the_recorded_one(case: Case) -> None:
    finding, plan, unknown = case.finding()
    assert (finding.outcome, finding.reason) == (case.outcome, case.reason)
    assert plan.empty == case.plan_empty
    assert unknown == []


def test_every_kind_has_the_obligatory_cases() -> None:
    have = defaultdict(set)
    for case in CASES:
        word = case.name.partition("-")[0]
        have[case.kind].add("fail" if word == "warn" and case.kind in ONLY_WARN else word)
    lacking = {
        kind: [word for word in OBLIGATORY if word not in have[kind]]
        for kind in kinds()
        if not have[kind].issuperset(OBLIGATORY)
    }
    assert lacking == {}
