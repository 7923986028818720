"""The table itself: one row for each program."""

from __future__ import annotations

from baseline.formats.postfix import POSTFIX_FILES
from baseline.programs.columns import ConfigTree, Daemon, Jail, Loading, Program, Renewal, ServedPort, Temp, Watched
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
    jail=Jail(
        "postfix-sasl",
        {
            "_COMM": frozenset(("smtpd",)),
            "SYSLOG_FACILITY": frozenset(("2",)),
            "SYSLOG_IDENTIFIER": frozenset(("postfix/smtpd", "postfix/submission/smtpd")),
        },
    ),
)

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
        4190: "managesieve-login/sieve",
    },
    trees=(ConfigTree("/etc/dovecot", 'doveconf -n -c "$TREE/dovecot.conf" >/dev/null'),),
    watched=Watched(("/etc/dovecot",), names=("*.conf", "*.ext")),
    # None, while it makes no config process because earlier ones died ("throttling"): that goes on for 2, 4, 8 seconds
    # and so on after each, and nothing is taken up until then.
    renewal=Renewal("log", "dovecot", seconds=6, pause=15),
    loading=Loading("doveconf -n >/dev/null", ("doveconf", "doveadm")),
    temp=Temp("d=$(doveconf -h mail_temp_dir) || exit; u=$(doveconf -h mail_uid)"),
    jail=Jail(
        "dovecot",
        {
            "_COMM": frozenset(("log", "auth", "imap-login")),
            "SYSLOG_FACILITY": frozenset(("2",)),
            "SYSLOG_IDENTIFIER": frozenset(("dovecot",)),
        },
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
    loading=Loading(script("baseline.programs", "bind_loads"), ("named-checkconf", "rndc")),
    waiters=("dig",),
)

NFTABLES = Program(
    name="nftables",
    role="firewall",
    services=(Daemon("nftables.service", careful=True),),
    trees=(ConfigTree("/etc/nftables.conf", 'nft -c -f "$TREE"'),),
    # A unit that has loaded its rules has ended.
    loading=Loading("nft -c -f /etc/nftables.conf", ("nft",), running="exited"),
)

FAIL2BAN = Program(
    name="fail2ban",
    role="firewall",
    services=(Daemon("fail2ban.service", optional=True, careful=True),),
    trees=(ConfigTree("/etc/fail2ban", 'fail2ban-client -c "$TREE" -t'),),
    loading=Loading(script("baseline.programs", "fail2ban_loads"), ("fail2ban-client",)),
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
    jail=Jail("sshd", {"_COMM": frozenset(("sshd",)), "SYSLOG_IDENTIFIER": frozenset(("sshd",))}),
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


def service_of(unit: str) -> Daemon:
    """The service whose unit this is, or that may run in it; one of which nothing else is known, for another unit."""
    known = (service for program in PROGRAMS for service in program.services)
    return next((service for service in known if unit in (service.unit, *service.processes)), Daemon(unit))
