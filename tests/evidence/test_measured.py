"""What measurements come to as records: gaps with their start and end, outages, and where the tool stood."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from baseline.evidence.measured import in_place, records
from baseline.model import Evidence
from baseline.model.evidence import DeliveryTest, Interruption, Monitoring, ProbeSeries, Programme
from baseline.model.measurements import AccessRun, AccessStep, AccessTests, DeliveryMeasured, Measurement, Vantage

NOW = datetime(2028, 3, 1, 0, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SIGNER = "the installation's key"
MAILBOX = "probe@agensi.example.my"


def run(at: datetime, *bad: str, vantage: Vantage = "outside", steps: str = "smtp submission imap") -> AccessRun:
    made = [
        AccessStep(MAILBOX, name, "unreachable" if name in bad else "ok", 1.0, "no answer" if name in bad else "")  # type: ignore[arg-type]
        for name in steps.split()
    ]
    return AccessRun(at, vantage, tuple(made))


def watched(*runs: AccessRun, every: int = 300, site: str = "cyberjaya") -> Measurement:
    return Measurement(site, "baseline", "1.0", AccessTests(runs, every))


def every_five_minutes(since: datetime, until: datetime) -> list[AccessRun]:
    return [run(since + number * 5 * MINUTE) for number in range(int((until - since) / (5 * MINUTE)) + 1)]


def facts(control: str, *measured: Measurement, now: datetime = NOW) -> Any:
    (found,) = [one.facts for one in records(measured, "cyberjaya", SIGNER, now) if one.control == control]
    return found


def monitoring(*measured: Measurement, now: datetime = NOW) -> Monitoring:
    found = facts("MEL-H-01", *measured, now=now)
    assert isinstance(found, Monitoring)
    return found


def probed(*measured: Measurement) -> ProbeSeries:
    found = facts("MEL-H-05", *measured)
    assert isinstance(found, ProbeSeries)
    return found


def test_a_watch_without_a_gap() -> None:
    found = monitoring(watched(*every_five_minutes(NOW - 2 * DAY, NOW)))
    assert found == Monitoring("baseline", "1.0", NOW - 2 * DAY, NOW, 300, 100.0)
    series = probed(watched(*every_five_minutes(NOW - 2 * DAY, NOW)))
    assert (series.runs, series.succeeded, series.longest_gap_seconds) == (288, 288, 300)
    assert (series.since, series.until, series.last_success_at) == (NOW - DAY, NOW, NOW)
    assert series.steps == ("imap", "smtp", "submission")


def test_each_missing_interval_is_a_gap_with_its_start_and_end() -> None:
    runs = every_five_minutes(NOW - DAY, NOW)
    left = [one for one in runs if not NOW - 10 * HOUR < one.at < NOW - 9 * HOUR]
    found = monitoring(watched(*left))
    assert found.gaps == (Interruption("gap", NOW - 10 * HOUR, NOW - 9 * HOUR, "nobody watched"),)
    assert found.longest_gap_seconds == 3600
    assert found.availability_pct == 100.0, "what nobody saw was neither up nor down"
    assert probed(watched(*left)).longest_gap_seconds == 3600


def test_one_missing_sample_is_a_gap_too() -> None:
    runs = every_five_minutes(NOW - HOUR, NOW)
    del runs[4]
    assert [gap.seconds for gap in monitoring(watched(*runs)).gaps] == [600]


def test_the_outage_of_the_tool_itself_is_a_gap_that_has_not_ended() -> None:
    found = monitoring(watched(*every_five_minutes(NOW - DAY, NOW - 3 * HOUR)))
    assert found.gaps == (Interruption("gap", NOW - 3 * HOUR, NOW, "nobody watched"),)
    assert (found.until, found.longest_gap_seconds) == (NOW, 3 * 3600)


def test_neither_one_run_of_hours_ago_nor_a_tool_that_is_dead_since_is_a_schedule() -> None:
    assert probed(watched(run(NOW - 20 * HOUR), every=0)).longest_gap_seconds == 20 * 3600
    assert probed(watched(*every_five_minutes(NOW - DAY, NOW - 3 * HOUR))).longest_gap_seconds == 3 * 3600


def test_a_tool_that_stopped_long_ago_still_has_its_gap() -> None:
    found = monitoring(watched(*every_five_minutes(NOW - 90 * DAY, NOW - 89 * DAY)))
    assert found.longest_gap_seconds == 89 * 86_400


def test_outages_are_listed_with_what_did_not_serve_and_count_against_availability() -> None:
    runs = every_five_minutes(NOW - 10 * HOUR, NOW)
    for number in (12, 13, 14):
        runs[number] = run(runs[number].at, "imap")
    runs[15] = run(runs[15].at, "imap", "smtp")
    found = monitoring(watched(*runs))
    start = NOW - 9 * HOUR
    assert found.outages == (
        Interruption("outage", start, start + 15 * MINUTE, f"imap of {MAILBOX}"),
        Interruption("outage", start + 15 * MINUTE, start + 20 * MINUTE, f"imap of {MAILBOX}, smtp of {MAILBOX}"),
    )
    assert found.availability_pct == pytest.approx(100 * (600 - 20) / 600, abs=0.001)
    assert (probed(watched(*runs)).runs, probed(watched(*runs)).succeeded) == (121, 117)


def test_an_outage_that_nobody_saw_the_end_of_ends_where_the_next_sample_was_due() -> None:
    found = monitoring(
        watched(run(NOW - 2 * HOUR), run(NOW - 2 * HOUR + 5 * MINUTE, "imap"), run(NOW - HOUR), run(NOW))
    )
    assert [(one.since, one.until) for one in found.outages] == [
        (NOW - 2 * HOUR + 5 * MINUTE, NOW - 2 * HOUR + 10 * MINUTE)
    ]
    assert found.availability_pct == pytest.approx(100 * 10 / 15, abs=0.001)


def test_tests_by_hand_watch_nothing() -> None:
    found = records([watched(run(NOW - HOUR), every=0)], "cyberjaya", SIGNER, NOW)
    assert [one.control for one in found] == ["MEL-H-05"]


def test_samples_of_batches_and_restarts_are_one_watch() -> None:
    runs = every_five_minutes(NOW - 2 * HOUR, NOW)
    batches = [watched(*runs[10:]), watched(*runs[:4]), watched(*runs[4:10])]
    assert monitoring(*batches) == monitoring(watched(*runs))


def test_what_is_dated_ahead_and_other_sites_count_for_nothing() -> None:
    assert records([watched(run(NOW + MINUTE))], "cyberjaya", SIGNER, NOW) == ()
    assert records([watched(run(NOW), site="kuching")], "cyberjaya", SIGNER, NOW) == ()


def test_the_nearest_place_where_the_tool_stood_is_told() -> None:
    runs = [run(NOW - 2 * HOUR), run(NOW - HOUR, vantage="host"), run(NOW, vantage="inside")]
    assert probed(watched(*runs)).vantage == "host"
    assert probed(watched(run(NOW - DAY, vantage="host"), run(NOW))).vantage == "outside", "a day ago is over"


def test_a_step_counts_that_every_run_tried() -> None:
    assert probed(watched(run(NOW - HOUR, steps="smtp"), run(NOW))).steps == ("smtp",)


def test_no_run_that_succeeded_is_no_success() -> None:
    found = probed(watched(run(NOW - HOUR, "smtp"), run(NOW, "imap")))
    assert (found.succeeded, found.last_success_at) == (0, None)


TEST = DeliveryMeasured(
    provider="mail.example.com",
    identity="probe@mail.example.com",
    account=MAILBOX,
    vantage="outside",
    direction="out",
    token="t-1",
    sent_at=NOW - HOUR,
    submission_reply="250 2.0.0 Ok",
    outcome="delivered",
    arrived_at=NOW - HOUR + MINUTE,
    folder="INBOX",
)


def delivery(test: DeliveryMeasured) -> Measurement:
    return Measurement("cyberjaya", "baseline", "1.0", test)


def test_a_delivery_from_outside_is_a_record_that_nobody_has_to_attest() -> None:
    (found,) = records([delivery(TEST)], "cyberjaya", SIGNER, NOW)
    expected = DeliveryTest(
        "mail.example.com", "t-1", TEST.sent_at, "250 2.0.0 Ok", TEST.arrived_at, "INBOX", "outside", TEST.identity
    )
    at = NOW - HOUR + MINUTE
    assert found == Evidence(
        "measured-t-1", "MEL-H-06", "cyberjaya", at, SIGNER, expected, attested_by=SIGNER, attested_at=at
    )


def test_where_a_mail_came_from_is_part_of_its_record_and_the_way_back_is_none() -> None:
    inside = delivery(replace(TEST, vantage="inside", outcome="inside"))
    assert facts("MEL-H-06", inside).vantage == "inside"
    assert records([delivery(replace(TEST, direction="back"))], "cyberjaya", SIGNER, NOW) == ()


def test_a_mail_that_nobody_could_look_for_tested_nothing() -> None:
    """It was taken, and is not lost for all that: the mailbox did not open."""
    unseen = replace(TEST, outcome="untested", reason="the mailbox did not open", arrived_at=None, folder="")
    assert facts("MEL-H-06", delivery(unseen)).submission_reply == "untested: the mailbox did not open"


def test_what_was_measured_stands_in_place_of_what_was_written() -> None:
    made = records([watched(*every_five_minutes(NOW - DAY, NOW)), delivery(TEST)], "cyberjaya", SIGNER, NOW)
    by_hand = Monitoring("zabbix", "7", NOW - DAY, NOW, 60, 100.0)
    written = [
        Evidence(name, control, subject, NOW, "x", said, attested_by="y", attested_at=NOW)
        for name, control, subject, said in (
            ("watch", "MEL-H-01", "cyberjaya", by_hand),
            ("watch-of-all", "MEL-H-01", "*", by_hand),
            ("elsewhere", "MEL-H-01", "kuching", by_hand),
            ("delivery", "MEL-H-06", "cyberjaya", DeliveryTest("p", "t", NOW, "250")),
            ("programme", "MEL-G-02", "cyberjaya", Programme(NOW)),
        )
    ]
    joined = in_place(written, made, "cyberjaya")
    assert joined is not None
    assert [one.id for one in joined if one in written] == ["elsewhere", "delivery", "programme"]
    assert joined[3:] == made
    assert in_place(written, (), "cyberjaya") == tuple(written)
    assert in_place(None, (), "cyberjaya") is None
    assert in_place(None, made, "cyberjaya") == made


def test_a_record_that_lists_gaps_lists_the_longest() -> None:
    gap = Interruption("gap", NOW - HOUR, NOW, "nobody watched")
    with pytest.raises(ValueError, match="longest"):
        Monitoring("t", "1", NOW - DAY, NOW, 60, 100, (gap,))
    with pytest.raises(ValueError, match="is after"):
        Interruption("gap", NOW, NOW - HOUR, "")
