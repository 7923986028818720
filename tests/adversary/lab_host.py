"""A real host of the lab for the cases that need one, and what the ring's release is."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from baseline import fleet
from baseline.load import Baseline, Inventory, load_baseline, load_inventory
from baseline.model import Report
from baseline.session import Connector
from tests.lab.alone import alone
from tests.lab.real import RealHost

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
    with alone(name) as found:
        yield Standing(found, load_inventory(found.directory / "inventory.yml"))


def mandate() -> Baseline:
    """The circular of 2007 as shipped."""
    return load_baseline("mampu-2007")
