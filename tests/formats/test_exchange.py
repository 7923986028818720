"""The report of Exchange's quotas: what is read, and what is refused with the path of the value."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.exchange import SYSTEM_TYPES, ReportFault, read_report
from baseline.model.quotas import Limit, QuotaLevels, QuotaReport
from tests.kinds.exchange_reports import as_document, document, limits, reports, text_of, written

SEPARATORS = st.sampled_from([",", ".", "\u00a0", "\u202f", "'", "\u2019", ""])


def displayed(limit: Limit, separator: str, words: str) -> str:
    """A quota as Exchange shows it: rounded, then its bytes."""
    if limit is None:
        return "Unlimited"
    return f"{limit / (1 << 30):.4f} GB ({limit:,} {words})".replace(",", separator)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The document with another value at `databases.0.Name`."""
    plain: dict[str, Any] = json.loads(json.dumps(document()))
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner: Any = plain
    for step in steps:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return plain


def faults(plain: Any) -> list[str]:
    with pytest.raises(ReportFault) as caught:
        read_report(plain if isinstance(plain, str) else json.dumps(plain))
    return [str(fault) for fault in caught.value.faults]


@given(limits, SEPARATORS, st.sampled_from(["bytes", "Bytes", "bait", "octets"]))
def test_every_way_that_exchange_shows_a_quota(limit: Limit, separator: str, words: str) -> None:
    shown = displayed(limit, separator, words)
    report = read_report(json.dumps(changed("databases.0.ProhibitSendReceiveQuota", shown)))
    assert report.databases[0].quotas.receive == limit


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ({"IsUnlimited": True}, None),
        ({"IsUnlimited": True, "Value": {}}, None),
        ({"IsUnlimited": False, "Value": "100 MB (104,857,600 bytes)"}, 104_857_600),
        (104_857_600, 104_857_600),
        ("6672B", 6672),
        ("UNLIMITED", None),
    ],
)
def test_other_forms_of_a_quota(value: Any, limit: Limit) -> None:
    report = read_report(json.dumps(changed("databases.0.IssueWarningQuota", value)))
    assert report.databases[0].quotas.warn == limit


@pytest.mark.parametrize(
    "value", [None, -1, 1.9, True, "1.9", "1.9 GB", "", "-5", [], {}, {"IsUnlimited": False}, "1 GB (1.5 bytes)"]
)
def test_what_is_no_quota(value: Any) -> None:
    (fault,) = faults(changed("databases.0.ProhibitSendQuota", value))
    assert fault.startswith("databases[0].ProhibitSendQuota: ")
    assert "Exchange quota" in fault


def test_what_holds_for_a_mailbox() -> None:
    report = written("fail-unlimited-that-does-not-hold")
    aisyah, director = report.mailboxes
    assert aisyah.own == QuotaLevels(None, None, None)
    assert report.quotas_of(aisyah) == report.databases[0].quotas
    assert report.quotas_of(director) == QuotaLevels(None, None, None)


def test_the_name_of_a_database_counts_without_case() -> None:
    report = read_report(json.dumps(changed("mailboxes.0.Database", "db01")))
    assert report.quotas_of(report.mailboxes[0]) == report.databases[0].quotas


def test_mailboxes_of_the_system_are_nobodys_account() -> None:
    report = written("pass-out-of-the-box")
    assert len(report.mailboxes) == len(document()["mailboxes"]) - 1
    assert not {one.type for one in report.mailboxes} & {*SYSTEM_TYPES}


def test_null_is_not_unlimited() -> None:
    three = ("IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota")
    plain = document()
    plain["mailboxes"][0] |= dict.fromkeys(three)
    report = read_report(json.dumps(plain))
    assert report.mailboxes[0].own is None
    assert report.quotas_of(report.mailboxes[0]) == report.databases[0].quotas
    plain["mailboxes"][1]["ProhibitSendQuota"] = None
    assert faults(plain) == [
        "mailboxes[1].UseDatabaseQuotaDefaults: ketua.pengarah@example.gov.my has quotas of its own, and they are null"
    ]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("schema", "baseline.exchange-quotas/2", "schema: "),
        ("taken", "yesterday", "taken: must be a time in UTC"),
        ("taken", "2026-13-01T00:00:00Z", "taken: "),
        ("taken", "2026-11-24T01:02:03+08:00", "taken: must be a time in UTC"),
        ("taken", ..., "taken: is missing"),
        ("server", "", "server: must be one line"),
        ("server", "EX1\nEX2", "server: must be one line"),
        ("more", 1, "more: there is no such key in a report"),
        ("databases", [], "databases: lists none"),
        ("mailboxes", [], "mailboxes: lists none"),
        ("mailboxes", {}, "mailboxes: "),
        ("databases.0.Guid", "DB01", "databases[0].Guid: "),
        ("databases.0.Size", 1, "databases[0].Size: there is no such key in a report"),
        ("mailboxes.1.Guid", ..., "mailboxes[1].Guid: is missing"),
        ("mailboxes.1.PrimarySmtpAddress", "a@b\u202ec", "mailboxes[1].PrimarySmtpAddress: must be one line"),
        ("mailboxes.0.UseDatabaseQuotaDefaults", "True", "mailboxes[0].UseDatabaseQuotaDefaults: "),
        ("mailboxes.0.UseDatabaseQuotaDefaults", None, "mailboxes[0].UseDatabaseQuotaDefaults: "),
        ("mailboxes.0.Database", "DB07", "mailboxes[0].Database: aisyah@example.gov.my has the quotas of a database"),
    ],
)
def test_what_is_no_report(path: str, value: Any, said: str) -> None:
    (fault,) = faults(changed(path, value))
    assert fault.startswith(said)


def test_what_is_given_twice() -> None:
    plain = document()
    plain["mailboxes"].append(plain["mailboxes"][0])
    assert faults(plain) == ["mailboxes[4].Guid: 7d1e6a52-9f40-4c0b-8a11-000000000001 is given twice"]
    assert faults('{"schema": 1, "schema": 2}') == ["this is no report: the key `schema` is given twice in one object"]


def test_all_faults_are_told_at_once() -> None:
    plain = changed("mailboxes.0.Guid", "x")
    plain["databases"][0]["Name"] = 5
    assert len(faults(plain)) == 2


def test_only_mailboxes_of_the_system() -> None:
    plain = document()
    plain["mailboxes"] = plain["mailboxes"][-1:]
    assert "none of them is an account's" in faults(plain)[0]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "1", "NaN", '"x"', "[" * 100_000, text_of("pass-out-of-the-box")[:-20]]
)
def test_what_is_not_even_json(text: str) -> None:
    with pytest.raises(ReportFault):
        read_report(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_a_report_or_a_fault(plain: Any) -> None:
    # Whatever else is raised fails.
    with contextlib.suppress(ReportFault):
        assert isinstance(read_report(json.dumps(plain)), QuotaReport)


@given(reports().filter(lambda report: report.mailboxes))
def test_what_exchange_has_is_what_is_read(found: QuotaReport) -> None:
    read = read_report(json.dumps(as_document(found)))
    assert [one.quotas for one in read.databases] == [one.quotas for one in found.databases]
    assert [read.quotas_of(one) for one in read.mailboxes] == [found.quotas_of(one) for one in found.mailboxes]
    assert [one.uses_database for one in read.mailboxes] == [one.uses_database for one in found.mailboxes]
