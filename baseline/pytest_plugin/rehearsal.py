"""Rehearsing tests of one's own: which questions they will ask, found by running them on answers that are made up.

Only a function whose fixtures are `host` and parameters is rehearsed, and only if it touches nothing but its host. A
rehearsal asks nobody: it ends where a test would run a command of which it is not certain that it only looks. It is
broken off after a second.

What is asked ahead is what tests ask up to the first that may change anything: one that runs such a command, or that
cannot be rehearsed. The tests behind that see what it has left.
"""

from __future__ import annotations

import contextlib
import inspect
import signal
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from baseline.model import Answer
from baseline.pytest_plugin.asking import Over, Typical, rehearsed_host
from baseline.pytest_plugin.looks import Looks
from baseline.pytest_plugin.softened import is_data, softened

SECONDS = 1.0
"""How long one rehearsal may take."""

ALL_SECONDS = 10.0
"""How long all tests about one host may be rehearsed in one round."""

FIXTURE = "_baseline_host"
"""The parameter that names the host of a test."""

_MARKS = ("baseline_alone", "skip", "skipif")


def host_name(item: pytest.Item) -> str | None:
    """The host that a test of one's own asks; None for one that asks none."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    name = params.get(FIXTURE)
    return name if isinstance(name, str) else None


class Rehearsals:
    """The tests of a run in their order, and what they will ask. With `off` none is rehearsed."""

    def __init__(self, items: Sequence[pytest.Item], looks: Looks, *, off: bool = False) -> None:
        self._items = [one for one in items if isinstance(one, pytest.Function)]
        self._at = {one.nodeid: number for number, one in enumerate(self._items)}
        self._looks, self._off = looks, off
        self._copies: dict[str, Callable[..., Any] | None] = {}
        self._too_long: set[str] = set()

    def can(self, item: pytest.Item) -> bool:
        """Whether a test can be rehearsed, and so changes nothing but by commands."""
        if item.nodeid not in self._copies:
            self._copies[item.nodeid] = None if self._off else _copy(item)
        return self._copies[item.nodeid] is not None and item.nodeid not in self._too_long

    def run_from(self, host: str, test: str = "") -> list[pytest.Function]:
        """The tests that ask a host from one on, or from the first, up to one that may change anything."""
        run = []
        for item in self._items[self._at.get(test, 0) :]:
            if not self.can(item):
                break
            if host_name(item) == host:
                run.append(item)
        return run

    def asked(self, run: Sequence[pytest.Function], answers: Mapping[str, Answer]) -> dict[str, None]:
        """What tests ask as far as these answers tell, up to the first that runs what may change the host."""
        found: dict[str, None] = {}
        until = time.monotonic() + ALL_SECONDS
        for item in run:
            if time.monotonic() > until or not self.can(item):
                break
            typical = self._rehearsed(item, answers)
            found |= typical.asked
            if typical.over:
                break
        return found

    def _rehearsed(self, item: pytest.Function, answers: Mapping[str, Answer]) -> Typical:
        copy, typical = self._copies[item.nodeid], Typical(answers)
        assert copy is not None
        params = dict(item.callspec.params)
        host = rehearsed_host(str(params.pop(FIXTURE)), typical, self._looks)
        wanted = inspect.signature(item.function).parameters
        given = {key: value for key, value in (params | {"host": host}).items() if key in wanted}
        # Of a method the copy has no instance, which could be anything.
        itself = [None] if item.cls is not None and next(iter(wanted)) not in given else []
        try:
            with _at_most(SECONDS, typical):
                copy(*itself, **given)
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001, S110 -- what a test raises on answers that are made up says nothing
            pass
        if typical.late:
            self._too_long.add(item.nodeid)
        return typical


def _copy(item: pytest.Item) -> Callable[..., Any] | None:
    """What of a test can be run before its turn; None where that is not certain to be without effect."""
    if type(item) is not pytest.Function or threading.current_thread() is not threading.main_thread():
        return None
    mark = item.get_closest_marker("xfail")
    if any(item.get_closest_marker(one) for one in _MARKS) or (mark is not None and mark.kwargs.get("run") is False):
        return None
    params = item.callspec.params if hasattr(item, "callspec") else {}
    fixtures = item._fixtureinfo.name2fixturedefs
    for name in item.fixturenames:
        if name in ("host", FIXTURE):
            # Somebody's own `host` does more than ours, whatever it is.
            if {one.func.__module__ for one in fixtures[name]} - {"testinfra.plugin", _OURS}:
                return None
        elif name != "request" and (name not in params or item.session._fixturemanager.getfixturedefs(name, item)):
            return None
    if not all(is_data(value) for value in params.values()):
        return None
    function = item.function
    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    if any(is_one(function) for is_one in kinds) or "request" in inspect.signature(function).parameters:
        return None
    return softened(function)


_OURS = "baseline.pytest_plugin.fixtures"


@contextlib.contextmanager
def _at_most(seconds: float, typical: Typical) -> Iterator[None]:
    """Break off after so many seconds, again and again where the first time is swallowed."""
    within = True

    def over(number: int, frame: types.FrameType | None) -> None:
        del number, frame
        if within:
            typical.over = typical.late = True
            raise Over

    before = signal.signal(signal.SIGALRM, over)
    begun = time.monotonic()
    left, every = signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        try:
            yield
        finally:
            within = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if before is None else before)
        if left:
            # Somebody else's alarm, such as that of pytest-timeout.
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - begun), 0.001), every)
