"""All that a host of Debian 13 lacks, put on it by ansible-core and the role alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from baseline import fleet
from baseline.cli import app
from baseline.load import load_baseline, load_inventory
from baseline.session import Connector
from tests.lab.alone import alone
from tests.lab.test_role import PROGRAM, played, with_python

pytestmark = [pytest.mark.lab, pytest.mark.whole]


def test_it_converges_changes_nothing_more_and_is_clean(tmp_path: Path) -> None:
    if not PROGRAM.exists():
        pytest.skip("ansible-core is not installed")
    with alone("play1", "trixie") as host:
        inventory = with_python(host).directory / "inventory.yml"
        made = ["render", "--as", "ansible", "-o", str(tmp_path / "roles/mail"), "-i", str(inventory), "--all"]
        said = CliRunner().invoke(app, made)
        assert said.exit_code == 0, said.output
        first = played(tmp_path, inventory)
        assert (first["failed"], first["changed"] > 5) == (0, True)
        assert played(tmp_path, inventory)["changed"] == 0
        targets = load_inventory(inventory).targets
        assert fleet.check_all(targets, load_baseline("mampu-2007"), connect=Connector().connect).conforms
