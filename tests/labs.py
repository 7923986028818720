"""The names of the tests' own labs. With BASELINE_TEST_LABS, a letter, two runs on one machine do not meet."""

from __future__ import annotations

import os

# The networks of labs follow from their names; with this letter none of the tests' own labs meets another.
_WORKERS = {"gw1": "t"}


def lab_name(base: str) -> str:
    """The name of a lab, at most ten characters as names of labs are. Each worker of one run has labs of its own."""
    worker = _WORKERS.get(os.environ.get("PYTEST_XDIST_WORKER", ""), "")
    return f"{os.environ.get('BASELINE_TEST_LABS', '')}{worker}{base}"[:10]
