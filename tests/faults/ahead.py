"""The processor first: a fault has moments that are told in seconds, and other tests beside it would shift them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.real import eventually

MOUNT = Path("/sys/fs/cgroup/cpu")
SHARES = 16_384
"""Sixteen times what a session of its own has by itself, so that the few busy ones beside it hardly matter."""


@contextmanager
def ahead_of_others(name: str) -> Iterator[None]:
    """Whatever this process begins meanwhile, its lab above all, comes before everything else that is ready to run.

    `name` is that of a control group of its own, which is gone afterwards. Where the machine has no control groups of
    version 1 for processors, nothing comes before anything.
    """
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    here = next((line.split(":", 2)[2] for line in lines if line.split(":", 2)[1] == "cpu"), None)
    if here is None or not os.access(MOUNT / "cpu.shares", os.W_OK):
        yield
        return
    ours = MOUNT / here.lstrip("/")
    group = ours / f"baseline-{name}"
    group.mkdir(exist_ok=True)
    (group / "cpu.shares").write_text(f"{SHARES}\n")
    (group / "cgroup.procs").write_text(f"{os.getpid()}\n")
    try:
        yield
    finally:
        (ours / "cgroup.procs").write_text(f"{os.getpid()}\n")
        assert eventually(lambda: _removed(group)), f"{group} is still in use: {(group / 'cgroup.procs').read_text()}"


def _removed(group: Path) -> bool:
    try:
        group.rmdir()
    except OSError:
        return False
    return True
