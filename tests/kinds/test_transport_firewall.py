"""The firewall group beyond its cases: recorded answers, asked for other inventories or changed in a word."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from baseline.kinds.host_firewall import RUNNING
from baseline.kinds.intrusion_prevention import INSTALLED, IntrusionPrevention
from baseline.kinds.listening_sockets import CONTROLLER
from baseline.model import Answer, Outcome, State, Target
from baseline.readings.firewall_facts import networks
from baseline.readings.firewall_loaders import LOADERS, OTHERS
from baseline.readings.public_ports import PUBLIC, SOCKETS, declared, of_peers, ranges, sshd_ports
from baseline.readings.ssh_session import SESSION, Login
from tests.cases.case import Case, Judged
from tests.cases.changed import answering, judged, of_target, recorded, saying


def case(kind: str, name: str) -> Case:
    return recorded(f"{kind}/{name}")


def said(found: Judged) -> tuple[str, str]:
    return found.finding.outcome.value, found.finding.reason


ELSEWHERE = ["198.51.100.0/24"]


# --- the host's firewall --------------------------------------------------------------------------


def test_who_would_be_locked_out_gets_advice_and_no_plan() -> None:
    found = case("host_firewall", "fail-not-loaded")
    result = judged(of_target(found, admin_sources=ELSEWHERE))
    assert result.plan.empty
    (advice,) = result.plan.by_hand
    assert "would lock out 10." in advice[1]


def test_at_a_console_nobody_is_locked_out() -> None:
    found = case("host_firewall", "fail-not-loaded")
    result = judged(answering(of_target(found, admin_sources=ELSEWHERE), {SESSION: "none\n"}))
    (change,) = (one for one in result.plan.files if one.path == "/etc/nftables.conf")
    assert b"ip saddr { 198.51.100.0/24 } tcp dport { 22 } accept" in (change.after.content or b"")


def test_the_port_of_this_login_stays_open_beside_those_of_sshd() -> None:
    found = case("host_firewall", "fail-not-loaded")
    source = found.as_target().admin_sources[0].partition("/")[0]
    result = judged(answering(found, {SESSION: f"{source} 2222\n"}))
    (change,) = (one for one in result.plan.files if one.path == "/etc/nftables.conf")
    assert b"tcp dport { 22, 2222 } accept" in (change.after.content or b"")


def test_without_administrators_networks_sshd_is_for_everybody_and_that_is_a_warning() -> None:
    found = case("host_firewall", "fail-not-loaded")
    open_to_all = of_target(found, admin_sources=[])
    result = judged(open_to_all)
    (change,) = (one for one in result.plan.files if one.path == "/etc/nftables.conf")
    assert b"\t\ttcp dport { 22 } accept" in (change.after.content or b"")
    wants = found.as_control().expected(open_to_all.as_target())
    assert wants["sshd to strangers over IPv4"].judge("open") is Outcome.WARN
    assert found.as_control().expected(found.as_target())["sshd to strangers over IPv4"].judge("open") == "fail"


def test_rules_of_the_site_are_not_replaced() -> None:
    found = case("host_firewall", "nothing-rules-of-the-site")
    result = judged(of_target(found, roles=["mta"]))
    assert said(result)[0] == "fail"
    assert result.plan.empty
    assert "rules of the site's own (inet site)" in result.plan.by_hand[0][1]


def test_a_port_that_the_inventory_declares_is_no_fault() -> None:
    found = case("host_firewall", "fail-undeclared-open")
    outcome, reason = said(judged(of_target(found, public_ports=["8080/tcp"])))
    assert outcome == "fail"
    assert "undeclared ports" not in reason
    assert reason.startswith("/etc/nftables.conf is not as it runs")


def test_a_port_of_a_role_that_the_host_does_not_serve_is_named_in_the_inventory() -> None:
    found = case("host_firewall", "fail-declared-closed")
    control, target = found.as_control(), found.as_target()
    wants = control.expected(target)
    closed: State = {key: "tcp 995" for key in wants if key.startswith("ports to serve, closed over ")}
    assert len(closed) == 2
    assert "closed_ports" in control.advice(closed)
    assert 995 in declared(target, PUBLIC, "tcp")
    smaller = replace(target, closed_ports=("995/tcp",))
    assert 995 not in declared(smaller, PUBLIC, "tcp")


def test_a_port_for_certain_networks_is_open_to_these_and_to_nobody_else() -> None:
    found = case("host_firewall", "pass-applied")
    (admin,) = found.as_target().admin_sources
    served = of_target(found, peer_ports=[["24/tcp", [admin]]])
    outcome, reason = said(judged(served))
    assert outcome == "fail"
    assert reason.startswith(f"ports for certain networks is closed: tcp 24 to {admin}, wanted open")
    (change,) = (one for one in judged(served).plan.files if one.path == "/etc/nftables.conf")
    address = admin.partition("/")[0]
    assert f"ip saddr {{ {admin} }} tcp dport 24 accept" in (change.after.content or b"").decode()
    both = '"field": "dport"}}, "right": {"set": [22, 24]}}}, {"accept": null}'
    opened = saying(served, RUNNING, '"field": "dport"}}, "right": 22}}, {"accept": null}', both)
    assert "ports for certain networks" not in said(judged(opened))[1]
    other = of_target(opened, peer_ports=[["24/tcp", [address, "198.51.100.0/24", "2001:db8::/64"]]])
    assert "closed: tcp 24 to 198.51.100.0/24, tcp 24 to 2001:db8::/64, wanted open" in said(judged(other))[1]


def test_a_port_for_certain_networks_is_no_port_for_all() -> None:
    target = Target("mx", "192.0.2.1", roles=frozenset({"mta"}), peer_ports=(("587/tcp", ("10.0.0.0/8",)),))
    assert declared(target, ("mta:25/tcp", "mta:587/tcp"), "tcp") == [25]
    assert declared(replace(target, public_ports=("587/tcp",)), ("mta:25/tcp", "mta:587/tcp"), "tcp") == [25, 587]
    assert of_peers(target, "tcp") == {587: ("10.0.0.0/8",)}
    assert of_peers(target, "udp") == {}


def test_a_port_for_certain_networks_may_listen() -> None:
    found = case("listening_sockets", "fail-undeclared")
    refused = said(judged(found))
    assert refused[0] == "fail"
    (port,) = set(re.findall(r"tcp (\d+)", refused[1]))
    assert said(judged(of_target(found, peer_ports=[[f"{port}/tcp", ["10.0.0.0/8"]]])))[0] == "pass"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("port 22\nlistenaddress 0.0.0.0:2222\nlistenaddress [::]:2222\n", [2222]),
        ("port 22\nport 2022\n", [22, 2022]),
        ("port 22\nlistenaddress 10.0.0.1:22\nlistenaddress [fe80::1]:443\n", [22, 443]),
    ],
)
def test_ports_of_sshd(text: str, found: list[int]) -> None:
    assert list(sshd_ports(text)) == found


def test_ports_for_people() -> None:
    assert ranges([(1, 21), (23, 24), (22, 22), (8080, 8080)]) == "1-24, 8080"
    target = Target("mx", "192.0.2.1", roles=frozenset({"mta"}), public_ports=("443/tcp", "25/tcp", "123/udp"))
    assert declared(target, ("mta:25/tcp", "dns:53/tcp"), "tcp") == [25, 443]
    assert declared(target, (), "udp") == [123]
    assert declared(replace(target, closed_ports=("25/tcp",)), ("mta:25/tcp", "mta:587/tcp"), "tcp") == [25, 443, 587]
    assert declared(replace(target, closed_ports=("587/tcp",)), ("mta:25/tcp", "mta:587/tcp"), "tcp") == [25, 443]


def test_networks_that_touch_are_joined() -> None:
    sources = ("10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "2001:db8::/32", "2001:db8:1::/48")
    assert networks(sources, 4) == ["10.0.0.0/8"]
    assert networks(sources, 6) == ["2001:db8::/32"]


@pytest.mark.parametrize("said_there", ["from 10.0.0.1 to port 22", "from 2001:db8::1 to port 2222"])
def test_a_login_is_told_and_read(said_there: str) -> None:
    assert str(Login.parse(said_there)) == said_there
    assert Login.parse("none") is None


# --- sockets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "compared"),
    [
        (
            "firewalld.service",
            ": compare `firewall-cmd --list-all-zones` with `firewall-cmd --permanent --list-all-zones`",
        ),
        ("ufw.service", ""),
    ],
)
def test_what_another_unit_loads_at_boot_is_unknown_and_no_fault(unit: str, compared: str) -> None:
    found = case("host_firewall", "fail-not-at-boot")
    loads = Answer(0, f"{units(f'Id={unit}', 'active', 'enabled')}ENABLED=yes\n".encode())
    result = replace(found, answers={**found.answers, OTHERS: loads}).judge()
    told = f"{unit} loads the firewall at boot, and what it would load is not read here{compared}"
    assert said(result) == ("unknown", told)


@pytest.mark.parametrize(
    ("unit", "active", "enabled", "file"),
    [
        ("firewalld.service", "inactive", "disabled", ""),
        ("firewalld.service", "inactive", "", ""),
        ("firewalld.service", "active", "disabled", ""),
        ("ufw.service", "active", "enabled", "ENABLED=no\n"),
    ],
)
def test_a_unit_that_loads_nothing_at_boot_is_no_excuse(unit: str, active: str, enabled: str, file: str) -> None:
    found = case("host_firewall", "fail-not-at-boot")
    printed = units(f"Id={unit}", active, enabled) + file
    result = replace(found, answers={**found.answers, OTHERS: Answer(0, printed.encode())}).judge()
    assert result.finding.outcome is Outcome.FAIL
    assert "nftables.service is disabled" in result.finding.reason


@pytest.mark.parametrize("lost", [Answer(0), Answer(1), Answer(0, b"Id=ufw.service\nActiveState=inactive\n")])
def test_where_it_is_not_told_who_loads_a_firewall_at_boot_that_is_unknown(lost: Answer) -> None:
    found = case("host_firewall", "fail-not-at-boot")
    result = replace(found, answers={**found.answers, OTHERS: lost}).judge()
    assert result.finding.outcome is Outcome.UNKNOWN


def units(unit: str, active: str, enabled: str) -> str:
    """What systemctl tells of all that may load a firewall: this one, and others that are not there."""
    told = {f"Id={name}": ("inactive", "") for name in LOADERS} | {unit: (active, enabled)}
    return "".join(f"{name}\nActiveState={is_}\nUnitFileState={at_boot}\n\n" for name, (is_, at_boot) in told.items())


def listening(*lines: str) -> dict[str, Answer]:
    return {SOCKETS: Answer(0, "".join(f"{line}\n" for line in lines).encode())}


SSH = 'tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))'


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ('tcp LISTEN 0 100 *:8080 *:* users:(("java",pid=1,fd=3))', "fail"),
        ("tcp LISTEN 0 100 [::]:8080 [::]:*", "fail"),
        ("tcp LISTEN 0 100 [::1]:8080 [::]:*", "pass"),
        ("tcp LISTEN 0 100 127.0.0.53%lo:53 0.0.0.0:*", "pass"),
        ('udp UNCONN 0 0 0.0.0.0:68 0.0.0.0:* users:(("dhclient",pid=1,fd=3))', "pass"),
        ('udp UNCONN 0 0 0.0.0.0:40001 0.0.0.0:* users:(("rspamd",pid=1,fd=3))', "pass"),
        ('udp UNCONN 0 0 0.0.0.0:123 0.0.0.0:* users:(("ntpd",pid=1,fd=3))', "fail"),
        ('tcp LISTEN 0 100 0.0.0.0:40001 0.0.0.0:* users:(("rpcbind",pid=1,fd=3))', "fail"),
        ('tcp LISTEN 0 100 10.0.0.1:6379 0.0.0.0:* users:(("redis-server",pid=1,fd=3))', "fail"),
    ],
)
def test_one_more_socket(line: str, outcome: str) -> None:
    result = judged(answering(case("listening_sockets", "pass-applied"), listening(SSH, line)))
    assert said(result)[0] == outcome, said(result)
    assert result.plan.empty


def test_what_is_for_loopback_alone_cannot_be_declared() -> None:
    found = case("listening_sockets", "pass-applied")
    line = 'tcp LISTEN 0 100 0.0.0.0:6379 0.0.0.0:* users:(("redis-server",pid=1,fd=3))'
    declared_all_the_same = of_target(found, public_ports=["6379/tcp"])
    assert said(judged(answering(declared_all_the_same, listening(SSH, line))))[0] == "fail"


def test_a_listener_of_dovecot_that_is_not_declared_is_ended() -> None:
    line = 'tcp LISTEN 0 100 0.0.0.0:110 0.0.0.0:* users:(("dovecot",pid=1,fd=3))'
    found = recorded("listening_sockets/pass-applied", ports=["mailstore:993/tcp"])
    result = judged(answering(found, listening(SSH, line)))
    (change,) = (one for one in result.plan.files if one.path.startswith("/etc/dovecot"))
    assert b"inet_listener pop3 {\n    port = 0" in (change.after.content or b"")
    assert result.plan.reloads == ("dovecot",)


def test_nothing_is_planned_while_something_else_listens() -> None:
    found = case("listening_sockets", "fail-shipped-password")
    assert not judged(found).plan.empty
    stranger = 'tcp LISTEN 0 100 0.0.0.0:8080 0.0.0.0:* users:(("java",pid=1,fd=3))'
    result = judged(answering(found, listening(SSH, stranger)))
    assert result.plan.empty
    assert "tcp 8080 (java on 0.0.0.0): stop what listens there" in result.plan.by_hand[0][1]


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [
        (b"own\nown\n", "pass"),
        (b"", "pass"),
        (b"absent\n", "pass"),
        (b"own\nshipped\n", "fail"),
        (b"empty\n", "fail"),
        (b"?\n", "unknown"),
    ],
)
def test_sorts_of_passwords(printed: bytes, outcome: str) -> None:
    answers = listening(SSH) | {CONTROLLER: Answer(0, printed)}
    assert said(judged(answering(case("listening_sockets", "pass-applied"), answers)))[0] == outcome


# --- intrusion prevention -------------------------------------------------------------------------


def changed(found: Case, old: str, new: str) -> Case:
    """The case with a word exchanged in what fail2ban's client said."""
    (command,) = (one for one in found.answers if one.startswith("printf") and "fail2ban-client -i" in one)
    return saying(found, command, old, new)


@pytest.mark.parametrize(
    ("old", "new", "outcome", "about"),
    [
        ("nftables-multiport", "iptables-multiport", "fail", "not installed"),
        ("The jail sshd has the following actions:\nnftables-multiport", "No actions for jail sshd", "fail", "none"),
        ("_SYSTEMD_UNIT=dovecot.service", "_SYSTEMD_UNIT=imap.service", "fail", "dovecot reads"),
        ("_SYSTEMD_UNIT=dovecot.service", "", "pass", ""),
        ("127.0.0.0/8", "0.0.0.0", "fail", "too many never banned"),
        ("127.0.0.0/8", "2000::/3", "fail", "too many never banned"),
        ("127.0.0.0/8", "8.0.0.0/8\n|- 9.0.0.0/8", "fail", "too many never banned"),
        ("127.0.0.0/8", "8.0.0.0/8", "pass", ""),
        ("127.0.0.0/8", "mail.example.org", "pass", ""),
        ("fail2ban> 5\n", "fail2ban> 2\n", "fail", "failures until a ban"),
        ("fail2ban> 5\n", "fail2ban> many\n", "unknown", "no number"),
    ],
)
def test_other_jails(old: str, new: str, outcome: str, about: str) -> None:
    found = said(judged(changed(case("intrusion_prevention", "pass-applied"), old, new)))
    assert found[0] == outcome, found
    assert about in found[1]


def test_a_login_that_could_be_banned_is_a_warning_and_is_mended() -> None:
    found = case("intrusion_prevention", "pass-applied")
    result = judged(answering(found, {SESSION: "198.51.100.9 22\n"}))
    assert said(result) == (
        "warn",
        "this login's address is 198.51.100.9 could be banned, wanted never banned (advised)",
    )
    (change,) = (one for one in result.plan.files if one.path.startswith("/etc/fail2ban"))
    assert b"198.51.100.9" in (change.after.content or b"")
    # Those who were let off before stay so.
    assert found.as_target().admin_sources[0].partition("/")[0].encode() in (change.after.content or b"")


def test_without_the_package_it_is_installed() -> None:
    found = case("intrusion_prevention", "pass-applied")
    result = judged(answering(found, {INSTALLED: Answer(1, b"", b"dpkg-query: no packages found matching fail2ban\n")}))
    assert said(result) == ("fail", "fail2ban is not there, wanted installed")
    assert result.plan.packages == ("fail2ban", "python3-systemd", "nftables")


def test_a_system_of_the_network_has_to_be_attested() -> None:
    result = judged(recorded("intrusion_prevention/pass-applied", provider="network"))
    assert said(result)[0] == "unknown"
    assert "attested" in said(result)[1]
    assert IntrusionPrevention.loosens["provider"] == "change"
