"""What a roll-up costs: `python -m tests.bench.nation [HOSTS] [AGENCIES]`, 30 000 hosts of 700 agencies unless said.

Every agency hands over one signed report with all controls of the circular, each finding with keys, reasons and advice
as long as real ones. It ends with 1 where the command takes longer than `SECONDS`, or holds more than `MIB` in all its
processes together, on `CORES` cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from baseline.model import Compared, Outcome, Report, Wanted
from baseline.reports.json import render
from tests.fleet.measured import command
from tests.rollup.agencies import Nation, report

HOSTS, AGENCIES = 30_000, 700
SECONDS, MIB, CORES = 60, 1024, 2
_KEYS = 6
_REASON = "/etc/dovecot/conf.d/90-quota.conf says 104857600 in line 41, and the running daemon has the same"


@dataclass(frozen=True)
class Cost:
    """What the command took: exit code, seconds of wall time, the most MiB that its processes held, and its words."""

    code: int
    seconds: float
    peak: float
    said: str


def large(plain: Report, number: int) -> Report:
    """The report with findings as long as real ones; on one host in eight some fail."""
    keys = tuple(
        Compared(f"setting_{key}", f"value {number} {key}", Wanted("equal", (f"value {key}",)), Outcome.PASS)
        for key in range(_KEYS)
    )
    found = []
    for at, one in enumerate(plain.findings):
        fails = (at * 7 + number) % 61 == 0
        outcome = Outcome.FAIL if fails else one.outcome
        advice = "Write it into the file by an apply, or by hand, and reload the daemon." if fails else ""
        found.append(replace(one, outcome=outcome, keys=keys, reason=_REASON, advice=advice, title="Its title " * 5))
    return replace(plain, findings=tuple(found))


def inbox(folder: Path, hosts: int, agencies: int) -> int:
    """Lay signed reports of so many agencies, with so many hosts in all, into a folder. Gives their bytes."""
    nation = Nation.of(folder, *(f"agency{number:04}.example" for number in range(agencies)))
    at = datetime.now(UTC) - timedelta(hours=6)
    size = 0
    for number, name in enumerate(nation.keys):
        own = range(number * hosts // agencies, (number + 1) * hosts // agencies)
        told = large(report([f"mail{one:05}.{name}" for one in own], at=at), number)
        size += nation.sign(name, folder / "inbox" / f"{name}.json", render(told).encode()).stat().st_size
    return size


def merged(folder: Path, cores: int = CORES) -> Cost:
    """Run the command over the inbox of a folder, on so many cores."""
    argv = [command(), "merge", "inbox", "--signers", "agencies", "-o", "national/"]
    on = sorted(os.sched_getaffinity(0))[:cores]
    begun = time.monotonic()
    process = subprocess.Popen(
        argv,
        cwd=folder,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, on),
    )
    held: list[float] = [0.0]
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, held, over))
    watcher.start()
    said, _ = process.communicate()
    seconds = time.monotonic() - begun
    over.set()
    watcher.join()
    return Cost(process.returncode, seconds, max(held), said)


def _watch(pid: int, held: list[float], over: threading.Event) -> None:
    while not over.wait(0.1):
        held.append(sum(map(_mib, _family(pid))))


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(place.parent.name)] = int(place.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _mib(pid: int) -> float:
    """Memory of a process, what it shares with others counted in shares."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def main(hosts: int, agencies: int) -> int:
    """Measure, and print what it took."""
    with tempfile.TemporaryDirectory(prefix="nation-") as name:
        size = inbox(Path(name), hosts, agencies)
        sys.stdout.write(f"{hosts} hosts of {agencies} agencies: {size / 1e6:.0f} MB of signed reports\n")
        cost = merged(Path(name))
        written = sum(file.stat().st_size for file in (Path(name) / "national").glob("*.*"))
    sys.stdout.write(f"{cost.said.splitlines()[-2] if cost.code in (0, 1, 3) else cost.said}\n")
    sys.stdout.write(f"{cost.seconds:.1f} s, {cost.peak:.0f} MiB, {written / 1e6:.1f} MB written\n")
    return 0 if cost.code in (0, 1, 3) and cost.seconds <= SECONDS and cost.peak <= MIB else 1


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*(numbers or [HOSTS]), *([AGENCIES] if len(numbers) < 2 else [])))
