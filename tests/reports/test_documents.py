"""The JSON document and the report are the same thing; documents of version 1 are read as well."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import UserError
from baseline.model import (
    Action,
    ApplyOutcome,
    Compared,
    FileChange,
    FileState,
    HostApply,
    HostPlan,
    Location,
    Outcome,
    Report,
    Stale,
    SubjectReport,
    Wanted,
)
from baseline.model.timings import PHASES, Slow, Timings
from baseline.reports import FORMATS, Display
from tests.reports.cases import APPLIES, CHECKS, MX1, PLANS, ROLLBACKS, RUN, domain, fails
from tests.reports.consoles import console
from tests.reports.test_properties import REPORTS, TEXTS

ALL = {**CHECKS, **PLANS, **APPLIES, **ROLLBACKS}
VERSION_1 = sorted((Path(__file__).parent / "version1").glob("*.json"))
"""What the reports of the same names were before version 2."""

NAMES = st.lists(TEXTS, max_size=2).map(tuple)
FILES = st.builds(
    FileState,
    st.none() | st.binary(max_size=5),
    TEXTS,
    TEXTS,
    st.integers(0, 0o7777),
    st.just("regular file"),
    st.booleans(),
)
SEALS = st.sampled_from([None, ("5e" * 32, "a1" * 32)])
CHANGES = st.builds(FileChange, TEXTS, FILES, FILES, NAMES, SEALS).filter(
    lambda change: not (change.before.absent and change.after.absent)
)
HOST_PLANS = st.builds(
    HostPlan,
    TEXTS,
    NAMES,
    st.lists(CHANGES, max_size=2).map(tuple),
    st.lists(st.builds(Action, TEXTS, TEXTS, TEXTS, NAMES, st.booleans()), max_size=2).map(tuple),
    NAMES,
    NAMES,
    st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
)
HOST_APPLIES = st.builds(
    HostApply,
    TEXTS,
    st.sampled_from(ApplyOutcome),
    TEXTS,
    TEXTS,
    st.none() | HOST_PLANS,
    NAMES,
    st.none() | st.booleans(),
)


def back(report: Report) -> Report:
    """The report as somebody else reads it."""
    return Report.from_dict(json.loads(FORMATS["json"](report, Display(), console())))


def seen(report: Report) -> list[str]:
    """All that a person can be told of it."""
    views = (Display("check", verbose=True), Display("plan"), Display("apply", verbose=True))
    return [FORMATS["text"](report, view, console(120)) for view in views]


@pytest.mark.parametrize("name", ALL)
def test_a_report_is_the_same_when_it_is_read_back(name: str) -> None:
    report = back(ALL[name])
    assert report == ALL[name]
    assert report.to_dict() == ALL[name].to_dict()
    assert seen(report) == seen(ALL[name])
    assert [plan.digest for plan in report.plans] == [plan.digest for plan in ALL[name].plans]


@given(
    REPORTS,
    st.lists(HOST_PLANS, max_size=1).map(tuple),
    st.lists(HOST_APPLIES, max_size=1).map(tuple),
    st.builds(SubjectReport, TEXTS, st.sampled_from(["host", "domain", "site"]), TEXTS),
    st.builds(Stale, TEXTS, TEXTS, TEXTS, NAMES),
)
def test_every_report_is_the_same_when_it_is_read_back(
    report: Report,
    plans: tuple[HostPlan, ...],
    applies: tuple[HostApply, ...],
    subject: SubjectReport,
    stale: Stale,
) -> None:
    hosts = (replace(report.hosts[0], stale=(stale,), drifted=("x",), untold=("y",), note="z", seconds=0.4213),)
    full = replace(report, hosts=hosts, plans=plans, applies=applies, subjects=(subject,))
    assert back(full) == full


def test_a_change_that_was_read_back_has_no_content_and_says_so() -> None:
    plan = back(PLANS["plan"]).plans[0]
    text = FORMATS["text"](replace(PLANS["plan"], plans=(plan,)), Display("plan", diff=True), console())
    assert "/etc/postfix/main.cf: content is not shown: the report does not hold it" in text
    assert "51200000" not in text.partition("digest")[2]


def test_what_follows_from_the_findings_is_worked_out_anew() -> None:
    document = CHECKS["fails"].to_dict()
    lied = {**document, "exit_code": 0, "clauses": [], "summary": {"fail": 0}}
    assert Report.from_dict(lied) == CHECKS["fails"]
    assert Report.from_dict(lied).exit_code == 1


def test_a_summary_counts_a_waived_fail_apart_and_as_if_it_were_not() -> None:
    summary = CHECKS["waived"].to_dict()["summary"]
    assert (summary["fail"], summary["waived"], summary["pass"]) == (0, 1, 1)
    assert summary["without_waivers"] == {"pass": 1, "warn": 0, "fail": 1, "unknown": 0, "notapplicable": 0}


def test_a_finding_says_where_each_key_stands() -> None:
    place = Location("/etc/postfix/main.cf", 47)
    one = Compared(
        "queue_minfree", 1000, Wanted("at_least", (1 << 30,), "bytes", tolerated=(500,)), Outcome.WARN, place
    )
    report = Report(RUN, (MX1,), (replace(fails(), keys=(one,)),))
    (finding,) = json.loads(FORMATS["json"](report, Display(), console()))["findings"]
    assert finding["keys"] == [
        {
            "key": "queue_minfree",
            "wanted": {
                "operator": "at_least",
                "values": [1 << 30],
                "unit": "bytes",
                "advised": False,
                "tolerated": [500],
            },
            "found": 1000,
            "holds": False,
            "outcome": "warn",
            "set_at": {"file": "/etc/postfix/main.cf", "line": 47},
        }
    ]
    assert back(report) == report


@pytest.mark.parametrize("number", [float("nan"), float("-inf"), 10**400, 10**5000], ids=["nan", "inf", "400", "5000"])
def test_one_number_does_not_cost_the_report(number: float) -> None:
    bad = Compared("offset", number, Wanted("at_most", (number,), "seconds"), Outcome.FAIL)
    report = Report(RUN, (MX1,), (replace(fails(), keys=(bad,)), domain()))
    told = {name: render(report, Display(verbose=True), console(120)) for name, render in FORMATS.items()}
    # The line for a monitoring system counts the controls, and names none.
    assert "fail=2" in told.pop("nagios")
    # An inventory for Ansible has hosts, and this domain was looked at through none of them.
    assert '"fail"' in told.pop("ansible-facts")
    assert [name for name, text in told.items() if "MEL-D-04" not in text] == []
    assert isinstance(back(report).findings[0].keys[0].found, str)


@pytest.mark.parametrize("path", VERSION_1, ids=lambda path: path.stem)
def test_documents_of_version_1_are_read(path: Path) -> None:
    document: dict[str, Any] = json.loads(path.read_text())
    report = Report.from_dict(document)
    now = ALL[path.stem.partition(".")[0]]
    assert report.exit_code == now.exit_code
    assert (report.run, report.clauses, report.subjects) == (now.run, now.clauses, now.subjects)
    assert [replace(one, seconds=0) for one in report.hosts] == [replace(one, seconds=0) for one in now.hosts]
    assert [plan.digest for plan in report.plans] == [plan.digest for plan in now.plans]
    assert [replace(one, plan=None) for one in report.applies] == [replace(one, plan=None) for one in now.applies]
    for before, one, then in zip(document["findings"], report.findings, now.findings, strict=True):
        assert one.actual == before["actual"]
        assert replace(one, keys=()) == replace(then, keys=())
        said = {str(value) for value in before["expected"].values()}
        assert {str(key.wanted) for key in one.keys if key.wanted} <= said
    assert back(report) == report


def test_version_1_says_which_keys_hold_only_of_a_pass() -> None:
    (path,) = [path for path in VERSION_1 if path.stem == "fails.1"]
    passed, failed, *_ = Report.from_dict(json.loads(path.read_text())).findings
    assert [one.outcome for one in passed.keys] == [Outcome.PASS]
    assert {one.outcome for one in failed.keys} == {None}
    assert {str(one.wanted) for one in failed.keys} == {">= 100 MiB"}


def test_where_the_time_went_is_read_back_and_is_not_there_in_older_reports() -> None:
    timings = Timings(dict.fromkeys(PHASES, 0.25), (Slow("postconf -x", 0.5),))
    document = replace(CHECKS["fails"], hosts=(replace(MX1, timings=timings),)).to_dict()
    (host,) = Report.from_dict(json.loads(json.dumps(document))).hosts
    assert host.timings == timings
    del document["hosts"][0]["timings"]
    (host,) = Report.from_dict(document).hosts
    assert host.timings is None


@pytest.mark.parametrize(
    "wrong", [5, ["waiting"], {"waiting": -1}, {"waiting": "long"}, {"asking": float("nan")}, {"slowest": [{}]}]
)
def test_times_that_are_none_are_refused(wrong: object) -> None:
    document = CHECKS["fails"].to_dict()
    document["hosts"][0]["timings"] = wrong
    with pytest.raises(UserError, match="this is no report of baseline"):
        Report.from_dict(document)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "baseline.report/9"}, "baseline.report/9"),
        ({"schema": ["baseline.report/2"]}, "schema"),
        ({"findings": [{}]}, "'host'"),
        ({"hosts": None}, "None"),
        ({"run": 5}, "int"),
    ],
)
def test_another_document_is_refused_with_what_is_wrong(change: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match="this is no report of baseline") as error:
        Report.from_dict({**CHECKS["fails"].to_dict(), **change})
    assert says in str(error.value)
