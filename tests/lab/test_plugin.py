"""pytest over two real hosts, one of each release: what it says of them is what `baseline check` says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from baseline.lab import faults
from tests.lab.alone import side_by_side
from tests.lab.real import RealHost

pytestmark = pytest.mark.lab

OWN = """\
import pytest


def test_aliases(host):
    aliases = host.file("/etc/aliases")
    assert aliases.is_file
    assert aliases.user == "root"
    assert aliases.mode == 0o644


@pytest.mark.parametrize("name", ["postfix", "dovecot-imapd"])
def test_installed(host, name):
    assert host.package(name).is_installed


def test_postfix(host):
    assert host.service("postfix").is_running
    assert host.service("postfix").is_enabled


def test_name(host):
    name = host.run("postconf -h mydomain")
    assert name.rc == 0
    assert name.stdout.strip().endswith("lab.test")
"""
OUTCOMES = {"pass": "passed", "warn": "passed", "fail": "failed", "notapplicable": "skipped", "unknown": "error"}
"""What `baseline check` finds -> what becomes of the test; one that warns passes with a warning."""
WARNED = re.compile(r"BaselineWarning: (\S+)$", re.MULTILINE)
LOGINS = "journalctl --sync; journalctl --quiet --output cat -t sshd -t sshd-session -t sudo"


@dataclass(frozen=True)
class Told:
    """What a run of pytest said, and its file for build servers."""

    code: int
    said: str
    cases: list[TestCase]

    @property
    def outcomes(self) -> dict[str, str]:
        """Test -> what became of it."""
        return {f"{case.classname}::{case.name}": _outcome(case) for case in self.cases}


def _outcome(case: TestCase) -> str:
    kinds = {Failure: "failed", Error: "error", Skipped: "skipped"}
    return kinds[type(case.result[0])] if case.result else "passed"


@dataclass(frozen=True)
class Suite:
    """A folder of somebody who tests these hosts."""

    folder: Path
    inventory: Path

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """A command in it."""
        state = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state")}
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST_", "BASELINE_"))}
        return subprocess.run(
            argv, cwd=self.folder, env=kept | state, capture_output=True, text=True, timeout=300, check=False
        )

    def pytest(self, *options: str) -> Told:
        """pytest, with a worker for each host."""
        given = ("--baseline", "mampu-2007", f"--baseline-inventory={self.inventory}", "-n", "2", *options)
        done = self.run(sys.executable, "-m", "pytest", *given, "--junitxml=told.xml", "-p", "no:hypothesispytest")
        assert done.returncode in (0, 1), done.stdout + done.stderr
        found = [case for suite in JUnitXml.fromfile(str(self.folder / "told.xml")) for case in suite]
        return Told(done.returncode, done.stdout, found)


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[RealHost, ...]]:
    """Two hosts as Debian ships them."""
    with side_by_side("plugb", "bookworm", "trixie") as found:
        yield found


@pytest.fixture(scope="module")
def suite(hosts: tuple[RealHost, ...], tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """Outside the checkout, with tests of testinfra that know nothing of a baseline."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_mail.py").write_text(OWN)
    return Suite(folder, hosts[0].directory / "inventory.yml")


def logins(host: RealHost) -> tuple[int, int]:
    """How often somebody logged in, and how often they became root, which each exchange does once."""
    journal = host.root(LOGINS)
    return journal.count("Accepted publickey"), journal.count("COMMAND=")


def test_it_tells_what_a_check_tells_over_one_connection_with_each_host(
    suite: Suite, hosts: tuple[RealHost, ...]
) -> None:
    before = [logins(host) for host in hosts]
    told = suite.pytest()
    assert [logins(host) for host in hosts] == [(login + 1, root + 1) for login, root in before]
    checked = suite.run(
        sys.executable, "-m", "baseline", "check", "-i", str(suite.inventory), "--no-history", "--format", "json"
    )
    findings = json.loads(checked.stdout)["findings"]

    of_controls = {test: became for test, became in told.outcomes.items() if test.startswith("baseline.")}
    wanted = {f"baseline.{one['host']}::{one['control']}": OUTCOMES[one["outcome"]] for one in findings}
    wanted |= {f"baseline.{host.name}::host": "passed" for host in hosts}
    assert of_controls == wanted
    assert len({one["host"] for one in findings}) == 5, "two hosts, their domains, and the site"
    warns = {f"baseline::{one['host']}::{one['control']}" for one in findings if one["outcome"] == "warn"}
    assert warns
    assert {*WARNED.findall(told.said)} == warns

    own = {test: became for test, became in told.outcomes.items() if test not in of_controls}
    assert len(own) == 5 * len(hosts)
    assert {*own.values()} == {"passed"}
    assert len(told.cases) == len(told.outcomes) == len(findings) + len(hosts) + len(own)
    assert told.code == checked.returncode == 1
    count = Counter(told.outcomes.values())
    assert f"{count['failed']} failed, {count['passed']} passed, {count['skipped']} skipped" in told.said


def test_all_tests_of_a_host_that_lets_nobody_in_are_errors_that_say_so(
    suite: Suite, hosts: tuple[RealHost, ...]
) -> None:
    other, gone = hosts
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", gone.directory.name)
        faults.stop_sshd(gone.name)
        try:
            told = suite.pytest("--baseline-controls=MEL-T-*,MEL-Q-06,MEL-D-04")
        finally:
            faults.start_sshd(gone.name)
    assert told.code == 1
    by_host = {
        host.name: {
            f"{case.classname}::{case.name}": case
            for case in told.cases
            if case.classname in (f"baseline.{host.name}", f"baseline.{host.lab.domain}")
            or f"[{host.name}" in case.name
        }
        for host in hosts
    }
    assert len(by_host[gone.name]) == len(by_host[other.name]) == 1 + 6 + 5
    assert "error" not in map(_outcome, by_host[other.name].values())
    for test, case in by_host[gone.name].items():
        assert _outcome(case) == "error", test
        assert f"{gone.lab.address} cannot be reached" in (case.result[0].text or ""), test
