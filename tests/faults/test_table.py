"""The page tells what the last whole run found, of every case that there is. Needs no lab."""

from __future__ import annotations

import re

import pytest

from baseline.lab.releases import RELEASES
from tests.faults.case import Case
from tests.faults.cases import CASES, ONCE, SECTIONS, in_turn
from tests.faults.results import kept, needed
from tests.faults.table import PAGE, page


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


def test_every_section_is_played_by_every_run_of_the_tests() -> None:
    assert [title for title, cases in SECTIONS if not ONCE.intersection(case.name for case in cases)] == []
    assert {*ONCE} <= {case.name for case in CASES}


@pytest.mark.parametrize("release", RELEASES)
def test_every_case_has_a_result_and_every_result_a_case(release: str) -> None:
    wanted = [case.name for case in CASES if case.name in needed(release) | kept(release).keys()]
    assert list(kept(release)) == wanted, "run the whole suite: make faults"


def test_each_fault_is_played_on_one_release_by_every_run_and_on_both_by_some() -> None:
    turns = [in_turn(case) for case in CASES if case.name in ONCE]
    assert abs(turns.count("bookworm") - turns.count("trixie")) <= 1
    assert {in_turn(case) for case in CASES if case.name not in ONCE} == {""}
    assert all(kept(release).keys() >= ONCE for release in RELEASES)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_result_is_what_the_case_asks_for(release: str, case: Case) -> None:
    if case.name not in kept(release):
        assert case.name not in needed(release)
        return
    ended = kept(release)[case.name]
    assert (ended.outcome, ended.exit_code, ended.host) == (case.outcome, case.exit_code, case.host)
    assert case.vague in ("", ended.reason)
    assert case.vague or re.search(case.reason, ended.reason)
    assert ended.next.startswith(case.expected_next)


def test_the_page_is_made_of_the_results() -> None:
    assert PAGE.read_text() == page(kept("bookworm"), kept("trixie")), "write it anew: python -m tests.faults.table"


def test_every_case_is_in_the_table() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "| --- " not in line]
    assert all(any(case.fault in row and case.moment in row for row in rows) for case in CASES)
