"""Measurements as values: what they refuse to say, and that they come back from JSON as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from baseline.model.measurements import (
    AccessRun,
    AccessStep,
    AccessTests,
    AuthenticationResult,
    DeliveryMeasured,
    Measurement,
    ReceivedHop,
)

AT = datetime(2028, 2, 29, 23, 59, tzinfo=timezone(timedelta(hours=8)))
FINE = AccessStep("probe@agensi.example.my", "imap", "ok", 0.25, tls="TLSv1.3")
BAD = AccessStep("probe@agensi.example.my", "smtp", "wrong", 1.5, "it said 554 no", tries=3)
ACCESS = Measurement("cyberjaya", "baseline", "1.0", AccessTests((AccessRun(AT, "outside", (FINE, BAD)),), 300))
TEST = DeliveryMeasured(
    provider="mail.example.com",
    identity="probe@mail.example.com",
    account="probe@agensi.example.my",
    vantage="outside",
    direction="out",
    token="t-1",
    sent_at=AT,
    submission_reply="250 2.0.0 Ok",
    outcome="delivered",
    arrived_at=AT + timedelta(seconds=80),
    folder="INBOX",
    path=(
        ReceivedHop("mx.agensi.example.my", "out.example.com", "ESMTPS", "TLSv1.3", AT),
        ReceivedHop("out.example.com"),
    ),
    authentication=(AuthenticationResult("spf", "pass", "smtp.mailfrom=mail.example.com"),),
)
DELIVERY = Measurement("cyberjaya", "baseline", "1.0", TEST)


@pytest.mark.parametrize("measured", [ACCESS, DELIVERY], ids=["access", "delivery"])
def test_a_measurement_comes_back_from_its_json(measured: Measurement) -> None:
    assert Measurement.from_dict(json.loads(json.dumps(measured.to_dict()))) == measured


def test_a_measurement_was_when_its_last_part_was() -> None:
    assert ACCESS.at == datetime(2028, 2, 29, 15, 59, tzinfo=UTC)
    assert DELIVERY.at == datetime(2028, 2, 29, 16, 0, 20, tzinfo=UTC)
    assert TEST.seconds == 80


@pytest.mark.parametrize(
    "changes",
    [
        {"sort": "weather"},
        {"sort": ["access"]},
        {"site": None},
        {"more": 1},
        {"facts": {}},
        {"facts": {**ACCESS.to_dict()["facts"], "more": 1}},
        {"facts": {**ACCESS.to_dict()["facts"], "every": "300"}},
        {"facts": {**ACCESS.to_dict()["facts"], "every": -1}},
        {"facts": {**ACCESS.to_dict()["facts"], "runs": []}},
        {"sort": "delivery"},
    ],
    ids=str,
)
def test_another_document_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Measurement.from_dict({**ACCESS.to_dict(), **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"arrived_at": None},
        {"arrived_at": None, "folder": ""},
        {"arrived_at": AT - timedelta(seconds=1)},
        {"arrived_at": None, "folder": "", "outcome": "junk"},
        {"outcome": "lost"},
        {"outcome": "untested"},
        {"vantage": "inside"},
        {"outcome": "inside"},
        {"sent_at": datetime(2028, 2, 29)},
    ],
    ids=str,
)
def test_a_delivery_test_does_not_contradict_itself(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(TEST, **changes)


def test_mail_that_came_from_inside_is_told_so() -> None:
    assert replace(TEST, vantage="inside", outcome="inside").outcome == "inside"
    assert replace(TEST, vantage="inside", direction="back").outcome == "delivered"


@pytest.mark.parametrize(
    ("outcome", "reason"), [("ok", "why"), ("wrong", ""), ("unreachable", "")], ids=["ok", "wrong", "unreachable"]
)
def test_a_step_says_why_exactly_when_it_did_not_go_through(outcome: Any, reason: str) -> None:
    with pytest.raises(ValueError, match="`reason`"):
        AccessStep("probe@agensi.example.my", "imap", outcome, 1, reason)


def test_runs_stand_in_order_and_try_something() -> None:
    run = AccessRun(AT, "outside", (FINE,))
    earlier = replace(run, at=AT - timedelta(seconds=1))
    for runs in ((), (run, earlier)):
        with pytest.raises(ValueError, match="in order"):
            AccessTests(runs)
    with pytest.raises(ValueError, match="tried nothing"):
        AccessRun(AT, "outside", ())
    assert not AccessRun(AT, "outside", (FINE, BAD)).passed
