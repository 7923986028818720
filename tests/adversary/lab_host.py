"""A real host of the lab for the cases that need one, and what the ring's release is."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from baseline import fleet, lab
from baseline.load import Baseline, Inventory, load_baseline, load_inventory
from baseline.model import Report
from baseline.session import Connector
from tests.lab.real import RealHost
from tests.labs import lab_name

RELEASES = (platform.freedesktop_os_release().get("VERSION_CODENAME", "this machine's"),)
"""Releases whose hosts the lab can bring up: that of this machine. Each case is played on each."""


@dataclass(frozen=True)
class Standing:
    """One host that is up, and its inventory."""

    host: RealHost
    inventory: Inventory

    def check(self, baseline: Baseline) -> Report:
        """A check, as the command makes it."""
        return fleet.check_all(self.inventory.targets, baseline, connect=Connector().connect)

    def plan(self, baseline: Baseline) -> Report:
        """A plan."""
        return fleet.plan_all(self.inventory.targets, baseline, connect=Connector().connect)

    def apply(self, baseline: Baseline) -> Report:
        """An apply."""
        return fleet.apply_all(self.inventory.targets, baseline, connect=Connector().connect)

    def back_to(self, generation: int) -> Report:
        """A rollback."""
        (target,) = self.inventory.targets
        return fleet.rollback(target, to=generation)


@contextmanager
def standing(name: str, release: str) -> Iterator[Standing]:
    """A host as Debian ships it, in a lab of that name. Skips where a lab cannot be had."""
    assert release in RELEASES
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", lab_name(name))
        (host,) = lab.up(1)
        try:
            real = RealHost(host, tuple(lab.enter(host.name)), lab.directory())
            yield Standing(real, load_inventory(real.directory / "inventory.yml"))
        finally:
            lab.down()


def mandate() -> Baseline:
    """The circular of 2007 as shipped."""
    return load_baseline("mampu-2007")
