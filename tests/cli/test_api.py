"""The package as a library: the names of its contract, imported when they are used."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import baseline
from baseline.errors import Problem

CONTRACT = {
    "load_inventory",
    "load_baseline",
    "connect",
    "check",
    "plan",
    "apply",
    "check_all",
    "plan_all",
    "apply_all",
}


def test_every_public_name_is_there() -> None:
    assert set(baseline.__all__) >= CONTRACT | {"BaselineError", "UserError", "HostError", "CannotTell"}
    assert all(getattr(baseline, name) is not None for name in baseline.__all__)
    assert set(baseline.__all__) <= set(dir(baseline))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        baseline.nothing  # noqa: B018 -- asking for it is the test


def test_names_are_the_things_themselves() -> None:
    from baseline import engine, errors, fleet

    assert baseline.check is engine.check
    assert baseline.check_all is fleet.check_all
    assert baseline.Unreachable is errors.Unreachable


def test_importing_the_package_imports_nothing_else() -> None:
    probe = "import sys, baseline; print(sorted(name for name in sys.modules if name.startswith('baseline')))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", probe], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['baseline', 'baseline.late', 'baseline.version']"


def test_every_public_name_is_known_to_type_checkers() -> None:
    source = Path(baseline.__file__).read_text()
    lazily = set(baseline.__all__) - {"__version__", "connect", "open_history"}
    assert all(f"import {name} as {name}\n" in source for name in lazily)


def test_mistakes_are_in_the_order_in_which_a_reader_meets_them() -> None:
    first, second = Problem("a.yml", 2, 9, "x"), Problem("a.yml", 10, 1, "x")
    third = replace(second, message="y")
    assert sorted([third, second, first]) == [first, second, third]
    assert first < second <= second >= first
    assert third > second
    with pytest.raises(TypeError):
        assert first < ("a.yml", 2, 9, "x")  # type: ignore[operator]
