"""The tests are those of the baseline that they are meant for: where it is a wheel's, never a folder's beside them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import baseline

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
PACKAGE = Path(baseline.__file__).parent


def run(tree: Path, meant: Path) -> subprocess.CompletedProcess[str]:
    """Run the one test of a tree of tests that is meant for the package in the folder `meant`.

    Without our plugin of pytest, which would be looked for in the folder beside and end pytest before any test.
    """
    quiet = ["-q", "-p", "no:cacheprovider", "-p", "no:baseline"]
    command = [sys.executable, "-m", "pytest", *quiet, "tests/test_one.py"]
    # What is beside the tests here is no part of the project, whose coverage may be what is being measured.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment = {**kept, "BASELINE_TESTED_IN": str(meant)}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with this project's settings for tests, and one test."""
    (tmp_path / "tests").mkdir()
    for name in ("__init__.py", "conftest.py", "sharing.py"):
        shutil.copy(HERE / name, tmp_path / "tests")
    (tmp_path / "tests" / "test_one.py").write_text("def test_one() -> None:\n    import baseline\n")
    return tmp_path


def test_the_right_one_is_tested(tree: Path) -> None:
    done = run(tree, PACKAGE.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_that_lies_beside_the_tests_is_refused(tree: Path) -> None:
    (tree / "baseline").mkdir()
    (tree / "baseline" / "__init__.py").touch()
    done = run(tree, PACKAGE.parent)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"meant for the baseline in {PACKAGE.parent}, and import that of {tree}" in done.stdout + done.stderr


def test_what_tests_start_is_the_same_one() -> None:
    command = [sys.executable, "-c", "import baseline; print(baseline.__file__)"]
    found = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == baseline.__file__
