"""Over a throw-away sshd: hosts spread over the workers of pytest-xdist, and each is connected to once."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange import sshd
from tests.plugin.conftest import inventory, rules, waivers

pytest_plugins = ["pytester"]
pytestmark = [
    pytest.mark.sshd,
    pytest.mark.skipif(sshd.SSHD is None or not sshd.may_log_in(), reason="needs sshd, and to be let in by it"),
]

OWN = """
def test_file(host):
    assert host.file("/etc/passwd").is_file
    assert host.file("/etc/passwd").user == "root"

def test_name(host):
    assert host.check_output("cat /etc/hostname")

def test_that_asks_no_host():
    assert True
"""
WARNING = """
from dataclasses import replace

from baseline.model import Outcome
from baseline.pytest_plugin.chosen import UnderTest

UnderTest.as_waived = lambda _, findings: tuple(
    replace(one, outcome=Outcome.WARN, reason="nearly full") for one in findings
)
"""
GIVEN = ("--baseline", "rules.yml", "--inventory", "inventory.yml", "--baseline-waivers", "waivers.yml")
PLAIN = ("-p", "no:hypothesispytest")


@pytest.fixture
def server(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[sshd.Sshd]:
    """A folder with two hosts, which are this machine behind a real sshd."""
    addresses = ("127.0.0.1", "127.0.0.2")
    with sshd.running(pytester.path / "sshd", "LogLevel VERBOSE", addresses=addresses) as server:
        how = {
            "ansible_port": server.port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": str(server.directory / "user_key"),
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={server.known_hosts}",
        }
        hosts = {f"mx{n}": {"ansible_host": address, **how} for n, address in enumerate(addresses, 1)}
        (pytester.path / "inventory.yml").write_text(inventory(hosts))
        (pytester.path / "rules.yml").write_text(rules(pytester.path))
        (pytester.path / "waivers.yml").write_text(waivers())
        pytester.makepyfile(test_own=OWN)
        monkeypatch.setenv("HOME", str(pytester.path))
        monkeypatch.setenv("PYTHONPATH", str(Path(rules.__code__.co_filename).parents[2]), prepend=":")
        yield server


def told(server: sshd.Sshd) -> tuple[int, int]:
    """How often somebody logged in, and how many exchanges there were."""
    log = (server.directory / "log").read_text()
    return log.count("Accepted publickey"), log.count("Starting session: command")


def test_one_connection_and_one_exchange_for_each_host_however_many_workers(
    pytester: pytest.Pytester, server: sshd.Sshd
) -> None:
    alone = pytester.runpytest_subprocess(*PLAIN, *GIVEN, "-p", "no:cacheprovider")
    alone.assert_outcomes(passed=9, failed=2, skipped=2, xfailed=2)
    assert told(server) == (2, 2)
    spread = pytester.runpytest_subprocess(*PLAIN, *GIVEN, "-n", "2", "-v")
    spread.assert_outcomes(passed=9, failed=2, skipped=2, xfailed=2)
    assert told(server) == (4, 4)
    workers = {
        line.partition("]")[0]: line
        for line in spread.outlines
        if "PASSED" in line and "::OUR-F-01" in line and line.startswith("[gw")
    }
    assert len(workers) == 2, "each host has a worker of its own"
    again = pytester.runpytest_subprocess(*PLAIN, *GIVEN, "-n", "2", "--lf")
    again.assert_outcomes(failed=2)
    assert told(server) == (6, 6)


def test_a_control_that_warns_in_a_worker_is_a_warning_of_the_run(pytester: pytest.Pytester, server: sshd.Sshd) -> None:
    pytester.makeconftest(WARNING)
    chosen = (*PLAIN, *GIVEN, "-n", "2", "-k", "OUR-F-01")
    run = pytester.runpytest_subprocess(*chosen)
    run.assert_outcomes(passed=2, warnings=2)
    assert run.stdout.str().count("nearly full") == 2
    named = pytester.runpytest_subprocess(*chosen, "-W", "error::baseline.pytest_plugin.BaselineWarning")
    named.assert_outcomes(failed=2)


def test_a_way_of_sharing_out_that_asks_all_hosts_from_all_workers_is_refused(
    pytester: pytest.Pytester, server: sshd.Sshd
) -> None:
    run = pytester.runpytest_subprocess(*PLAIN, *GIVEN, "-n", "2", "--dist", "each")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    assert "--dist each" in run.stderr.str()
    assert told(server) == (0, 0)
