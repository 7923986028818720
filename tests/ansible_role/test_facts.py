"""What a run found, as ansible-core's own inventory reads it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from baseline.model import Outcome
from baseline.reports.ansible_facts import render, unfinished
from tests.reports.cases import APPLIES, CHECKS, PLANS, ROLLBACKS
from tests.reports.hostile import hostile

REPORTS = {**CHECKS, **PLANS, **APPLIES, **ROLLBACKS, "of hosts that mean harm": hostile()}


@pytest.mark.parametrize("name", REPORTS)
def test_every_host_has_its_facts_and_one_group(name: str) -> None:
    report = REPORTS[name]
    text = render(report)
    found = json.loads(text)["all"]
    parts = report.parts()
    assert len(found["hosts"]) == len(parts)
    for host, part in parts.items():
        facts = found["hosts"][host.replace("{", "").replace("}", "")]["mail_baseline"]
        assert len(facts["outcomes"]) == len({one.key for one in part.findings})
        assert facts["conforms"] is (facts["exit_code"] == 0) is part.conforms
        failing = [one for one in part.findings if one.outcome is Outcome.FAIL and one.waived is None]
        assert len(facts["failing"]) == len(failing)
    grouped = [host for group in found["children"].values() for host in group["hosts"]]
    assert sorted(grouped) == sorted(found["hosts"])
    assert found["vars"]["mail_baseline_run"]["exit_code"] == report.exit_code
    assert "{{" not in text.replace('{"', "")
    assert "{%" not in text


def inventory(*files: Path) -> dict[str, Any]:
    """What `ansible-inventory --list` says of some files."""
    program = Path(sys.executable).parent / "ansible-inventory"
    if not program.exists():
        pytest.skip("ansible-core is not installed")
    named = [part for file in files for part in ("-i", str(file))]
    said = subprocess.run([program, "--list", *named], capture_output=True, text=True, check=True, timeout=120)
    assert not said.stderr, said.stderr
    read: dict[str, Any] = json.loads(said.stdout)
    return read


def test_ansible_reads_it_beside_the_inventory_of_the_hosts(tmp_path: Path) -> None:
    hosts, facts, none = (tmp_path / name for name in ("hosts.ini", "facts.json", "none.json"))
    hosts.write_text("[mail]\nmx1 ansible_host=192.0.2.1\n")
    facts.write_text(render(CHECKS["crowded"]))
    found = inventory(hosts, facts)
    assert found["_meta"]["hostvars"]["mx1"]["ansible_host"] == "192.0.2.1"
    assert found["_meta"]["hostvars"]["mx1"]["mail_baseline"]["conforms"] is False
    assert found["mail_baseline_does_not_conform"]["hosts"] == ["mx1"]
    none.write_text(unfinished("There is no report."))
    run = inventory(hosts, none)["_meta"]["hostvars"]["mx1"]["mail_baseline_run"]
    assert run == {"finished": False, "why": "There is no report."}
