"""A small fleet of real sshd, among them hosts that are dead, silent and hostile: `make fleet` has 500 of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Eventually, processes_about
from tests.exchange.sshd import SSHD, may_log_in
from tests.fleet.endpoints import Fleet, Mix, Way, fleet
from tests.fleet.measured import Measured, check, files
from tests.fleet.run import misjudged

pytestmark = [
    pytest.mark.sshd,
    pytest.mark.skipif(SSHD is None, reason="sshd is not installed"),
    pytest.mark.skipif(not may_log_in(), reason="this user has no shell to log in to"),
    pytest.mark.skipif(os.geteuid() == 0 and shutil.which("unshare") is None, reason="as root it needs unshare"),
]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fleet")


@pytest.fixture(scope="module")
def made(directory: Path) -> Iterator[Fleet]:
    with fleet(directory, Mix.of(20)) as up:
        yield up


@pytest.fixture(scope="module")
def measured(made: Fleet) -> Measured:
    """One run over all of them."""
    return check(made.inventory, files(made.directory, 5), made.directory)


def test_every_host_is_in_the_report_as_it_is(made: Fleet, measured: Measured) -> None:
    assert set(made.ways.values()) == set(Way)
    assert misjudged(made, measured) == []
    assert measured.code == 3


def test_every_control_of_every_host_has_its_line(made: Fleet, measured: Measured) -> None:
    found = {(one["host"], one["control"]) for one in measured.report["findings"]}
    assert found == {(host, f"F-{number:02}") for host in made.ways for number in range(5)}


def test_hosts_are_in_the_order_of_the_inventory(made: Fleet, measured: Measured) -> None:
    names = [line.split(":")[0].strip() for line in made.inventory.read_text().splitlines() if "ansible_host" in line]
    assert [host["name"] for host in measured.report["hosts"]] == names


def test_nothing_of_a_fleet_stays(tmp_path: Path, eventually: Eventually) -> None:
    with fleet(tmp_path, Mix({Way.WELL: 2, Way.SILENT: 1, Way.SWALLOWED: 1})):
        assert processes_about(tmp_path)
    assert eventually(lambda: not processes_about(tmp_path))
