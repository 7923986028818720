"""A day of the checklist is filled from checks, tests and ticks, and nothing that was not done looks done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baseline.evidence.daily import CheckOfDay, filled
from baseline.model import Evidence, Outcome
from tests.evidence.checklists import DAY, by_name, check, delivered, found, rules, sources, tick

NOT_OUTSIDE = "no test of this day was taken by an outside system and came from outside"


def test_a_day_of_which_nothing_is_known_is_missed_once_it_is_over() -> None:
    over, still = (by_name(filled(rules(), DAY, sources(), over=one)) for one in (True, False))
    assert {one.result for one in over.values()} == {"missed"}
    assert {one.result for one in still.values()} == {"open"}
    assert over["queue"].why == "no check of this day looked at MEL-H-02"
    assert over["backup_age"].why == "nobody ticked it"


def test_what_a_check_found_fills_its_item_with_the_run_as_evidence() -> None:
    queue = by_name(filled(rules(), DAY, sources(check(found("mx1", "MEL-H-02"))), over=True))["queue"]
    assert (queue.result, queue.operator, queue.evidence, queue.why) == ("ok", "baseline 0.1.0", "run-1", "")


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (Outcome.PASS, "ok"),
        (Outcome.WARN, "ok"),
        (Outcome.FAIL, "failed"),
        (Outcome.UNKNOWN, "unknown"),
        (Outcome.NOTAPPLICABLE, "not_applicable"),
    ],
)
def test_every_outcome_has_its_result(outcome: Outcome, result: str) -> None:
    queue = by_name(filled(rules(), DAY, sources(check(found("mx1", "MEL-H-02", outcome))), over=True))["queue"]
    assert queue.result == result
    assert outcome is Outcome.PASS or "MEL-H-02 of mx1 is" in queue.why


def test_a_fail_that_is_waived_is_a_fault_all_the_same() -> None:
    waived = found("mx1", "MEL-H-02", Outcome.FAIL, waived="until tomorrow")
    assert by_name(filled(rules(), DAY, sources(check(waived)), over=True))["queue"].result == "failed"


def test_a_host_that_no_check_looked_at_leaves_the_item_unknown() -> None:
    asked = {"MEL-H-02": (("mx1", "MEL-H-02"), ("mx2", "MEL-H-02"))}
    some = by_name(filled(rules(), DAY, sources(check(found("mx1", "MEL-H-02")), asked=asked), over=True))["queue"]
    assert (some.result, some.why) == ("unknown", "MEL-H-02 was not looked at on mx2")
    both = sources(
        check(found("mx2", "MEL-H-02"), moment="2026-03-02 09:00", run="run-2"),
        check(found("mx1", "MEL-H-02")),
        asked=asked,
    )
    assert by_name(filled(rules(), DAY, both, over=True))["queue"].result == "ok"


def test_the_last_check_of_the_day_counts_and_no_more_are_read_than_are_needed() -> None:
    read = []

    def checks() -> Any:
        for number, outcome in enumerate((Outcome.PASS, Outcome.FAIL)):
            read.append(number)
            yield check(found("mx1", "MEL-H-02", outcome), run=f"run-{number}")

    own = rules(filled_by={"queue": ["MEL-H-02"]})
    queue = by_name(filled(own, DAY, replace(sources(), checks=checks()), over=True))["queue"]
    assert (queue.result, queue.evidence, read) == ("ok", "run-0", [0])


def test_an_item_of_several_controls_is_as_the_worst_of_them() -> None:
    disk = check(found("mx1", "MEL-H-03"), found("mx1", "MEL-T-02", Outcome.FAIL))
    assert by_name(filled(rules(), DAY, sources(disk), over=True))["disk"].result == "failed"
    half = by_name(filled(rules(), DAY, sources(check(found("mx1", "MEL-H-03"))), over=True))["disk"]
    assert (half.result, half.why) == ("missed", "no check of this day looked at MEL-T-02")


def test_a_control_that_the_baseline_does_not_have_tells_nothing() -> None:
    own = rules(also=["ours"], filled_by={"ours": ["OUR-A-01"]})
    ours = by_name(filled(own, DAY, sources(), over=True))["ours"]
    assert (ours.result, ours.why) == ("unknown", "the baseline has no control OUR-A-01")


def test_where_no_host_is_one_for_a_control_there_is_nothing_to_look_at() -> None:
    queue = by_name(filled(rules(), DAY, sources(asked={"MEL-H-02": ()}), over=True))["queue"]
    assert (queue.result, queue.why) == ("not_applicable", "no host of the site is one for MEL-H-02")


@pytest.mark.parametrize(
    ("tests", "result", "why"),
    [
        ([delivered()], "ok", ""),
        ([delivered(seconds=None)], "failed", "the mail from mail.example.com did not arrive"),
        ([delivered(seconds=4000)], "failed", "the mail from mail.example.com arrived after 4000 s in INBOX"),
        ([delivered(folder="Junk")], "failed", "the mail from mail.example.com arrived after 60 s in Junk"),
        ([delivered(seconds=None), delivered()], "ok", ""),
        ([delivered(submission_reply="535 no")], "missed", NOT_OUTSIDE),
        ([delivered(vantage="inside")], "missed", NOT_OUTSIDE),
        ([delivered("2026-03-01 23:59")], "missed", "no test of delivery on this day"),
        ([delivered("2026-03-02 00:00")], "ok", ""),
        ([delivered("2026-03-02 23:59", 120)], "ok", ""),
    ],
)
def test_the_best_test_of_the_day_fills_its_item(tests: list[Evidence], result: str, why: str) -> None:
    item = by_name(filled(rules(), DAY, sources(register=tuple(tests)), over=True))["external_delivery_test"]
    assert (item.result, item.why) == (result, why)
    assert item.evidence == ("" if result == "missed" else tests[-1].id)


def test_the_last_tick_of_an_item_counts() -> None:
    ticks = (tick(result="failed"), tick(evidence="ticket 8"))
    item = by_name(filled(rules(), DAY, sources(ticks=ticks), over=True))["backup_age"]
    assert (item.result, item.operator, item.evidence) == ("ok", "Kumar", "ticket 8")


@pytest.mark.parametrize(
    ("outcome", "ticked", "result"),
    [
        (Outcome.FAIL, "ok", "failed"),
        (Outcome.PASS, "failed", "failed"),
        (Outcome.PASS, "ok", "ok"),
        (Outcome.UNKNOWN, "ok", "ok"),
        (None, "ok", "ok"),
    ],
)
def test_what_was_seen_to_be_wrong_stays_so_whoever_ticks_it(outcome: Outcome | None, ticked: str, result: str) -> None:
    checks: list[CheckOfDay] = [] if outcome is None else [check(found("mx1", "MEL-H-02", outcome))]
    both = sources(*checks, ticks=(tick("queue", ticked),))
    assert by_name(filled(rules(), DAY, both, over=True))["queue"].result == result
