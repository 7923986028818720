"""A report of many hosts stays small enough to be mailed and opened, whatever the hosts say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from baseline.model import Compared, Outcome, Report, Wanted
from baseline.reports import FORMATS, Display
from tests.bench.reports import background, large
from tests.reports.consoles import console

pytestmark = pytest.mark.slow


def html(report: Report) -> str:
    """The report as HTML."""
    return FORMATS["html"](report, Display(background=background(report)), console())


def bytes_of(text: str) -> int:
    """How long a text is in a file."""
    return len(text.encode())


def test_a_thousand_hosts_and_sixty_controls_fit_into_two_megabytes() -> None:
    report = large(1000, 60)
    text = html(report)
    assert len(report.findings) == 60_000
    assert bytes_of(text) <= 2_000_000
    assert text.count("<tr class=t><th scope=row>") + text.count("<tr><th scope=row>") == 1000


def test_a_report_grows_with_its_hosts_and_not_faster() -> None:
    few, many = bytes_of(html(large(250, 60))), bytes_of(html(large(500, 60)))
    assert many < 2.1 * few


def all_otherwise(hosts: int) -> Report:
    """A run in which each finding has a value of its own."""
    plain = large(hosts, 60)
    found = []
    for number, one in enumerate(plain.findings):
        keys = (Compared("limit", number, Wanted("equal", (1,)), Outcome.FAIL),)
        found.append(replace(one, outcome=Outcome.FAIL, reason="", keys=keys, advice=f"Set the limit on {one.host}."))
    return replace(plain, findings=tuple(found))


def test_hosts_that_all_fail_otherwise_do_not_swell_a_report() -> None:
    """Findings that are not listed are counted, and on the map: a cell of it is all that a host more costs."""
    few, many = (FORMATS["html"](all_otherwise(hosts), Display(), console()) for hosts in (150, 300))
    assert many.count("<td class=f>") == 300 * 60
    assert bytes_of(many) - bytes_of(few) < 150 * 60 * 20
    assert "findings more; the map shows them" in many
