"""A host of Debian 13 as the controller: the wheel is installed there, and checks a host of Debian 12."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from baseline import fleet
from baseline.load import Baseline, Inventory
from baseline.visit import Connect
from tests.lab.real import RealHost

pytestmark = pytest.mark.lab

BASELINE = "/opt/baseline/bin/baseline"
INSTALL = """\
set -e
apt-get -qq install -y python3
python3 -m venv --without-pip /opt/baseline
pip=$(echo /root/wheels/pip-*.whl)/pip
/opt/baseline/bin/python "$pip" install -q --no-compile --no-index --find-links /root/wheels mail-baseline
"""
LET_IN = """\
! nft list table inet baseline >/dev/null 2>&1 ||
nft insert rule inet baseline input ip saddr {address} tcp dport 22 accept comment '"another controller"'
"""
AS_BEFORE = """\
nft -a list table inet baseline 2>/dev/null | sed -n 's/.*"another controller".* handle //p' |
xargs -r nft delete rule inet baseline input handle
"""


@pytest.fixture(scope="module")
def controller(real_hosts: tuple[RealHost, ...]) -> Iterator[RealHost]:
    """mx2 with the wheel installed, and with what the lab wrote for whoever checks its hosts. mx1 lets it in."""
    wheels = os.environ.get("BASELINE_WHEELS")
    if not wheels:
        pytest.skip("`make test` puts the wheel, and all that it needs on a lab host, into BASELINE_WHEELS")
    host = real_hosts[1]
    given = [path for path in sorted(host.directory.iterdir()) if path.is_file()]
    _put(host, {**_placed(Path(wheels).iterdir(), "/root/wheels"), **_placed(given, str(host.directory))})
    host.root(INSTALL, seconds=300)
    real_hosts[0].root(LET_IN.format(address=host.lab.address))
    yield host
    real_hosts[0].root(AS_BEFORE)


def _placed(files: Iterable[Path], folder: str) -> dict[str, Path]:
    return {f"{folder}/{path.name}": path for path in files}


def _put(host: RealHost, files: dict[str, Path]) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for place, path in files.items():
            tar.add(path, place)
    subprocess.run([*host.inside, "tar", "-xC", "/", "-f", "-"], input=packed.getvalue(), check=True)


def test_the_wheel_is_what_runs_there(controller: RealHost) -> None:
    assert controller.lab.release == "trixie"
    assert controller.root("/opt/baseline/bin/python -c 'import sys; print(*sys.version_info[:2])'") == "3 13\n"
    assert controller.root(f"{BASELINE} --version").startswith("baseline ")


def test_it_finds_what_this_machine_finds(
    controller: RealHost, inventory: Inventory, mandate: Baseline, connect: Connect
) -> None:
    command = f"{BASELINE} check -i {controller.directory}/inventory.yml -l mx1 --format json"
    said = json.loads(controller.root(command, seconds=300, fine=False))
    here = fleet.check_all(inventory.select("mx1"), mandate, connect=connect)
    found = {(finding["host"], finding["control"]): finding["outcome"] for finding in said["findings"]}
    wanted = {(finding.host, finding.control): finding.outcome.value for finding in here.findings}
    assert found.keys() == wanted.keys()
    other = {key: (found[key], wanted[key]) for key in found if found[key] != wanted[key]}
    # The address of this machine is one that is never banned; nobody said so of mx2's, and that only warns.
    assert other in ({}, {("mx1", "MEL-F-03"): ("warn", "pass")})
    assert said["exit_code"] == here.exit_code
    assert [host["exchanges"] for host in said["hosts"]] == [1]
