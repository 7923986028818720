"""Whatever breaks in whichever moment of an apply: the host is as before or as planned, and the report says which."""

from __future__ import annotations

import re

import pytest

from tests.faults.bench import Bench
from tests.faults.case import Case
from tests.faults.cases import CASES, ONCE
from tests.faults.results import Results

pytestmark = pytest.mark.lab


def _marked(case: Case) -> object:
    return pytest.param(case, id=case.name, marks=() if case.name in ONCE else pytest.mark.whole)


@pytest.mark.parametrize("case", [_marked(case) for case in CASES])
def test_fault(case: Case, bench: Bench, results: Results) -> None:
    ended = bench.run(case)
    assert (ended.outcome, ended.exit_code, ended.host) == (case.outcome, case.exit_code, case.host), ended.reason
    assert re.search(case.reason, ended.reason), ended.reason
    assert ended.next.startswith(case.expected_next)
    results.note(case, ended)
