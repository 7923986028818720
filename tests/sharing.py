"""How workers share the tests on lab hosts: what is brought up for one of them serves all others that need the same.

Each module is one worker's; the scenarios are cut into parts. A pair of hosts that has the mandate takes long to make,
so there are two, and each module that needs one is told here which. xdist's own groups are marks on tests, which come
to nothing with pytest 9.2; so the scheduler here goes by the names of tests alone.
"""

from __future__ import annotations

import zlib
from typing import Any

import pytest

LONGEST = (
    "tests/faults/test_faults.py",
    "tests/lab/test_scenarios.py",
    "tests/faults/",
    "tests/journeys/",
    "tests/adversary/",
    "tests/lab/test_thresholds.py",
    "tests/docs/",
)
"""Tests on lab hosts that come first, since a worker that begins a long module last keeps all others waiting."""

PAIRS = {
    "tests/lab/test_antispam.py": 1,
    "tests/lab/test_bad_hosts.py": 1,
    "tests/lab/test_conversions.py": 2,
    "tests/lab/test_controller.py": 1,
    "tests/lab/test_dns.py": 1,
    "tests/lab/test_edits.py": 2,
    "tests/lab/test_firewall.py": 2,
    "tests/lab/test_main_job.py": 1,
    "tests/lab/test_stale.py": 2,
    "tests/lab/test_starting.py": 2,
    "tests/lab/test_transport.py": 2,
    "tests/lab/test_unloadable.py": 2,
    "tests/lab/test_zone_place.py": 2,
}
"""Modules that share one of two pairs of lab hosts, and which."""

SCENARIOS, PARTS = "tests/lab/test_scenarios.py", 4


def group(nodeid: str) -> str:
    """What a test shares its worker with."""
    module = _module(nodeid)
    if module in PAIRS:
        return f"pair {PAIRS[module]}"
    return f"{module} {zlib.crc32(nodeid.encode()) % PARTS}" if module == SCENARIOS else module


def turn(nodeid: str) -> int:
    """Where a test on lab hosts stands among them."""
    module = _module(nodeid)
    if module in PAIRS:
        return 0
    turns = (turn for turn, begin in enumerate(LONGEST, start=1) if module.startswith(begin))
    return next(turns, len(LONGEST) + 1)


def check(item: pytest.Item) -> None:
    """Raises `pytest.UsageError` for a test on a pair of lab hosts whose module is not said to share one."""
    module = _module(item.nodeid)
    if "real_hosts" in getattr(item, "fixturenames", ()) and module not in PAIRS:
        raise pytest.UsageError(f"{module} needs a pair of lab hosts: say in tests/sharing.py which it shares")


def scheduler(config: pytest.Config, log: Any) -> Any:
    """The scheduler of xdist that keeps each group together."""
    # Beside this, nothing needs xdist to be there.
    from xdist.scheduler import LoadScopeScheduling

    made = LoadScopeScheduling(config, log)
    made._split_scope = group
    return made


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0]
