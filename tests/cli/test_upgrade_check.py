"""What `upgrade-check` prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from baseline.cli.upgrade_printed import as_markdown, as_text
from baseline.languages import ENGLISH, language
from baseline.upgrading.items import HostForecast, Item
from tests.reports.consoles import console

SAME = Item("Postfix", "smtpd_use_tls", "yes", "/etc/postfix/main.cf:7", "same", "still works")
BREAKS = Item(
    "OpenSSH",
    "HostKeyAlgorithms",
    "+ssh-dss",
    "/etc/ssh/sshd_config:2",
    "breaks",
    "`ssh-dss` is gone: sshd 10 does not start, so that nobody can log in by SSH any more",
    "--- /etc/ssh/sshd_config\n+++ /etc/ssh/sshd_config\n@@ -2 +1,0 @@\n-HostKeyAlgorithms +ssh-dss",
)
UNKNOWN = Item("nftables", "", "", "/etc/\x1b[31mx", "unknown", "this file could not be read")
HOSTS = (HostForecast("mx1", (SAME, UNKNOWN, BREAKS)), HostForecast("mx2", error="no connection"))


def test_what_breaks_comes_first_and_what_stays_is_counted() -> None:
    lines = as_text(HOSTS, "trixie", ENGLISH, console(100)).splitlines()
    assert lines == [
        "mx1: under trixie: 1 breaks, 1 not known, 1 stays the same",
        "",
        "breaks",
        "  OpenSSH  HostKeyAlgorithms = +ssh-dss  /etc/ssh/sshd_config:2",
        "    `ssh-dss` is gone: sshd 10 does not start, so that nobody can log in by SSH any more",
        "      --- /etc/ssh/sshd_config",
        "      +++ /etc/ssh/sshd_config",
        "      @@ -2 +1,0 @@",
        "      -HostKeyAlgorithms +ssh-dss",
        "",
        "not known",
        "  nftables    /etc/\\x1b[31mx",
        "    this file could not be read",
        "",
        "mx2: not known: no connection",
    ]
    assert "smtpd_use_tls" in as_text(HOSTS, "trixie", ENGLISH, console(100), verbose=True)


def test_in_malay_too() -> None:
    text = as_text(HOSTS, "trixie", language("ms"), console(200))
    assert "mx1: di bawah trixie: 1 rosak, 1 tidak diketahui, 1 kekal sama" in text
    assert "sshd 10 tidak bermula, maka tiada sesiapa dapat log masuk melalui SSH lagi" in text


def test_markdown_has_everything_and_its_fences_hold() -> None:
    fenced = HostForecast("mx1", (Item("Postfix", "", "", "", "breaks", "x", "+```\n+rm -rf"), SAME))
    text = as_markdown((fenced,), "trixie", ENGLISH)
    assert "````diff\n+```\n+rm -rf\n````" in text
    assert "## Stays the same" in text
    assert "**Postfix** `smtpd_use_tls = yes` (/etc/postfix/main.cf:7): still works" in text


@pytest.mark.parametrize("form", ["json", "text", "markdown"])
def test_a_host_that_cannot_be_reached_is_not_known(tmp_path: Path, form: str) -> None:
    inventory = tmp_path / "inventory.yml"
    inventory.write_text("all:\n  hosts:\n    mx1: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_user: ops}\n")
    words = ["upgrade-check", "-i", str(inventory), "--to", "trixie", "--format", form, "-o", str(tmp_path / "told")]
    done = subprocess.run([sys.executable, "-m", "baseline", *words], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    told = (tmp_path / "told").read_text()
    if form == "json":
        document = json.loads(told)
        assert (document["schema"], document["exit_code"]) == ("baseline.upgrade/1", 3)
        assert document["hosts"][0]["items"] == []
    assert "127.0.0.1" in told
