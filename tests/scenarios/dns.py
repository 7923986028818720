"""DNS: MEL-D. The lab's BIND is both the zone's own server, at two addresses, and the resolver."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.scenarios.scenario import Scenario, away

ZONE = "/etc/bind/db.d1.lab.test"
REVERSE = "$(ls /etc/bind/db.*.in-addr.arpa)"
SETTINGS = "/etc/rspamd/local.d/dkim_signing.conf"
KEY = "/var/lib/rspamd/dkim/d1.lab.test.mx1.key"
OPENDKIM = "/etc/opendkim.conf"
OWN_KEY = "/etc/dkimkeys/mx1.private"
RECORD = "/etc/bind/baseline-dkim/d1.lab.test.mx1.zone"
LOAD = "rndc reload >/dev/null && sleep 1"
RSPAMD = "systemctl reload rspamd && sleep 2"


Also = tuple[str, str]
NO_SUCH_NAME: Also = ("MEL-S-04", "fail")
"""The certificate names the host as it is called otherwise."""


def zone(control: str, name: str, edit: str, *also: Also, back: bool = False) -> Scenario:
    """A scenario in which the zone is edited with sed. With `back`, an apply cannot mend it."""
    save = f"cp -a {ZONE} /root/zone.saved && " if back else ""
    mend = f"cp /root/zone.saved {ZONE} && {LOAD}" if back else "true"
    return Scenario(control, name, f"{save}sed -i '{edit}' {ZONE} && {LOAD}", mend, also)


def spf(control: str, name: str, record: str, *also: Also, back: bool = False) -> Scenario:
    """A scenario with another SPF record."""
    return zone(control, name, f's|^[d@][^ ]* IN TXT "v=spf1.*"|@ IN TXT {record}|', *also, back=back)


def signing(name: str, damage: str, mend: str = "true", *also: Also) -> Scenario:
    """A scenario in which Rspamd reads something else; what an apply mends, it reloads for itself."""
    back = mend if mend == "true" else f"{mend} && {RSPAMD}"
    return Scenario("MEL-D-06", name, f"{damage} && {RSPAMD}", back, also)


def own_signer(name: str, damage: str = "true") -> Scenario:
    """A scenario in which OpenDKIM signs, until something is done to it. No apply mends that."""
    begins, away_again = (Path(__file__).with_name(f"own_signer{end}.sh").read_text() for end in ("", "_away"))
    return Scenario("MEL-D-06", name, f"{begins}{damage}\n", away_again)


def without_dns(control: str) -> Scenario:
    """A scenario in which no server answers. Everything that needs DNS is then as it may be."""
    return Scenario(
        control,
        "unknown-no-server-answers",
        "systemctl stop named",
        "systemctl start named && sleep 1",
        (("*", "any"),),
    )


MX = "s|^[^ ]* IN MX.*|{}|"
PTR_GONE = f"sed -i '/GENERATE/d; /^1.1[. ].*PTR/d' {REVERSE}"

ON_A_HOST = (
    "MEL-D-01 fail-target-is-an-alias",
    "MEL-D-01 nothing-two-targets",
    "MEL-D-02 fail-no-ptr",
    "MEL-D-02 nothing-delegated-by-an-alias",
    "MEL-D-03 fail-bare-name",
    "MEL-D-03 nothing-greeting-says-more",
    "MEL-D-04 fail-two",
    "MEL-D-04 fail-everybody",
    "MEL-D-04 nothing-in-two-strings",
    "MEL-D-05 fail-own-host-left-out",
    "MEL-D-05 nothing-by-mx",
    "MEL-D-06 fail-no-key",
    "MEL-D-06 fail-not-published",
    "MEL-D-06 nothing-named-in-a-section",
    "MEL-D-07 fail-none",
    "MEL-D-07 nothing-stronger",
    "MEL-D-09 fail-zone-not-signed",
    "MEL-D-10 pass-authority-named",
    "MEL-D-11 fail-one-server",
    "MEL-D-11 fail-transfers-for-everybody",
    "MEL-D-13 fail-stale-copy",
    "MEL-D-13 fail-open-to-everybody",
    "MEL-D-13 nothing-comment-in-the-copy",
)
"""What is played on a real host each time; the others are recorded, and judged from their answers."""

SCENARIOS = (
    Scenario("MEL-D-01", "pass-applied", "true"),
    zone("MEL-D-01", "fail-target-is-an-alias", MX.format(r"other IN CNAME mx\n@ IN MX 10 other"), NO_SUCH_NAME),
    zone("MEL-D-01", "fail-target-has-no-address", MX.format("@ IN MX 10 mx.d1.lab.test")),
    zone("MEL-D-01", "fail-null-mx", MX.format("@ IN MX 0 .")),
    zone("MEL-D-01", "warn-implicit", "/ IN MX /d"),
    zone(
        "MEL-D-01",
        "fail-one-target-of-two",
        MX.format(r"@ IN MX 10 mx\n@ IN MX 20 gone"),
        back=True,
    ),
    zone("MEL-D-01", "nothing-two-targets", "$a @ IN MX 20 ns2", back=True),
    without_dns("MEL-D-01"),
    Scenario("MEL-D-02", "pass-applied", "true"),
    Scenario("MEL-D-02", "fail-no-ptr", f"{PTR_GONE} && {LOAD}", also=(("MEL-D-03", "warn"),)),
    Scenario(
        "MEL-D-02",
        "fail-leads-elsewhere",
        f"{PTR_GONE} && echo '1.1 IN PTR ns2.d1.lab.test.' >>{REVERSE} && {LOAD}",
        also=(("MEL-D-03", "warn"), ("MEL-D-05", "warn")),
    ),
    Scenario(
        "MEL-D-02",
        "warn-two-names",
        f"echo '1.1 IN PTR ns2.d1.lab.test.' >>{REVERSE} && {LOAD}",
        f"sed -i '/^1.1 IN PTR ns2/d' {REVERSE} && {LOAD}",
    ),
    Scenario(
        "MEL-D-02",
        "nothing-delegated-by-an-alias",
        f"cp {REVERSE} /root/reverse.saved && {PTR_GONE} && "
        f"printf '%s\\n' '1.1 IN CNAME one.net' 'one.net IN PTR mx.d1.lab.test.' >>{REVERSE} && {LOAD}",
        f"cp /root/reverse.saved {REVERSE} && {LOAD}",
    ),
    without_dns("MEL-D-02"),
    Scenario("MEL-D-03", "pass-applied", "true"),
    Scenario(
        "MEL-D-03", "fail-bare-name", "postconf -e myhostname=vm && postfix reload && sleep 1", also=(NO_SUCH_NAME,)
    ),
    Scenario("MEL-D-03", "fail-another-name-in-helo", "postconf -e smtp_helo_name=localhost"),
    Scenario("MEL-D-03", "fail-another-name-in-the-greeting", "postconf -e smtpd_banner=Welcome"),
    Scenario(
        "MEL-D-03",
        "fail-overridden",
        "postconf -P 'smtp/unix/smtp_helo_name=localhost'",
    ),
    Scenario(
        "MEL-D-03",
        "fail-virtual-domain-is-local-too",
        "postconf -e 'mydestination=$myhostname, localhost, d1.lab.test'",
        "postconf -e 'mydestination=$myhostname, localhost'",
    ),
    Scenario("MEL-D-03", "nothing-greeting-says-more", "postconf -e 'smtpd_banner=$myhostname ESMTP at your service'"),
    away("MEL-D-03", "unknown-no-postconf", "/usr/sbin/postconf"),
    Scenario("MEL-D-04", "pass-applied", "true"),
    zone("MEL-D-04", "fail-none", "/^[d@].*v=spf1/d", ("MEL-D-05", "fail")),
    zone("MEL-D-04", "fail-two", r'$a @ IN TXT "v=spf1 mx ~all"', ("MEL-D-05", "fail")),
    spf("MEL-D-04", "fail-syntax", '"v=spf1 ipv4:192.0.2.1 -all"', ("MEL-D-05", "fail")),
    spf("MEL-D-04", "fail-everybody", '"v=spf1 +all"', ("MEL-D-05", "fail")),
    spf("MEL-D-04", "fail-ptr", '"v=spf1 mx ptr -all"'),
    spf("MEL-D-04", "fail-neutral", '"v=spf1 mx ?all"', ("MEL-D-05", "fail")),
    spf(
        "MEL-D-04",
        "fail-too-many-look-ups",
        '"v=spf1 mx a:mx.d1.lab.test a:ns2.d1.lab.test mx:d1.lab.test include:n.d1.lab.test include:n.d1.lab.test '
        'include:n.d1.lab.test -all"\\nn IN TXT "v=spf1 a:mx.d1.lab.test a:ns2.d1.lab.test -all"',
        back=True,
    ),
    spf("MEL-D-04", "nothing-in-two-strings", '"v=spf1 m" "x -all"'),
    spf("MEL-D-04", "nothing-softfail", '"v=spf1 mx ~all"'),
    without_dns("MEL-D-04"),
    Scenario("MEL-D-05", "pass-applied", "true"),
    spf("MEL-D-05", "fail-own-host-left-out", '"v=spf1 ip4:203.0.113.7 -all"'),
    zone("MEL-D-05", "warn-no-record-of-the-host", "/v=spf1 a -all/d"),
    spf("MEL-D-05", "warn-a-wide-network", '"v=spf1 ip4:10.0.0.0/8 -all"', back=True),
    spf(
        "MEL-D-05",
        "nothing-by-macro-and-include",
        '"v=spf1 include:hosts.d1.lab.test -all"\\nhosts IN TXT "v=spf1 exists:%{i}._ip.%{d2}.test -all"\\n'
        "*._ip IN A 127.0.0.2",
        ("*", "any"),
        back=True,
    ),
    spf("MEL-D-05", "nothing-by-mx", '"v=spf1 mx -all"'),
    without_dns("MEL-D-05"),
    Scenario("MEL-D-06", "pass-applied", "true"),
    signing("fail-no-key", f"rm {KEY}"),
    signing("fail-another-key-published", f"sed -i 's/MIIBI/MIIBJ/' {RECORD} && {LOAD}"),
    zone("MEL-D-06", "fail-not-published", "/baseline-dkim/d"),
    signing("fail-revoked", f"""sed -i 's/p="$/p=" )/; /^\\t"/d; /^)/d' {RECORD} && {LOAD}"""),
    signing("fail-another-selector", f"sed -i 's/^selector.*/selector = \"other\";/' {SETTINGS}"),
    signing("fail-turned-off", f"echo 'enabled = false;' >>{SETTINGS}", f"sed -i '/^enabled/d' {SETTINGS}"),
    signing("fail-key-for-everybody", f"chmod 0444 {KEY}", f"chmod 0440 {KEY}"),
    signing("fail-key-not-readable", f"chmod 0400 {KEY}", f"chmod 0440 {KEY}"),
    signing(
        "fail-short-key",
        f"mv {KEY} /root/key && rspamadm dkim_keygen -b 1024 -s mx1 -d d1.lab.test -k {KEY} >/dev/null && "
        f"chown root:_rspamd {KEY} && chmod 0440 {KEY}",
        f"mv /root/key {KEY}",
    ),
    signing(
        "nothing-named-in-a-section",
        f"cp -a {SETTINGS} /root/settings && "
        f"""echo 'domain {{ d1.lab.test {{ path = "{KEY}"; selector = "mx1"; }} }}' >>{SETTINGS}""",
        f"mv /root/settings {SETTINGS}",
    ),
    away("MEL-D-06", "unknown-no-rspamadm", "/usr/bin/rspamadm"),
    own_signer("nothing-opendkim-signs"),
    own_signer(
        "nothing-opendkim-signs-by-tables",
        f"sed -i '/^Domain/d; /^Selector/d; /^KeyFile/d' {OPENDKIM} && "
        f"printf 'KeyTable file:/etc/dkimkeys/keys\\nSigningTable refile:/etc/dkimkeys/senders\\n' >>{OPENDKIM} && "
        "echo 'one %:mx1:/etc/dkimkeys/mx1.private' >/etc/dkimkeys/keys && "
        "echo '*@d1.lab.test one' >/etc/dkimkeys/senders && chmod 0644 /etc/dkimkeys/*s && begins",
    ),
    own_signer("fail-opendkim-stopped", "systemctl stop opendkim"),
    own_signer("fail-opendkim-only-verifies", f"sed -i 's/^Mode.*/Mode v/' {OPENDKIM} && begins"),
    own_signer("fail-opendkim-another-domain", f"sed -i 's/^Domain.*/Domain other.test/' {OPENDKIM} && begins"),
    own_signer("fail-opendkim-short-key", f"openssl genrsa -out {OWN_KEY} 1024 2>/dev/null && begins"),
    own_signer("fail-opendkim-another-key-published", f"openssl genrsa -out {OWN_KEY} 2048 2>/dev/null && begins"),
    own_signer("fail-opendkim-key-for-everybody", f"chmod 0644 {OWN_KEY}"),
    own_signer("fail-opendkim-closed-to-postfix", "chmod 0700 /var/spool/postfix/opendkim/opendkim.sock"),
    own_signer(
        "fail-opendkim-not-asked-at-one-port", "postconf -P 'submission/inet/smtpd_milters=inet:127.0.0.1:11332'"
    ),
    own_signer("unknown-opendkim-reads-another-file", f"echo 'Include /etc/dkimkeys/more.conf' >>{OPENDKIM}"),
    own_signer("unknown-opendkim-cannot-be-read", "mv /etc/opendkim.conf /root/"),
    Scenario("MEL-D-07", "pass-applied", "true"),
    zone("MEL-D-07", "fail-none", "/v=DMARC1/d"),
    zone("MEL-D-07", "fail-two", r'$a _dmarc IN TXT "v=DMARC1; p=reject"'),
    zone("MEL-D-07", "warn-asks-for-nothing", "s/p=quarantine/p=none/"),
    zone("MEL-D-07", "warn-testing", "s/p=quarantine/p=quarantine; t=y/"),
    zone("MEL-D-07", "warn-reports-to-strangers", 's/rua=mailto[^"]*/rua=mailto:x@elsewhere.example/'),
    zone("MEL-D-07", "nothing-stronger", "s/p=quarantine/p=reject; adkim=s/"),
    without_dns("MEL-D-07"),
    Scenario("MEL-D-08", "warn-applied", "true"),
    zone("MEL-D-08", "fail-no-policy-host", r'$a _mta-sts IN TXT "v=STSv1; id=1"', back=True),
    zone(
        "MEL-D-08",
        "fail-two-records",
        r'$a _smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:a@b.test"\n_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:c@d.test"',
        back=True,
    ),
    without_dns("MEL-D-08"),
    zone("MEL-D-09", "fail-zone-not-signed", f"$a _25._tcp.mx IN TLSA 3 1 1 {'0' * 64}", back=True),
    without_dns("MEL-D-09"),
    zone("MEL-D-10", "pass-authority-named", r'$a @ IN CAA 0 issue "letsencrypt.org"', back=True),
    zone("MEL-D-10", "nothing-record-of-the-host", r'$a mx IN CAA 0 issue "ca.example"', back=True),
    zone("MEL-D-10", "fail-critical-tag", r'$a @ IN CAA 128 tbs "nobody"', back=True),
    Scenario("MEL-D-10", "warn-applied", "true"),
    without_dns("MEL-D-10"),
    Scenario("MEL-D-11", "pass-applied", "true"),
    zone("MEL-D-11", "fail-one-server", "/IN NS ns2/d", back=True),
    zone("MEL-D-11", "fail-refresh-too-often", "s/ 3600 600 / 60 30 /", back=True),
    zone("MEL-D-11", "fail-expires-too-soon", "s/ 1209600 / 86400 /", back=True),
    zone("MEL-D-11", "fail-forgets-at-once", "s/^.TTL 300/$TTL 30/", back=True),
    Scenario(
        "MEL-D-11",
        "fail-transfers-for-everybody",
        f"sed -i 's/allow-transfer.*/allow-transfer {{ any; }};/' /etc/bind/named.conf.options && {LOAD}",
    ),
    Scenario(
        "MEL-D-11",
        "nothing-refused-in-the-zone",
        "cp -a /etc/bind/named.conf.local /root/local.saved && "
        "sed -i '/db.d1/s/type master;/type master; allow-transfer { none; };/' /etc/bind/named.conf.local && " + LOAD,
        "cp /root/local.saved /etc/bind/named.conf.local && " + LOAD,
    ),
    without_dns("MEL-D-11"),
    Scenario("MEL-D-12", "warn-applied", "true"),
    without_dns("MEL-D-12"),
    Scenario("MEL-D-13", "pass-applied", "true"),
    Scenario("MEL-D-13", "fail-stale-copy", "echo 'nameserver 127.0.0.9' >/var/spool/postfix/etc/resolv.conf"),
    Scenario("MEL-D-13", "fail-no-copy", "rm /var/spool/postfix/etc/resolv.conf"),
    Scenario(
        "MEL-D-13",
        "fail-resolver-is-silent",
        "cp /etc/resolv.conf /root/resolv.saved && echo 'nameserver 127.0.0.9' >>/etc/resolv.conf && "
        "cp /etc/resolv.conf /var/spool/postfix/etc/resolv.conf",
        "cp /root/resolv.saved /etc/resolv.conf && mv /root/resolv.saved /var/spool/postfix/etc/resolv.conf",
    ),
    Scenario(
        "MEL-D-13",
        "fail-open-to-everybody",
        f"sed -i 's/^}};/allow-recursion {{ any; }};\\n}};/' /etc/bind/named.conf.options && {LOAD}",
    ),
    Scenario("MEL-D-13", "nothing-comment-in-the-copy", "echo '# by hand' >>/var/spool/postfix/etc/resolv.conf"),
    away("MEL-D-13", "unknown-no-dig", "/usr/bin/dig"),
)

DNS = tuple(replace(one, recorded_only=f"{one.control} {one.name}" not in ON_A_HOST) for one in SCENARIOS)
