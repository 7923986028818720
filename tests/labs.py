"""The names of the tests' own labs. With BASELINE_TEST_LABS, a letter, two runs on one machine do not meet.

`python -m tests.labs` takes all of them down, whatever a run has left.
"""

from __future__ import annotations

import os
import sys

from baseline import lab

LABS = (
    "bytesof",
    "canary",
    "cut",
    "docs",
    "formats",
    "fullrel",
    "joiner",
    "journeys",
    "labf",
    "mallory",
    "morning",
    "ownmeans",
    "play1",
    "plugb",
    "recorder",
    "scenes",
    "selftest",
    "sent",
    "tests",
    "thresholds",
    "traces",
)
"""What tests call their labs, before the letters of the run and of the worker."""

WORKERS = {"gw1": "e", "gw2": "aig", "gw3": "srs"}
"""The networks of labs follow from their names; with these letters no lab of a worker meets another, of whichever."""


def lab_name(base: str) -> str:
    """The name of a lab, at most ten characters as names of labs are. Each worker of one run has labs of its own."""
    return _named(WORKERS.get(os.environ.get("PYTEST_XDIST_WORKER", ""), ""), base)


def all_names() -> list[str]:
    """The names of all labs that all workers of a run may have up."""
    return [_named(worker, base) for worker in ("", *WORKERS.values()) for base in LABS]


def _named(worker: str, base: str) -> str:
    return f"{os.environ.get('BASELINE_TEST_LABS', '')}{worker}{base}"[:10]


def take_down() -> None:
    """Take all of them down, and say which cannot be. One that a person has up has another name, and stays."""
    for name in all_names():
        os.environ["BASELINE_LAB_NAME"] = name
        try:
            lab.down()
        except lab.LabError as error:
            sys.stderr.write(f"{name}: {error}\n")


if __name__ == "__main__":
    take_down()
