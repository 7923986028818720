"""The page tells what the last whole run found, of every case that there is. Needs no lab."""

from __future__ import annotations

import re

import pytest

from tests.faults.case import Case
from tests.faults.cases import CASES, ONCE, SECTIONS
from tests.faults.results import kept
from tests.faults.table import PAGE, page


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


def test_every_section_is_played_by_every_run_of_the_tests() -> None:
    assert [title for title, cases in SECTIONS if not ONCE.intersection(case.name for case in cases)] == []
    assert {*ONCE} <= {case.name for case in CASES}


def test_every_case_has_a_result_and_every_result_a_case() -> None:
    assert list(kept()) == [case.name for case in CASES], "run the whole suite: pytest tests/faults"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_result_is_what_the_case_asks_for(case: Case) -> None:
    ended = kept()[case.name]
    assert (ended.outcome, ended.exit_code, ended.host) == (case.outcome, case.exit_code, case.host)
    assert case.vague in ("", ended.reason)
    assert case.vague or re.search(case.reason, ended.reason)
    assert ended.next.startswith(case.expected_next)


def test_the_page_is_made_of_the_results() -> None:
    assert PAGE.read_text() == page(kept()), "write it anew: python -m tests.faults.table"


def test_every_case_is_in_the_table() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "| --- " not in line]
    assert all(any(case.fault in row and case.moment in row for row in rows) for case in CASES)
