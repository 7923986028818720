"""One bad host is `unknown` with the reason; the other one goes on, and nothing is changed on either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from baseline import fleet
from baseline.lab import faults
from baseline.load import Baseline, Inventory
from baseline.model import ApplyOutcome, Outcome, Report, Target
from baseline.session import Connector
from tests.lab.conftest import LAB
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab

BAD = "mx2"


@pytest.fixture(autouse=True)
def lab_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are for the tests' own lab."""
    monkeypatch.setenv("BASELINE_LAB_NAME", LAB)


@pytest.fixture
def bad(real_hosts: tuple[RealHost, ...], applied: Report) -> Iterator[RealHost]:
    """The host that goes bad; its configuration has to be the same afterwards.

    Both have the mandate applied before, so that it is not this module that does it.
    """
    host = real_hosts[1]
    before = host.configuration()
    yield host
    assert host.configuration() == before


def judged(inventory: Inventory, baseline: Baseline, make_bad: Target | None = None, *, apply: bool = False) -> Report:
    """A run over both hosts, with one of them exchanged."""
    targets = [make_bad if make_bad and target.name == BAD else target for target in inventory.targets]
    connect = Connector(timeout=5, sleep=lambda _: None).connect
    work = fleet.apply_all if apply else fleet.check_all
    return work(targets, baseline, connect=connect)


def the_bad_one(report: Report) -> str:
    """The reason given for the bad host, once everything else has been asserted."""
    hosts = {host.name: host for host in report.hosts}
    assert hosts["mx1"].reachable
    assert not hosts[BAD].reachable
    outcomes = {finding.outcome for finding in report.findings if finding.host == BAD}
    assert outcomes <= {Outcome.UNKNOWN, Outcome.NOTAPPLICABLE}
    assert Outcome.UNKNOWN in outcomes
    assert not any(finding.outcome is Outcome.UNKNOWN for finding in report.findings if finding.host == "mx1")
    assert report.exit_code == 3
    return str(hosts[BAD].error)


def target_of(inventory: Inventory) -> Target:
    (target,) = inventory.select(BAD)
    return target


def test_unknown_host_key(bad: RealHost, inventory: Inventory, mandate: Baseline, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.touch()
    reason = the_bad_one(judged(inventory, mandate, replace(target_of(inventory), known_hosts=(str(empty),))))
    assert "host key" in reason
    assert "not known" in reason
    assert "fingerprint" in reason


def test_changed_host_key(bad: RealHost, inventory: Inventory, mandate: Baseline) -> None:
    known = Path(target_of(inventory).known_hosts[0]).read_text()
    mine = next(line for line in known.splitlines() if line.split()[0] == "10.77.1.1" or ".1.1" in line.split()[0])
    other = Path(target_of(inventory).known_hosts[0]).with_name("known_hosts.swapped")
    other.write_text(f"{bad.lab.address} {mine.split(None, 1)[1]}\n")
    reason = the_bad_one(judged(inventory, mandate, replace(target_of(inventory), known_hosts=(str(other),))))
    other.unlink()
    assert "is not the known one" in reason


def test_wrong_login_key(bad: RealHost, inventory: Inventory, mandate: Baseline, tmp_path: Path) -> None:
    import paramiko

    wrong = tmp_path / "id"
    paramiko.RSAKey.generate(2048).write_private_key_file(str(wrong))
    reason = the_bad_one(judged(inventory, mandate, replace(target_of(inventory), key_file=str(wrong))))
    assert "may not log in" in reason


def test_a_host_that_is_down(bad: RealHost, inventory: Inventory, mandate: Baseline) -> None:
    faults.link_down(BAD)
    try:
        reason = the_bad_one(judged(inventory, mandate, apply=True))
    finally:
        faults.link_up(BAD)
    assert "cannot be reached" in reason
    assert eventually(lambda: judged(inventory, mandate).hosts[1].reachable)


def test_sshd_that_is_stopped(bad: RealHost, inventory: Inventory, mandate: Baseline) -> None:
    faults.stop_sshd(BAD)
    try:
        reason = the_bad_one(judged(inventory, mandate))
    finally:
        faults.start_sshd(BAD)
    assert "cannot be reached" in reason


def test_sudo_that_is_refused(bad: RealHost, inventory: Inventory, mandate: Baseline) -> None:
    where = bad.root("grep -ls '^ops' /etc/sudoers /etc/sudoers.d/*").split()[0]
    bad.root(f"cp -a {where} /root/sudoers.saved && sed -i '/^ops/d' {where}")
    try:
        report = judged(inventory, mandate, apply=True)
    finally:
        bad.root(f"cp -a /root/sudoers.saved {where} && rm /root/sudoers.saved")
    assert "sudo was refused" in the_bad_one(report)
    outcomes = {apply.host: apply.outcome for apply in report.applies}
    assert outcomes.get(BAD) in (None, ApplyOutcome.UNKNOWN)


def test_a_shell_that_prints_noise_does_no_harm(bad: RealHost, inventory: Inventory, mandate: Baseline) -> None:
    shell = bad.root("getent passwd ops | cut -d: -f6").strip()
    bad.root(
        f"cp -a {shell}/.bashrc /root/bashrc.saved; sed -i '1i echo Selamat datang; echo noise >&2' {shell}/.bashrc"
    )
    try:
        report = judged(inventory, mandate)
    finally:
        bad.root(f"cp -a /root/bashrc.saved {shell}/.bashrc && rm /root/bashrc.saved")
    assert all(host.reachable for host in report.hosts)
    assert report.summary["unknown"] == 0


def test_a_program_that_is_missing_makes_its_controls_unknown(
    bad: RealHost, inventory: Inventory, mandate: Baseline
) -> None:
    bad.root("mv /usr/bin/doveconf /root/")
    try:
        report = judged(inventory, mandate)
    finally:
        bad.root("mv /root/doveconf /usr/bin/")
    assert report.exit_code == 3
    unknown = {finding.control: finding.reason for finding in report.findings if finding.outcome is Outcome.UNKNOWN}
    assert "not installed" in unknown["MEL-Q-01"]
    assert {finding.host for finding in report.findings if finding.outcome is Outcome.UNKNOWN} == {BAD}
    assert next(finding.outcome for finding in report.findings if finding.control == "MEL-T-04") != Outcome.UNKNOWN


def test_a_dovecot_that_nobody_has_tried_is_said_and_not_guessed(
    bad: RealHost, inventory: Inventory, mandate: Baseline
) -> None:
    bad.root(
        "cp -a /usr/sbin/dovecot /root/dovecot.saved && rm /usr/sbin/dovecot && "
        "printf '#!/bin/sh\\necho \"2.5.0-1 (7d8c0e5759)\"\\n' >/usr/sbin/dovecot && chmod 0755 /usr/sbin/dovecot"
    )
    try:
        report = judged(inventory, mandate)
    finally:
        bad.root("rm /usr/sbin/dovecot && cp -a /root/dovecot.saved /usr/sbin/dovecot && rm /root/dovecot.saved")
    reasons = {finding.control: finding for finding in report.findings if finding.host == BAD}
    assert reasons["MEL-Q-01"].outcome is Outcome.UNKNOWN
    assert "Dovecot 2.5 is neither 2.3 nor 2.4" in reasons["MEL-Q-01"].reason
