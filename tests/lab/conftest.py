"""Lab hosts for the tests of the main job: two of them, in a lab of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from baseline import fleet, lab
from baseline.load import Baseline, Inventory, load_baseline, load_inventory
from baseline.model import Report
from baseline.session import Connector
from baseline.visit import Connect
from tests.lab.real import RealHost
from tests.labs import lab_name
from tests.scenarios import PLAYED_WITH

LAB = lab_name("tests")


@pytest.fixture(scope="session")
def real_hosts() -> Iterator[tuple[RealHost, ...]]:
    """mx1 and mx2 as Debian 12 and Debian 13 ship them. Skips where a lab cannot be had."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", LAB)
        running = lab.up(2, release=("bookworm", "trixie"))
        found = tuple(RealHost(host, tuple(lab.enter(host.name)), lab.directory()) for host in running)
    yield found
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", LAB)
        lab.down()


@pytest.fixture(scope="session")
def inventory(real_hosts: tuple[RealHost, ...]) -> Inventory:
    """The inventory that the lab wrote."""
    return load_inventory(real_hosts[0].directory / "inventory.yml")


@pytest.fixture(scope="session")
def mandate() -> Baseline:
    """The circular of 2007 as shipped."""
    return load_baseline("mampu-2007")


@pytest.fixture(scope="session")
def connect() -> Connect:
    """The connections of a real run."""
    return Connector().connect


@pytest.fixture(scope="session")
def played_with() -> Baseline:
    """The circular, and one control of every general kind."""
    return load_baseline(PLAYED_WITH)


@pytest.fixture(scope="session")
def shipped(
    real_hosts: tuple[RealHost, ...], inventory: Inventory, mandate: Baseline, connect: Connect
) -> tuple[Report, Report]:
    """A check and a plan of both hosts as Debian ships them."""
    before = [host.configuration() for host in real_hosts]
    report = fleet.check_all(inventory.targets, mandate, connect=connect)
    planned = fleet.plan_all(inventory.targets, mandate, connect=connect)
    assert [host.configuration() for host in real_hosts] == before, "a check or a plan changed a host"
    return report, planned


@pytest.fixture(scope="session")
def applied(shipped: tuple[Report, Report], inventory: Inventory, mandate: Baseline, connect: Connect) -> Report:
    """The mandate applied to both hosts."""
    return fleet.apply_all(inventory.targets, mandate, connect=connect)
