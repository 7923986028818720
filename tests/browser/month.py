"""A month of checks in a history: hosts fail and are mended, one is not reached for a day, one comes later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from baseline.history import History
from baseline.model import HostReport, Outcome, Report
from tests.history.conftest import empty
from tests.history.reports import CONTROLS, HOSTS, finding, report

DAYS = 31


def month(folder: Path) -> History:
    """The history, in a folder."""
    history = empty(folder)
    for day in range(1, DAYS + 1):
        assert history.begin("check").keep(_on(day)) == ""
    return history


def _on(day: int) -> Report:
    found = []
    for number, host in enumerate(HOSTS):
        if host == "mx3" and day < 10:
            continue
        for place, control in enumerate(CONTROLS):
            bad = (day // (5 + number) + place) % 4 == 0
            outcome = Outcome.FAIL if bad else Outcome.PASS
            if host == "mx2" and day == 20:
                outcome = Outcome.UNKNOWN
            found.append(finding(host, control, outcome, 2 if bad else 1, advice="Set the limit to 1."))
    made = report(day, *found)
    hosts = tuple(_reached(host, day) for host in made.hosts)
    return replace(made, hosts=hosts, run=replace(made.run, baseline_name="mampu-2007"))


def _reached(host: HostReport, day: int) -> HostReport:
    gone = host.name == "mx2" and day == 20
    return replace(host, reachable=False, error="no answer in 20 s") if gone else host
