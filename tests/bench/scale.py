"""What a fleet costs, as a model: `python -m tests.bench.scale [HOSTS...]` measures, fits, and says what follows.

Real sshd on loopback are checked with `FILES` controls each, by one process and by `--cluster local:2`, several fleets
of growing size in turn. A straight line through what each took is the model: a start, and so much for each further
host. What the country's fleets would take follows from it by arithmetic. The hosts' own work shares the machine, so
that only the controller's side is told: its processor time, its memory, and the bytes of a task.
"""

from __future__ import annotations

import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import correlation, linear_regression, median

from baseline.cluster.parcel import Parcel, Rules
from baseline.hands import Order
from baseline.load import load_baseline, load_inventory
from tests.fleet.endpoints import Mix, Way, fleet
from tests.fleet.measured import Measured, check, files

FILES = 30
TIMES = 2
SIZES = (1, 20, 60)
WAYS: dict[str, tuple[str, ...]] = {"one process": (), "--cluster local:2": ("--cluster", "local:2")}
COUNTRY, AGENCIES, EACH = 30_000, 700, 5


@dataclass(frozen=True)
class Line:
    """A straight line through what was measured: `start` and `each` further host; `fit` is the correlation."""

    start: float
    each: float
    fit: float

    @classmethod
    def through(cls, hosts: Sequence[int], values: Sequence[float]) -> Line:
        """The line with the least squares."""
        each, start = linear_regression(hosts, values)
        return cls(start, each, correlation(hosts, values))

    def at(self, hosts: int) -> float:
        """What so many hosts take."""
        return self.start + self.each * hosts


def main(sizes: Sequence[int]) -> int:
    """Measure, and print the table and what follows."""
    taken = measured(sizes)
    sys.stdout.write("".join(f"{line}\n" for way, found in taken.items() for line in told(way, found)))
    return 0


def measured(sizes: Sequence[int]) -> dict[str, list[tuple[int, Measured]]]:
    """Every fleet by every way, several times and in turn."""
    taken: dict[str, list[tuple[int, Measured]]] = {way: [] for way in WAYS}
    mix = Mix({Way.WELL: max(sizes)})
    with tempfile.TemporaryDirectory(prefix="scale-") as name, fleet(Path(name), mix) as made:
        baseline = files(made.directory, FILES)
        sys.stdout.write("".join(f"{line}\n" for line in parcels(made.inventory, baseline)))
        hosts = sorted(made.ways)
        for _ in range(TIMES):
            for size in sizes:
                chosen = made.directory / "chosen"
                chosen.write_text("".join(f"{host}\n" for host in hosts[:size]))
                for way, options in WAYS.items():
                    limit = ("--limit", f"@{chosen}", "--no-history", *options)
                    one = check(made.inventory, baseline, made.directory, *limit)
                    taken[way].append((size, one))
                    sys.stderr.write(f"{way}, {size} hosts: {one.cpu:.2f} s of CPU, {one.peak:.0f} MiB\n")
    return taken


def told(way: str, found: Sequence[tuple[int, Measured]]) -> Iterator[str]:
    """The medians, the lines through them, and what follows."""
    sizes = sorted({size for size, _ in found})
    of = {size: [one for hosts, one in found if hosts == size] for size in sizes}
    for size in sizes:
        cpu, peak, wall = (median(getattr(one, part) for one in of[size]) for part in ("cpu", "peak", "seconds"))
        yield f"{way:18} {size:5} hosts: {cpu:7.2f} s of CPU, {peak:6.0f} MiB, {wall:7.2f} s"
    cpu = Line.through([size for size, _ in found], [one.cpu for _, one in found])
    peak = Line.through([size for size, _ in found], [one.peak for _, one in found])
    yield f"{way:18} CPU {cpu.start:.2f} s + {cpu.each * 1000:.1f} ms a host (r {cpu.fit:.3f})"
    yield f"{way:18} memory {peak.start:.0f} MiB + {peak.each:.3f} MiB a host (r {peak.fit:.3f})"
    yield f"{way:18} {COUNTRY} hosts: {cpu.at(COUNTRY) / 60:.0f} min of CPU, {peak.at(COUNTRY):.0f} MiB"
    agency = cpu.at(EACH)
    yield f"{way:18} {AGENCIES} agencies of {EACH}: {AGENCIES * agency / 60:.0f} min of CPU, {agency:.2f} s each"


def parcels(inventory: Path, baseline: Path) -> Iterator[str]:
    """How large a task is: of these controls, and of the baseline that ships."""
    target = load_inventory(inventory).targets[0]
    for name in (str(baseline), "mampu-2007"):
        rules = Rules.of(load_baseline(name))
        sent = Parcel("check", target, rules, Order(), 60).packed()
        yield f"a task with {Path(name).stem}: {len(sent)} bytes, of which the baseline {len(rules.packed)}"
        assert zlib.decompress(rules.packed), "it is whole"


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or SIZES))
