"""A control that a baseline renames goes on: it neither went nor came, and its past is found under either id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from baseline.history import History
from baseline.model import Finding, HostPlan, Outcome, Report
from baseline.model.plans import ApplyOutcome, HostApply
from tests.history import reports
from tests.history.reports import report, run
from tests.history.test_store import kept

OLD, NEW = "OUR-A-01", "OUR-Z-01"
PASS, FAIL = Outcome.PASS, Outcome.FAIL


def finding(**fields: Any) -> Finding:
    """A finding whose title says nothing of its id."""
    return reports.finding(**{"title": "A control", **fields})


def renamed(number: int, *findings: Finding) -> Report:
    """A run of the version in which the control has its new id."""
    made = report(number, *findings)
    return replace(made, run=replace(run(number, sha256="7a" * 32), baseline_version="2.0.0", renamed={OLD: NEW}))


def told(history: History, since: str = "1", control: str | None = None) -> list[tuple[str, str, str]]:
    found = history.changes(since, control=control).changes
    return [(one.kind, one.control, one.before) for one in found]


def test_that_a_control_is_renamed_changes_nothing(history: History) -> None:
    kept(history, report(1, finding(), finding(control="OUR-B-01")))
    kept(history, renamed(2, finding(control=NEW), finding(control="OUR-B-01")))
    assert told(history) == []


def test_what_happens_to_it_is_told_under_its_new_id(history: History) -> None:
    kept(history, report(1, finding()), renamed(2, finding(control=NEW, outcome=FAIL, found=7)))
    assert told(history) == [("newly failing", NEW, "pass")]
    for asked in (OLD, NEW, OLD.lower()):
        assert told(history, control=asked) == [("newly failing", NEW, "pass")]
    kept(history, renamed(3, finding(control=NEW)))
    assert told(history) == []
    assert told(history, "2") == [("mended", NEW, "fail")]


def test_turns_before_and_after_count_together(history: History) -> None:
    kept(history, report(1, finding()), report(2, finding(outcome=FAIL)), report(3, finding()))
    kept(history, renamed(4, finding(control=NEW, outcome=FAIL)))
    assert told(history) == [("flapping", NEW, "pass")]


def test_its_past_is_listed_under_either_id(history: History) -> None:
    kept(history, report(1, finding()), renamed(2, finding(control=NEW, outcome=FAIL)))
    for asked in (OLD, NEW):
        assert [(one.control, one.outcome) for one in history.spans(control=asked)] == [(OLD, "pass"), (NEW, "fail")]
    assert history.verify().wrong == ()


def test_an_apply_for_the_old_id_is_the_cause_for_the_new_one(history: History) -> None:
    kept(history, report(1, finding(outcome=FAIL)))
    done = HostApply("mx1", ApplyOutcome.APPLIED, "done", "t2", HostPlan("mx1", controls=(OLD,)))
    kept(history, report(2, finding(), applies=(done,)), command="apply")
    kept(history, renamed(3, finding(control=NEW)))
    (change,) = history.changes("1").changes
    assert (change.kind, change.control, change.cause) == ("mended", NEW, "apply")


def test_what_goes_and_comes_without_being_renamed_does_so(history: History) -> None:
    kept(history, report(1, finding(control="OUR-B-01")), renamed(2, finding(control="OUR-C-01")))
    assert told(history) == [("control added", "OUR-C-01", ""), ("control removed", "OUR-B-01", "")]


def test_the_renaming_is_read_back_with_the_report(history: History) -> None:
    made = renamed(1, finding(control=NEW))
    kept(history, made)
    assert history.report("1")[1] == made
