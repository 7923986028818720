"""A check of a fleet of real sshd on loopback: `python -m tests.fleet.run [HOSTS] [OPTION...]`.

Of the hosts (500 unless told) 5 % are dead, 2 % silent and 1 % hostile; some are busy, and some shut their door. Every
one must be in the report, in one run, and as it is: the program ends with 1 when one is not. It prints what the run
took. OPTIONs are handed to `baseline check`.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.endpoints import Fleet, Mix, Way, fleet
from tests.fleet.measured import Measured, check, files

CONTROLS = 10


def main(hosts: int, options: Sequence[str]) -> int:
    """Measure and tell."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as name, fleet(Path(name), Mix.of(hosts)) as made:
        baseline = files(made.directory, CONTROLS)
        # What is imported for the first time is written to disk; that is no part of it.
        one = check(made.inventory, baseline, made.directory, "--limit", "h0000")
        measured = check(made.inventory, baseline, made.directory, *options)
    further = (measured.cpu - one.cpu) / (hosts - 1)
    wrong = misjudged(made, measured)
    lines = (
        f"{hosts} hosts: {measured.seconds:.1f} s, {measured.cpu:.2f} s of CPU, at most {measured.peak:.0f} MiB",
        f"one host: {one.seconds:.1f} s, {one.cpu:.2f} s of CPU, at most {one.peak:.0f} MiB",
        f"each further host: {further * 1000:.1f} ms of CPU, {(measured.peak - one.peak) / (hosts - 1):.3f} MiB",
        told(made, measured),
        *(wrong or ["every host is in the report, as it is"]),
    )
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return int(bool(wrong))


def told(made: Fleet, measured: Measured) -> str:
    """How many hosts of each way were told in which words."""
    errors = {host["name"]: host["error"] or "looked at" for host in measured.report["hosts"]}
    rows: Counter[tuple[str, str]] = Counter()
    for name, way in made.ways.items():
        words = errors.get(name, "NOT IN THE REPORT")
        rows[way, words.replace(made.address(name), "ADDRESS")] += 1
    return "\n".join(f"{number:5} {way:10} {words}" for (way, words), number in sorted(rows.items()))


def misjudged(made: Fleet, measured: Measured) -> list[str]:
    """Hosts that are missing, that were not looked at and could have been, or that were and could not."""
    by_name = {host["name"]: host for host in measured.report["hosts"]}
    wrong = [f"{name} is not in the report" for name in made.ways if name not in by_name]
    for name, way in made.ways.items():
        could = way in (Way.WELL, Way.BUSY)
        if name in by_name and by_name[name]["reachable"] != could:
            wrong.append(f"{name}, which is {way}: {by_name[name]['error'] or 'looked at'}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(int((sys.argv[1:] or ["500"])[0]), sys.argv[2:]))
