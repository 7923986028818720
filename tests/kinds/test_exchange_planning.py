"""What would be changed on an Exchange, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from baseline.model.quotas import NO_LIMIT, Limit, QuotaLevels, QuotaReport, exceeds
from baseline.remedies.exchange_planning import Intended, QuotaChange, after, drifted, mended, plan, unlimited
from tests.kinds.exchange_reports import MIB, ordered_quotas, quotas, report, reports

INTENDED = Intended(100 * MIB, QuotaLevels(819 * MIB, 972 * MIB, 1024 * MIB))
SMALL = QuotaLevels(30 * MIB, 40 * MIB, 50 * MIB)
GOOD = QuotaLevels(1900 * MIB, 2000 * MIB, 2300 * MIB)
DIRECTORS = ("A@example.gov.my",)


def conforms(report: QuotaReport) -> bool:
    every = [*(one.quotas for one in report.databases), *(report.quotas_of(one) for one in report.mailboxes)]
    enough = all(not exceeds(INTENDED.floor, limit) for one in every for limit in (one.send, one.receive))
    free = all(unlimited(report.quotas_of(one)) for one in report.mailboxes if one.address.startswith("a@"))
    return enough and free and all(one.ordered for one in every)


@given(reports())
def test_what_is_planned_conforms_and_leaves_nothing_to_plan(before: QuotaReport) -> None:
    changes = plan(before, INTENDED, DIRECTORS)
    then = after(before, changes)
    assert plan(then, INTENDED, DIRECTORS) == ()
    assert conforms(then)


@given(reports())
def test_only_what_does_not_conform_is_changed(before: QuotaReport) -> None:
    changes = plan(before, INTENDED, DIRECTORS)
    assert bool(changes) != conforms(before)
    assert all(change.before != change.after for change in changes)
    kinds = [change.what for change in changes]
    assert kinds == sorted(kinds), "databases come first"


@given(quotas)
def test_nobody_may_send_or_receive_less_than_before(before: QuotaLevels) -> None:
    wanted = mended(before, INTENDED)
    assert not exceeds(before.receive, wanted.receive)
    could_send = before.receive if exceeds(before.send, before.receive) else before.send
    assert not exceeds(could_send, wanted.send)
    assert mended(wanted, INTENDED) == wanted


def _set(present: dict[str, Limit], name: str, limit: Limit) -> QuotaLevels:
    present[name] = limit
    return QuotaLevels(present["IssueWarningQuota"], present["ProhibitSendQuota"], present["ProhibitSendReceiveQuota"])


@given(ordered_quotas, ordered_quotas)
def test_every_single_step_keeps_the_order(before: QuotaLevels, then: QuotaLevels) -> None:
    change = QuotaChange("mailbox", "m", "a@example.gov.my", False, before, then)
    names = ("IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota")
    present = dict(zip(names, (before.warn, before.send, before.receive), strict=True))
    reached = [_set(present, name, limit) for name, limit in change.steps]
    assert sorted(name for name, _ in change.steps) == sorted(names), "all three in one call"
    assert all(one.ordered for one in reached)
    assert reached[-1] == then


def test_raised_from_the_top_down_and_lowered_from_the_bottom_up() -> None:
    up = QuotaChange("database", "d", "DB01", False, SMALL, GOOD)
    down = replace(up, before=GOOD, after=SMALL)
    assert [name for name, _ in up.steps] == ["ProhibitSendReceiveQuota", "ProhibitSendQuota", "IssueWarningQuota"]
    assert [name for name, _ in down.steps] == ["IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota"]


def test_a_small_database_is_raised_and_mailboxes_follow_it() -> None:
    (change,) = plan(report({"DB01": SMALL}, {"b@example.gov.my": ("DB01", None)}), INTENDED, ())
    assert (change.what, change.name, change.after) == ("database", "DB01", INTENDED.quotas)


def test_top_management_leaves_the_defaults_of_its_database() -> None:
    (change,) = plan(report({"DB01": GOOD}, {"a@example.gov.my": ("DB01", None)}), INTENDED, DIRECTORS)
    assert (change.what, change.used_database, change.before, change.after) == ("mailbox", True, GOOD, NO_LIMIT)


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        # Nobody is stopped earlier by this: receiving stopped there already.
        (QuotaLevels(None, None, 1944 * MIB), QuotaLevels(1638 * MIB, 1944 * MIB, 1944 * MIB)),
        (QuotaLevels(1 * MIB, 50 * MIB, 243 * MIB), QuotaLevels(214_695_936, 243 * MIB, 243 * MIB)),
        (QuotaLevels(1 * MIB, 50 * MIB, None), QuotaLevels(819 * MIB, 972 * MIB, None)),
        (QuotaLevels(1 * MIB, 200 * MIB, 200 * MIB), QuotaLevels(1 * MIB, 200 * MIB, 200 * MIB)),
        (GOOD, GOOD),
        (NO_LIMIT, NO_LIMIT),
    ],
)
def test_what_is_good_stays(before: QuotaLevels, wanted: QuotaLevels) -> None:
    assert mended(before, INTENDED) == wanted


def test_drift_is_what_holds_and_is_not_as_it_was() -> None:
    then = report({"DB01": GOOD, "DB02": GOOD}, {"b@x": ("DB01", None), "c@x": ("DB01", SMALL), "d@x": ("DB01", SMALL)})
    now = report(
        {"DB01": GOOD, "DB02": SMALL, "DB03": SMALL},
        {"b@x": ("DB01", None), "c@x": ("DB01", None), "d@x": ("DB01", SMALL), "e@x": ("DB01", SMALL)},
    )
    assert drifted(then, now) == ("database DB02", "c@x")
    assert drifted(now, now) == ()


@given(reports())
def test_drift_finds_every_change_that_is_made(before: QuotaReport) -> None:
    changes = plan(before, INTENDED, DIRECTORS)
    names = {f"database {one.name}" if one.what == "database" else one.name for one in changes}
    assert set(drifted(before, after(before, changes))) == names
