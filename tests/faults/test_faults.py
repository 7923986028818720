"""Whatever breaks in whichever moment of an apply: the host is as before or as planned, and the report says which."""

from __future__ import annotations

import re

import pytest

from baseline.lab.releases import RELEASES
from tests.faults.bench import Bench
from tests.faults.case import Case
from tests.faults.cases import CASES, ONCE, in_turn
from tests.faults.results import Results

pytestmark = pytest.mark.lab


def _marked(release: str, case: Case) -> object:
    marks = [pytest.mark.once] if case.name in ONCE else []
    if in_turn(case) != release:
        marks.append(pytest.mark.whole)
    return pytest.param(release, case, id=f"{release}-{case.name}", marks=marks)


@pytest.mark.parametrize(
    ("bench", "case"), [_marked(release, case) for release in RELEASES for case in CASES], indirect=["bench"]
)
def test_fault(case: Case, bench: Bench, results: Results) -> None:
    ended = bench.run(case)
    assert (ended.outcome, ended.exit_code, ended.host) == (case.outcome, case.exit_code, case.host), ended.reason
    assert re.search(case.reason, ended.reason), ended.reason
    assert ended.next.startswith(case.expected_next)
    results.note(bench.host.lab.release, case, ended)
