"""The machine that packages are built in, the packages of this checkout, and a clone to release from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from baseline.version import __version__
from tests import dist
from tests.release import clean_root, debian, parts


@pytest.fixture(scope="session")
def machine() -> Iterator[Path]:
    """A clean machine of Debian 13. BASELINE_CLEAN_MACHINE keeps it in that folder from run to run."""
    if os.geteuid():
        pytest.skip("a machine to build in is made and entered by root")
    kept = os.environ.get("BASELINE_CLEAN_MACHINE")
    with TemporaryDirectory(dir="/var/tmp") as scratch:
        root = Path(kept or f"{scratch}/machine")
        if not root.exists():
            clean_root.make(root)
        yield root


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dist.Built:
    """Source distribution and wheel of this checkout."""
    return dist.build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def requirements() -> str:
    """What the package needs, with digests."""
    return parts.requirements(__version__)


@pytest.fixture(scope="session")
def package(machine: Path, built: dist.Built, requirements: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package of this checkout, which lintian has read without an error or a warning."""
    return debian.build(tmp_path_factory.mktemp("package"), machine, requirements, built)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this checkout, with what is changed here committed: something to release from."""
    made = tmp_path / "clone"
    run("git", "clone", "--quiet", str(dist.ROOT), str(made), at=tmp_path)
    for name in {*dist.files(), *run("git", "ls-files", at=made).split()}:
        if (dist.ROOT / name).is_file():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes((dist.ROOT / name).read_bytes())
            (made / name).chmod((dist.ROOT / name).stat().st_mode)
        else:
            (made / name).unlink(missing_ok=True)
    for name, value in (("user.name", "An Officer"), ("user.email", "officer@agency.example")):
        run("git", "config", name, value, at=made)
    run("git", "add", "--all", at=made)
    run("git", "commit", "--quiet", "--allow-empty", "--message=What is to be released", at=made)
    return made


def run(*argv: str, at: Path) -> str:
    """What a command says. Fails the test with both streams when it fails."""
    done = subprocess.run(argv, cwd=at, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout
