"""OSCAL 1.1, for tools of assessors: the run as assessment results, and what is not met as a plan of action.

The standard knows a control as satisfied or not. What is unknown is not satisfied there, with the reason `other`, and a
remark says that it could not be told; what does not apply is an observation only. Ids are made from the run's, so that
the same run gives the same documents.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from baseline.model import Finding, Report
from baseline.reports.alike import Alike, ControlTold, grouped, told
from baseline.reports.html.grid import sort_of
from baseline.reports.verdict import verdict
from baseline.reports.words import one_line

VERSION = "1.1.3"
_ROOT = uuid.UUID("6f1c0a52-7d5b-5f5e-9a55-0d7c3a0f6b11")
"""The namespace of our ids: any other would do as well, and none may change."""
_LONGEST = 2000
_SETTLED = {"fail": "open", "warn": "open", "unknown": "investigating", "waived": "deviation-approved"}
"""The status of a risk."""

OscalObject = dict[str, Any]


def results(report: Report) -> str:
    """The assessment results."""
    by_control: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_control.setdefault(finding.control, []).append(finding)
    groups = {control: grouped(report, found) for control, found in by_control.items()}
    document = {
        "uuid": _id(report, "results"),
        "metadata": _metadata(report, "Assessment results"),
        "import-ap": {"href": f"#{_id(report, 'plan')}"},
        "results": [_result(report, groups)],
        "back-matter": {"resources": [_rules(report)]},
    }
    return _written({"assessment-results": document})


def poam(report: Report) -> str:
    """The plan of action and milestones: an item for each control that is not met somewhere."""
    controls = told(report)
    observations = [one for control in controls for one in _observations(report, control.groups)]
    document: OscalObject = {
        "uuid": _id(report, "poam"),
        "metadata": _metadata(report, "Plan of action and milestones"),
        "system-id": {"identifier-type": "https://ietf.org/rfc/rfc4122", "id": _id(report, "system")},
        "local-definitions": {"inventory-items": _inventory(report)},
    }
    if observations:
        document["observations"] = observations
        document["risks"] = [_risk(report, one) for one in controls]
    document["poam-items"] = [_item(report, one) for one in controls] or [_nothing(report)]
    return _written({"plan-of-action-and-milestones": document})


def _written(document: OscalObject) -> str:
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _id(report: Report, *names: str) -> str:
    return str(uuid.uuid5(_ROOT, "\0".join((report.run.id, *names)).encode("utf-8", "backslashreplace").decode()))


def _line(text: str) -> str:
    """A text on one line that begins and ends with no blank, as the standard wants most of them."""
    shown = one_line(text).strip()
    return (shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…") or "-"


def _token(text: str) -> str:
    """An id as the standard writes them: small letters, digits, dots and dashes."""
    made = re.sub(r"[^a-z0-9._-]", "_", text.lower())
    return made if made[:1].isalpha() else f"c_{made}"


def _metadata(report: Report, title: str) -> OscalObject:
    name = report.run.baseline_name or "baseline"
    return {
        "title": _line(f"{title}: {name}"),
        "last-modified": report.run.finished.replace("Z", "+00:00"),
        "version": _line(report.run.id),
        "oscal-version": VERSION,
    }


def _rules(report: Report) -> OscalObject:
    run = report.run
    return {
        "uuid": _id(report, "plan"),
        "title": _line(f"{run.baseline_name or 'baseline'} {run.baseline_version}"),
        "description": f"The rules that hosts were judged by, with the SHA-256 {run.baseline_sha256 or '-'}.",
    }


def _inventory(report: Report) -> list[OscalObject]:
    names = {host.name: host.address for host in report.hosts}
    names |= {finding.host: "" for finding in report.findings if finding.host not in names}
    return [
        {
            "uuid": _id(report, "host", name),
            "description": _line(f"{name} {address}"),
            "props": [{"name": "asset-id", "value": _line(name)}],
        }
        for name, address in names.items()
    ] or [{"uuid": _id(report, "host", ""), "description": "No host was looked at."}]


def _result(report: Report, groups: Mapping[str, Sequence[Alike]]) -> OscalObject:
    run = report.run
    controls = [{"control-id": _token(control)} for control in groups]
    made: OscalObject = {
        "uuid": _id(report, "result"),
        "title": _line(f"Run {run.id}"),
        "description": _line(verdict(report)),
        "start": run.started.replace("Z", "+00:00"),
        "end": run.finished.replace("Z", "+00:00"),
        "local-definitions": {"inventory-items": _inventory(report)},
        "reviewed-controls": {
            "control-selections": [{"include-controls": controls} if controls else {"include-all": {}}]
        },
    }
    observations = [one for found in groups.values() for one in _observations(report, found)]
    controls_told = told(report)
    at_risk = {one.worst.control for one in controls_told}
    findings = [one for found in groups.values() for one in _finding(report, found, at_risk)]
    if observations:
        made["observations"] = observations
    if findings:
        made["findings"] = findings
    risks = [_risk(report, one) for one in controls_told]
    if risks:
        made["risks"] = risks
    return made


def _observations(report: Report, groups: Sequence[Alike]) -> Iterator[OscalObject]:
    for group in groups:
        first = group.first
        props = [("control", first.control), ("outcome", sort_of(first))]
        props += [("obligation", first.obligation.value), ("severity", first.severity.value)]
        props += [("clause", first.clause)] if first.clause else []
        yield {
            "uuid": _observed(report, group),
            "title": _line(f"{first.control}: {first.title}"),
            "description": _line(first.reason),
            "props": [{"name": name, "value": _line(value)} for name, value in props],
            "methods": ["TEST"],
            "types": ["finding"],
            "subjects": [
                {"subject-uuid": _id(report, "host", name), "type": "inventory-item", "title": _line(name)}
                for name in group.hosts
            ],
            "relevant-evidence": [
                {"description": _line(f"{row.key}: wanted {row.wanted}, found {row.found} {row.set_at}")}
                for row in group.rows()[:20]
            ]
            or [{"description": _line(first.reason)}],
            "collected": report.run.finished.replace("Z", "+00:00"),
        }


def _observed(report: Report, group: Alike) -> str:
    return _id(report, "observation", group.first.host, group.first.key, group.first.outcome.value)


def _finding(report: Report, groups: Sequence[Alike], at_risk: Set[str]) -> Iterator[OscalObject]:
    outcomes = {sort_of(group.first) for group in groups}
    if outcomes == {"notapplicable"}:
        return
    first = groups[0].first
    bad = outcomes & {"fail", "unknown"}
    state = "not-satisfied" if bad else "satisfied"
    reason = "fail" if "fail" in outcomes else "other" if bad or outcomes & {"waived", "warn"} else "pass"
    made: OscalObject = {
        "uuid": _id(report, "finding", first.control),
        "title": _line(f"{first.control}: {first.title}"),
        "description": _line(first.reason),
        "target": {
            "type": "objective-id",
            "target-id": _token(first.control),
            "status": {"state": state, "reason": reason, "remarks": _line(", ".join(sorted(outcomes)))},
        },
        "related-observations": [{"observation-uuid": _observed(report, group)} for group in groups],
    }
    if first.control in at_risk:
        made["related-risks"] = [{"risk-uuid": _id(report, "risk", first.control)}]
    yield made


def _risk(report: Report, one: ControlTold) -> OscalObject:
    worst = one.worst
    made: OscalObject = {
        "uuid": _id(report, "risk", worst.control),
        "title": _line(f"{worst.control}: {worst.title}"),
        "description": _line(worst.reason),
        "statement": _line(f"{worst.obligation.value}, {worst.severity.value}; clause {worst.clause or '-'}"),
        "status": _SETTLED.get(sort_of(worst), "open"),
        "related-observations": [{"observation-uuid": _observed(report, group)} for group in one.groups],
    }
    if worst.waived is not None:
        made["props"] = [{"name": "waiver", "value": _line(worst.waived)}]
    if worst.advice:
        made["remediations"] = [
            {
                "uuid": _id(report, "remediation", worst.control),
                "lifecycle": "recommendation",
                "title": "To do",
                "description": _line(worst.advice),
            }
        ]
    return made


def _item(report: Report, one: ControlTold) -> OscalObject:
    worst = one.worst
    return {
        "uuid": _id(report, "item", worst.control),
        "title": _line(f"{worst.control}: {worst.title}"),
        "description": _line(worst.advice or worst.reason),
        "props": [{"name": "outcome", "value": sort_of(worst)}],
        "related-observations": [{"observation-uuid": _observed(report, group)} for group in one.groups],
        "related-risks": [{"risk-uuid": _id(report, "risk", worst.control)}],
    }


def _nothing(report: Report) -> OscalObject:
    return {"uuid": _id(report, "item"), "title": "Nothing to do", "description": _line(verdict(report))}
