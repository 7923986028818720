"""HDF, the Heimdall data format: the JSON of an InSpec run, a control with a result for each host.

pass and warn are `passed`, fail is `failed`, what does not apply is `skipped`. What is unknown is `skipped` too, but
`error` where other hosts pass: a reader would take the control for passed. A control that applies to no host has no
impact, which Heimdall shows as not applicable. A waiver stands beside its fail, and makes no pass of it.
"""

from __future__ import annotations

import json
from typing import Any

from baseline.model import Finding, Outcome, Report, Severity
from baseline.reports.verdict import verdict
from baseline.reports.words import one_line

_IMPACT = {Severity.CRITICAL: 0.9, Severity.HIGH: 0.7, Severity.MEDIUM: 0.5, Severity.LOW: 0.3}
_STATUS = {
    Outcome.PASS: "passed",
    Outcome.WARN: "passed",
    Outcome.FAIL: "failed",
    Outcome.UNKNOWN: "skipped",
    Outcome.NOTAPPLICABLE: "skipped",
}


def render(report: Report) -> str:
    """The document."""
    by_control: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_control.setdefault(finding.control, []).append(finding)
    run = report.run
    document = {
        "platform": {"name": "baseline", "release": run.version, "target_id": run.id},
        "version": run.version,
        "statistics": {"duration": max(sum(host.seconds for host in report.hosts), 0.0)},
        "profiles": [
            {
                "name": one_line(run.baseline_name or "baseline"),
                "version": one_line(run.baseline_version),
                "sha256": run.baseline_sha256,
                "title": one_line(run.baseline_name or "baseline"),
                "summary": one_line(verdict(report)),
                "supports": [],
                "attributes": [],
                "groups": [],
                "status": "loaded",
                "controls": [_control(report, found) for found in by_control.values()],
            }
        ],
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _control(report: Report, findings: list[Finding]) -> dict[str, Any]:
    first = findings[0]
    applies = any(one.outcome is not Outcome.NOTAPPLICABLE for one in findings)
    advice = dict.fromkeys(one.advice for one in findings if one.advice)
    outcomes = {one.outcome for one in findings}
    doubtful = Outcome.FAIL not in outcomes and bool(outcomes & {Outcome.PASS, Outcome.WARN})
    waived = [one for one in findings if one.waived is not None]
    return {
        "id": one_line(first.control),
        "title": one_line(first.title),
        "desc": one_line(first.title),
        "descriptions": [{"label": "fix", "data": one_line(text)} for text in [*advice][:20]],
        "impact": _IMPACT[first.severity] if applies else 0.0,
        "tags": {
            "clause": one_line(first.clause),
            "obligation": first.obligation.value,
            "severity": first.severity.value,
            # The catalogue that Heimdall sorts by: configuration settings.
            "nist": ["CM-6"],
        },
        "refs": [],
        "code": "",
        "source_location": {"ref": one_line(report.run.baseline_name or "baseline"), "line": 1},
        "waiver_data": {"justification": one_line(waived[0].waived or ""), "run": True, "skipped_due_to_waiver": False}
        if waived
        else {},
        "results": [_result(report, one, doubtful=doubtful) for one in findings],
    }


def _result(report: Report, finding: Finding, *, doubtful: bool) -> dict[str, Any]:
    status = "error" if doubtful and finding.outcome is Outcome.UNKNOWN else _STATUS[finding.outcome]
    reason = one_line(finding.reason)
    waived = f", waived: {one_line(finding.waived)}" if finding.waived is not None else ""
    made = {
        "status": status,
        "code_desc": f"{one_line(finding.host)}: {finding.outcome.value}{waived}",
        "run_time": 0.0,
        "start_time": report.run.started,
    }
    if status in ("failed", "error") or finding.outcome is Outcome.WARN:
        made["message"] = reason
    elif status == "skipped":
        made["skip_message"] = reason
    return made
