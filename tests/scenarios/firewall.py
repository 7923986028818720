"""Firewall and intrusion prevention: MEL-F."""

from __future__ import annotations

from tests.scenarios.scenario import Scenario, away, seen

CONTROLLER = "/etc/rspamd/local.d/worker-controller.inc"
SAVED = "cp -a /etc/nftables.conf /root/nftables.saved"
PUT_BACK = "cp -a /root/nftables.saved /etc/nftables.conf && nft -f /etc/nftables.conf && rm /root/nftables.saved"
SITE = (
    "#!/usr/sbin/nft -f\\ntable inet site\\ndelete table inet site\\ntable inet site {\\n"
    " set admin { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 } }\\n"
    " chain services { tcp dport vmap { 25 : accept, 53 : accept, 110 : accept, 143 : accept, 465 : accept, "
    "587 : accept, 993 : accept, 995 : accept, 4190 : accept }\\n udp dport 53 accept\\n }\\n"
    " chain input { type filter hook input priority 0; policy drop;\\n"
    " ct state vmap { established : accept, related : accept, invalid : drop }\\n iifname lo accept\\n"
    " meta l4proto { icmp, ipv6-icmp } accept\\n ip saddr @admin tcp dport 22 accept\\n jump services\\n }\\n}\\n"
)


IPV4 = SITE.replace("inet", "ip").replace("ipv6-icmp", "igmp")
"""The same rules for IPv4 alone, which leave IPv6 open."""


def listening(control: str, name: str, arguments: str) -> Scenario:
    """A scenario in which some program of the site's listens."""
    return Scenario(
        control,
        name,
        f"systemd-run -q --unit=site-listener nc {arguments} && sleep 0.5",
        mend="systemctl stop site-listener",
    )


def rule(name: str, text: str) -> Scenario:
    """A scenario in which the running rules have one more than the file, at their beginning."""
    return seen(Scenario("MEL-F-02", name, f"nft insert rule inet baseline input {text}"))


def told(name: str, command: str, mend: str = "true") -> Scenario:
    """A scenario in which the running fail2ban was told something by its client."""
    return seen(Scenario("MEL-F-03", name, f"fail2ban-client {command} >/dev/null && sleep 0.5", mend=mend))


FIREWALL = (
    seen(Scenario("MEL-F-01", "pass-applied", "true")),
    listening("MEL-F-01", "fail-undeclared", "-lk 0.0.0.0 8080"),
    seen(listening("MEL-F-01", "fail-undeclared-over-ipv6", "-6lk :: 8080")),
    seen(listening("MEL-F-01", "fail-undeclared-udp", "-lku 0.0.0.0 8080")),
    seen(listening("MEL-F-01", "nothing-on-loopback", "-lk 127.0.0.1 8080")),
    Scenario(
        "MEL-F-01",
        "fail-controller-for-everybody",
        f"echo 'bind_socket = \"*:11334\";' >>{CONTROLLER} && systemctl restart rspamd && sleep 2",
    ),
    Scenario("MEL-F-01", "fail-shipped-password", f"rm {CONTROLLER}"),
    seen(Scenario("MEL-F-01", "nothing-own-password", f"echo 'password = \"$2$site$own\";' >{CONTROLLER}")),
    seen(away("MEL-F-01", "unknown-no-ss", "/usr/bin/ss")),
    seen(Scenario("MEL-F-02", "pass-applied", "true")),
    Scenario("MEL-F-02", "fail-not-loaded", "nft delete table inet baseline"),
    Scenario("MEL-F-02", "fail-not-at-boot", "systemctl -q disable nftables.service"),
    Scenario("MEL-F-02", "fail-file-edited", "sed -i 's/policy drop/policy accept/' /etc/nftables.conf"),
    seen(Scenario("MEL-F-02", "fail-no-file", "rm /etc/nftables.conf")),
    seen(Scenario("MEL-F-02", "fail-file-broken", "echo 'table inet {' >>/etc/nftables.conf")),
    seen(Scenario("MEL-F-02", "fail-nothing-filters", "nft flush ruleset", mend="systemctl restart fail2ban")),
    rule("fail-undeclared-open", "tcp dport 8080 accept"),
    rule("fail-ipv6-open", "meta nfproto ipv6 accept"),
    rule("fail-declared-closed", "tcp dport 25 drop"),
    rule("fail-sshd-for-everybody", "tcp dport 22 accept"),
    rule("fail-no-neighbours", "icmpv6 type nd-neighbor-solicit drop"),
    seen(
        Scenario(
            "MEL-F-02",
            "fail-accepts-by-default",
            "nft 'add chain inet baseline input { policy accept; }'",
        )
    ),
    seen(
        Scenario(
            "MEL-F-02",
            "fail-of-ipv4-alone",
            f"{SAVED} && printf '{IPV4}' >/etc/nftables.conf && nft delete table inet baseline && "
            "nft -f /etc/nftables.conf",
            mend=f"nft delete table ip site; {PUT_BACK}",
        )
    ),
    seen(
        Scenario(
            "MEL-F-02",
            "nothing-rules-of-the-site",
            f"{SAVED} && printf '{SITE}' >/etc/nftables.conf && nft delete table inet baseline && "
            "nft -f /etc/nftables.conf",
            mend=f"nft delete table inet site; {PUT_BACK}",
        )
    ),
    seen(
        Scenario(
            "MEL-F-02",
            "fail-added-and-not-read",
            "nft insert rule inet baseline input meta mark 7 tcp dport 8080 accept",
        )
    ),
    seen(away("MEL-F-02", "unknown-no-nft", "/usr/sbin/nft")),
    seen(Scenario("MEL-F-03", "pass-applied", "true")),
    Scenario("MEL-F-03", "fail-stopped", "systemctl stop fail2ban"),
    Scenario(
        "MEL-F-03",
        "fail-nobody-writes-there",
        "sed -i '/^journalmatch/d' /etc/fail2ban/jail.d/99-baseline.local && fail2ban-client restart postfix-sasl "
        ">/dev/null && sleep 1",
    ),
    seen(Scenario("MEL-F-03", "fail-not-at-boot", "systemctl -q disable fail2ban")),
    told("fail-no-jail-for-dovecot", "stop dovecot"),
    told("fail-too-many-tries", "set sshd maxretry 100"),
    told("fail-short-bans", "set dovecot bantime 10"),
    told("fail-everybody-ignored", "set sshd addignoreip 0.0.0.0/0", "fail2ban-client set sshd delignoreip 0.0.0.0/0"),
    told("nothing-another-network-ignored", "set sshd addignoreip 192.0.2.0/24"),
    told("nothing-banned-for-ever", "set sshd bantime -1"),
    seen(away("MEL-F-03", "unknown-no-client", "/usr/bin/fail2ban-client")),
)
