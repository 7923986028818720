"""Anti-spam, the filter: MEL-A-01 to A-07, and A-12."""

from __future__ import annotations

from tests.scenarios.scenario import NO_POSTMASTER, POSTMASTER_BACK, RELOAD, Scenario, away, only_recorded

MILTER = "inet:127.0.0.1:11332"
READY = "n=100; until ss -Hltn | grep -q 127.0.0.1:11332 || [ $((n -= 1)) -lt 0 ]; do sleep 0.2; done; sleep 1"
OPTIONS = "/etc/rspamd/local.d/options.inc"
GREYLIST = "/etc/rspamd/local.d/greylist.conf"
MAP = "/var/lib/rspamd/0123456789abcdef0123.map"


def actions(name: str, lines: str) -> Scenario:
    """A scenario in which local.d has other scores."""
    local = "/etc/rspamd/local.d/actions.conf"
    return only_recorded("MEL-A-03", name, f"printf '{lines}\\n' >{local}", mend=f"rm {local}")


def blocklist(name: str, listed: str, clean: str = "", *, bare: bool = False) -> Scenario:
    """A scenario in which Postfix asks a list that the host's own name server has, with these answers."""
    records = "".join(f"\\n{at}.0.0.127 A {answer}" for at, answer in ((2, listed), (1, clean)) if answer)
    zone = f"$TTL 60\\n@ SOA ns.bl.test. x.bl.test. 1 1 1 1 1\\n@ NS ns\\nns A 127.0.0.1{records}"
    counted = "" if bare else "=127.0.0.[2..11]"
    return Scenario(
        "MEL-A-06",
        name,
        f"printf '%b\\n' '{zone}' >/etc/bind/db.bl.test && cp -a /etc/bind/named.conf.local /root/named.saved && "
        """echo 'zone "bl.test" { type master; file "/etc/bind/db.bl.test"; };' >>/etc/bind/named.conf.local && """
        f"rndc reconfig && sleep 1 && postconf -e 'smtpd_client_restrictions=reject_rbl_client bl.test{counted}'",
        mend="postconf -X smtpd_client_restrictions && mv /root/named.saved /etc/bind/named.conf.local && "
        "rm /etc/bind/db.bl.test && rndc reconfig && sleep 1",
        recorded_only=True,
    )


FILTER = (
    Scenario("MEL-A-01", "pass-applied", "true"),
    Scenario("MEL-A-01", "fail-not-asked", "postconf -e smtpd_milters=", also=(("MEL-A-04", "fail"),)),
    Scenario("MEL-A-01", "fail-taken-from-one-port", "postconf -P submission/inet/smtpd_milters="),
    only_recorded(
        "MEL-A-01",
        "fail-no-milters",
        "postconf -P submission/inet/receive_override_options=no_milters",
        mend="postconf -PX submission/inet/receive_override_options",
    ),
    Scenario(
        "MEL-A-01",
        "fail-filter-stopped",
        "systemctl stop rspamd",
        mend=f"systemctl start rspamd; {READY}",
        also=(("MEL-A-04", "unknown"), ("MEL-H-01", "fail"), ("*", "unknown")),
    ),
    only_recorded(
        "MEL-A-01",
        "fail-no-milter-mode",
        "echo 'milter = false;' >/etc/rspamd/local.d/worker-proxy.inc",
        mend="rm /etc/rspamd/local.d/worker-proxy.inc",
    ),
    only_recorded(
        "MEL-A-01",
        "fail-taken-from-everybody",
        "postconf -e smtpd_milter_maps=static:DISABLE",
        mend="postconf -X smtpd_milter_maps",
    ),
    only_recorded("MEL-A-01", "warn-handed-in-unfiltered", "postconf -e non_smtpd_milters="),
    only_recorded("MEL-A-01", "nothing-localhost", "postconf -e smtpd_milters=inet:localhost:11332"),
    only_recorded(
        "MEL-A-01",
        "nothing-options-of-its-own",
        f"postconf -e 'smtpd_milters=inet:127.0.0.1:1, {{ {MILTER}, connect_timeout=10s }}'",
    ),
    only_recorded("MEL-A-01", "nothing-override-that-repeats", f"postconf -P smtp/inet/smtpd_milters={MILTER}"),
    away("MEL-A-01", "unknown-no-rspamadm", "/usr/bin/rspamadm"),
    Scenario("MEL-A-02", "pass-applied", "true"),
    Scenario("MEL-A-02", "fail-let-through", "postconf -e milter_default_action=accept"),
    Scenario("MEL-A-02", "warn-refused", "postconf -e milter_default_action=reject"),
    only_recorded("MEL-A-02", "fail-overridden", "postconf -P smtp/inet/milter_default_action=accept"),
    only_recorded(
        "MEL-A-02",
        "fail-one-milter-lets-through",
        "postconf -PX smtp/inet/smtpd_milters submission/inet/smtpd_milters; "
        f"postconf -e 'smtpd_milters={{ {MILTER}, default_action=accept }}'",
        mend=f"postconf -e smtpd_milters={MILTER}",
    ),
    Scenario("MEL-A-02", "fail-out-of-time-lets-through", f"sed -i /soft_reject/d {OPTIONS}"),
    only_recorded(
        "MEL-A-02",
        "fail-postfix-waits-less",
        "postconf -e milter_content_timeout=8s",
        "postconf -X milter_content_timeout",
    ),
    only_recorded(
        "MEL-A-02",
        "nothing-held",
        "postconf -e milter_default_action=quarantine",
        mend="postconf -e milter_default_action=tempfail",
    ),
    away("MEL-A-02", "unknown-no-postconf", "/usr/sbin/postconf"),
    Scenario("MEL-A-03", "pass-applied", "true"),
    Scenario("MEL-A-03", "fail-out-of-reach", "echo 'reject = 9999;' >/etc/rspamd/local.d/actions.conf"),
    actions("fail-no-mark", "add_header = null;"),
    actions("fail-refused-before-it-is-marked", "add_header = 11; reject = 10;"),
    only_recorded(
        "MEL-A-03",
        "fail-overridden",
        "echo 'reject = 9999;' >/etc/rspamd/override.d/actions.conf",
        mend="rm /etc/rspamd/override.d/actions.conf",
    ),
    actions("nothing-other-scores", "greylist = 3; add_header = 5.5; reject = 12;"),
    away("MEL-A-03", "unknown-no-rspamadm", "/usr/bin/rspamadm"),
    Scenario("MEL-A-04", "pass-applied", "true"),
    Scenario(
        "MEL-A-04",
        "fail-thrown-away",
        "echo 'discard_on_reject = true;' >/etc/rspamd/local.d/worker-proxy.inc && "
        f"systemctl restart rspamd && {READY}",
        mend=f"rm /etc/rspamd/local.d/worker-proxy.inc && systemctl restart rspamd && {READY}",
    ),
    only_recorded("MEL-A-04", "fail-no-filter-asked", "postconf -e smtpd_milters="),
    only_recorded(
        "MEL-A-04",
        "unknown-filter-down",
        "systemctl stop rspamd",
        mend=f"systemctl start rspamd; {READY}",
    ),
    only_recorded(
        "MEL-A-04",
        "unknown-no-such-recipient",
        NO_POSTMASTER,
        mend=POSTMASTER_BACK,
    ),
    only_recorded(
        "MEL-A-04", "nothing-another-name-of-the-filter", f"postconf -e smtpd_milters=inet:localhost:11332 && {RELOAD}"
    ),
    Scenario("MEL-A-05", "pass-fetched", f"touch {MAP}", mend=f"rm {MAP}"),
    Scenario("MEL-A-05", "fail-old", f"touch -d '30 days ago' {MAP}", mend=f"rm {MAP}"),
    only_recorded("MEL-A-05", "nothing-days-old", f"touch -d '3 days ago' {MAP}", mend=f"rm {MAP}"),
    only_recorded(
        "MEL-A-05",
        "nothing-one-that-is-no-longer-fetched",
        f"touch {MAP} && touch -d '300 days ago' {MAP.replace('0123.', '4567.')}",
        mend="rm /var/lib/rspamd/*.map",
    ),
    away("MEL-A-05", "unknown-no-systemctl", "/usr/bin/systemctl"),
    blocklist("pass-works", "127.0.0.2"),
    blocklist("nothing-several-answers", "127.0.0.4"),
    blocklist("fail-refuses-this-resolver", "127.255.255.254"),
    blocklist("fail-lists-everything", "127.0.0.2", "127.0.0.2"),
    blocklist("fail-lists-nothing", ""),
    blocklist("fail-bare", "127.0.0.2", bare=True),
    only_recorded(
        "MEL-A-06",
        "unknown-no-answer",
        "postconf -e 'smtpd_client_restrictions=reject_rbl_client bl.test=127.0.0.2' && systemctl stop named",
        mend="systemctl start named && postconf -X smtpd_client_restrictions && sleep 1",
    ),
    Scenario("MEL-A-07", "pass-applied", "true"),
    Scenario("MEL-A-07", "fail-no-redis", f"rm {GREYLIST}"),
    only_recorded("MEL-A-07", "fail-off", f"echo 'enabled = false;' >>{GREYLIST}"),
    only_recorded("MEL-A-07", "fail-too-long", f"echo 'timeout = 3600;' >>{GREYLIST}"),
    only_recorded("MEL-A-07", "fail-forgets-too-soon", f"echo 'expire = 600;' >>{GREYLIST}"),
    only_recorded(
        "MEL-A-07",
        "fail-overridden",
        "echo 'timeout = 3600;' >/etc/rspamd/override.d/greylist.conf",
        mend="rm /etc/rspamd/override.d/greylist.conf",
    ),
    only_recorded(
        "MEL-A-07",
        "nothing-redis-for-all-modules",
        f"""mv {GREYLIST} /root/ && echo 'servers = "127.0.0.1";' >/etc/rspamd/local.d/redis.conf""",
        mend=f"rm /etc/rspamd/local.d/redis.conf && mv /root/greylist.conf {GREYLIST}",
    ),
    away("MEL-A-07", "unknown-no-rspamadm", "/usr/bin/rspamadm"),
)

CLAMAV = (
    "apt-get -q -y --no-install-recommends install clamav-daemon clamdscan >/dev/null && "
    "echo 44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test >/var/lib/clamav/lab.hdb && "
    # Debian's units start only with the signatures of the network.
    "for unit in service socket; do d=/etc/systemd/system/clamav-daemon.$unit.d; mkdir -p $d && "
    "printf '[Unit]\\nConditionPathExistsGlob=\\n' >$d/lab.conf; done && systemctl daemon-reload && "
    "systemctl restart clamav-daemon.socket clamav-daemon && "
    "n=60; until clamdscan --ping 1 >/dev/null 2>&1 || [ $((n -= 1)) -lt 0 ]; do sleep 0.5; done"
)
NO_CLAMAV = (
    "apt-get -q -y purge clamav-daemon clamdscan clamav-freshclam clamav-base >/dev/null; "
    "rm -rf /var/lib/clamav /etc/rspamd/local.d/antivirus.conf /etc/systemd/system/clamav-daemon.*.d; "
    "systemctl daemon-reload"
)
SCANNER = """clamav { type = "clamav"; servers = "/run/clamav/clamd.ctl"; action = "reject"; }"""


def scanner(name: str, settings: str, more: str = "true") -> Scenario:
    """A scenario on a host with ClamAV, whose only signature is that of the harmless test file."""
    local = f"echo '{settings}' >/etc/rspamd/local.d/antivirus.conf" if settings else "true"
    return only_recorded(
        "MEL-A-12",
        name,
        f"{CLAMAV} && {local} && {more}",
        mend=f"[ ! -e /root/away ] || mv /root/away /usr/bin/rspamadm; {NO_CLAMAV}",
    )


MALWARE = (
    scanner("pass-scans", SCANNER),
    scanner("fail-not-asked", ""),
    scanner("fail-only-marks", SCANNER.replace("""action = "reject"; """, "")),
    scanner("fail-does-not-answer", SCANNER, "systemctl stop clamav-daemon.socket clamav-daemon && sleep 1"),
    scanner("fail-takes-less", SCANNER, "sed -i '/^StreamMaxLength/d; $aStreamMaxLength 10M' /etc/clamav/clamd.conf"),
    scanner("nothing-under-another-name", SCANNER.replace("clamav {", "desk {")),
    scanner("unknown-no-rspamadm", SCANNER, "mv /usr/bin/rspamadm /root/away"),
)
ANTISPAM_FILTER = (*FILTER, *MALWARE)
