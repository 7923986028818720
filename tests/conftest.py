"""What every ring of tests shares."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import baseline
from tests import sharing

# The machine may be busy: how long one example takes says nothing. Nothing is written beside the sources.
settings.register_profile("patient", deadline=None, database=None)
settings.register_profile("quick", deadline=None, database=None, max_examples=10)
settings.load_profile("patient")


def pytest_configure() -> None:
    """BASELINE_TESTED_IN is where the package lies that the tests are meant for; with another one they do not begin."""
    meant, found = os.environ.get("BASELINE_TESTED_IN"), Path(baseline.__file__).parents[1]
    if meant and found != Path(meant):
        raise pytest.UsageError(f"these tests are meant for the baseline in {meant}, and import that of {found}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch `--update`."""
    parser.addoption(
        "--update", action="store_true", help="write what is found now into golden files and recorded cases"
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files and recorded cases are to be written. A run without `--update` writes none."""
    return bool(request.config.getoption("--update"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that folders say enough about, and put the longest of those on lab hosts first."""
    here = Path(__file__).parent
    # Paths as text: there are thousands of tests, and each worker does this.
    marks = {f"{here / folder}{os.sep}": mark for folder, mark in (("code", "checkout"), ("adversary", "slow"))}
    for item in items:
        path = str(item.path)
        for begin, mark in marks.items():
            if path.startswith(begin):
                item.add_marker(mark)
        if item.get_closest_marker("lab"):
            sharing.check(item)
    items.sort(key=lambda item: sharing.turn(item.nodeid) if item.get_closest_marker("lab") else -1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests on lab hosts are shared out as `tests.sharing` says."""
    return sharing.scheduler(config, log) if config.getoption("dist") == "loadgroup" else None


Eventually = Callable[[Callable[[], bool]], bool]


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the controller keeps between runs is nobody's but the test's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    # What one test has revealed, and would be looked for in the words of the next.
    monkeypatch.setattr("baseline.secret._REVEALED", set())


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """Waits until something is true, for at most half a minute; tells whether it came true."""

    def wait(true: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + 30
        while not true():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    return wait


def processes_about(path: Path) -> list[str]:
    """Command lines of running processes that name a path; the one that runs the tests, and its own, aside."""
    found, ours = [], _ancestors()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        if int(process.parent.name) in ours:
            continue
        try:
            line = process.read_bytes()
        except OSError:
            continue
        if os.fsencode(path) in line:
            found.append(line.replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def _ancestors() -> set[int]:
    found, pid = set[int](), os.getpid()
    while pid > 1:
        found.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found


@pytest.fixture(scope="session")
def private_mounts() -> tuple[str, ...]:
    """A command prefix that gives a mount namespace of its own. Skips where there is none to be had."""
    prefix = ("unshare", "--mount", "--propagation", "private")
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare")
    if subprocess.run([*prefix, "true"], check=False).returncode != 0:
        pytest.skip("mount namespaces are not allowed here")
    return prefix
