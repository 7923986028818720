"""The example of the page on extensions as its users have it: two wheels beside each other, outside a checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import dist

pytestmark = [pytest.mark.checkout, pytest.mark.slow]

EXAMPLE = dist.ROOT / "docs" / "examples" / "mail-extras"


@dataclass(frozen=True)
class Installed:
    """A folder that wheels were installed into, and one to work in."""

    site: Path
    work: Path

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "BASELINE_"))}
        environment = {**kept, "PYTHONPATH": str(self.site), "XDG_STATE_HOME": str(self.work / "state")}
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=self.work, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    def baseline(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "baseline", *arguments)


def _wheel(tree: Path, to: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(to),
        str(tree),
    ]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    made = Installed(tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("work"))
    wheels = tmp_path_factory.mktemp("wheels")
    shutil.copytree(EXAMPLE, made.work / "example")
    _wheel(made.work / "example", wheels)
    built = [dist.build(wheels).wheel, *wheels.glob("mail_extras-*.whl")]
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(made.site)]
    subprocess.run([*command, *map(str, built)], check=True, capture_output=True)
    hosts = "all: {hosts: {here: {ansible_connection: local, roles: [mailstore]}}}\n"
    (made.work / "inventory.yml").write_text(hosts)
    return made


def test_both_are_the_installed_ones(installed: Installed) -> None:
    done = installed.python("-c", "import baseline, mail_extras; print(baseline.__file__, mail_extras.__file__)")
    assert done.stdout.count(str(installed.site)) == 2


def test_it_is_checked_by_it_and_the_run_is_kept_with_its_name(installed: Installed) -> None:
    done = installed.baseline("check", "-i", "inventory.yml", "-b", "many-mailboxes")
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "Judged with extensions: mail-extras 1.0.0" in done.stdout
    kept = json.loads(installed.baseline("report", "--format", "json").stdout)
    assert kept["run"]["extensions"] == [{"name": "mail-extras", "version": "1.0.0"}]
    assert {one["outcome"] for one in kept["findings"]} <= {"pass", "fail"}


def test_its_format_of_reports_is_printed(installed: Installed) -> None:
    done = installed.baseline(
        "check", "-i", "inventory.yml", "-b", "many-mailboxes", "--no-history", "--format", "dokuwiki"
    )
    assert done.stdout.startswith("====== %%many-mailboxes%% ======\n")


def test_it_is_explained_rendered_linted_and_listed(installed: Installed) -> None:
    assert "as sysctl reads it" in installed.baseline("explain", "MANY-1", "-b", "many-mailboxes").stdout
    rendered = installed.baseline("render", "-i", "inventory.yml", "-b", "many-mailboxes").stdout
    assert "/etc/sysctl.d/60-fs.inotify.max_user_instances.conf: |" in rendered
    assert "no problems" in installed.baseline("lint", "-i", "inventory.yml", "-b", "many-mailboxes").stdout
    assert "many-mailboxes comes with mail-extras 1.0.0" in installed.baseline("baselines").stdout


def test_it_is_planned(installed: Installed) -> None:
    (installed.work / "more.yml").write_text(
        "{baseline: more, version: 1.0.0, extends: many-mailboxes, overrides: {MANY-1: {at_least: 999999999}}}"
    )
    done = installed.baseline("plan", "-i", "inventory.yml", "-b", "more.yml", "--no-history", "-c", "MANY-1")
    assert "fs.inotify.max_user_instances = 999999999" in done.stdout
    assert done.returncode == 1


def test_its_own_tests_pass(installed: Installed) -> None:
    done = installed.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "example/tests")
    assert done.returncode == 0, done.stdout + done.stderr
