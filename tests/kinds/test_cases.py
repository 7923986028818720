"""Every recorded case gives the finding that the real host gave, with no host."""

from __future__ import annotations

from collections import defaultdict

import pytest

from baseline.kinds import kinds
from tests.kinds.cases import Case, recorded

CASES = recorded()
OBLIGATORY = ("pass", "fail", "unknown", "nothing")

ONLY_WARN = {"unlimited_accounts"}
"""Kinds whose mandate only suggests: `dicadangkan` never fails, so a warning stands for their fail."""

IN_NO_LAB = {
    "dane_records": {"pass", "nothing"},
    "dnssec_state": {"pass", "fail", "nothing"},
    "tls_policies": {"pass", "nothing"},
}
"""What no lab can show: a certificate that this machine trusts, or a zone that validates. See test_dns_kinds.py."""


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
        if not (have[kind] | IN_NO_LAB.get(kind, set())).issuperset(OBLIGATORY)
    }
    assert lacking == {}
