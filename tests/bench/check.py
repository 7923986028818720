"""What a check of all controls costs the controller: `python -m tests.bench.check [RUNS]`, as root.

Brings up a lab host, applies the circular, and runs `baseline check` again and again beside the floor: the very same
script sent by `ssh HOST sudo sh -s`. Says CPU seconds and wall seconds of both, medians, and their ratios. Nothing is
asserted: timings belong to one machine, and only those of one run can be compared.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from baseline import bundle, engine, lab
from baseline.facts import look
from baseline.kinds.base import asked
from baseline.load import load_baseline, load_inventory
from baseline.model import Answer
from baseline.session import Connector
from tests.labs import lab_name

BASELINE = "mampu-2007"


@dataclass(frozen=True)
class Cost:
    """What one command took, in seconds: of processors, by it and all that it started here, and of wall time."""

    cpu: float
    wall: float


def cost(argv: Sequence[str], stdin: bytes = b"") -> Cost:
    """Run a command, whatever it exits with, and tell what it took."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(argv, input=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=600)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - begun)


def script_of(inventory: Path) -> bytes:
    """The script that a check sends in its exchange."""
    (target,) = load_inventory(inventory).targets
    controls = asked(load_baseline(BASELINE).controls_for(target), target)
    questions: list[str] = []

    def note(commands: Sequence[str]) -> dict[str, Answer]:
        questions.extend(commands)
        return dict.fromkeys(commands, Answer(0))

    look(controls, target, note)
    return bundle.ask(list(dict.fromkeys(questions))).script


def main(runs: int) -> None:
    """Measure and tell."""
    os.environ["BASELINE_LAB_NAME"] = lab_name("bench")
    lab.down()
    try:
        lab.up(1, release=("bookworm",))
        inventory = lab.directory() / "inventory.yml"
        (target,) = load_inventory(inventory).targets
        rules = load_baseline(BASELINE)
        engine.apply(target, rules.controls_for(target), Connector().connect)
        script = script_of(inventory)
        check = [
            str(Path(sys.executable).with_name("baseline")),
            "check",
            "-i",
            str(inventory),
            "-b",
            BASELINE,
            "--format",
            "json",
        ]
        floor = [*lab.ssh_command("mx1"), "sudo -n sh -s"]
        pairs = [(cost(check), cost(floor, script)) for _ in range(runs)]
    finally:
        lab.down()
    ours = Cost(statistics.median(one.cpu for one, _ in pairs), statistics.median(one.wall for one, _ in pairs))
    least = Cost(statistics.median(one.cpu for _, one in pairs), statistics.median(one.wall for _, one in pairs))
    sys.stdout.write(
        f"{len(rules.control_ids)} controls, {len(script)} bytes of script, {runs} runs, medians\n"
        f"baseline check       {ours.cpu:.2f} s CPU  {ours.wall:.2f} s wall\n"
        f"ssh HOST sudo sh -s  {least.cpu:.2f} s CPU  {least.wall:.2f} s wall\n"
        f"ratio                {ours.cpu / max(least.cpu, 0.01):.1f}        {ours.wall / least.wall:.1f}\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
