"""What the command costs before it does anything: beside a bare interpreter."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.race.measuring import measured
from tests.bench.race.racing import Run
from tests.bench.race.tools import BUILD, Endpoint, Tool, Ways

BARE = "bare interpreter"


def started(tool: Tool, hosts: Sequence[Endpoint], ways: Ways, rounds: int) -> Iterator[Run]:
    """`--help`, `lint` and `explain` over the files of the race, with a bare interpreter before each round."""
    folder = BUILD / "work" / "start"
    folder.mkdir(parents=True, exist_ok=True)
    tool.write(folder, hosts, ways)
    command = str(Path(sys.executable).with_name("baseline"))
    files = ("-i", "inventory.yml", "-b", "bench.yml")
    commands = {
        BARE: (sys.executable, "-c", "pass"),
        "baseline --help": (command, "--help"),
        "baseline lint": (command, "lint", *files),
        "baseline explain": (command, "explain", "BEN-F-01", "-b", "bench.yml"),
    }
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    for number in range(rounds + 1):
        for name, argv in commands.items():
            took = measured(argv, folder, environment)
            if number:  # the first time compiles what was never imported
                wrong = f"it exited with {took.code}: {took.said[-300:]}" if took.code else ""
                yield Run(name, len(hosts), 0, "start", took.wall, took.cpu, wrong)
