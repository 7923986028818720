"""Every case gives the finding that the real host gave, with no host; or that it is written to give.

`pytest tests/kinds --update` writes what the answers give now into the cases. Look at what changed before you commit.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from baseline.kinds import kinds
from tests.cases.files import CaseFiles
from tests.scenarios import SCENARIOS

CASES = CaseFiles()
OBLIGATORY = ("pass", "fail", "unknown", "nothing")

ONLY_WARN = {"maintenance_agreement", "unlimited_accounts"}
"""Kinds whose mandate only encourages (`digalakkan`) or suggests (`dicadangkan`): a warning stands for their fail."""


@pytest.mark.parametrize("name", CASES.names())
def test_the_finding_is_the_recorded_one(name: str, update: bool) -> None:
    case = CASES.load(name)
    judged = case.judge()
    assert judged.unknown == ()
    assert judged.unused == ()
    if update:
        case = case.expecting(judged)
        CASES.save_expected(case)
    assert (judged.finding.outcome.value, judged.finding.reason) == (case.outcome, case.reason)
    assert judged.plan.empty == case.plan_empty
    word = case.name.partition("-")[0]
    assert (case.outcome, word == "nothing") in ((word, False), ("pass", case.plan_empty))


def test_files_stand_as_they_are_written() -> None:
    assert [name for name in CASES.names() if not CASES.is_laid_out(name)] == [], "run `pytest tests/kinds --update`"


def test_every_kind_has_the_obligatory_cases() -> None:
    have = defaultdict(set)
    for name in CASES.names():
        kind, _, short = name.partition("/")
        word = short.partition("-")[0]
        have[kind].add("fail" if word == "warn" and kind in ONLY_WARN else word)
    assert have.keys() == kinds().keys()
    lacking = {kind: [word for word in OBLIGATORY if word not in have[kind]] for kind in have}
    assert {kind: words for kind, words in lacking.items() if words} == {}


def test_a_case_is_recorded_from_a_scenario_or_says_why_it_is_written() -> None:
    recorded = {(case.control["id"], case.name) for case in CASES.load_all() if not case.written}
    assert recorded == {(scenario.control, scenario.name) for scenario in SCENARIOS}
