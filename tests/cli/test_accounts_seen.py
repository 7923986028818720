"""A check compares the roster with the accounts that hosts told of in the checks before it."""

from __future__ import annotations

import json
from pathlib import Path

from baseline.readings.dovecot import QUOTAS
from tests.cli.conftest import GOOD, Site, postfix
from tests.mailboxes.kept import quotas

INVENTORY = """\
all:
  hosts:
    store: {ansible_host: 192.0.2.1}
  vars: {roles: [mailstore], site: here, domains: [agensi.example.my], roster: roster.csv}
"""


def finding(site: Site, *words: str) -> dict[str, object]:
    """What a check finds of MEL-G-01."""
    done = site.bare(
        "check", "-i", str(site.folder / "inventory.yml"), "--tags", "evidence", "--format", "json", *words
    )
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["control"] == "MEL-G-01"]
    assert isinstance(found, dict)
    return found


def test_an_account_that_the_hosts_have_and_the_roster_has_not(site: Site, tmp_path: Path) -> None:
    (site.folder / "inventory.yml").write_text(INVENTORY)
    (site.folder / "roster.csv").write_text(
        "address,created,trained\nali@agensi.example.my,2024-01-15,2024-01-10\nsiti@agensi.example.my,2024-01-15,2024-01-10\n"
    )
    site.hosts = {"store": {**postfix(GOOD), QUOTAS: quotas(ali=1, eve=1)}}
    place = ("--history", str(tmp_path / "history.db"))
    assert finding(site, *place)["outcome"] == "pass"
    found = finding(site, *place)
    assert found["outcome"] == "warn"
    assert "accounts without an officer is eve@agensi.example.my" in str(found["reason"])
    assert "officers without an account is siti@agensi.example.my" in str(found["reason"])
    assert finding(site, "--no-history")["outcome"] == "pass"
