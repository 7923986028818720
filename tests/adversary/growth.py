"""How the time that a parser takes grows with its text, measured in a process of its own.

    python -m tests.adversary.growth PARSER…

measures parsers on all of their shapes. What is compared is CPU time, at one size and at four times
that size: four times the time is linear, sixteen times is quadratic. Nothing is said about how long anything takes,
but a text of a few characters that takes longer than `_HANG` ends the process: `re` cannot be interrupted otherwise.
"""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from tests.adversary.shapes import Shape

_MEASURABLE = 0.004
"""Seconds from which on a time can be compared with another."""
_LARGEST = 1 << 17
"""Characters. What is not measurable at that size does not matter."""
_TIMES = 4
_STEEP = 8
"""The growth over four times the size that is neither linear (4) nor quadratic (16), but the middle of both."""
_HANG = 20
"""Seconds of CPU time for a single measurement, thousands of times what the slowest of them takes."""


class TooSteep(Exception):
    """A text whose reading grows faster than its size."""


def look(parse: Callable[[str], object], shape: Shape) -> None:
    """Measure a parser on one shape. Raises `TooSteep`.

    Too steep is what is so twice in a row: where a text begins to need memory of its own from the system, time leaps
    once.
    """
    small = 16
    while _seconds(parse, shape.of(small)) < _MEASURABLE / _TIMES and small * _TIMES < _LARGEST:
        small *= 2
    told = []
    for size in (small, small * _TIMES):
        one, four, growth = _growth(parse, shape, size)
        if growth < _STEEP:
            return
        told.append(f"{one:.4f} s for {size} characters, {four:.4f} s for {size * _TIMES}")
    raise TooSteep(f"{shape}: {', '.join(told)}")


def _growth(parse: Callable[[str], object], shape: Shape, size: int) -> tuple[float, float, float]:
    """The times for a size and for four times as much, and their ratio."""
    for tries in (1, 3, 7):
        # Whoever shares the machine can only make it slower, so the least of several is the truest.
        one, four = (min(_seconds(parse, shape.of(many)) for _ in range(tries)) for many in (size, size * _TIMES))
        if four < _MEASURABLE or four / one < _STEEP:
            return one, four, 0
    return one, four, four / one


def _seconds(parse: Callable[[str], object], text: str) -> float:
    # The clock of the thread: that of the process ticks coarsely while this timer runs.
    signal.setitimer(signal.ITIMER_PROF, _HANG)
    begin = time.thread_time()
    parse(text)
    took = time.thread_time() - begin
    signal.setitimer(signal.ITIMER_PROF, 0)
    return took


def measured(*names: str) -> str:
    """What is wrong with parsers, measured in a process of their own; empty when nothing is."""
    command = [sys.executable, "-m", "tests.adversary.growth", *names]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode == -signal.SIGPROF:
        return f"it never ends: {ended.stdout.splitlines()[-1]}"
    return ended.stderr.strip() if ended.returncode else ""


def main(names: Sequence[str]) -> int:
    """Measure parsers. The last shape that is printed is the one that hangs."""
    from tests.adversary.parsers import PARSERS

    gc.disable()
    ended = 0
    for name in names:
        for shape in PARSERS[name].shapes:
            print(name, shape, flush=True)  # noqa: T201
            try:
                look(PARSERS[name], shape)
            except TooSteep as steep:
                print(name, steep, file=sys.stderr)  # noqa: T201
                ended = 1
                break
        gc.collect()
    return ended


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
