# ruff: noqa: T201 -- a program of its own, which prints
"""Check the hosts of an inventory from Python, and say what counts against them.

python example_library.py inventory.yml [BASELINE]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import baseline
from baseline import Finding, Outcome, Report
from baseline.engine import Connect


def against(report: Report) -> list[Finding]:
    """The findings that make the run "does not conform": mandatory controls that fail, and drift."""
    return [finding for finding in report.findings if report.counts_against(finding)]


def untold(report: Report) -> list[str]:
    """Hosts that could not be asked, each with the reason."""
    return [f"{host.name}: {host.error}" for host in report.hosts if not host.reachable]


def conform(inventory: str, rules: str = "mampu-2007", *, connect: Connect | None = None) -> Report:
    """Check all hosts of an inventory. Raises `InputError` for files with mistakes."""
    hosts = baseline.load_inventory(inventory)
    controls = baseline.load_baseline(rules)
    # `connect` is for tests and for ways to a host of your own; without it, hosts are reached over SSH.
    return baseline.check_all(hosts.select(), controls, connect=connect, forks=10)


def main(arguments: list[str]) -> int:
    """Print what fails, keep the report as JSON, and give the exit code of `baseline check`."""
    try:
        report = conform(*arguments)
    except baseline.InputError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    except baseline.NothingMatched as error:
        print(error, file=sys.stderr)
        return 5
    for finding in against(report):
        print(f"{finding.host} {finding.control} ({finding.clause}): {finding.reason}")
    for line in untold(report):
        print(f"could not look at {line}")
    unknown = sum(finding.outcome is Outcome.UNKNOWN for finding in report.findings)
    print(f"{len(report.hosts)} hosts, {len(against(report))} findings against them, {unknown} unknown")
    Path("report.json").write_text(json.dumps(report.to_dict(), indent=2), encoding="utf-8")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
