"""Watching: runs at a fixed distance, kept in batches, none lost but those that the machine took with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from baseline.deadline import Halt
from baseline.errors import HistoryError
from baseline.model.measurements import AccessRun, AccessTests, Measurement
from baseline.probing import watching
from baseline.probing.watching import KEPT_WITHIN, MOST_WAITING, Batches
from tests.evidence.test_measured import run

AT = datetime(2028, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Kept:
    """A history that takes measurements, unless it is `full`."""

    def __init__(self) -> None:
        self.several: list[Measurement] = []
        self.told: list[str] = []
        self.full = False

    def keep(self, measured: Measurement) -> None:
        if self.full:
            raise HistoryError("the disk is full")
        self.several.append(measured)

    def batches(self, every: int = 60) -> Batches:
        return Batches(every, self.keep, self.told.append)

    def runs(self) -> list[list[AccessRun]]:
        return [list(one.facts.runs) for one in self.several if isinstance(one.facts, AccessTests)]


def test_runs_that_go_the_same_way_are_kept_together_and_the_first_at_once() -> None:
    kept = Kept()
    batches = kept.batches()
    for minute in range(23):
        batches.add("cyberjaya", run(AT + minute * MINUTE))
    assert [len(some) for some in kept.runs()] == [1, 6, 6, 6]
    batches.end()
    assert sum(map(len, kept.runs())) == 23
    assert {(one.site, one.tool, one.facts.every) for one in kept.several if isinstance(one.facts, AccessTests)} == {
        ("cyberjaya", "baseline", 60)
    }
    assert timedelta(minutes=5) == KEPT_WITHIN, "with a run every 5 minutes, a crash is a gap of 10"


def test_a_change_is_kept_at_once() -> None:
    kept = Kept()
    batches = kept.batches()
    for minute in range(6):
        batches.add("cyberjaya", run(AT + minute * MINUTE, *(["imap"] if minute in (3, 4) else [])))
    assert [[one.passed for one in some] for some in kept.runs()] == [[True], [True, True, False], [False, True]]


def test_each_site_has_measurements_of_its_own() -> None:
    kept = Kept()
    batches = kept.batches()
    for site in ("cyberjaya", "kuching"):
        batches.add(site, run(AT))
    assert [one.site for one in kept.several] == ["cyberjaya", "kuching"]


def test_what_cannot_be_kept_waits_and_is_told_once() -> None:
    kept = Kept()
    batches, kept.full = kept.batches(), True
    for minute in range(30):
        batches.add("cyberjaya", run(AT + minute * MINUTE))
    assert kept.told == ["what was measured is not kept yet: the disk is full"]
    kept.full = False
    batches.add("cyberjaya", run(AT + 30 * MINUTE))
    assert [len(some) for some in kept.runs()] == [31]
    assert kept.told[1:] == ["what was measured is kept again"]


def test_what_waits_is_bounded() -> None:
    kept = Kept()
    batches, kept.full = kept.batches(), True
    one = run(AT)
    for _ in range(50):
        batches.add("cyberjaya", one)
    waiting = batches._of["cyberjaya"]
    waiting.runs = [one] * MOST_WAITING
    batches.add("cyberjaya", run(AT + MINUTE))
    assert len(waiting.runs) == MOST_WAITING
    assert waiting.runs[-1].at == AT + MINUTE


def test_a_clock_that_is_put_back_begins_a_measurement_of_its_own() -> None:
    kept = Kept()
    batches = kept.batches()
    for minute in (0, 1, 2, -60, -59):
        batches.add("cyberjaya", run(AT + minute * MINUTE))
    batches.end()
    assert [[(one.at - AT) / MINUTE for one in some] for some in kept.runs()] == [[0], [1, 2], [-60, -59]]


class Clock:
    """A clock that moves only when somebody measures or sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, wake: object, seconds: float) -> None:
        del wake
        self.now += seconds


def watched(
    kept: Kept, every: int, took: Callable[[int], float], most: int, monkeypatch: pytest.MonkeyPatch
) -> list[float]:
    """When each run began, in seconds from the first; the last one is halted in its middle."""
    clock, halt, began = Clock(), Halt(), list[float]()
    monkeypatch.setattr(watching, "_sleep", clock.sleep)

    def measure(halting: Halt) -> Mapping[str, AccessRun]:
        began.append(clock.now - 100)
        clock.now += took(len(began))
        if len(began) == most:
            halting.ask()
        return {"cyberjaya": run(AT + timedelta(seconds=began[-1]))}

    watching.watch(measure, every, kept.batches(every), halt, clock=clock)
    return began


def test_runs_begin_at_a_fixed_distance_however_long_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    assert watched(kept, 60, lambda number: number * 7.0, 6, monkeypatch) == [0, 60, 120, 180, 240, 300]
    assert sum(map(len, kept.runs())) == 5, "one that was halted in its middle is no measurement"


def test_a_run_that_takes_too_long_lets_others_go_by(monkeypatch: pytest.MonkeyPatch) -> None:
    took = {1: 130.0, 2: 60.0}
    assert watched(Kept(), 60, lambda number: took.get(number, 1.0), 4, monkeypatch) == [0, 180, 240, 300]


def test_a_watch_ends_while_it_sleeps() -> None:
    kept, halt = Kept(), Halt()
    timer = threading.Timer(0.2, halt.ask)
    timer.start()
    began = time.monotonic()
    watching.watch(lambda _: {"cyberjaya": run(AT)}, 3600, kept.batches(3600), halt)
    timer.join()
    assert time.monotonic() - began < 60
    assert [len(some) for some in kept.runs()] == [1]
