"""Hosts that one module has for itself: nothing that it does is met by another, and nothing of others by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from baseline import lab
from tests.lab.real import RealHost
from tests.labs import lab_name


@contextmanager
def alone(name: str, release: str = "bookworm") -> Iterator[RealHost]:
    """mx1 as Debian ships it, in a lab that has no other; `name` is one of `LABS`. Skips where a lab cannot be had."""
    with side_by_side(name, release) as (host,):
        yield host


@contextmanager
def side_by_side(name: str, *releases: str) -> Iterator[tuple[RealHost, ...]]:
    """mx1, mx2 … of these releases of Debian, in one lab that has no others. Skips as `alone` does."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", lab_name(name))
        running = lab.up(len(releases), release=releases)
        try:
            yield tuple(RealHost(one, tuple(lab.enter(one.name)), lab.directory()) for one in running)
        finally:
            lab.down()
