"""The main job on real hosts: as Debian ships them, checked, planned, applied, verified, and checked again.

mx1 is of Debian 12 and mx2 of Debian 13: whatever both are asked, they are to be judged alike.
"""

from __future__ import annotations

import pytest

from baseline import engine, fleet
from baseline.errors import HostError
from baseline.load import Baseline, Inventory, load_baseline
from baseline.model import ApplyOutcome, Obligation, Outcome, Report, Target
from baseline.session import Session
from baseline.visit import Connect
from tests.lab.real import RealHost

pytestmark = pytest.mark.lab

FOR_A_PERSON = {"MEL-D-08", "MEL-D-10", "MEL-D-12"}
"""What an apply leaves advised: a policy needs a web server, CAA an authority's name, DNSSEC a parent that signs."""


AS_SHIPPED = {
    "MEL-D-11": (("fail", "pass"), "BIND 9.20 gives a zone away to nobody unless it is told to; 9.18 did to everybody"),
}
"""What is found otherwise on Debian 13 than on Debian 12 as both are shipped, and why that is right."""


def otherwise(report: Report) -> dict[str, tuple[str, str]]:
    """Control -> outcome on mx1 or for its domain, and on mx2 or for its own, where these differ."""
    first, second = (
        {finding.control: finding.outcome.value for finding in report.findings if finding.host in (host, domain)}
        for host, domain in (("mx1", "d1.lab.test"), ("mx2", "d2.lab.test"))
    )
    assert first.keys() == second.keys()
    return {control: (word, second[control]) for control, word in first.items() if word != second[control]}


def wrong(report: Report) -> dict[tuple[str, str], str]:
    """Everything that is neither as wanted nor beside the point, with its reason."""
    return {
        (finding.host, finding.control): f"{finding.outcome}: {finding.reason}"
        for finding in report.findings
        if finding.outcome not in (Outcome.PASS, Outcome.NOTAPPLICABLE)
    }


def test_a_check_of_any_number_of_controls_is_one_exchange(shipped: tuple[Report, Report]) -> None:
    for report in shipped:
        assert [host.exchanges for host in report.hosts] == [1, 1]


def test_hosts_as_debian_ships_them_do_not_conform(shipped: tuple[Report, Report]) -> None:
    report, planned = shipped
    assert report.exit_code == 1
    assert report.summary["unknown"] == 0, wrong(report)
    assert all(not plan.empty for plan in planned.plans)


def test_both_releases_are_judged_alike_as_shipped(shipped: tuple[Report, Report]) -> None:
    report, _ = shipped
    assert otherwise(report) == {control: words for control, (words, _) in AS_SHIPPED.items()}, wrong(report)


def test_every_host_and_every_control_has_a_line(
    shipped: tuple[Report, Report], mandate: Baseline, inventory: Inventory
) -> None:
    domains = tuple(domain for target in inventory.targets for domain in target.domains)
    speaks_of = {"host": ("mx1", "mx2"), "domain": domains, "site": ("lab",)}
    lines = {(finding.host, finding.control) for finding in shipped[0].findings}
    assert lines == {(name, draft.id) for draft in mandate.drafts for name in speaks_of[draft.kind.about]}


def test_applied_hosts_conform(applied: Report) -> None:
    assert [(apply.host, apply.outcome) for apply in applied.applies] == [
        ("mx1", ApplyOutcome.APPLIED),
        ("mx2", ApplyOutcome.APPLIED),
    ], [apply.reason for apply in applied.applies]
    mandatory = [finding for finding in applied.findings if finding.obligation is Obligation.MANDATORY]
    assert {finding.outcome for finding in mandatory} <= {Outcome.PASS, Outcome.NOTAPPLICABLE}, wrong(applied)
    assert applied.exit_code == 0
    assert otherwise(applied) == {}


def test_a_second_apply_is_empty(applied: Report, inventory: Inventory, mandate: Baseline, connect: Connect) -> None:
    again = fleet.apply_all(inventory.targets, mandate, connect=connect)
    told = [(apply.host, apply.outcome) for apply in again.applies]
    assert told == [("mx1", ApplyOutcome.NOTHING), ("mx2", ApplyOutcome.NOTHING)], again.to_dict()["plans"]
    assert [host.exchanges for host in again.hosts] == [1, 1]
    assert wrong(again) == wrong(applied)
    assert {control for _, control in wrong(again)} == FOR_A_PERSON


def test_the_standards_of_today_find_the_same_on_both(applied: Report, inventory: Inventory, connect: Connect) -> None:
    report = fleet.check_all(inventory.targets, load_baseline("mail-2026"), connect=connect)
    assert report.summary["unknown"] == 0, wrong(report)
    assert otherwise(report) == {}, wrong(report)


def test_applied_hosts_still_deliver(applied: Report, real_hosts: tuple[RealHost, ...]) -> None:
    for host in real_hosts:
        assert host.delivers(f"after the apply of {host.name}")
        assert host.root("systemctl --failed --no-legend --plain") == ""


def test_nothing_is_left_behind(applied: Report, real_hosts: tuple[RealHost, ...]) -> None:
    for host in real_hosts:
        assert host.root("find / -xdev -name '*.baseline-*' -not -path '/proc/*'") == ""
        assert host.root("ls /etc/systemd/system | grep baseline-revert || true") == ""
        assert host.root("ls -d /var/lib/baseline/lock* 2>/dev/null || true") == ""


class Forgetful:
    """A session whose host is broken behind the apply's back, just before the second look."""

    def __init__(self, session: Session, host: RealHost, damage: str) -> None:
        self.session, self.host, self.damage, self.exchanges = session, host, damage, 0

    def exchange(self, script: bytes, *, seconds: int = 900) -> bytes:
        self.exchanges += 1
        if self.exchanges == 3:
            self.host.root(self.damage)
        return self.session.exchange(script, seconds=seconds)

    def close(self) -> None:
        self.session.close()


def test_a_failed_apply_leaves_the_host_byte_for_byte_as_it_was(
    applied: Report, real_hosts: tuple[RealHost, ...], inventory: Inventory, mandate: Baseline, connect: Connect
) -> None:
    host = real_hosts[1]
    (target,) = inventory.select("mx2")
    # Nothing but what this test breaks is to be planned, whatever another one has left.
    standing = engine.apply(target, mandate.controls_for(target), connect).apply
    assert standing is not None
    assert standing.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING), standing.reason
    host.root("postconf -e queue_minfree=1000 && chmod 0640 /etc/postfix/main.cf && chgrp postfix /etc/postfix/main.cf")
    before = host.configuration()
    # What is planned is overruled in master.cf, which the plan does not know of.
    damage = "cp -a /etc/postfix/master.cf /root/saved && postconf -P smtp/inet/queue_minfree=7"
    undo = "cp -a /root/saved /etc/postfix/master.cf && rm /root/saved"
    result = engine.apply(target, mandate.controls_for(target), lambda goal: Forgetful(connect(goal), host, damage))
    host.root(undo)
    assert result.apply is not None
    assert (result.apply.outcome, result.apply.restored) == (ApplyOutcome.ROLLED_BACK, True), result.apply.reason
    assert "MEL-T-03" in result.apply.reason
    assert host.configuration() == before
    assert host.delivers("after a failed apply")
    host.root(
        "chmod 0644 /etc/postfix/main.cf && chgrp root /etc/postfix/main.cf && postconf -e queue_minfree=1073741824"
    )
    host.root("systemctl reload postfix")


def test_one_bad_host_does_not_keep_the_others(
    applied: Report, inventory: Inventory, mandate: Baseline, connect: Connect
) -> None:
    def half(target: Target) -> Session:
        if target.name == "mx2":
            raise HostError("mx2 is down")
        return connect(target)

    report = fleet.check_all(inventory.targets, mandate, connect=half)
    outcomes = {host.name: host.reachable for host in report.hosts}
    assert outcomes == {"mx1": True, "mx2": False}
    unknown = {finding.host for finding in report.findings if finding.outcome is Outcome.UNKNOWN}
    # What is looked at through the host that is down is unknown with it.
    assert unknown == {"mx2", "d2.lab.test"}
    assert report.exit_code == 3
