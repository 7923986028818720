"""What a run found, as an inventory for Ansible: a second `-i`, beside the one of the hosts. No module is needed.

Each host has a variable `mail_baseline`, and is in one of four groups by what it came to. Ansible reads texts of an
inventory as templates, which can run programs where it runs. So nothing that a host said is in it: names of hosts and
controls, outcomes and numbers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from baseline.model import Finding, Outcome, Report

VARIABLE = "mail_baseline"
"""The variable that each host has."""

GROUPS = {
    0: "mail_baseline_conforms",
    1: "mail_baseline_does_not_conform",
    3: "mail_baseline_unknown",
}
"""The group of a host by the exit code that it has alone; with any other it is in that of `PERSON`."""

PERSON = "mail_baseline_needs_a_person"


def render(report: Report) -> str:
    """The inventory, as JSON, which is YAML as well: Ansible's plugin `yaml` reads it from a file named `.json`."""
    parts = report.parts()
    groups: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in (*GROUPS.values(), PERSON)}
    for name, part in parts.items():
        groups[GROUPS.get(part.exit_code, PERSON)][_said(name)] = {}
    run = _run(report)
    document = {
        "all": {
            "hosts": {_said(name): {VARIABLE: _facts(part)} for name, part in parts.items()},
            "vars": {f"{VARIABLE}_run": run},
            "children": {name: {"hosts": hosts} for name, hosts in groups.items()},
        }
    }
    return json.dumps(document, indent=2) + "\n"


def unfinished(sentence: str) -> str:
    """What stands in the file while there is no report: an inventory without hosts that says so."""
    return json.dumps({"all": {"vars": {f"{VARIABLE}_run": {"finished": False, "why": _said(sentence)}}}}) + "\n"


def _run(report: Report) -> dict[str, Any]:
    run = report.run
    return {
        "finished": True,
        "id": _said(run.id),
        "baseline": _said(f"{run.baseline_name} {run.baseline_version}"),
        "sha256": _said(run.baseline_sha256),
        "started": _said(run.started),
        "exit_code": report.exit_code,
        "conforms": report.conforms,
        "counts": dict(Counter(one.outcome.value for one in report.findings)),
    }


def _facts(report: Report) -> dict[str, Any]:
    """What is told of one host, and of the domains and sites that were looked at through it."""
    (host,) = report.hosts
    found = report.findings
    return {
        "conforms": report.conforms,
        "exit_code": report.exit_code,
        "reachable": host.reachable,
        "outcomes": {_said(one.key): one.outcome.value for one in found},
        "failing": _keys(one for one in found if one.outcome is Outcome.FAIL and one.waived is None),
        "warning": _keys(one for one in found if one.outcome is Outcome.WARN and one.waived is None),
        "unknown": _keys(one for one in found if one.outcome is Outcome.UNKNOWN),
        "waived": _keys(one for one in found if one.waived is not None),
        "drifted_files": len(host.drifted),
        "stale_programs": len(host.stale),
        "clauses": {_said(one.clause): str(one.verdict) for one in report.clauses},
    }


def _keys(found: Iterable[Finding]) -> list[str]:
    return [_said(one.key) for one in found]


def _said(text: str) -> str:
    """A text of ours or of an inventory, without the braces that make a template."""
    return text.replace("{", "").replace("}", "")
