"""A site's own three levels of a quota, as an administrator sets them up: rules, a script, a table."""

from __future__ import annotations

from tests.lab.real import RealHost

RULES = "/etc/dovecot/conf.d/92-quota-site.conf"
SCRIPT = "/usr/local/sbin/site-quota"
TABLE = "/var/lib/site-quota/stopped"
"""Where Dovecot may write: Debian's unit has /etc read-only."""
SEEN = "/var/log/site-quota"
"""What the script was called for, one line each."""

_RULES = """\
plugin {
  quota_warning = storage=95%% quota-warning stop %u
  quota_warning2 = storage=80%% quota-warning warn %u
  quota_warning3 = -storage=95%% quota-warning free %u
}
service quota-warning {
  executable = script SCRIPT
  user = root
  unix_listener quota-warning {
    user = vmail
    mode = 0600
  }
}
"""
_NOTES = """\
#!/bin/sh
PATH=/usr/sbin:/usr/bin
echo "$1 $2" >>SEEN
"""
_STOPS = (
    _NOTES
    + """\
case $1 in
  stop) echo "$2 552 5.2.2 full" >>TABLE ;;
  free) sed -i "/^$2 /d" TABLE ;;
  *) exit 0 ;;
esac
postmap TABLE
"""
)


def set_up(host: RealHost, *, stops: bool) -> None:
    """Have the site's own rules run its script, which notes what it is called for; and `stops`, too, who is full."""
    script = (_STOPS if stops else _NOTES).replace("SEEN", SEEN).replace("TABLE", TABLE)
    rules = _RULES.replace("SCRIPT", SCRIPT)
    host.root(f"cat >{RULES} <<'end'\n{rules}end\ncat >{SCRIPT} <<'end'\n{script}end\nchmod 755 {SCRIPT}")
    host.root(f"mkdir -p {TABLE.rpartition('/')[0]} && : >{SEEN} && : >{TABLE} && postmap {TABLE}")
    if stops:
        host.root(f"postconf -e 'smtpd_sender_restrictions=check_sasl_access hash:{TABLE}'")
    host.root("systemctl reload postfix dovecot && sleep 1")


def seen(host: RealHost) -> list[str]:
    """What the site's script was called for so far."""
    return host.root(f"cat {SEEN}").splitlines()
