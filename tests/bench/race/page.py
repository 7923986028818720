"""The tables of a race, for docs/benchmarks.md: medians, as multiples of the floor in the same cell."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.race.racing import Run
from tests.bench.race.starting import BARE

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks.md"
BEGINS, ENDS = "<!-- the race begins -->", "<!-- the race ends -->"
_WHATS = {"first": "first apply", "second": "second apply", "check": "check"}


@dataclass(frozen=True)
class Middle:
    """The medians of some runs, in seconds, and how many they were."""

    wall: float
    cpu: float
    runs: int


def middle(runs: Sequence[Run]) -> Middle | None:
    """The medians of those that were done; None where none was."""
    done = [run for run in runs if not run.wrong]
    if not done:
        return None
    return Middle(statistics.median(run.wall for run in done), statistics.median(run.cpu for run in done), len(done))


def tables(runs: Sequence[Run]) -> str:
    """All tables, one for each number of hosts and each delay, and that of starting."""
    cells = dict.fromkeys((run.hosts, run.milliseconds) for run in runs if run.what in _WHATS)
    lines = list(_start([run for run in runs if run.what == "start"]))
    for hosts, milliseconds in cells:
        inside = [run for run in runs if (run.hosts, run.milliseconds) == (hosts, milliseconds) and run.what in _WHATS]
        lines += _cell(hosts, milliseconds, inside)
    return "\n".join([*lines, *_failures(runs)])


def _cell(hosts: int, milliseconds: int, runs: Sequence[Run]) -> Iterator[str]:
    far = f"{milliseconds} ms away" if milliseconds else "without a delay"
    yield f"### {hosts} {'host' if hosts == 1 else 'hosts'}, {far}"
    yield ""
    found = {
        (name, what): middle([run for run in runs if (run.tool, run.what) == (name, what)])
        for name in dict.fromkeys(run.tool for run in runs)
        for what in _WHATS
    }
    yield _row(["", *(f"{words}: wall · CPU" for words in _WHATS.values()), "runs"])
    yield _row(["---"] * (len(_WHATS) + 2))
    for name in dict.fromkeys(run.tool for run in runs):
        mine = {what: found[name, what] for what in _WHATS}
        times = max((one.runs for one in mine.values() if one), default=0)
        cells = (_against(one, found.get(("floor", what))) for what, one in mine.items())
        yield _row([f"**{name}**" if name == "baseline" else name, *cells, str(times)])
    yield ""


def _against(one: Middle | None, floor: Middle | None) -> str:
    if one is None or floor is None:
        return "-"
    if one is floor:
        return f"1 ({one.wall:.2f} s) · 1 ({one.cpu:.2f} s)"
    return f"{_times(one.wall / floor.wall)} · {_times(one.cpu / max(floor.cpu, 0.001))}"


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 20 else f"{ratio:.0f}"


def _start(runs: Sequence[Run]) -> Iterator[str]:
    bare = middle([run for run in runs if run.tool == BARE])
    if bare is None:
        return
    yield "### Starting"
    yield ""
    yield _row(["", "wall", "CPU", "wall, in bare interpreters", "CPU, in bare interpreters"])
    yield _row(["---"] * 5)
    for name in dict.fromkeys(run.tool for run in runs):
        one = middle([run for run in runs if run.tool == name])
        if one:
            ratios = [_times(one.wall / bare.wall), _times(one.cpu / bare.cpu)]
            yield _row([name, f"{one.wall:.3f} s", f"{one.cpu:.3f} s", *ratios])
    yield ""


def _failures(runs: Sequence[Run]) -> Iterator[str]:
    """Runs that count for nothing are not left out in silence."""
    counted: dict[str, int] = {}
    for run in runs:
        if run.wrong:
            name = f"{run.tool}, {run.hosts} hosts, {run.milliseconds} ms, {run.what}"
            counted[name] = counted.get(name, 0) + 1
    if counted:
        yield "Runs that failed, or after which a file was not as it should be, and that count for nothing:"
        yield ""
        yield from (f"- {name}: {number}" for name, number in counted.items())
        yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def written(page: str, head: str, runs: Sequence[Run]) -> str:
    """The page with the tables of this race in the place of those of the last. Raises ValueError without the place."""
    before, begins, rest = page.partition(f"{BEGINS}\n")
    _, ends, after = rest.partition(ENDS)
    if not begins or not ends:
        raise ValueError(f"{PAGE.name} has no place for the race, between {BEGINS} and {ENDS}")
    return f"{before}{begins}\n{head}\n\n{tables(runs)}\n{ends}{after}"


def versions(of: Mapping[str, str]) -> str:
    """Names with their versions, in a sentence's part."""
    return ", ".join(f"{name} {version}" for name, version in of.items())
