"""Watching: access tests again and again, kept in batches. What was not measured is a gap when it is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import timedelta
from queue import Empty, SimpleQueue

from baseline.classes import dataclass
from baseline.deadline import Halt
from baseline.errors import BaselineError
from baseline.model.measurements import AccessRun, AccessTests, Measurement
from baseline.probing.keeping import TOOL
from baseline.version import __version__

KEPT_WITHIN = timedelta(minutes=5)
"""For how long runs that all went the same way are gathered. What is gathered is a gap where the machine dies."""

MOST_WAITING = 20_000
"""Runs of a site that wait for a history that cannot be written; beyond it, the oldest are lost."""

LEAST_SECONDS, MOST_SECONDS = 10, 3600
"""The shortest and the longest time from one run to the next."""


@dataclass
class _Batch:
    """Runs of one site that wait to be kept."""

    runs: list[AccessRun] = field(default_factory=list)
    went: object = None
    """How the last run that was kept went."""

    def due(self, run: AccessRun) -> bool:
        """Whether what waits has to be kept, now that a run has come."""
        return _way(run) != self.went or run.at - self.runs[0].at >= KEPT_WITHIN


class Batches:
    """Runs on their way into a history, by site. `keep` may raise `BaselineError`; `tell` gets a sentence of that."""

    def __init__(self, every: int, keep: Callable[[Measurement], None], tell: Callable[[str], None]) -> None:
        self._every, self._keep, self._tell = every, keep, tell
        self._of: dict[str, _Batch] = {}
        self._said = ""

    def add(self, site: str, run: AccessRun) -> None:
        """Take a run. What waits is kept when the way that runs go has changed, or after a while."""
        batch = self._of.setdefault(site, _Batch())
        if batch.runs and run.at < batch.runs[-1].at:
            # The clock was put back: what was measured before it is a measurement of its own.
            self._flush(site, batch)
            batch.runs = [one for one in batch.runs if one.at <= run.at]
        batch.runs = [*batch.runs, run][-MOST_WAITING:]
        if batch.due(run):
            self._flush(site, batch)

    def end(self) -> None:
        """Keep all that waits."""
        for site, batch in self._of.items():
            self._flush(site, batch)

    def _flush(self, site: str, batch: _Batch) -> None:
        if not batch.runs:
            return
        measured = Measurement(site, TOOL, __version__, AccessTests(tuple(batch.runs), self._every))
        try:
            self._keep(measured)
        except BaselineError as error:
            if str(error) != self._said:
                self._tell(f"what was measured is not kept yet: {error}")
            self._said = str(error)
            return
        if self._said:
            self._tell("what was measured is kept again")
        self._said = ""
        batch.went = _way(batch.runs[-1])
        batch.runs = []


def _way(run: AccessRun) -> tuple[object, ...]:
    """What two runs have alike that went the same way, however long they took."""
    return run.vantage, tuple((step.account, step.step, step.outcome) for step in run.steps)


def watch(
    measure: Callable[[Halt], Mapping[str, AccessRun]],
    every: int,
    batches: Batches,
    halt: Halt,
    *,
    told: Callable[[str, AccessRun], None] = lambda *_: None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Measure every so many seconds until `halt` is asked; then all that waits is kept.

    A run that takes longer lets those go by that would have begun meanwhile. One that was halted in its middle is no
    measurement: its steps went nowhere because of us.
    """
    wake: SimpleQueue[None] = SimpleQueue()
    due = clock()
    with halt.waking(wake):
        while not halt.asked:
            runs = measure(halt)
            if halt.asked:
                break
            for site, run in runs.items():
                batches.add(site, run)
                told(site, run)
            due += every * max(1, -(-(clock() - due) // every))
            _sleep(wake, due - clock())
    batches.end()


def _sleep(wake: SimpleQueue[None], seconds: float) -> None:
    try:
        wake.get(timeout=max(seconds, 0.001))
    except Empty:
        return
