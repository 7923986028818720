"""The names of the tests' own labs. With BASELINE_TEST_LABS, a letter, two runs on one machine do not meet."""

from __future__ import annotations

import os


def lab_name(base: str) -> str:
    """The name of a lab, at most ten characters as names of labs are."""
    return f"{os.environ.get('BASELINE_TEST_LABS', '')}{base}"[:10]
