"""How workers share the tests on lab hosts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import sharing

SOME = """
import pytest
pytestmark = pytest.mark.lab
@pytest.mark.parametrize("number", range(8))
def test_it(number, worker_id):
    open(f"{__file__.removesuffix('.py')}.by", "a").write(f"{worker_id} ")
"""
HOOKS = """
from tests.conftest import pytest_xdist_make_scheduler
def pytest_configure(config):
    config.addinivalue_line("markers", "lab: as in the suite")
"""


def test_modules_of_one_pair_and_parts_of_the_scenarios() -> None:
    assert sharing.group("tests/lab/test_dns.py::test_one") == sharing.group("tests/lab/test_main_job.py::test_two[x]")
    assert sharing.group("tests/lab/test_edits.py::test_one") != sharing.group("tests/lab/test_dns.py::test_one")
    parts = {sharing.group(f"{sharing.SCENARIOS}::test_it[{number}]") for number in range(50)}
    assert len(parts) == sharing.PARTS


def test_those_that_are_long_come_first() -> None:
    names = ["tests/lab/test_lab.py::a", "tests/docs/test_tutorial.py::a", "tests/lab/test_dns.py::a"]
    assert sorted(names, key=sharing.turn) == [*reversed(names)]


def test_every_module_that_shares_a_pair_is_there() -> None:
    assert [module for module in sharing.PAIRS if not Path(__file__).parents[1].joinpath(module).is_file()] == []


def test_a_module_is_one_workers(tmp_path: Path) -> None:
    """Asked of xdist itself: groups that are marks came to nothing with a new pytest, and nobody saw it."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text(HOOKS)
    for name in ("test_one.py", "test_two.py", "test_three.py"):
        (tmp_path / name).write_text(SOME)
    words = ["-n", "3", "--dist", "loadgroup", "-q", "-p", "no:cacheprovider", "-c", str(tmp_path / "pytest.ini")]
    argv = [sys.executable, "-m", "pytest", *words, str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert "24 passed" in done.stdout, done.stdout + done.stderr
    assert [len({*file.read_text().split()}) for file in tmp_path.glob("*.by")] == [1, 1, 1]


@pytest.mark.parametrize("fixtures", [("real_hosts",), ()])
def test_a_module_that_nobody_gave_a_pair(fixtures: tuple[str, ...]) -> None:
    class Item:
        nodeid = "tests/lab/test_new.py::test_it"
        fixturenames = fixtures

    if fixtures:
        with pytest.raises(pytest.UsageError, match=r"say in tests/sharing\.py which it shares"):
            sharing.check(Item())  # type: ignore[arg-type]
    else:
        sharing.check(Item())  # type: ignore[arg-type]
