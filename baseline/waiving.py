"""Waivers applied to findings: what does not count against a run, and how each waiver stands. Pure.

Instants are compared, never dates: a waiver that ends at midnight in Kuala Lumpur ends then everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from baseline.model import Finding, Outcome, Report
from baseline.model.waivers import CAN_BE_WAIVED, Waiver, Waivers, WaiverTold

Waive = Callable[[Sequence[Finding]], tuple[Finding, ...]]
"""Findings as they are with the waivers of this moment."""


def nothing_waived(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings as they are."""
    return tuple(findings)


def waived(findings: Sequence[Finding], waivers: Waivers, at: datetime) -> tuple[Finding, ...]:
    """Findings with the waivers that are in force at an instant, and without those that an earlier instant gave."""
    by_control = _by_control(one for one in waivers.waivers if one.holds(at))
    return tuple(_waived(finding, by_control.get(finding.control, ())) for finding in findings)


def with_waivers(report: Report, waivers: Waivers) -> Report:
    """A report with its findings waived, and how each waiver stands, at the run's end; and what is planned of the rest.

    Where the clock was set back during the run, the later of its two ends counts: no waiver comes to life again.
    """
    at = max(map(datetime.fromisoformat, (report.run.started, report.run.finished)))
    findings = waived(report.findings, waivers, at)
    seen = _Seen(findings)
    told = tuple(seen.told(one, at, waivers.notice) for one in waivers.waivers)
    open_ones = {(one.control, one.host) for one in findings if one.outcome in CAN_BE_WAIVED}
    actions = tuple(one for one in waivers.actions if (one.control, one.host) in open_ones)
    return replace(report, findings=findings, waivers=told, actions=actions)


def _by_control(waivers: Iterable[Waiver]) -> dict[str, list[Waiver]]:
    """The waivers of each control; the one that holds longest first, which is the one that is named."""
    found: dict[str, list[Waiver]] = {}
    for one in sorted(waivers, key=lambda one: one.expires, reverse=True):
        for control in one.controls:
            found.setdefault(control, []).append(one)
    return found


def _waived(finding: Finding, waivers: Sequence[Waiver]) -> Finding:
    one = next((one for one in waivers if finding.host in one.hosts), None)
    words = one.words if one and finding.outcome in CAN_BE_WAIVED else None
    return finding if finding.waived == words else replace(finding, waived=words)


class _Seen:
    """The findings of a run, by control: a run over many hosts has many."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._hosts = {finding.host for finding in findings}
        self._by_control: dict[str, list[Finding]] = {}
        for finding in findings:
            self._by_control.setdefault(finding.control, []).append(finding)

    def told(self, one: Waiver, at: datetime, notice: timedelta) -> WaiverTold:
        """How a waiver stands at an instant."""
        ours = (finding for control in one.controls for finding in self._by_control.get(control, ()))
        covered = [finding for finding in ours if finding.host in one.hosts]
        waives = sum(finding.outcome in CAN_BE_WAIVED for finding in covered) if one.holds(at) else 0
        all_of_it = one.hosts <= self._hosts and one.controls <= self._by_control.keys()
        met = all(finding.outcome in (Outcome.PASS, Outcome.NOTAPPLICABLE) for finding in covered)
        return WaiverTold(one, one.state(at, notice), waives, needed=not (all_of_it and met))
