"""Reports take work in proportion to what they tell."""

from __future__ import annotations

from functools import partial

import pytest

from baseline.model import Report
from baseline.reports import FORMATS, Display
from tests.bench.reports import large
from tests.growth import calls
from tests.reports.consoles import console


@pytest.fixture(scope="module")
def reports() -> tuple[Report, Report]:
    return large(40, 10), large(80, 10)


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_of_twice_the_hosts_takes_twice_the_work(form: str, reports: tuple[Report, Report]) -> None:
    FORMATS[form](large(2, 2), Display(), console())
    once, twice = (calls(partial(FORMATS[form], one, Display(), console())) for one in reports)
    assert twice < 2.2 * once


def test_the_parts_of_a_report_are_told_apart_in_one_pass(reports: tuple[Report, Report]) -> None:
    once, twice = (calls(one.parts) for one in reports)
    assert twice < 2.2 * once
    (report, _) = reports
    assert report.parts() == {host.name: report.of(host.name) for host in report.hosts}
