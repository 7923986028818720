"""Labs of one run's workers do not meet, and a run that ends takes down all that there may be."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from baseline.lab.place import here
from tests.labs import LABS, WORKERS, all_names, lab_name

NAMED = re.compile(r"\b(?:alone|lab_name|side_by_side|standing)\(\"(\w+)\"")
NAMING = re.compile(r"^from tests\.(?:labs|lab\.alone|adversary\.lab_host) import", re.MULTILINE)


def networks(monkeypatch: pytest.MonkeyPatch, worker: str) -> dict[str, str]:
    """Network -> the lab of a worker that has it."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    found = {}
    # Whoever records cases has no other lab up.
    for base in sorted({*LABS} - {"recorder"}):
        monkeypatch.setenv("BASELINE_LAB_NAME", lab_name(base))
        found[here().network] = base
    return found


def test_no_lab_of_a_worker_has_the_network_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BASELINE_TEST_LABS", raising=False)
    each = [networks(monkeypatch, worker) for worker in ("gw0", *WORKERS)]
    assert [len(one) for one in each] == [len(LABS) - 1] * len(each)
    for one, other in combinations(each, 2):
        assert not one.keys() & other.keys(), "other letters in WORKERS, or another name, keep labs apart"


def test_the_labs_of_all_tests_are_taken_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASELINE_TEST_LABS", "x")
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw2")
    sources = [path.read_text() for path in Path(__file__).parent.rglob("*.py") if "bench" not in path.parts]
    named = {name for text in sources if NAMING.search(text) for name in NAMED.findall(text)}
    assert len(named) > 10
    assert named <= {*LABS}
    assert {lab_name(name) for name in named} <= {*all_names()}
