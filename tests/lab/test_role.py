"""What a host lacks, put on it by ansible-core from the role that was written, and then checked by baseline."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from baseline import fleet
from baseline.cli import app
from baseline.load import load_baseline, load_inventory
from baseline.model import Outcome
from baseline.session import Connector
from tests.lab.alone import alone
from tests.lab.real import RealHost

pytestmark = pytest.mark.lab

PROGRAM = Path(sys.executable).parent / "ansible-playbook"
CHOSEN = "MEL-Q-01,MEL-T-01,MEL-T-04,MEL-D-06,MEL-F-03"
"""Files of Dovecot, Rspamd and a zone; a package; actions before the files and after; a mount."""


@pytest.fixture(scope="module")
def host() -> Iterator[RealHost]:
    if not PROGRAM.exists():
        pytest.skip("ansible-core is not installed")
    with alone("play1") as one:
        yield with_python(one)


def with_python(host: RealHost) -> RealHost:
    """What Ansible needs on a host."""
    host.root("apt-get install -y -qq --no-install-recommends python3 python3-apt")
    return host


def played(folder: Path, inventory: Path) -> dict[str, int]:
    """Play the role, and give what Ansible counts."""
    (folder / "site.yml").write_text(
        yaml.safe_dump([{"hosts": "all", "gather_facts": False, "become": True, "roles": ["mail"]}])
    )
    (folder / "ansible.cfg").write_text(
        "[defaults]\nroles_path = roles\ninterpreter_python = /usr/bin/python3\n[ssh_connection]\npipelining = true\n"
    )
    done = subprocess.run(
        [PROGRAM, "-i", str(inventory), "site.yml"],
        cwd=folder,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(folder / "tmp")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", done.stdout)}


def test_the_role_makes_the_host_conform_and_then_changes_nothing(host: RealHost, tmp_path: Path) -> None:
    inventory = host.directory / "inventory.yml"
    made = ["render", "--as", "ansible", "-o", str(tmp_path / "roles/mail"), "-i", str(inventory), "-c", CHOSEN]
    said = CliRunner().invoke(app, made)
    assert said.exit_code == 0, said.output
    first = played(tmp_path, inventory)
    assert (first["failed"], first["changed"] > 0) == (0, True)
    assert played(tmp_path, inventory)["changed"] == 0

    targets = load_inventory(inventory).targets
    rules = load_baseline("mampu-2007").only(controls=CHOSEN.split(","))
    report = fleet.check_all(targets, rules, connect=Connector().connect)
    assert {one.control: one.outcome for one in report.findings} == dict.fromkeys(CHOSEN.split(","), Outcome.PASS)
    assert report.conforms, "nothing has drifted either, since the manifest came with the role"

    # A file that somebody changes comes back, and its program reads it.
    host.root("echo 'mail_temp_dir = /tmp' >>/etc/dovecot/conf.d/99-baseline.conf")
    assert played(tmp_path, inventory)["changed"] > 0
    assert fleet.check_all(targets, rules, connect=Connector().connect).conforms

    again = CliRunner().invoke(app, made)
    assert (again.exit_code, "has files already" in again.output) == (2, True)


def test_a_file_that_its_program_refuses_is_not_put_in_place(host: RealHost, tmp_path: Path) -> None:
    """As if the role had been edited: the checker tries the file before it is there."""
    inventory = host.directory / "inventory.yml"
    made = ["render", "--as", "ansible", "-o", str(tmp_path / "roles/mail"), "-i", str(inventory), "-c", "MEL-A-07"]
    assert CliRunner().invoke(app, made).exit_code == 0
    (file,) = (tmp_path / "roles/mail/files/hosts/001/etc/rspamd/local.d").iterdir()
    file.write_text("= {\n")
    with pytest.raises(AssertionError, match="etc-rspamd"):
        played(tmp_path, inventory)
    assert host.root(f"test -e /etc/rspamd/local.d/{file.name} || echo none").strip() == "none"
