"""The host firewall on real hosts: what is open, what is closed, and that nobody locks himself out."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from baseline import engine
from baseline.kinds.host_firewall import HostFirewall
from baseline.load import Baseline, Inventory
from baseline.model import ApplyOutcome, Finding, Outcome, Report, Target
from baseline.visit import Connect
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab

ELSEWHERE = ("198.51.100.7/32",)
"""Administrators who are not this machine."""

AS_SHIPPED = (
    "systemctl -q disable nftables.service; nft flush ruleset; "
    "printf '#!/usr/sbin/nft -f\\nflush ruleset\\n' >/etc/nftables.conf"
)


@pytest.fixture
def firewall(mandate: Baseline, inventory: Inventory) -> HostFirewall:
    """The control."""
    (target,) = inventory.select("mx2")
    (control,) = (one for one in mandate.controls_for(target) if one.id == "MEL-F-02")
    assert isinstance(control, HostFirewall)
    return control


@pytest.fixture
def target(inventory: Inventory) -> Target:
    """The second host, which the first one is a stranger to."""
    (target,) = inventory.select("mx2")
    return target


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A firewall whose plans do not think of who makes them."""
    with monkeypatch.context() as patch:
        patch.setattr(HostFirewall, "_not_by_machine", lambda *_: "")
        yield


def of(result: engine.HostResult) -> Finding:
    """The one finding."""
    (finding,) = result.findings
    return finding


def tcp(address: str, port: int, seconds: float = 2) -> str:
    """What a stranger who knocks is told."""
    try:
        with socket.create_connection((address, port), timeout=seconds):
            return "open"
    except TimeoutError:
        return "silent"
    except ConnectionRefusedError:
        return "refused"


def in_force(target: Target, firewall: HostFirewall, connect: Connect) -> None:
    """The firewall in force."""
    result = engine.apply(target, [firewall], connect)
    assert result.apply is not None
    assert result.apply.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING), result.apply.reason
    assert of(result).outcome is Outcome.PASS


def test_only_what_is_declared_is_open(
    real_hosts: tuple[RealHost, ...], target: Target, firewall: HostFirewall, connect: Connect
) -> None:
    one, two = real_hosts
    in_force(target, firewall, connect)
    two.root("systemd-run -q --unit=undeclared nc -lk 0.0.0.0 8080; systemd-run -q --unit=undeclared6 nc -6lk :: 8080")
    try:
        assert eventually(lambda: two.root("ss -Hltn sport = :8080").count("LISTEN") == 2)
        knocked = {port: tcp(two.lab.address, port) for port in (22, 25, 53, 143, 587, 993, 8080, 111)}
        assert knocked == {port: "silent" if port in (8080, 111) else "open" for port in knocked}
        # The lab has no IPv6 but that of the link itself, which is all that this takes.
        link = two.root("ip -6 -o addr show dev eth0 scope link").split()[3].partition("/")[0]
        knock = f"nc -6zw 2 {link}%eth0 {{}} >/dev/null 2>&1 && echo open || echo closed"
        found = {port: one.root(knock.format(port)).strip() for port in (22, 143, 993, 8080)}
        # sshd is for the administrators' networks, and they have no IPv6.
        assert found == {22: "closed", 143: "open", 993: "open", 8080: "closed"}
        assert one.root(f"ping -6 -c 1 -w 3 {link}%eth0")
        assert one.root(f"nc -zw 2 {two.lab.address} 22 && echo open || echo closed").strip() == "closed"
        assert one.root(f"dig +short +time=2 @{two.lab.address} mx {two.lab.domain}").strip()
    finally:
        two.root("systemctl stop undeclared undeclared6")


def test_the_tables_of_others_stay(
    real_hosts: tuple[RealHost, ...], target: Target, firewall: HostFirewall, connect: Connect
) -> None:
    host = real_hosts[1]
    in_force(target, firewall, connect)
    host.root(
        "nft add table inet others && nft add set inet others bans '{ type ipv4_addr; }' && "
        "nft delete table inet baseline"
    )
    in_force(target, firewall, connect)
    assert "bans" in host.root("nft list table inet others")
    assert "policy drop" in host.root("nft list table inet baseline")
    host.root("nft delete table inet others")


def test_it_is_there_after_a_reboot(
    real_hosts: tuple[RealHost, ...], target: Target, firewall: HostFirewall, connect: Connect
) -> None:
    host = real_hosts[1]
    in_force(target, firewall, connect)
    host.root("systemctl restart nftables.service")
    assert of(engine.check(target, [firewall], connect)).outcome is Outcome.PASS


def test_a_plan_that_would_lock_out_its_maker_is_not_made(
    target: Target, firewall: HostFirewall, real_hosts: tuple[RealHost, ...], connect: Connect
) -> None:
    result = engine.plan(replace(target, admin_sources=ELSEWHERE), [firewall], connect)
    assert result.plan is not None
    assert result.plan.empty
    assert any("would lock out" in advice for _, advice in result.plan.by_hand)


@pytest.mark.usefixtures("careless")
@pytest.mark.parametrize("before", ["nothing", "the firewall"])
def test_a_host_that_locks_its_administrator_out_takes_it_back(
    before: str, real_hosts: tuple[RealHost, ...], target: Target, firewall: HostFirewall, connect: Connect
) -> None:
    host = real_hosts[1]
    if before == "nothing":
        host.root(AS_SHIPPED)
    else:
        in_force(target, firewall, connect)
    rules, configuration = host.root("nft list ruleset"), host.configuration()
    result = engine.apply(replace(target, admin_sources=ELSEWHERE), [firewall], connect, confirm_within=15)
    assert result.apply is not None
    # Either the host was found restored when it was told to, or it could not be told.
    assert result.apply.outcome in (ApplyOutcome.UNKNOWN, ApplyOutcome.ROLLED_BACK), result.apply.reason
    assert eventually(lambda: tcp(host.lab.address, 22) == "open", 60)
    assert eventually(lambda: host.root("ls /etc/systemd/system | grep baseline-revert || true") == "", 60)
    assert host.root("nft list ruleset") == rules
    assert host.configuration() == configuration
    enabled = host.root("systemctl is-enabled nftables.service", fine=False).strip()
    assert enabled == ("disabled" if before == "nothing" else "enabled")
    in_force(target, firewall, connect)


# --- intrusion prevention -------------------------------------------------------------------------

UNBAN = "fail2ban-client unban --all"


def banned(host: RealHost, jail: str) -> str:
    """The addresses in the set of a jail."""
    return host.root(f"nft list set inet f2b-table addr-set-{jail} 2>/dev/null || true")


def words_of_fail2ban(host: RealHost) -> str:
    """How the daemon is, and what it wrote last."""
    return host.root("systemctl status --no-pager -l fail2ban.service; tail -n 40 /var/log/fail2ban.log", fine=False)


def test_a_ban_is_a_rule_and_ends(applied: Report, real_hosts: tuple[RealHost, ...]) -> None:
    host = real_hosts[1]
    for jail in ("sshd", "postfix-sasl", "dovecot"):
        host.root(f"fail2ban-client set {jail} banip 192.0.2.7")
        assert "192.0.2.7" in banned(host, jail)
        host.root(f"fail2ban-client set {jail} unbanip 192.0.2.7")
        assert "192.0.2.7" not in banned(host, jail)


def test_whoever_guesses_passwords_is_shut_out(applied: Report, real_hosts: tuple[RealHost, ...]) -> None:
    one, two = real_hosts
    token = base64.b64encode(f"\0{two.address_of('alice')}\0wrong".encode()).decode()
    # In one line after the other: commands before their turn are refused by another control.
    guess = (
        f"(sleep 1; echo EHLO x; sleep 1; echo AUTH PLAIN {token}; sleep 4) | timeout 15 "
        f"openssl s_client -quiet -crlf -starttls smtp -connect {two.lab.address}:587 >/dev/null 2>&1"
    )

    def shut_out() -> bool:
        return one.lab.address in banned(two, "postfix-sasl")

    def guessed_and_shut_out() -> bool:
        # Where the host is slow some come too early, and are not counted; whoever guesses does not stop at six.
        one.root(f"for n in 1 2 3 4 5 6; do {guess} & done; wait")
        return eventually(shut_out, 10)

    assert eventually(lambda: "pong" in two.root("fail2ban-client ping", fine=False), 60), words_of_fail2ban(two)
    try:
        assert eventually(guessed_and_shut_out, 60), words_of_fail2ban(two)
        knock = one.root(f"nc -zw 2 {two.lab.address} 587 && echo open || echo closed")
        assert knock.strip() == "closed"
        # Mail between hosts is another port, but the same server: it is held off as well, until the ban ends.
        assert tcp(two.lab.address, 587) == "open", "the controller was shut out too"
    finally:
        two.root(UNBAN, fine=False)
    assert eventually(lambda: not shut_out()), words_of_fail2ban(two)


def test_the_filter_knows_the_name_of_submission(applied: Report, real_hosts: tuple[RealHost, ...]) -> None:
    host = real_hosts[1]
    line = (
        "Nov 24 14:00:00 mx2 postfix/submission/smtpd[7]: warning: unknown[192.0.2.7]: "
        "SASL PLAIN authentication failed: UGFzc3dvcmQ6"
    )
    host.root(f"echo '{line}' >/root/line")
    said = host.root("fail2ban-regex /root/line 'postfix[mode=auth]'")
    assert "1 matched" in said, said
