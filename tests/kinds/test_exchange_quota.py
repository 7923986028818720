"""`exchange_quota`, on reports that are written after the vendor's documentation."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from baseline import engine
from baseline.errors import CannotTell
from baseline.kinds import exchange_quota
from baseline.kinds.exchange_quota import ExchangeQuota, apply_script, read_script
from baseline.load import load_baseline
from baseline.model import Account, Answer, Finding, Outcome, Target
from baseline.model.quotas import NO_LIMIT, QuotaLevels, QuotaReport
from baseline.remedies.exchange_planning import after
from baseline.session import Session
from tests.cases.case import Remembered
from tests.formats.test_powershell import QUOTES, tokens
from tests.kinds.exchange_reports import (
    DIRECTOR,
    HOST,
    MIB,
    TAKEN,
    control,
    document,
    quotas,
    report,
    text_of,
    written,
)
from tests.scripted import AnswersFrom

GOLDEN = Path(__file__).parent / "golden_scripts"
GOOD = QuotaLevels(1900 * MIB, 2000 * MIB, 2300 * MIB)


def no_host(target: Target) -> Session:
    raise AssertionError(f"{target.name} was connected to")


def judged(found: QuotaReport, target: Target = HOST, *, days: float = 1, rule: ExchangeQuota | None = None) -> Finding:
    """The finding from a report that somebody brought."""
    outlook = Remembered({}, TAKEN + timedelta(days=days))
    host = replace(target, quota_report=found)
    result = engine.plan(host, [rule or control()], no_host, outlook=outlook)
    assert result.plan is not None
    assert result.plan.empty
    assert result.host.reachable
    assert "not connected to: judged by the report" in result.host.note
    assert result.host.exchanges == 0
    (finding,) = result.findings
    return finding


def asked(answer: Answer) -> Finding:
    """The finding from what a host that speaks PowerShell answers to the read script."""
    session = AnswersFrom({read_script(): answer})
    result = engine.check(HOST, [control()], lambda _: session, outlook=Remembered({}, TAKEN))
    assert session.asked == [read_script()]
    assert result.host.note == ""
    (finding,) = result.findings
    return finding


def one(database: QuotaLevels, own: QuotaLevels | None = None, **others: QuotaLevels) -> QuotaReport:
    """A report of one database, one mailbox of a clerk, and the director without a limit."""
    boxes = {"clerk@example.gov.my": ("DB01", own), DIRECTOR: ("DB01", NO_LIMIT)}
    return report(
        {"DB01": database}, {**boxes, **{f"{name}@example.gov.my": ("DB01", q) for name, q in others.items()}}
    )


# --- the four cases that every kind has -----------------------------------------------------------


@pytest.mark.parametrize("name", ["pass-out-of-the-box", "nothing-larger-quotas-of-its-own"])
def test_pass_and_nothing_to_do(name: str) -> None:
    found = written(name)
    known = replace(HOST, roster=(Account(DIRECTOR, "top_management"),))
    finding = judged(found, known)
    assert (finding.outcome, finding.reason) == (Outcome.PASS, "as wanted")
    assert control().changes(found, known) == ()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fail-unlimited-that-does-not-hold", "space of aisyah@example.gov.my is 50 MiB, wanted >= 100 MiB"),
        ("fail-unlimited-that-does-not-hold", "default space in DB01 is 50 MiB, wanted >= 100 MiB"),
        ("fail-one-mailbox-lowered", "space of badrul@example.gov.my is 95 MiB, wanted >= 100 MiB"),
    ],
)
def test_fail(name: str, reason: str) -> None:
    finding = judged(written(name))
    assert finding.outcome is Outcome.FAIL
    assert reason in finding.reason
    assert "--script apply" in finding.advice


@pytest.mark.parametrize(
    ("days", "reason"),
    [(7.1, "is 7 days old, and tells nothing after 7"), (400, "400 days old"), (-2, "which is still to come")],
)
def test_unknown_when_too_old_or_from_the_future(days: float, reason: str) -> None:
    finding = judged(written("pass-out-of-the-box"), days=days)
    assert finding.outcome is Outcome.UNKNOWN
    assert reason in finding.reason


def test_clocks_may_differ_a_little() -> None:
    assert judged(written("pass-out-of-the-box"), days=-0.5).outcome is Outcome.PASS


# --- what is judged -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "outcome"),
    [
        (97656 * 1024, Outcome.FAIL),  # 99 999 744
        (97657 * 1024, Outcome.WARN),  # the next that Exchange can hold: 100 000 768
        (100 * MIB - 1024, Outcome.WARN),
        (100 * MIB, Outcome.PASS),
        (None, Outcome.PASS),
    ],
)
def test_the_floor_by_both_readings(size: int | None, outcome: Outcome) -> None:
    own = QuotaLevels(size, size, size)
    assert judged(one(GOOD, own)).outcome is outcome
    assert judged(one(own)).outcome is outcome, "the default of a database, and the mailbox that has it"
    assert judged(report({"DB01": GOOD, "DB02": own}, {DIRECTOR: ("DB01", NO_LIMIT)})).outcome is outcome


def test_a_mailbox_that_uses_the_defaults_is_not_unlimited_whatever_it_says() -> None:
    finding = judged(written("fail-unlimited-that-does-not-hold"))
    assert finding.actual["mailboxes below the floor"] == 1
    assert finding.actual["smallest space of a mailbox"] == 50 * MIB


@pytest.mark.parametrize(
    "own",
    [
        QuotaLevels(2000 * MIB, 1900 * MIB, 2300 * MIB),
        QuotaLevels(1900 * MIB, 2400 * MIB, 2300 * MIB),
        QuotaLevels(None, 2000 * MIB, 2300 * MIB),
        QuotaLevels(1900 * MIB, None, 2300 * MIB),
    ],
)
def test_quotas_out_of_order_fail(own: QuotaLevels) -> None:
    finding = judged(one(GOOD, own))
    assert finding.outcome is Outcome.FAIL
    assert "order of clerk@example.gov.my is warn " in finding.reason
    assert finding.actual["quotas out of order"] == 1
    assert "order of database DB01 is" in judged(one(own)).reason


def test_who_may_not_send_before_the_floor_is_warned_of() -> None:
    finding = judged(one(GOOD, QuotaLevels(40 * MIB, 50 * MIB, 200 * MIB)))
    assert finding.outcome is Outcome.WARN
    assert "sending ends for clerk@example.gov.my is 50 MiB, wanted >= 100 MiB (advised)" in finding.reason


def test_top_management_is_only_advised_to_have_no_limit() -> None:
    finding = judged(report({"DB01": GOOD}, {DIRECTOR.upper(): ("DB01", None)}))
    assert finding.outcome is Outcome.WARN
    assert f"limit of top management {DIRECTOR} is 2097152000, wanted unlimited (advised)" in finding.reason


def test_top_management_that_exchange_does_not_know() -> None:
    finding = judged(report({"DB01": GOOD}, {"clerk@example.gov.my": ("DB01", None)}))
    assert finding.outcome is Outcome.WARN
    assert f"top management unknown to Exchange is {DIRECTOR}, wanted none (advised)" in finding.reason


def test_without_a_roster_nothing_is_said_of_top_management() -> None:
    finding = judged(one(GOOD), replace(HOST, roster=None))
    assert finding.outcome is Outcome.PASS
    assert not [key for key in finding.actual if "top management" in key]


def test_thousands_of_small_mailboxes_are_counted_and_some_named() -> None:
    small = QuotaLevels(40 * MIB, 50 * MIB, 60 * MIB)
    boxes: dict[str, tuple[str, QuotaLevels | None]] = {
        f"u{number:04}@example.gov.my": ("DB01", small) for number in range(3000)
    }
    finding = judged(report({"DB01": GOOD}, boxes))
    assert finding.actual["mailboxes below the floor"] == 3000
    assert len(finding.actual) < 200
    assert len(finding.reason) < 2000


def test_what_changed_since_the_reference() -> None:
    before, now = one(GOOD), one(QuotaLevels(1000 * MIB, 1000 * MIB, 1000 * MIB))
    finding = judged(now, replace(HOST, quota_reference=before))
    assert finding.outcome is Outcome.WARN
    assert finding.reason == "changed since the reference is 1, wanted 0 (advised)"
    assert finding.actual["changed"] == "database DB01"
    assert judged(before, replace(HOST, quota_reference=before)).outcome is Outcome.PASS


# --- over the wire --------------------------------------------------------------------------------


def test_a_host_that_is_asked_itself() -> None:
    finding = asked(Answer(0, text_of("fail-one-mailbox-lowered").encode()))
    assert finding.outcome is Outcome.FAIL
    assert "badrul@example.gov.my" in finding.reason
    assert "Take a report with the script of --script read" in finding.advice
    assert asked(Answer(0, json.dumps(document(taken="2020-01-01T00:00:00Z")).encode())).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(1, b"", b"Access is denied."), "the script that reads Exchange's quotas stopped: Access is denied."),
        (Answer(0, b""), "printed no report: this is no JSON"),
        (Answer(0, b'{"schema": 1}'), "printed no report: schema: "),
        (Answer(0, b"\xff\xfe{\x00"), "printed no report: "),
        (Answer(0, text_of("unknown-database-not-listed").encode()), "a database that is not listed: 'DB07'"),
    ],
)
def test_unknown_when_the_answer_is_no_report(answer: Answer, reason: str) -> None:
    finding = asked(answer)
    assert finding.outcome is Outcome.UNKNOWN
    assert reason in finding.reason


# --- who it is for --------------------------------------------------------------------------------


def test_on_an_exchange_host_no_other_control_is_asked() -> None:
    controls = load_baseline("mampu-2007").controls_for(HOST)
    host = replace(HOST, quota_report=one(GOOD))
    result = engine.check(host, controls, no_host, outlook=Remembered({}, TAKEN))
    outcomes = {finding.control: finding for finding in result.findings if finding.host == HOST.name}
    assert outcomes.pop("MEL-Q-10").outcome is Outcome.PASS
    assert {finding.outcome for finding in outcomes.values()} == {Outcome.NOTAPPLICABLE}
    assert "this one is an Exchange host" in outcomes["MEL-Q-01"].reason


def test_a_linux_host_is_told_that_nothing_says_exchange() -> None:
    result = engine.check(replace(HOST, shell="sh"), [control()], no_host)
    (finding,) = result.findings
    assert finding.outcome is Outcome.NOTAPPLICABLE
    assert finding.reason == "for Exchange hosts; the inventory says nothing of Exchange here"


def test_an_apply_does_nothing_and_says_what_to_do_by_hand() -> None:
    host = replace(HOST, quota_report=written("fail-one-mailbox-lowered"))
    result = engine.apply(host, [control()], no_host, outlook=Remembered({}, TAKEN))
    assert result.apply is not None
    assert result.apply.outcome.value == "nothing"
    assert result.plan is not None
    ((name, advice),) = result.plan.by_hand
    assert name == "MEL-Q-10"
    assert "`baseline render -l HOST --script apply`" in advice


@pytest.mark.parametrize(
    "fields",
    [
        {"warn": "1000MB"},
        {"send": "1025MB"},
        {"send": "99MB", "warn": "50MB"},
        {"receive": 1_073_741_825},
        {"receive": "3TB"},
        {"min_bytes": "95MB"},
        {"max_age": 0},
    ],
)
def test_fields_that_exchange_could_not_hold(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ExchangeQuota.model_validate({**control().model_dump(mode="json"), **fields})


# --- the scripts ----------------------------------------------------------------------------------


def golden(name: str, script: str, update: bool) -> None:
    path = GOLDEN / name
    if update:
        path.write_text(script, encoding="utf-8")
    assert script == path.read_text(encoding="utf-8")


def test_the_read_script_is_as_it_was(update: bool) -> None:
    golden("read-quotas.ps1", read_script(), update)


@pytest.mark.parametrize(
    "name", ["pass-out-of-the-box", "fail-unlimited-that-does-not-hold", "fail-one-mailbox-lowered"]
)
def test_the_apply_script_is_as_it_was(name: str, update: bool) -> None:
    found = written(name)
    script = control().scripts(replace(HOST, quota_report=found))["apply"]
    golden(f"apply-{name}.ps1", script, update)


def test_what_the_scripts_are_to_hold() -> None:
    read, apply = read_script(), apply_script(one(GOOD), ())
    for script in (read, apply):
        assert script.isascii()
        assert "$ErrorActionPreference = 'Stop'" in script
        assert "not yet tried against a real Exchange" in script
        # No string in which PowerShell would put in a variable, and nothing that is run as text.
        assert '"' not in script
        assert "Invoke-Expression" not in script
    assert "Get-Mailbox -ResultSize Unlimited" in read
    assert "Set-Mailbox" not in read
    assert "SupportsShouldProcess" in apply


@pytest.mark.slow
@given(
    quotas,
    st.text(st.one_of(st.sampled_from(QUOTES + '"`$();#'), st.characters(codec="utf-8", categories=["L", "P", "S"]))),
)
def test_no_name_breaks_out_of_the_apply_script(found: QuotaLevels, name: str) -> None:
    """The scripts for a hostile name and for a plain one differ in the text of strings and comments only."""

    def shape(called: str) -> list[str]:
        made = report({f"DB{called}": found}, {f"{called}@example.gov.my": (f"DB{called}", found)})
        script = apply_script(made, control().changes(made, HOST))
        assert script.isascii()
        return [text if kind == "code" else kind for kind, text in tokens(script)]

    assert shape(name) == shape("x")


@pytest.mark.slow
@given(quotas)
def test_every_change_is_one_call_with_all_three_quotas(found: QuotaLevels) -> None:
    made = one(found, found, other=found)
    changes = control().changes(made, HOST)
    lines = [line for line in apply_script(made, changes).splitlines() if line.startswith("    Set-Mailbox")]
    assert len(lines) == len(changes)
    for line in lines:
        assert line.endswith(" -Confirm:$false -WhatIf:$WhatIfPreference")
        for parameter in ("-IssueWarningQuota ", "-ProhibitSendQuota ", "-ProhibitSendReceiveQuota "):
            assert line.count(f" {parameter}") == 1
        assert ("-UseDatabaseQuotaDefaults $false" in line) == line.startswith("    Set-Mailbox ")
    assert judged(after(made, changes)).outcome is Outcome.PASS


def test_without_a_report_there_is_no_script_to_apply() -> None:
    assert list(control().scripts(HOST)) == ["read"]


def test_an_age_is_told_in_whole_days() -> None:
    found = one(GOOD)
    assert exchange_quota.report_age(found, TAKEN + timedelta(days=2, hours=23), 7) == 2
    with pytest.raises(CannotTell, match=r"report\.json is 8 days old"):
        exchange_quota.report_age(found, TAKEN + timedelta(days=8), 7)
