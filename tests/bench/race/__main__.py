"""`make bench`: python -m tests.bench.race [--quick] [--hosts N] [--dear N], as root on Linux."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime

from baseline.version import __version__
from tests.bench.race import ground, page
from tests.bench.race.measuring import adopt_orphans
from tests.bench.race.racing import Cell, Run, raced
from tests.bench.race.starting import started
from tests.bench.race.tools import BUILD, PACKAGES, PEERS, entrants
from tests.labs import lab_name

QUICK = (Cell(1, 0, 2, cheap=True), Cell(10, 0, 1, cheap=True))
QUICK_SECONDS = 210
"""When the last of a quick race begins: it has a minute to end, and the lab some seconds to go down."""
WHOLE = (
    Cell(1, 0, 5),
    Cell(10, 0, 3),
    Cell(1, 50, 3, cheap=True),
    Cell(40, 0, 1, cheap=True),
    Cell(10, 50, 1, cheap=True),
    Cell(40, 50, 1, cheap=True),
)
"""What takes long once, so that all of it ends within an hour on two processors."""
RESULTS = BUILD / "race.json"


def _installed() -> dict[str, str]:
    """The peers and their versions. They are installed where they are not yet."""
    pip = [str(PEERS / "bin" / "python"), "-m", "pip"]
    if not (PEERS / "bin" / "bw").exists():
        ground.say(f"installing {', '.join(PACKAGES)} into {PEERS}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS)], check=True)
        subprocess.run([*pip, "install", "-q", *PACKAGES], check=True)
    listed = json.loads(subprocess.run([*pip, "list", "--format=json"], check=True, capture_output=True).stdout)
    found = {one["name"].lower(): one["version"] for one in listed}
    return {name: found[name] for name in PACKAGES}


def _head(peers: dict[str, str]) -> str:
    processors = os.cpu_count()
    ours = {"baseline": __version__, "Python": platform.python_version(), **peers}
    return (
        f"{datetime.now(UTC):%d %B %Y}, {processors} processors, {platform.system()} {platform.release()};\n"
        f"{page.versions(ours)}."
    )


def main() -> None:
    """Race, keep the results, and write the page; a quick race only prints its tables."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--hosts", type=int, default=40, help="the most hosts of a cell")
    parser.add_argument("--dear", type=int, default=10, help="the most hosts at which dear tools take part")
    given = parser.parse_args()
    quick = given.quick
    until = time.monotonic() + QUICK_SECONDS if quick else math.inf
    peers = _installed()
    BUILD.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("BASELINE_LAB_NAME", lab_name("bench"))
    cells = [cell for cell in (QUICK if quick else WHOLE) if cell.hosts <= given.hosts]
    runs: list[Run] = []
    with ground.lab_of(max(cell.hosts for cell in cells)):
        # Not before: the hosts themselves are orphans of what brought them up, and would be ended with the others.
        adopt_orphans()
        ways = ground.ways(BUILD)
        everybody = ground.endpoints(max(cell.hosts for cell in cells))
        ground.quiet(everybody)
        ground.with_python(everybody, BUILD)
        tools = entrants(ways)
        runs += started(tools[1], ground.endpoints(2), ways, 5 if quick else 15)
        for run in raced(cells, tools, ways, given.dear, until):
            runs.append(run)
            RESULTS.write_text(json.dumps([one.to_dict() for one in runs], indent=1))
    head = _head(peers)
    if quick:
        sys.stdout.write(f"{head}\n\n{page.tables(runs)}\n")
    else:
        page.PAGE.write_text(page.written(page.PAGE.read_text(), head, runs))
        ground.say(f"{page.PAGE} has the tables; the runs are in {RESULTS}")
    for run in runs:
        if run.wrong:
            ground.say(f"{run.tool}, {run.hosts} hosts, {run.what}: {run.wrong}")


if __name__ == "__main__":
    main()
