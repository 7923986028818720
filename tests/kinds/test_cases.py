"""Every recorded case gives the finding that the real host gave, with no host."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from baseline.kinds import kinds
from tests.kinds.cases import Case, recorded

CASES = recorded()
OBLIGATORY = ("pass", "fail", "unknown", "nothing")

ONLY_WARN = {"maintenance_agreement", "unlimited_accounts"}
"""Kinds whose mandate only encourages (`digalakkan`) or suggests (`dicadangkan`): a warning stands for their fail."""

WRITTEN = {"exchange_quota": "no lab of ours can have an Exchange, so nothing can be recorded from one"}
"""Kinds without a recorded case, and why. Their documents are written, and said to be: `tests/written/README.md`.

They have the obligatory cases all the same, in a test module of their own.
"""

IN_NO_LAB = {
    "dane_records": {"pass", "nothing"},
    "dnssec_state": {"pass", "fail", "nothing"},
    "tls_policies": {"pass", "nothing"},
}
"""What no lab can show: a certificate that this machine trusts, or a zone that validates. See test_dns_secured.py."""


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
        if kind not in WRITTEN and not (have[kind] | IN_NO_LAB.get(kind, set())).issuperset(OBLIGATORY)
    }
    assert lacking == {}


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_is_written_is_not_among_the_recorded(kind: str) -> None:
    assert kind in kinds()
    assert not (Path(__file__).parent / kind).exists()
    words = {path.name.partition("-")[0] for path in (Path(__file__).parents[1] / "written" / kind).glob("*.json")}
    assert words == {*OBLIGATORY}
    assert (Path(__file__).parent / f"test_{kind}.py").is_file()
