"""Where the time of one visit goes: which phase it is in, and which questions were slow."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import nlargest
from typing import TYPE_CHECKING

from baseline.model.timings import PHASES, Phase, Slow, Timings
from baseline.secret import scrubbed

if TYPE_CHECKING:
    from baseline.arrivals import Arrivals
    from baseline.bundle import Bundle

MOST_SLOW = 5
"""How many questions are told."""

_LEAST_SECONDS = 0.01
"""A question that took less is not told: it is as fast as the wire."""

_CHARACTERS = 160


class Stopwatch:
    """The time of one visit. It runs from the beginning, in the phase `judging` unless another is told."""

    def __init__(self) -> None:
        self._spent = dict.fromkeys(PHASES, 0.0)
        self._phase: Phase = "judging"
        self._since = time.monotonic()
        self._thread = threading.get_ident()
        self._slow: list[Slow] = []

    @contextmanager
    def during(self, phase: Phase) -> Iterator[None]:
        """What is done within is of this phase, and of no other; in another thread, of this one besides."""
        if threading.get_ident() != self._thread:
            begun = time.monotonic()
            try:
                yield
            finally:
                self._spent[phase] += time.monotonic() - begun
            return
        before = self._switched(phase)
        try:
            yield
        finally:
            self._switched(before)

    def _switched(self, phase: Phase) -> Phase:
        before, now = self._phase, time.monotonic()
        self._spent[before] += now - self._since
        self._phase, self._since = phase, now
        return before

    def answered(self, request: Bundle, reply: bytes, arrivals: Arrivals) -> None:
        """Note which questions of a request took long: as the host tells, or from the answer before to its own.

        A host may say what it likes and hold its answers back, and nothing hangs on it.
        """
        last, slow = arrivals.begun, list[tuple[float, int]]()
        for frame in re.finditer(rb"\n" + request.token.encode() + rb" (\d{1,9}) \d+ \d+ \d+(?: (\d{1,9}))?\n", reply):
            came, number = arrivals.at(frame.end()), int(frame[1])
            # Answers that one shell had asked come at once.
            took = came - last if frame[2] is None else int(frame[2]) / 100
            if took >= _LEAST_SECONDS and number < len(request.commands):
                slow.append((took, number))
            last = came
        told = (Slow(_shown(request.commands[number]), round(took, 3)) for took, number in nlargest(MOST_SLOW, slow))
        self._slow = nlargest(MOST_SLOW, [*self._slow, *told], key=lambda one: one.seconds)

    def told(self) -> Timings:
        """Where the time went so far."""
        self._switched(self._phase)
        return Timings({phase: round(spent, 3) for phase, spent in self._spent.items()}, tuple(self._slow))


def _shown(question: str) -> str:
    """A question on one line, without secrets."""
    line = " ".join(scrubbed(question).split())
    return line if len(line) <= _CHARACTERS else f"{line[:_CHARACTERS]}…"
