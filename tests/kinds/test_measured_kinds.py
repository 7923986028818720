"""How MEL-H-01, H-05 and H-06 are judged by measurements: gaps, vantage, and what proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from baseline.errors import CannotTell, NoRegister
from baseline.evidence.measured import records
from baseline.judge import Verdict
from baseline.kinds.mail_services import MailServices
from baseline.load import load_baseline
from baseline.model import Outcome, State, Subject, Target
from baseline.model.measurements import NO_TLS, Measurement, ReceivedHop
from tests.evidence.test_measured import DAY, HOUR, MINUTE, TEST, delivery, every_five_minutes, run, watched
from tests.kinds import hosts
from tests.kinds.hosts import seen
from tests.kinds.views import World

NOW = datetime(2028, 3, 1, 2, tzinfo=UTC)
SITE = Target("cyberjaya", "", site="cyberjaya", speaks_for=(Subject("site", "cyberjaya"),))
CONTROLS = {control.id: control for control in load_baseline("mampu-2007").controls_for(Target("mx1", "192.0.2.1"))}


def of(*measured: Measurement, **changes: Any) -> Target:
    return replace(SITE, register=records(measured, "cyberjaya", "the key", NOW), **changes)


def judged(target: Target, control: str) -> Verdict:
    asked = CONTROLS[control]
    return hosts.judged(asked, seen(asked, {}, target, view=World({}, now=NOW)), target)


def watch(target: Target) -> State:
    control = CONTROLS["MEL-H-01"]
    assert isinstance(control, MailServices)
    return control.outside(World({}, now=NOW), {}, target)


def test_a_watch_without_gaps_is_recorded() -> None:
    state = watch(of(watched(*every_five_minutes(NOW - 2 * DAY, NOW))))
    (gap,) = [value for key, value in state.items() if key.startswith("longest gap in")]
    assert (state["monitoring"], gap) == ("recorded", 300)
    assert not {"gaps", "outages"} & state.keys()


def test_each_gap_and_outage_is_listed_with_its_start_and_end() -> None:
    runs = [one for one in every_five_minutes(NOW - 9 * DAY, NOW) if not HOUR < NOW - one.at < 2 * HOUR]
    runs = [one for one in runs if not 8 * DAY < NOW - one.at < 8 * DAY + 30 * MINUTE]
    runs[-1] = run(NOW, "imap")
    runs[-2] = run(NOW - 5 * MINUTE, "imap")
    state = watch(of(watched(*runs)))
    assert state["gaps"] == (
        "2028-03-01T00:00:00Z to 2028-03-01T01:00:00Z (nobody watched), "
        "2028-02-22T01:30:00Z to 2028-02-22T02:00:00Z (nobody watched)"
    )
    assert state["outages"] == "2028-03-01T01:55:00Z to 2028-03-01T02:00:00Z (imap of probe@agensi.example.my)"
    (gap,) = [value for key, value in state.items() if key.startswith("longest gap in")]
    assert gap == 3600


def test_a_gap_of_last_week_is_told_and_does_not_fail_today() -> None:
    runs = [one for one in every_five_minutes(NOW - 9 * DAY, NOW) if not 3 * DAY < NOW - one.at < 4 * DAY]
    state = watch(of(watched(*runs)))
    assert "2028-02-26T02:00:00Z to 2028-02-27T02:00:00Z" in str(state["gaps"])
    (gap,) = [value for key, value in state.items() if key.startswith("longest gap in")]
    assert gap == 0


def test_a_watch_that_stopped_is_a_gap_until_now() -> None:
    state = watch(of(watched(*every_five_minutes(NOW - 2 * DAY, NOW - HOUR))))
    (gap,) = [value for key, value in state.items() if key.startswith("longest gap in")]
    assert gap == 3600


def test_access_tests_from_outside_pass_and_from_the_mail_host_fail() -> None:
    runs = every_five_minutes(NOW - 2 * DAY, NOW)
    assert judged(of(watched(*runs)), "MEL-H-05").outcome is Outcome.PASS
    near = [replace(one, vantage="host") for one in runs]
    found = judged(of(watched(*near)), "MEL-H-05")
    assert (found.outcome, "vantage is host" in found.reason) == (Outcome.FAIL, True)


def test_mail_from_outside_passes_and_mail_submitted_inside_is_no_test() -> None:
    today = delivery(replace(TEST, sent_at=NOW - HOUR, arrived_at=NOW - HOUR + MINUTE))
    assert judged(of(today), "MEL-H-06").outcome is Outcome.PASS
    inside = delivery(replace(TEST, sent_at=NOW - HOUR, arrived_at=NOW - HOUR, vantage="inside", outcome="inside"))
    with pytest.raises(CannotTell, match="submitted inside"):
        judged(of(inside), "MEL-H-06")
    yesterday = replace(TEST, token="t-0", sent_at=NOW - DAY, arrived_at=NOW - DAY + MINUTE)
    before = replace(yesterday, token="t-2", sent_at=NOW - 2 * DAY, arrived_at=NOW - 2 * DAY + MINUTE)
    day = delivery(replace(yesterday, vantage="inside", outcome="inside"))
    found = judged(of(today, day, delivery(before)), "MEL-H-06")
    assert (found.outcome, found.reason) == (Outcome.FAIL, found.reason)
    assert "days without a test is 2028-02-29" in found.reason


def test_a_hop_without_tls_is_advised_against_and_fails_nothing() -> None:
    sent = replace(TEST, sent_at=NOW - HOUR, arrived_at=NOW - HOUR + MINUTE)
    hops = (
        ReceivedHop("store", tls=""),
        ReceivedHop("mx.agensi.example.my (P)", tls=NO_TLS),
        ReceivedHop("out", tls="yes"),
    )
    plain = delivery(replace(sent, path=hops))
    found = judged(of(plain), "MEL-H-06")
    assert found.outcome is Outcome.WARN
    assert "servers that took it without TLS is mx.agensi.example.my (P)" in found.reason
    long_ago = replace(sent, token="t-9", sent_at=NOW - 60 * DAY, arrived_at=NOW - 60 * DAY, path=hops)
    within = [
        replace(sent, token=f"t-{n}", sent_at=NOW - n * DAY, arrived_at=NOW - n * DAY, path=()) for n in range(1, 9)
    ]
    assert judged(of(*map(delivery, [long_ago, *within])), "MEL-H-06").outcome is Outcome.PASS


@pytest.mark.parametrize("control", ["MEL-H-05", "MEL-H-06"])
def test_measurements_that_prove_nothing_are_told(control: str) -> None:
    good = (
        watched(*every_five_minutes(NOW - DAY, NOW)),
        delivery(replace(TEST, sent_at=NOW - HOUR, arrived_at=NOW - HOUR + MINUTE)),
    )
    found = judged(of(*good, unproven=("measurement 4 was altered",)), control)
    assert found.outcome is Outcome.WARN
    assert "measurement 4 was altered" in found.reason


def test_measurements_that_prove_nothing_are_told_where_nothing_else_is_recorded() -> None:
    assert watch(replace(SITE, unproven=("measurement 4 was altered",))) == {
        "monitoring": "not recorded: the inventory names no register of evidence",
        "measurements that prove nothing": "measurement 4 was altered",
    }


@pytest.mark.parametrize("register", [None, ()], ids=["no register", "no record"])
@pytest.mark.parametrize("control", ["MEL-H-05", "MEL-H-06"])
def test_measurements_that_all_prove_nothing_are_no_missing_register(control: str, register: Any) -> None:
    with pytest.raises(CannotTell, match="measurement 4 was altered") as caught:
        judged(replace(SITE, register=register, unproven=("measurement 4 was altered",)), control)
    assert not isinstance(caught.value, NoRegister)
