"""The verdict per clause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.model import Obligation, Outcome
from baseline.model.clauses import verdicts

M, R = Obligation.MANDATORY, Obligation.RECOMMENDED
PASS, WARN, FAIL, UNKNOWN, NOT = Outcome


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ([(PASS, M, None)], "pass"),
        ([(PASS, M, None), (NOT, M, None)], "pass"),
        ([(NOT, M, None)], "notapplicable"),
        ([(PASS, M, None), (WARN, M, None)], "warn"),
        ([(WARN, M, None), (UNKNOWN, M, None)], "unknown"),
        ([(UNKNOWN, M, None), (FAIL, M, None)], "fail"),
        ([(PASS, M, None), (FAIL, R, None)], "warn"),
        ([(PASS, M, None), (UNKNOWN, R, None)], "warn"),
        ([(UNKNOWN, R, None)], "unknown"),
        ([(FAIL, R, None)], "warn"),
        ([(FAIL, M, "W-1"), (PASS, M, None)], "waived"),
        ([(FAIL, M, "W-1"), (UNKNOWN, M, None)], "unknown"),
        ([(PASS, M, "W-1")], "pass"),
    ],
)
def test_a_clause_is_the_worst_of_its_mandatory_controls(
    told: list[tuple[Outcome, Obligation, str | None]], verdict: str
) -> None:
    (clause,) = verdicts(("f", f"MEL-X-0{number}", *one) for number, one in enumerate(told))
    assert clause.verdict == verdict
    assert (clause.because == ()) == (verdict in ("pass", "notapplicable"))


def test_a_control_counts_for_every_clause_that_it_names() -> None:
    found = verdicts([("f.i, b", "MEL-Q-03", FAIL, M, None), ("b", "MEL-G-03", PASS, M, None)])
    assert [(one.clause, one.verdict, one.controls) for one in found] == [
        ("b", "fail", ("MEL-Q-03", "MEL-G-03")),
        ("f.i", "fail", ("MEL-Q-03",)),
    ]


Told = tuple[str, str, Outcome, Obligation, None]
findings = st.lists(
    st.tuples(st.just("f"), st.sampled_from("ABC"), st.sampled_from(Outcome), st.sampled_from(Obligation), st.none()),
    min_size=1,
)


@given(findings)
def test_a_clause_passes_only_when_nothing_mandatory_is_less(
    told: list[Told],
) -> None:
    (clause,) = verdicts(told)
    binding = [outcome for _, _, outcome, obligation, _ in told if obligation is M]
    if clause.verdict == "pass":
        assert {*binding} <= {PASS, NOT}
    if clause.verdict == "fail":
        assert FAIL in binding
    if UNKNOWN in binding and FAIL not in binding:
        assert clause.verdict == "unknown"
