"""Reports take work in proportion to what they tell."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from baseline.model import ApplyOutcome, HostApply, Outcome, Report
from baseline.reports import FORMATS, Command, Display
from tests.bench.reports import large
from tests.growth import calls
from tests.reports.cases import PLANS
from tests.reports.consoles import console


@pytest.fixture(scope="module")
def reports() -> tuple[Report, Report]:
    return large(40, 10), large(80, 10)


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_of_twice_the_hosts_takes_twice_the_work(form: str, reports: tuple[Report, Report]) -> None:
    FORMATS[form](large(2, 2), Display(), console())
    once, twice = (calls(partial(FORMATS[form], one, Display(), console())) for one in reports)
    assert twice < 2.2 * once


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_of_twice_the_controls_takes_twice_the_work(form: str) -> None:
    def took(controls: int) -> int:
        report = large(4, 10)
        findings = tuple(
            replace(one, control=f"TST-{number:04}", reason=f"`look {number}`: {number * number} is no answer")
            for number in range(controls)
            for one in report.findings[:4]
        )
        report = replace(report, findings=(*(replace(one, outcome=Outcome.UNKNOWN) for one in findings), *findings))
        return calls(partial(FORMATS[form], report, Display(), console()))

    took(2)
    assert took(80) < 2.3 * took(40)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("subject", ["plan", "apply"])
def test_plans_and_applies_of_twice_the_hosts_take_twice_the_work(form: str, subject: Command) -> None:
    def took(hosts: int) -> int:
        report = large(hosts, 2)
        plans = tuple(replace(PLANS["plan"].plans[0], host=one.name) for one in report.hosts)
        applies = tuple(HostApply(one.host, ApplyOutcome.APPLIED, "applied", plan=one) for one in plans)
        report = replace(report, plans=plans, applies=applies if subject == "apply" else ())
        return calls(partial(FORMATS[form], report, Display(subject), console()))

    took(2)
    assert took(48) < 2.3 * took(24)


def test_the_parts_of_a_report_are_told_apart_in_one_pass(reports: tuple[Report, Report]) -> None:
    once, twice = (calls(one.parts) for one in reports)
    assert twice < 2.2 * once
    (report, _) = reports
    assert report.parts() == {host.name: report.of(host.name) for host in report.hosts}
