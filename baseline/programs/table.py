"""The table itself: one row for each program."""

from __future__ import annotations

from baseline.formats.postfix import POSTFIX_FILES
from baseline.programs.columns import (
    ConfigTree,
    Daemon,
    FailedLogins,
    Jail,
    Loading,
    Program,
    Releases,
    Renewal,
    ServedPort,
    Temp,
    Watched,
)
from baseline.shell import script

POSTFIX = Program(
    name="Postfix",
    role="mta",
    # Debian 12: an instance, and postfix.service only runs `true`. Since Debian 13 the unit itself (Postfix's
    # NEWS.Debian 3.9.1-7).
    services=(Daemon("postfix.service", processes=("postfix@-.service", "postfix.service")),),
    ports=(
        ServedPort(25, "smtp", "smtp"),
        ServedPort(465, "submissions", "smtp", tls=True),
        ServedPort(587, "submission", "smtp"),
    ),
    trees=(ConfigTree("/etc/postfix", script("baseline.programs", "postfix_check")),),
    watched=Watched(POSTFIX_FILES),
    renewal=Renewal("qmgr", "master"),
    loading=Loading(script("baseline.programs", "postfix_loads"), ("postconf", "postmap", "postqueue"), anew=True),
    temp=Temp("d=$(postconf -hx queue_directory) || exit; u="),
    releases=Releases("postconf -h mail_version", ("3.7", "3.10"), package="postfix"),
    jail=Jail(
        "postfix-sasl",
        (
            FailedLogins(
                (0,),
                {
                    "_COMM": frozenset(("smtpd",)),
                    "SYSLOG_FACILITY": frozenset(("2",)),
                    "SYSLOG_IDENTIFIER": frozenset(("postfix/smtpd", "postfix/submission/smtpd")),
                },
            ),
        ),
    ),
)

_DOVECOT_WRITES = {
    "_COMM": frozenset(("log", "auth", "imap-login")),
    "SYSLOG_FACILITY": frozenset(("2",)),
    "SYSLOG_IDENTIFIER": frozenset(("dovecot",)),
}

DOVECOT = Program(
    name="Dovecot",
    role="mailstore",
    services=(Daemon("dovecot.service"),),
    ports=(
        ServedPort(143, "imap", "imap"),
        ServedPort(993, "imaps", "imap", tls=True),
        ServedPort(110, "pop3", "pop3"),
        ServedPort(995, "pop3s", "pop3", tls=True),
        ServedPort(4190, "sieve", "sieve"),
    ),
    opened_by={
        110: "pop3-login/pop3",
        143: "imap-login/imap",
        993: "imap-login/imaps",
        995: "pop3-login/pop3s",
        # Debian ships it with Dovecot 2.4.
        2000: "managesieve-login/sieve_deprecated",
        4190: "managesieve-login/sieve",
    },
    trees=(ConfigTree("/etc/dovecot", 'doveconf -n -c "$TREE/dovecot.conf" >/dev/null'),),
    watched=Watched(("/etc/dovecot",), names=("*.conf", "*.ext")),
    # None, while it makes no config process because earlier ones died ("throttling"): that goes on for 2, 4, 8 seconds
    # and so on after each, and nothing is taken up until then.
    renewal=Renewal("log", "dovecot", seconds=6, pause=15),
    loading=Loading("doveconf -n >/dev/null", ("doveconf", "doveadm")),
    temp=Temp("d=$(doveconf -h mail_temp_dir) || exit; u=$(doveconf -h mail_uid)"),
    releases=Releases("dovecot --version", ("2.3", "2.4"), package="dovecot-core"),
    jail=Jail(
        "dovecot",
        (
            FailedLogins((0,), _DOVECOT_WRITES),
            # The filter of fail2ban 1.1.0, which Debian 13 has, knows none of these lines.
            FailedLogins(
                (2, 4),
                _DOVECOT_WRITES,
                "imap-login: Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): "
                "user=<a@example.org>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, TLS: Connection closed, "
                "session=<o4giMTthpooKgAAB>",
                r"^Login aborted: .* \(auth failed, \d+ attempts(?: in \d+ secs)?\)"
                r"(?: \(\S+\))?:(?: user=<[^>]*>,)?(?: method=\S+,)? rip=<HOST>(?:,|$)",
            ),
        ),
        # Postfix has it check the passwords of those who submit mail.
        also=(587,),
    ),
)

RSPAMD = Program(
    name="Rspamd",
    role="antispam",
    services=(Daemon("rspamd.service"),),
    opened_by={
        11332: "worker-proxy.inc",
        11333: "worker-normal.inc",
        11334: "worker-controller.inc",
        11335: "worker-fuzzy.inc",
    },
    trees=(ConfigTree("/etc/rspamd", script("baseline.programs", "rspamd_check")),),
    watched=Watched(("/etc/rspamd",), names=("*.conf", "*.inc", "*.lua"), without=("maps.d",)),
    # Its workers, some seconds later, or never, when it refuses the files.
    renewal=Renewal("rspamd", "rspamd", seconds=60, stubborn=True),
    releases=Releases("rspamd --version", ("3.4", "3.12"), package="rspamd"),
    loading=Loading(f"TREE=/etc/rspamd\n{script('baseline.programs', 'rspamd_check')}", ("rspamadm", "rspamc")),
    temp=Temp(script("baseline.programs", "rspamd_temp")),
    # As root it writes the compiled patterns of the daemon anew, which then belong to root.
    writers=("rspamadm",),
    # Also for what it only prints: the servers of its modules, each name twice where there is a search list.
    waiters=("rspamadm",),
)

REDIS = Program(
    name="Redis",
    role="antispam",
    services=(Daemon("redis-server.service", optional=True),),
)

CLAMAV = Program(name="ClamAV", role="antispam", temp=Temp(script("baseline.programs", "clamav_temp"), optional=True))

BIND = Program(
    name="BIND",
    role="dns",
    services=(Daemon("named.service", aliases=("bind9.service",)),),
    ports=(ServedPort(53, "domain", "dns", udp=True),),
    trees=tuple(
        ConfigTree(root, script("baseline.programs", "bind_check", root=root))
        for root in ("/etc/bind", "/var/lib/bind", "/var/cache/bind")
    ),
    watched=Watched(("/etc/bind/named.conf",), includes=True),
    releases=Releases("named -v", ("9.18", "9.20"), package="bind9"),
    loading=Loading(script("baseline.programs", "bind_loads"), ("named-checkconf", "rndc")),
    waiters=("dig",),
)

NFTABLES = Program(
    name="nftables",
    role="firewall",
    services=(Daemon("nftables.service", careful=True),),
    trees=(ConfigTree("/etc/nftables.conf", 'nft -c -f "$TREE"'),),
    releases=Releases("nft --version", ("1.0", "1.1"), package="nftables"),
    # A unit that has loaded its rules has ended.
    loading=Loading("nft -c -f /etc/nftables.conf", ("nft",), running="exited"),
)

FAIL2BAN = Program(
    name="fail2ban",
    role="firewall",
    services=(Daemon("fail2ban.service", optional=True, careful=True),),
    trees=(ConfigTree("/etc/fail2ban", 'fail2ban-client -c "$TREE" -t'),),
    # A jail whose action has another name than before loses both by a mere reload, and bans nobody (1.0.2 and 1.1.0).
    reload="fail2ban-client reload --restart",
    loading=Loading(script("baseline.programs", "fail2ban_loads"), ("fail2ban-client",)),
    releases=Releases("fail2ban-client --version", ("1.0", "1.1"), package="fail2ban"),
    # fail2ban only recommends what it reads the journal with.
    packages=("fail2ban", "python3-systemd", "nftables"),
)

OPENSSH = Program(
    name="OpenSSH",
    services=(Daemon("ssh.service", aliases=("sshd.service",)),),
    ports=(ServedPort(22, "ssh", "ssh"),),
    trees=(ConfigTree("/etc/ssh", 'sshd -t -f "$TREE/sshd_config"'),),
    # Its directory is made by its unit, which a socket may not have started yet.
    loading=Loading("[ ! -d /run/sshd ] || sshd -t", ("sshd",)),
    # sshd tells no version before 9.3.
    releases=Releases("ssh -V 2>&1", ("9.2", "10.0"), package="openssh-client"),
    jail=Jail(
        "sshd",
        (
            FailedLogins((0,), {"_COMM": frozenset(("sshd",)), "SYSLOG_IDENTIFIER": frozenset(("sshd",))}),
            # A program of its own for each connection (OpenSSH's release notes 9.8).
            FailedLogins(
                (9, 8), {"_COMM": frozenset(("sshd-session",)), "SYSLOG_IDENTIFIER": frozenset(("sshd-session",))}
            ),
        ),
    ),
)

MOUNT = Program(
    name="mount",
    trees=(ConfigTree("/etc/fstab", 'findmnt --verify --tab-file "$TREE" >/dev/null'),),
)

SUDO = Program(
    name="sudo",
    trees=(
        ConfigTree(
            "/etc/sudoers.d",
            'visudo -c -f /etc/sudoers && for f in "$TREE"/*; do visudo -c -f "$f" || exit 1; done',
        ),
    ),
)

PROGRAMS = (OPENSSH, POSTFIX, DOVECOT, RSPAMD, REDIS, CLAMAV, BIND, NFTABLES, FAIL2BAN, MOUNT, SUDO)
