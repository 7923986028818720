"""The first change that CONTRIBUTING leads to, made in a copy: a test that fails, a change, and the test passes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, fences, pages

# It changes the package's own files.
pytestmark = [pytest.mark.checkout, pytest.mark.slow]

PAGE = fences("CONTRIBUTING.md", pages()["CONTRIBUTING.md"])
TEST, CHANGE = (fence.text for fence in PAGE if fence.language == "diff")


def run(copy: Path, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=copy, input=stdin, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the exercise needs of the checkout, without the exercise where somebody has just done it."""
    for folder in ("baseline", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests").mkdir()
    for name in ("pyproject.toml", "tests/__init__.py", "tests/test_sizes.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    for diff in (TEST, CHANGE):
        if run(tmp_path, "git", "apply", "--check", "--reverse", stdin=diff).returncode == 0:
            assert run(tmp_path, "git", "apply", "--reverse", stdin=diff).returncode == 0
    return tmp_path


def apply(copy: Path, diff: str) -> None:
    done = run(copy, "git", "apply", stdin=diff)
    assert done.returncode == 0, done.stderr


def test_the_first_change(copy: Path) -> None:
    (written,) = (fence for fence in PAGE if fence.file == "ours.yml")
    (before,) = (fence.text.partition("\n") for fence in PAGE if fence.text.startswith("$ .venv/bin/baseline lint"))
    (copy / written.file).write_text(written.text)
    lint = (sys.executable, "-m", "baseline", *before[0].split()[2:])
    tests = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "decimal or is_no_size")
    assert run(copy, *lint).stderr == before[2]
    apply(copy, TEST)
    assert "3 failed" in run(copy, *tests).stdout
    apply(copy, CHANGE)
    assert run(copy, *lint).stderr.endswith("write 1536MB\n")
    done = run(copy, *tests)
    assert (done.returncode, "failed" in done.stdout) == (0, False), done.stdout
