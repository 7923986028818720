"""A year in small: what is made up for `make year` is kept, read back, verified and told of, on each database."""

from __future__ import annotations

import pytest

from baseline.history import History, between
from baseline.model import Outcome
from tests.bench.year import GAPS, NEW_BASELINE, UPGRADE, Year

DAYS = (0, 1, 39, 40, 41, 42, 119, 120, 121, UPGRADE, NEW_BASELINE - 1, NEW_BASELINE, 364)
"""Days of the year at which something happens."""


def test_days_at_which_something_happens(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    year = Year(hosts=4, days=365)
    days = [one for one in year.runs() if int(one[0].run.id[-8:], 16) in DAYS]
    assert len(days) == len(DAYS) - len(GAPS & {*DAYS})
    for report, heard in days:
        keeping = history.begin("check")
        for name, answers in heard.items():
            keeping.heard(name, answers)
        assert keeping.keep(report) == ""
    for number, (report, heard) in enumerate(days, 1):
        assert history.report(str(number))[1] == report
        assert history.heard(str(number), report.hosts[1].name) == heard[report.hosts[1].name]
    assert history.verify().wrong == ()
    first, last = days[0][0], days[-1][0]
    before = {(one.host, one.control): one.outcome for one in first.findings}
    newly = {
        (one.host, one.control)
        for one in last.findings
        if one.outcome is Outcome.FAIL and before[one.host, one.control] is Outcome.PASS
    }
    told = history.changes("1").changes
    assert {(one.host, one.control) for one in told if one.kind in ("newly failing", "flapping")} >= newly
    assert [one.control for one in told if one.kind == "control changed"] == ["YEAR-X-07"]
    # A long time is looked through in another way, and tells the same.
    monkeypatch.setattr(between, "_LONG", 0)
    assert history.changes("1").changes == told
    assert history.changes("3").changes != told
