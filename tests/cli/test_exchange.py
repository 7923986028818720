"""An Exchange host from the inventory to the script that mends it, as an administrator goes the way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from baseline.load import load_inventory
from baseline.model import Target
from baseline.remedies.exchange_planning import after
from baseline.session import Session
from tests.cli.conftest import Site
from tests.kinds.exchange_reports import as_document, control, written

INVENTORY = """\
all:
  hosts:
    ex1: {ansible_host: 192.0.2.9, ansible_shell_type: powershell}
    ex2: {exchange_report: quotas.json}
    mx1: {ansible_host: 192.0.2.1, ansible_user: root}
  vars: {roles: [mailstore], roster: roster.csv}
"""
NOW = datetime.now(UTC)


@pytest.fixture
def hosts(site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inventory with an Exchange that is asked, one of which a report was brought, and a host with neither."""

    def no_host(_: object, target: Target) -> Session:
        raise AssertionError(f"{target.name} was connected to")

    monkeypatch.setattr("baseline.session.Connector.connect", no_host)
    path = site.folder / "hosts.yml"
    path.write_text(INVENTORY)
    (site.folder / "roster.csv").write_text("address,class\nketua.pengarah@example.gov.my,top_management\n")
    bring(site, as_document(written("fail-one-mailbox-lowered"), NOW))
    return path


def bring(site: Site, document: dict[str, Any]) -> None:
    (site.folder / "quotas.json").write_text(json.dumps(document, indent=1))


def on(site: Site, hosts: Path, host: str, command: str, *options: str) -> Result:
    return site.bare(command, "-i", str(hosts), "-l", host, *options)


def test_from_a_report_to_the_script_and_to_a_host_that_conforms(site: Site, hosts: Path) -> None:
    checked = on(site, hosts, "ex2", "check", "-c", "MEL-Q-10")
    assert checked.exit_code == 1
    assert "not connected to: judged by the report" in " ".join(checked.stdout.split())
    assert "space of badrul@example.gov.my" in checked.stdout

    script = on(site, hosts, "ex2", "render", "--script", "apply")
    assert script.exit_code == 0
    assert script.stdout.count("\n    Set-Mailbox") == 1

    (target,) = load_inventory(hosts).select("ex2")
    assert target.quota_report is not None
    bring(site, as_document(after(target.quota_report, control().changes(target.quota_report, target)), NOW))
    assert on(site, hosts, "ex2", "check", "-c", "MEL-Q-10").exit_code == 0
    assert "\n    Set-Mailbox" not in on(site, hosts, "ex2", "render", "--script", "apply").stdout


def test_the_host_line_of_json_says_that_it_was_not_connected_to(site: Site, hosts: Path) -> None:
    document = json.loads(on(site, hosts, "ex2", "check", "--format", "json").stdout)
    (host,) = document["hosts"]
    file, when = site.folder / "quotas.json", f"{NOW:%Y-%m-%d %H:%M} UTC"
    assert host["note"] == f"not connected to: judged by the report {file}, taken on EX1 at {when}"
    assert (host["reachable"], host["exchanges"]) == (True, 0)
    outcomes = {finding["control"]: finding["outcome"] for finding in document["findings"] if finding["host"] == "ex2"}
    assert outcomes.pop("MEL-Q-10") == "fail"
    assert {*outcomes.values()} == {"notapplicable"}


def test_an_old_report_is_unknown(site: Site, hosts: Path) -> None:
    bring(site, as_document(written("pass-out-of-the-box"), NOW - timedelta(days=30)))
    checked = on(site, hosts, "ex2", "check", "-c", "MEL-Q-10")
    assert checked.exit_code == 3
    assert "30 days old" in " ".join(checked.stdout.split())


def test_an_apply_changes_nothing_and_says_who_has_to(site: Site, hosts: Path) -> None:
    planned = on(site, hosts, "ex2", "plan", "-c", "MEL-Q-10")
    assert "baseline render -l HOST --script apply" in " ".join(planned.stdout.split())
    applied = on(site, hosts, "ex2", "apply", "-c", "MEL-Q-10", "--yes")
    assert applied.exit_code == 1
    assert "nothing to do" in applied.stdout


def test_there_is_nothing_to_roll_back(site: Site, hosts: Path) -> None:
    done = site.bare("rollback", "ex2", "-i", str(hosts), "--yes")
    assert done.exit_code == 5
    assert "keeps no journal of an apply" in done.stderr


def test_the_read_script_needs_no_report(site: Site, hosts: Path) -> None:
    script = on(site, hosts, "ex1", "render", "--script", "read")
    assert script.exit_code == 0
    assert "Get-Mailbox -ResultSize Unlimited" in script.stdout
    assert script.stdout == on(site, hosts, "ex2", "render", "--script", "read").stdout


@pytest.mark.parametrize(
    ("limit", "script", "code", "said"),
    [
        ("ex1", "apply", 2, "is made from a report: name its file as `exchange_report` of ex1"),
        ("ex1,ex2", "read", 2, "a script is for one host, and 2 are selected"),
        ("mx1", "read", 5, "no selected control has a script for mx1"),
    ],
)
def test_a_script_that_cannot_be_had(site: Site, hosts: Path, limit: str, script: str, code: int, said: str) -> None:
    done = on(site, hosts, limit, "render", "--script", script)
    assert done.exit_code == code
    assert said in done.stderr


def test_render_tells_of_the_scripts(site: Site, hosts: Path) -> None:
    shown = on(site, hosts, "ex2", "render", "-c", "MEL-Q-10").stdout
    assert "by_hand: print the script with --script read or --script apply" in shown
    assert "# 1 controls for mailstore; 0 are for other hosts\n" in shown
