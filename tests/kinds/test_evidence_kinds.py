"""Controls that rest on the register: days, zones, terms and chains, from records alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import CannotTell, NothingToJudge
from baseline.judge import Verdict
from baseline.kinds.base import Control
from baseline.lab.register import DOCUMENT, register_text
from baseline.load import load_baseline, load_register
from baseline.model import Account, Evidence, Obligation, Outcome, Subject, Target
from baseline.model.evidence import Checklist, ChecklistItem, Training, link
from baseline.readings.evidence import day_of, named
from baseline.subjects import subjects_apart
from tests.kinds import hosts
from tests.kinds.hosts import seen
from tests.kinds.views import World
from tests.scenarios.told import DAY, Told, each, facts

NOW = datetime.fromisoformat("2026-11-25T10:00:00+08:00")
BY_REGISTER = ("MEL-G-01", "MEL-G-02", "MEL-G-04", "MEL-G-05", "MEL-H-05", "MEL-H-06", "MEL-H-07")
CONTROLS = {control.id: control for control in load_baseline("mampu-2007").controls_for(Target("mx1", "192.0.2.1"))}


def lab_site(folder: Path, moment: datetime) -> Target:
    """The site of a lab that came up at that moment."""
    (folder / "register.txt").write_bytes(DOCUMENT)
    (folder / "register.yml").write_text(register_text(moment))
    roster = (Account("bob@d1.lab.test", "standard", "2024-01-15", "2024-01-10"),)
    return Target("lab", "", site="lab", roster=roster, register=load_register(folder / "register.yml"))


@pytest.fixture
def site(tmp_path: Path) -> Target:
    return lab_site(tmp_path, NOW)


def judged(target: Target, control: str, now: datetime = NOW, **fields: Any) -> Verdict:
    """What a control says of a site."""
    asked: Control = CONTROLS[control].model_copy(update=fields)
    return hosts.judged(asked, seen(asked, {}, target, view=World({}, now=now)), target)


@pytest.mark.parametrize("come_up", range(0, 24, 3))
@pytest.mark.parametrize("hours", [0, 5, 12, 23])
def test_a_lab_conforms_for_a_day_whenever_it_came_up(tmp_path: Path, come_up: int, hours: int) -> None:
    moment = datetime(2026, 11, 24, come_up, 59, 30, 123, tzinfo=UTC)
    target = lab_site(tmp_path, moment)
    later = moment + timedelta(hours=hours)
    found = {control: judged(target, control, later) for control in BY_REGISTER}
    assert {control: one.reason for control, one in found.items() if one.outcome is not Outcome.PASS} == {}


def test_a_lab_that_stays_up_for_days_no_longer_has_its_tests(site: Target) -> None:
    found = judged(site, "MEL-H-06", NOW + 3 * DAY)
    assert found.outcome is Outcome.FAIL
    assert "days without a test is 2026-11-26, 2026-11-27" in found.reason


@pytest.mark.parametrize("control", BY_REGISTER)
def test_without_a_register_nothing_is_known(site: Target, control: str) -> None:
    nobody = tuple(replace(account, trained="") for account in site.roster or ())
    with pytest.raises(CannotTell):
        judged(replace(site, register=None, roster=nobody), control)


def test_records_of_another_site_do_not_count_and_are_told_of(site: Target) -> None:
    elsewhere = each("MEL-G-02", lambda one: replace(one, subject="cyberjaya"))(site)
    with pytest.raises(CannotTell, match="no record for MEL-G-02 about lab; there are some about cyberjaya"):
        judged(elsewhere, "MEL-G-02")
    everywhere = each("MEL-G-02", lambda one: replace(one, subject="*"))(site)
    assert judged(everywhere, "MEL-G-02").outcome is Outcome.PASS


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, attested_by=None, attested_at=None),
        lambda one: replace(one, attested_at=NOW + DAY),
        lambda one: replace(one, issued_on=NOW + DAY),
    ],
    ids=["nobody", "attested-ahead", "issued-ahead"],
)
@pytest.mark.parametrize("control", ["MEL-G-02", "MEL-G-05", "MEL-H-05"])
def test_a_record_that_waits_proves_nothing(site: Target, control: str, change: Callable[[Evidence], Evidence]) -> None:
    with pytest.raises(CannotTell, match="is not attested yet, or is dated ahead"):
        judged(each(control, change)(site), control)


def test_a_site_without_name_is_called_site(site: Target) -> None:
    unnamed = each("MEL-G-02", lambda one: replace(one, subject="site"))(replace(site, site=""))
    assert judged(unnamed, "MEL-G-02").outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("change", "outcome", "reason"),
    [
        (each("MEL-G-04", lambda one: replace(one, valid_from=NOW + DAY)), "warn", "not in force before 2026-11-26"),
        (each("MEL-G-04", lambda one: replace(one, attested_by=None, attested_at=None)), "warn", "not attested yet"),
        (facts("MEL-G-05", field_work_until=lambda one: one.field_work_until - 400 * DAY), "warn", "field work"),
        (each("MEL-G-05", lambda one: replace(one, valid_to=NOW - DAY)), "fail", "expired on 2026-11-24"),
        (facts("MEL-G-05", operator=lambda _: "An assessor, made up for tests."), "fail", "is the operator"),
        (
            facts("MEL-H-05", runs=lambda _: 0, succeeded=lambda _: 0, last_success_at=lambda _: None),
            "fail",
            "not there",
        ),
    ],
    ids=["not-yet", "not-attested", "field-work", "expired-report", "operator", "never-succeeded"],
)
def test_terms(site: Target, change: Told, outcome: str, reason: str) -> None:
    for control in BY_REGISTER:
        found = judged(change(site), control)
        if found.outcome is not Outcome.PASS:
            assert (found.outcome.value, reason in found.reason) == (outcome, True), found.reason
            return
    raise AssertionError("everything passes")


def test_partial_reports_cover_the_aspects_together(site: Target) -> None:
    assert site.register is not None
    (report,) = [record for record in site.register if record.control == "MEL-G-05"]
    one = facts("MEL-G-05", aspects=lambda _: ("performance",))
    other = facts("MEL-G-05", aspects=lambda _: ("security_risk", "electrical_power"))
    (half,) = [record for record in one(site).register or () if record.control == "MEL-G-05"]
    rest = other(site)
    assert judged(rest, "MEL-G-05").outcome is Outcome.FAIL
    both = replace(
        rest, register=(*(rest.register or ()), replace(half, id="earlier", issued_on=report.issued_on - 90 * DAY))
    )
    assert judged(both, "MEL-G-05").outcome is Outcome.PASS


def test_an_overlay_that_makes_the_agreement_mandatory_makes_its_lack_a_fail(site: Target) -> None:
    expired = each("MEL-G-04", lambda one: replace(one, valid_to=NOW - DAY))(site)
    assert judged(expired, "MEL-G-04").outcome is Outcome.WARN
    assert judged(expired, "MEL-G-04", obligation=Obligation.MANDATORY).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("created", "held", "outcome"),
    [
        ("2026-03-02", "2026-03-01T17:00:00+00:00", Outcome.PASS),
        ("2026-03-01", "2026-03-01T17:00:00+00:00", Outcome.FAIL),
        ("2026-03-01", "2026-03-01T09:00:00+08:00", Outcome.PASS),
    ],
)
def test_trainings_are_dated_in_the_agencys_zone(site: Target, created: str, held: str, outcome: Outcome) -> None:
    programme = next(one for one in site.register or () if one.control == "MEL-G-02")
    training = replace(
        programme, control="MEL-G-01", facts=Training(datetime.fromisoformat(held), ("Bob@d1.lab.test",))
    )
    roster = (Account("bob@d1.lab.test", created=created),)
    assert judged(replace(site, roster=roster, register=(training,)), "MEL-G-01").outcome is outcome


def test_accounts_from_before_the_records_are_left_aside(site: Target) -> None:
    with pytest.raises(NothingToJudge):
        judged(site, "MEL-G-01", cutover_date="2025-01-01")
    roster = (*(site.roster or ()), Account("new@d1.lab.test", created="2025-02-01"))
    assert "new@d1.lab.test" in judged(replace(site, roster=roster), "MEL-G-01", cutover_date="2025-01-01").reason


def test_role_mailboxes_need_no_training(site: Target) -> None:
    roster = (*(site.roster or ()), Account("postmaster@d1.lab.test"))
    assert judged(replace(site, roster=roster), "MEL-G-01").outcome is Outcome.PASS


def checklists(*days: str, attested: str = "T17:00:00+08:00") -> tuple[Evidence, ...]:
    """A chain of lists without a test of delivery."""
    records: list[Evidence] = []
    for day in days:
        at = datetime.fromisoformat(f"{day}T09:00:00+08:00")
        previous = link(records[-1]) if records else ""
        items = (ChecklistItem("disk", "ok", "Kumar", at),)
        signed = datetime.fromisoformat(f"{day}{attested}")
        records.append(
            Evidence(
                day,
                "MEL-H-07",
                "lab",
                at,
                "Kumar",
                Checklist(date.fromisoformat(day), items, previous),
                attested_by="A",
                attested_at=signed,
            )
        )
    return tuple(records)


@pytest.mark.parametrize(
    ("now", "outcome"),
    [("2026-11-23T11:59:00+08:00", Outcome.PASS), ("2026-11-23T12:01:00+08:00", Outcome.FAIL)],
    ids=["before-noon-of-monday", "after"],
)
def test_the_list_of_a_friday_is_due_at_noon_of_monday(site: Target, now: str, outcome: Outcome) -> None:
    register = checklists("2026-11-18", "2026-11-19")
    found = judged(replace(site, register=register), "MEL-H-07", datetime.fromisoformat(now), items=("disk",), also=())
    assert found.outcome is outcome
    assert outcome is Outcome.PASS or "2026-11-20, 2026-11-21, 2026-11-22" in found.reason


def test_a_list_attested_days_later_is_a_warning(site: Target) -> None:
    first, second = checklists("2026-11-18", "2026-11-19")
    late = replace(second, attested_at=datetime.fromisoformat("2026-11-20T12:00:01+08:00"))
    now = datetime.fromisoformat("2026-11-20T13:00:00+08:00")
    found = judged(replace(site, register=(first, late)), "MEL-H-07", now, items=("disk",), also=())
    assert (found.outcome, "attested late" in found.reason) == (Outcome.WARN, True)


@given(st.integers(0, 5))
def test_a_list_that_is_taken_away_breaks_the_chain(gone: int) -> None:
    days = [f"2026-11-{number}" for number in range(17, 25)]
    whole = checklists(*days)
    kept = tuple(record for number, record in enumerate(whole) if number != gone + 1)
    target = Target("lab", "", site="lab", register=kept)
    state = seen(CONTROLS["MEL-H-07"], {}, target, view=World({}, now=NOW))
    assert state["chain"] == f"broken before {days[gone + 2]}"
    assert state["days without a list"] == days[gone + 1]
    assert (
        seen(CONTROLS["MEL-H-07"], {}, replace(target, register=whole), view=World({}, now=NOW))["chain"] == "unbroken"
    )


def test_a_test_that_was_repeated_on_its_day_counts(site: Target) -> None:
    assert site.register is not None
    failed = facts("MEL-H-06", slice(4, 5), arrived_at=lambda _: None, folder=lambda _: "")(site)
    again = next(one for one in site.register if one.control == "MEL-H-06" and one.id.endswith("2026-11-21"))
    both = replace(failed, register=(*(failed.register or ()), replace(again, id="again")))
    assert judged(failed, "MEL-H-06").outcome is Outcome.FAIL
    assert judged(both, "MEL-H-06").outcome is Outcome.PASS


def test_where_no_test_was_taken_outside_nothing_was_tested(site: Target) -> None:
    today = tuple(one for one in site.register or () if one.id == "lab-delivery-2026-11-25")
    refused = facts("MEL-H-06", submission_reply=lambda _: "421 later")(replace(site, register=today))
    with pytest.raises(CannotTell, match="no outside system has taken"):
        judged(refused, "MEL-H-06")


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2001, 1, 1), max_value=datetime(2099, 1, 1)))
def test_days_there_begin_sixteen_hours_into_those_of_utc(moment: datetime) -> None:
    assert day_of(moment, "+08:00") == (moment + timedelta(hours=8)).date()
    assert day_of(moment, "-03:30") == (moment - timedelta(hours=3, minutes=30)).date()


def test_long_lists_are_cut() -> None:
    assert named([]) == "none"
    assert named(list("abcdefg")) == "a, b, c, d, e and 2 more"


def test_a_site_has_the_registers_of_all_its_hosts(site: Target) -> None:
    first, *rest = site.register or ()
    hosts = [
        Target("a", "192.0.2.1", site="lab", register=(first,)),
        Target("b", "192.0.2.2", site="lab", register=(first, *rest)),
        Target("c", "192.0.2.3", site="lab"),
    ]
    (made,) = subjects_apart(hosts)
    assert made.speaks_for == (Subject("site", "lab"),)
    assert made.register == (first, *rest)
    assert subjects_apart(hosts[2:])[0].register is None
