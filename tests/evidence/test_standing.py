"""What records are worth at a moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from baseline.evidence.standing import AHEAD, NOT_ATTESTED, standings
from baseline.model import Evidence
from baseline.model.evidence import Agreement, Facts, MailboxReport, Programme, Training
from baseline.readings.evidence import IN_FORCE

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def record(name: str, facts: Facts, control: str = "MEL-G-02", **changes: Any) -> Evidence:
    made = Evidence(name, control, "*", NOW - DAY, "x", facts, NOW - 9 * DAY, NOW + 9 * DAY, "", "", "a", NOW - DAY)
    return replace(made, **changes)


def words(*records: Evidence, site: str = "here") -> list[tuple[str, str]]:
    return [(one.record.id, one.word) for one in standings(records, site, NOW)]


HELD = Programme(NOW - 3 * DAY)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, IN_FORCE),
        ({"attested_by": None, "attested_at": None}, NOT_ATTESTED),
        ({"attested_at": NOW}, IN_FORCE),
        ({"attested_at": NOW + timedelta(seconds=1)}, AHEAD),
        ({"issued_on": NOW + timedelta(seconds=1)}, AHEAD),
        ({"valid_to": NOW - timedelta(seconds=1)}, "expired on 2026-03-02"),
        ({"valid_to": NOW}, IN_FORCE),
        ({"valid_from": NOW + timedelta(seconds=1)}, "not in force before 2026-03-02"),
    ],
)
def test_a_record_alone(changes: dict[str, Any], word: str) -> None:
    assert words(record("a", HELD, **changes)) == [("a", word)]


def test_a_later_record_supersedes_where_controls_take_the_latest() -> None:
    later = Programme(NOW - 2 * DAY)
    assert words(record("old", HELD), record("new", later)) == [("old", "superseded by new"), ("new", IN_FORCE)]
    assert words(record("new", later), record("old", HELD)) == [("new", IN_FORCE), ("old", "superseded by new")]


def test_only_what_counts_supersedes() -> None:
    waits = record("new", Programme(NOW - DAY), attested_by=None, attested_at=None)
    assert words(record("old", HELD), waits) == [("old", IN_FORCE), ("new", NOT_ATTESTED)]


def test_the_agreement_that_runs_longest_stands() -> None:
    one, other = Agreement("premium", "A"), Agreement("basic", "B")
    longer = record("b", other, "MEL-G-04", valid_to=NOW + 10 * DAY)
    assert words(record("a", one, "MEL-G-04"), longer) == [("a", "superseded by b"), ("b", IN_FORCE)]


def test_each_training_counts_and_controls_do_not_meet() -> None:
    trained = [record(name, Training(NOW - DAY, ("a@x.my",)), "MEL-G-01") for name in "ab"]
    sent = record("c", MailboxReport(NOW - DAY), "MEL-G-03")
    assert words(*trained, sent, record("d", HELD)) == [(name, IN_FORCE) for name in "abcd"]


def test_records_of_another_site_are_not_listed() -> None:
    assert words(record("a", HELD, subject="there"), record("b", HELD, subject="here")) == [("b", IN_FORCE)]
