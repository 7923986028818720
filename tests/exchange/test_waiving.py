"""Waivers over findings: what they cover, from and until which instant, and what they never cover."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.model import Finding, Outcome, Report
from baseline.model.waivers import Waiver, Waivers, WaiverTold
from baseline.waiving import waived, with_waivers
from tests.reports.cases import MX1, RUN, fails, passes, unknown

KUALA_LUMPUR = timezone(timedelta(hours=8))
MIDNIGHT = datetime(2027, 4, 1, tzinfo=KUALA_LUMPUR)
SECOND = timedelta(seconds=1)
FAILING = fails()


def waiver(expires: datetime = MIDNIGHT, **changed: object) -> Waiver:
    """A waiver of what fails on mx1."""
    made = Waiver(
        control=FAILING.control,
        limit="mx1",
        controls=frozenset({FAILING.control}),
        hosts=frozenset({"mx1"}),
        reason="a new store is ordered",
        approver="CISO",
        expires=expires,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def reported(*waivers: Waiver, at: datetime, findings: tuple[Finding, ...] = (FAILING,)) -> Report:
    """The report of a run that ended at an instant."""
    when = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    run = replace(RUN, started=when, finished=when)
    return with_waivers(Report(run, (MX1,), findings), Waivers(waivers))


@pytest.mark.parametrize("zone", [KUALA_LUMPUR, UTC, timezone(-timedelta(hours=10))])
def test_it_counts_up_to_the_last_second_and_no_more_from_the_instant_itself(zone: timezone) -> None:
    ends = MIDNIGHT.astimezone(zone)
    codes = [reported(waiver(ends), at=ends + moved).exit_code for moved in (-SECOND, timedelta(), SECOND)]
    assert codes == [0, 1, 1]


def test_midnight_in_kuala_lumpur_is_four_in_the_afternoon_of_the_day_before_in_utc() -> None:
    before, then = (datetime(2027, 3, 31, *time, tzinfo=UTC) for time in ((15, 59, 59), (16, 0, 0)))
    assert reported(waiver(), at=before).waivers[0].state == "expiring"
    assert reported(waiver(), at=then).waivers[0].state == "expired"


def test_it_does_not_count_before_it_begins() -> None:
    begins = MIDNIGHT - timedelta(days=60)
    states = [
        (report.exit_code, report.waivers[0].state)
        for moved in (-SECOND, timedelta())
        for report in [reported(waiver(begins=begins), at=begins + moved)]
    ]
    assert states == [(1, "not begun"), (0, "in force")]


@pytest.mark.parametrize(
    ("left", "state"), [(timedelta(days=30) + SECOND, "in force"), (timedelta(days=30), "expiring")]
)
def test_its_end_is_told_thirty_days_ahead(left: timedelta, state: str) -> None:
    assert reported(waiver(), at=MIDNIGHT - left).waivers[0].state == state


def test_the_notice_can_be_longer() -> None:
    report = Report(RUN, (MX1,), (FAILING,))
    longer = with_waivers(report, Waivers((waiver(),), timedelta(days=200)))
    assert longer.waivers[0].state == "expiring"


def test_a_clock_that_is_set_back_during_a_run_brings_no_waiver_back_to_life() -> None:
    run = replace(RUN, started="2027-03-31T16:00:00Z", finished="2027-03-31T15:00:00Z")
    assert with_waivers(Report(run, (MX1,), (FAILING,)), Waivers((waiver(),))).exit_code == 1


def test_what_was_waived_at_an_earlier_instant_is_so_no_more_at_a_later_one() -> None:
    waivers = Waivers((waiver(),))
    before = waived([FAILING], waivers, MIDNIGHT - SECOND)
    assert before[0].waived == waiver().words
    assert waived(before, waivers, MIDNIGHT) == (FAILING,)


def test_it_shows_until_when_by_whom_and_why() -> None:
    one = waiver(compensating="watched daily", ticket="T-7")
    assert one.words == "until 2027-04-01T00:00+08:00, by CISO: a new store is ordered; instead: watched daily (T-7)"
    assert replace(one, kind="annotation").words.startswith("said to be wrong, until ")


def test_only_what_fails_or_warns_is_waived() -> None:
    good, lost = replace(passes(), control=FAILING.control), replace(unknown(), control=FAILING.control)
    report = reported(waiver(), at=MIDNIGHT - SECOND, findings=(good, lost, replace(FAILING, outcome=Outcome.WARN)))
    assert [one.waived is not None for one in report.findings] == [False, False, True]
    assert report.exit_code == 3


@pytest.mark.parametrize(
    "other", [waiver(hosts=frozenset({"mx2"})), waiver(controls=frozenset({"MEL-X-99"}))], ids=["host", "control"]
)
def test_another_host_and_another_control_are_not_covered(other: Waiver) -> None:
    assert reported(other, at=MIDNIGHT - SECOND).exit_code == 1


def test_drift_is_never_waived() -> None:
    report = reported(waiver(), at=MIDNIGHT - SECOND, findings=(replace(FAILING, drift=True),))
    assert report.summary["waived"] == 1
    assert report.exit_code == 1


def test_of_several_the_one_that_holds_longest_is_named() -> None:
    longer = waiver(MIDNIGHT + timedelta(days=9), approver="Director")
    report = reported(waiver(), longer, at=MIDNIGHT - SECOND)
    assert report.findings[0].waived == longer.words
    assert [one.waives for one in report.waivers] == [1, 1]
    assert reported(waiver(), longer, at=MIDNIGHT).exit_code == 0


@pytest.mark.parametrize(
    ("outcome", "needed"), [*[(one, True) for one in ("fail", "warn", "unknown")], ("pass", False)]
)
def test_it_is_no_longer_needed_when_all_that_it_covers_passes(outcome: str, needed: bool) -> None:
    report = reported(waiver(), at=MIDNIGHT - SECOND, findings=(replace(FAILING, outcome=Outcome(outcome)),))
    assert report.waivers[0].needed is needed


def test_whether_it_is_needed_is_not_concluded_from_some_of_its_hosts() -> None:
    wider = waiver(hosts=frozenset({"mx1", "mx2"}))
    assert reported(wider, at=MIDNIGHT - SECOND, findings=(replace(FAILING, outcome=Outcome.PASS),)).waivers[0].needed


def test_every_total_is_there_with_and_without_waivers() -> None:
    document = reported(waiver(), at=MIDNIGHT - SECOND).to_dict()
    assert (document["exit_code"], document["without_waivers"]["exit_code"]) == (0, 1)
    assert (document["summary"]["fail"], document["summary"]["without_waivers"]["fail"]) == (0, 1)
    (clause,) = document["clauses"]
    assert (clause["verdict"], document["without_waivers"]["clauses"][clause["clause"]]) == ("waived", "fail")


INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.sampled_from([UTC, KUALA_LUMPUR])).map(
    lambda one: one.replace(microsecond=0)
)


@given(INSTANTS, st.none() | INSTANTS, INSTANTS)
def test_it_holds_exactly_from_its_beginning_to_its_end(ends: datetime, begins: datetime | None, at: datetime) -> None:
    one = waiver(ends, begins=begins)
    holds = (begins is None or begins.timestamp() <= at.timestamp()) and at.timestamp() < ends.timestamp()
    assert one.holds(at) is holds
    assert (one.state(at, timedelta(days=30)) in ("in force", "expiring")) is holds


@given(INSTANTS, st.none() | INSTANTS, st.sampled_from(["waiver", "annotation"]), st.text(max_size=9))
def test_it_comes_back_from_json(ends: datetime, begins: datetime | None, kind: str, text: str) -> None:
    told = WaiverTold(waiver(ends, begins=begins, kind=kind, reason=text, ticket=text), "in force", 3, needed=False)
    assert WaiverTold.from_dict(told.to_dict()) == told
