"""Many pieces of work at once: how their beginnings are spread."""

from __future__ import annotations

import time

from baseline.crew import SPREAD_SECONDS, TOGETHER, Task, delays, work_through
from baseline.deadline import Deadline


def test_few_begin_at_once_and_further_ones_by_chance() -> None:
    assert delays(0) == []
    assert delays(TOGETHER) == [0.0] * TOGETHER
    many = delays(TOGETHER + 30)
    assert many[:TOGETHER] == [0.0] * TOGETHER
    assert len(set(many[TOGETHER:])) == 30
    assert all(0 <= one <= 30 * SPREAD_SECONDS for one in many)


def test_only_the_first_of_each_place_are_spread() -> None:
    """A place that is free again is taken at once: by then hosts have come apart by themselves."""
    begun: list[float] = []

    def work(deadline: Deadline) -> float:
        del deadline
        begun.append(time.monotonic())
        return begun[-1]

    tasks = [Task(work, lambda deadline: 0.0, 60) for _ in range(400)]
    assert sorted(work_through(tasks, 20, over=Deadline())) == sorted(begun)
    assert len(begun) == 400
