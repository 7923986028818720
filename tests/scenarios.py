"""What is done to an applied host, and what a check must then find: exactly that control, and no other.

Each scenario is played on a real host by tests/lab/test_scenarios.py, and recorded by tests/record.py, so that the
same finding is had later from the recorded answers alone.
"""

from __future__ import annotations

from dataclasses import dataclass

SMALL = "mkdir -p /srv/small && mount -t tmpfs -o size={size},mode=1777 tmpfs /srv/small"
DROP_IN = "/etc/dovecot/conf.d/99-baseline.conf"
APART = "umount /srv/small; rmdir /srv/small"


@dataclass(frozen=True)
class Scenario:
    """One change of an applied host.

    `name` begins with the outcome: fail, warn, unknown, pass or nothing (conforms by other means than ours). `also` are
    controls that speak of the very same fact, with their outcomes; `*` with `unknown` lets others be unknown, with
    `any` lets them be anything. `mend` puts the host back where an apply cannot; it runs before the apply that
    follows every scenario.
    """

    control: str
    name: str
    damage: str
    mend: str = "true"
    also: tuple[tuple[str, str], ...] = ()

    @property
    def outcome(self) -> str:
        """The outcome that the check must find."""
        word = self.name.partition("-")[0]
        return "pass" if word == "nothing" else word


TEMP = (
    Scenario("MEL-T-01", "pass-applied", "true"),
    Scenario(
        "MEL-T-01",
        "fail-dovecot-small",
        f"{SMALL.format(size='500m')} && sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-01",
        "fail-dovecot-not-there",
        f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/nothing|' {DROP_IN}",
    ),
    Scenario(
        "MEL-T-01",
        "fail-rspamd-small",
        f"{SMALL.format(size='500m')} && echo 'tempdir = \"/srv/small\";' >/etc/rspamd/local.d/options.inc",
        mend=f"echo 'tempdir = \"/var/spool/mailtmp/rspamd\";' >/etc/rspamd/local.d/options.inc; {APART}",
    ),
    Scenario("MEL-T-01", "fail-dovecot-not-writable", "chmod 0755 /var/spool/mailtmp/dovecot"),
    Scenario("MEL-T-01", "fail-rspamd-not-writable", "chown root /var/spool/mailtmp/rspamd"),
    Scenario(
        "MEL-T-01",
        "fail-queue-small",
        "mount -t tmpfs -o size=500m tmpfs /var/spool/postfix",
        mend="umount /var/spool/postfix",
        also=(("MEL-T-03", "fail"),),
    ),
    Scenario(
        "MEL-T-01",
        "warn-si-gigabyte",
        f"{SMALL.format(size='1000000k')} && sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-01",
        "nothing-a-filesystem-of-the-site",
        f"{SMALL.format(size='2g')} && sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario("MEL-T-02", "pass-applied", "true"),
    Scenario(
        "MEL-T-02",
        "fail-nearly-full",
        f"{SMALL.format(size='1200m')} && fallocate -l 1150m /srv/small/x && "
        f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-02",
        "warn-filling",
        f"{SMALL.format(size='1200m')} && fallocate -l 1000m /srv/small/x && "
        f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-02",
        "fail-no-inodes",
        f"{SMALL.format(size='1200m,nr_inodes=50')} && (cd /srv/small && touch $(seq 1 49)) && "
        f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-02",
        "nothing-a-filesystem-of-the-site",
        f"{SMALL.format(size='2g')} && sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario("MEL-T-03", "pass-applied", "true"),
    Scenario("MEL-T-03", "fail-too-small-for-a-message", "postconf -e queue_minfree=1000"),
    Scenario("MEL-T-03", "fail-no-number", "postconf -e 'queue_minfree=20 MB'"),
    Scenario("MEL-T-03", "fail-overridden", "postconf -P smtp/inet/queue_minfree=1000"),
    Scenario("MEL-T-03", "warn-never-set", "postconf -X queue_minfree"),
    Scenario(
        "MEL-T-03",
        "fail-more-than-is-free",
        "postconf -e queue_minfree=1099511627776",
        mend="postconf -e queue_minfree=1073741824",
    ),
    Scenario("MEL-T-03", "nothing-more-kept-free", "postconf -e queue_minfree=2147483648"),
    Scenario("MEL-T-03", "nothing-override-that-repeats", "postconf -P smtp/inet/queue_minfree=1073741824"),
    Scenario("MEL-T-04", "pass-applied", "true"),
    Scenario("MEL-T-04", "fail-devices", "mount -o remount,dev /tmp"),
    Scenario("MEL-T-04", "fail-setuid", "mount -o remount,suid /tmp"),
    Scenario("MEL-T-04", "fail-not-sticky", "chmod 0777 /tmp"),
    Scenario("MEL-T-04", "fail-owner", "chown ops /tmp"),
    Scenario("MEL-T-04", "fail-too-small", "mount -o remount,size=500m /tmp"),
    Scenario("MEL-T-04", "fail-more-than-memory-allows", "mount -o remount,size=90% /tmp"),
    Scenario("MEL-T-04", "nothing-noexec-as-well", "mount -o remount,noexec /tmp", mend="mount -o remount,exec /tmp"),
    Scenario("MEL-T-04", "fail-no-mount-of-its-own", "umount -l /tmp", mend="mount /tmp"),
    Scenario(
        "MEL-T-04",
        "unknown-no-findmnt",
        "mv /usr/bin/findmnt /root/findmnt.away",
        mend="mv /root/findmnt.away /usr/bin/findmnt",
    ),
    Scenario(
        "MEL-T-03",
        "unknown-no-postconf",
        "mv /usr/sbin/postconf /root/postconf.away",
        mend="mv /root/postconf.away /usr/sbin/postconf",
        also=(("*", "unknown"),),
    ),
    Scenario(
        "MEL-T-01",
        "unknown-no-rspamadm",
        "mv /usr/bin/rspamadm /root/rspamadm.away",
        mend="mv /root/rspamadm.away /usr/bin/rspamadm",
        also=(("*", "unknown"),),
    ),
    Scenario(
        "MEL-T-02",
        "unknown-no-df",
        "mv /bin/df /root/df.away",
        mend="mv /root/df.away /bin/df",
        also=(("*", "unknown"),),
    ),
)
LOCAL = "printf '%b\\n' '{lines}' >/etc/dovecot/local.conf"
"""Dovecot reads local.conf last, so it overrules the drop-in; an apply cannot mend that."""
NO_LOCAL = "rm -f /etc/dovecot/local.conf"
SAVED = "cp -a /etc/dovecot/users /root/users.saved"
USERS_BACK = "cp -a /root/users.saved /etc/dovecot/users && rm /root/users.saved"


def local(control: str, name: str, lines: str, *also: tuple[str, str]) -> Scenario:
    """A scenario in which the site's local.conf says otherwise."""
    return Scenario(control, name, LOCAL.format(lines=lines), mend=NO_LOCAL, also=also)


def promised(name: str, rule: str, *also: tuple[str, str]) -> Scenario:
    """A scenario in which the running Dovecot, which doveadm asks, has another default."""
    lines = f"plugin {{\\n quota_rule = {rule}\\n}}"
    reload = "doveadm reload && sleep 1"
    damage = f"{LOCAL.format(lines=lines)} && {reload}"
    return Scenario("MEL-Q-09", name, damage, mend=f"{NO_LOCAL} && {reload}", also=also)


def alice(name: str, rule: str, *also: tuple[str, str]) -> Scenario:
    """A scenario in which alice has a quota rule of her own."""
    damage = f"{SAVED} && sed -i '/^alice@/s/$/userdb_quota_rule={rule}/' /etc/dovecot/users"
    return Scenario("MEL-Q-02", name, damage, mend=USERS_BACK, also=also)


def away(control: str, name: str, path: str) -> Scenario:
    """A scenario in which a program is missing; other controls that ask the same program cannot tell either."""
    return Scenario(
        control,
        name,
        f"mv {path} /root/away",
        mend=f"mv /root/away {path}",
        also=(("*", "unknown"),),
    )


QUOTA = (
    Scenario("MEL-Q-01", "pass-applied", "true"),
    local(
        "MEL-Q-01",
        "fail-small",
        "plugin {\\n quota_rule = *:storage=50M\\n}",
        ("MEL-Q-04", "warn"),
    ),
    local(
        "MEL-Q-01",
        "warn-si-megabytes",
        "plugin {\\n quota_rule = *:storage=100000k\\n}",
        ("MEL-Q-04", "warn"),
    ),
    local("MEL-Q-01", "warn-rule-after-a-gap", "plugin {\\n quota_rule5 = INBOX:storage=50M\\n}"),
    local("MEL-Q-01", "warn-no-list-index", "mailbox_list_index = no"),
    local("MEL-Q-01", "nothing-more-than-ours", "plugin {\\n quota_rule = *:storage=1200M\\n}"),
    local("MEL-Q-01", "nothing-one-mailbox-is-smaller", "plugin {\\n quota_rule2 = Trash:storage=10M\\n}"),
    away("MEL-Q-01", "unknown-no-doveconf", "/usr/bin/doveconf"),
    Scenario("MEL-Q-02", "pass-applied", "true"),
    alice("fail-one-account", "*:storage=50M"),
    alice("fail-bare-number-is-kib", "*:storage=1000"),
    alice("fail-broken-rule", "*:storage=1.5G"),
    alice("warn-si-megabytes", "*:storage=100000k"),
    alice("nothing-an-account-with-less-than-the-default", "*:storage=200M"),
    Scenario(
        "MEL-Q-02",
        "warn-roster-names-somebody-else",
        f"{SAVED} && sed -i '/^bob@/d' /etc/dovecot/users",
        mend=USERS_BACK,
    ),
    away("MEL-Q-02", "unknown-no-doveadm", "/usr/bin/doveadm"),
    Scenario("MEL-Q-03", "pass-applied", "true"),
    local("MEL-Q-03", "fail-imap-loses-quota", "protocol imap {\\n mail_plugins = imap_quota\\n}"),
    local("MEL-Q-03", "fail-imap-cannot-tell-usage", "protocol imap {\\n mail_plugins = quota\\n}"),
    local("MEL-Q-03", "fail-lmtp-loses-quota", "protocol lmtp {\\n mail_plugins = sieve\\n}"),
    local("MEL-Q-03", "fail-lda-loses-quota", "protocol lda {\\n mail_plugins = sieve\\n}"),
    local("MEL-Q-03", "fail-pop3-loses-quota", "protocol pop3 {\\n mail_plugins =\\n}"),
    local("MEL-Q-03", "fail-noenforcing", "plugin {\\n quota = count:User quota:noenforcing\\n}"),
    local("MEL-Q-03", "nothing-another-plugin-too", "protocol imap {\\n mail_plugins = quota imap_quota zlib\\n}"),
    Scenario(
        "MEL-Q-03",
        "fail-delivered-past-dovecot",
        "postconf -e virtual_transport=virtual virtual_mailbox_base=/var/vmail",
        mend="postconf -e virtual_transport=lmtp:unix:private/dovecot-lmtp && postconf -X virtual_mailbox_base",
        also=(("*", "any"),),
    ),
    away("MEL-Q-03", "unknown-no-doveconf", "/usr/bin/doveconf"),
    Scenario("MEL-Q-04", "pass-applied", "true"),
    local(
        "MEL-Q-04",
        "fail-warns-too-late",
        "plugin {\\n quota_warning2 = storage=99%% baseline-quota-warning warn %u\\n}",
    ),
    local("MEL-Q-04", "fail-broken-rule", "plugin {\\n quota_warning2 = storage=80%% \\n}", ("*", "any")),
    Scenario("MEL-Q-04", "fail-no-script", "rm /usr/local/lib/baseline/quota-warning"),
    Scenario("MEL-Q-04", "fail-script-edited", "echo '# edited' >>/usr/local/lib/baseline/quota-send"),
    Scenario("MEL-Q-04", "fail-script-not-executable", "chmod 0644 /usr/local/lib/baseline/quota-warning"),
    Scenario("MEL-Q-04", "fail-table-gone", "rm /var/lib/baseline-quota/send_blocked.db"),
    Scenario("MEL-Q-04", "fail-folder-of-somebody-else", "chown root /var/lib/baseline-quota"),
    Scenario("MEL-Q-04", "fail-timer-stopped", "systemctl stop baseline-quota-reconcile.timer"),
    Scenario("MEL-Q-04", "fail-timer-disabled", "systemctl -q disable baseline-quota-reconcile.timer"),
    Scenario("MEL-Q-04", "fail-not-asked", "postconf -X smtpd_sender_restrictions"),
    Scenario(
        "MEL-Q-04",
        "fail-permitted-before",
        "postconf -e 'smtpd_sender_restrictions=permit_sasl_authenticated, "
        "check_sasl_access hash:/var/lib/baseline-quota/send_blocked'",
    ),
    Scenario(
        "MEL-Q-04",
        "nothing-a-later-rule-of-the-site",
        "postconf -e 'smtpd_sender_restrictions=check_sasl_access hash:/var/lib/baseline-quota/send_blocked, "
        "reject_non_fqdn_sender'",
    ),
    Scenario("MEL-Q-04", "fail-overridden", "postconf -P submission/inet/smtpd_sender_restrictions=permit"),
    away("MEL-Q-04", "unknown-no-doveconf", "/usr/bin/doveconf"),
    Scenario("MEL-Q-05", "pass-applied", "true"),
    Scenario("MEL-Q-05", "fail-not-asked", "postconf -X smtpd_recipient_restrictions"),
    Scenario(
        "MEL-Q-05",
        "warn-for-strangers-only",
        "postconf -e 'smtpd_recipient_restrictions=permit_mynetworks, check_policy_service unix:private/quota-status'",
    ),
    Scenario(
        "MEL-Q-05",
        "fail-permitted-before",
        "postconf -e 'smtpd_recipient_restrictions=permit, check_policy_service unix:private/quota-status'",
    ),
    Scenario("MEL-Q-05", "fail-overridden", "postconf -P smtp/inet/smtpd_recipient_restrictions=permit_mynetworks"),
    local("MEL-Q-05", "fail-success-ends-the-list", "plugin {\\n quota_status_success = OK\\n}"),
    local("MEL-Q-05", "fail-nouser-rejects", "plugin {\\n quota_status_nouser = REJECT Unknown user\\n}"),
    local("MEL-Q-05", "fail-reply-without-status", "plugin {\\n quota_status_overquota = REJECT full\\n}"),
    Scenario(
        "MEL-Q-05",
        "nothing-another-rule-first",
        "postconf -e 'smtpd_recipient_restrictions=reject_non_fqdn_recipient, "
        "check_policy_service unix:private/quota-status, reject_unlisted_recipient'",
    ),
    away("MEL-Q-05", "unknown-no-doveconf", "/usr/bin/doveconf"),
    Scenario("MEL-Q-06", "pass-applied", "true"),
    Scenario("MEL-Q-06", "fail-mbox-too-small", "postconf -e mailbox_size_limit=51200000"),
    Scenario("MEL-Q-06", "fail-no-number", "postconf -e mailbox_size_limit=100M", also=(("MEL-Q-07", "fail"),)),
    Scenario("MEL-Q-06", "fail-overridden", "postconf -P local/unix/mailbox_size_limit=51200000"),
    Scenario("MEL-Q-06", "warn-si-megabytes", "postconf -e mailbox_size_limit=100000000"),
    Scenario("MEL-Q-06", "nothing-a-limit-above-the-floor", "postconf -e mailbox_size_limit=209715200"),
    away("MEL-Q-06", "unknown-no-postconf", "/usr/sbin/postconf"),
    Scenario("MEL-Q-07", "pass-applied", "true"),
    Scenario("MEL-Q-07", "warn-too-small", "postconf -e message_size_limit=10240000"),
    Scenario("MEL-Q-07", "fail-no-number", "postconf -e 'message_size_limit=26214400 # 25 MB'", also=(("*", "any"),)),
    Scenario(
        "MEL-Q-07",
        "fail-larger-than-is-scanned",
        "postconf -e message_size_limit=104857600",
        mend="postconf -e message_size_limit=26214400",
    ),
    Scenario("MEL-Q-07", "warn-overridden", "postconf -P submission/inet/message_size_limit=1000000"),
    Scenario(
        "MEL-Q-07", "fail-mailbox-smaller", "postconf -e mailbox_size_limit=20000000", also=(("MEL-Q-06", "fail"),)
    ),
    local("MEL-Q-07", "fail-dovecot-refuses-it", "plugin {\\n quota_max_mail_size = 10M\\n}"),
    Scenario(
        "MEL-Q-07",
        "fail-rspamd-does-not-scan-it",
        "echo 'max_message = 1mb;' >>/etc/rspamd/local.d/options.inc",
    ),
    Scenario("MEL-Q-07", "nothing-a-little-less", "postconf -e message_size_limit=15728640"),
    away("MEL-Q-07", "unknown-no-postconf", "/usr/sbin/postconf"),
    Scenario("MEL-Q-08", "pass-applied", "true"),
    Scenario(
        "MEL-Q-08",
        "warn-limited",
        "mv /etc/dovecot/conf.d/00-baseline-roster.conf /root/ && doveadm reload && sleep 1",
        mend="rm /root/00-baseline-roster.conf",
    ),
    Scenario(
        "MEL-Q-08",
        "nothing-unlimited-by-the-site",
        f"{SAVED} && sed -i '/^director@/s/$/userdb_quota_rule=*:storage=0/' /etc/dovecot/users",
        mend=USERS_BACK,
    ),
    away("MEL-Q-08", "unknown-no-doveadm", "/usr/bin/doveadm"),
    Scenario("MEL-Q-09", "pass-applied", "true"),
    promised("fail-promises-too-much", "*:storage=4G"),
    promised("warn-promises-most", "*:storage=1700M"),
    promised("nothing-smaller-promises", "*:storage=200M"),
    away("MEL-Q-09", "unknown-no-doveadm", "/usr/bin/doveadm"),
)
GENERAL = (
    Scenario("GEN-FILE", "pass-applied", "true"),
    Scenario("GEN-FILE", "fail-not-there", "rm /etc/site-note"),
    Scenario("GEN-FILE", "fail-other-content", "echo edited >/etc/site-note"),
    Scenario("GEN-FILE", "fail-other-owner", "chown vmail /etc/site-note"),
    Scenario("GEN-FILE", "fail-other-group", "chgrp root /etc/site-note"),
    Scenario("GEN-FILE", "fail-other-mode", "chmod 0644 /etc/site-note"),
    Scenario(
        "GEN-FILE",
        "fail-symbolic-link",
        "mv /etc/site-note /srv/site-note && ln -s /srv/site-note /etc/site-note",
        mend="rm /etc/site-note && mv /srv/site-note /etc/site-note",
    ),
    Scenario("GEN-FILE", "nothing-another-inode", "cp -a /etc/site-note /etc/x && mv /etc/x /etc/site-note"),
    away("GEN-FILE", "unknown-no-stat", "/usr/bin/stat"),
    Scenario("GEN-PKG", "pass-applied", "true"),
    Scenario("GEN-PKG", "fail-not-installed", "apt-get -q -y remove tree"),
    Scenario("GEN-PKG", "nothing-held", "apt-mark hold tree", mend="apt-mark unhold tree"),
    away("GEN-PKG", "unknown-no-dpkg-query", "/usr/bin/dpkg-query"),
    Scenario("GEN-SVC", "pass-applied", "true"),
    Scenario("GEN-SVC", "fail-stopped", "systemctl -q stop rsyslog.service syslog.socket"),
    Scenario("GEN-SVC", "fail-disabled", "systemctl -q disable rsyslog.service"),
    Scenario("GEN-SVC", "nothing-restarted", "systemctl -q restart rsyslog.service"),
    away("GEN-SVC", "unknown-no-systemctl", "/usr/bin/systemctl"),
    Scenario("GEN-PF", "pass-applied", "true"),
    Scenario("GEN-PF", "fail-set-otherwise", "postconf -e smtpd_helo_required=no"),
    Scenario("GEN-PF", "fail-never-set", "postconf -X smtpd_helo_required"),
    Scenario(
        "GEN-PF",
        "nothing-comment-between-continuation-lines",
        "postconf -X smtpd_helo_required && "
        "printf 'smtpd_helo_required =\n# said twice\n  yes\n' >>/etc/postfix/main.cf",
    ),
    Scenario("GEN-PF", "nothing-override-that-repeats", "postconf -P smtp/inet/smtpd_helo_required=yes"),
    Scenario("GEN-PF", "fail-overridden", "postconf -P smtp/inet/smtpd_helo_required=no"),
    away("GEN-PF", "unknown-no-postconf", "/usr/sbin/postconf"),
    Scenario("GEN-DV", "pass-applied", "true"),
    local("GEN-DV", "fail-set-otherwise", "login_greeting = Dovecot 2.3 ready."),
    Scenario("GEN-DV", "fail-not-set", f"sed -i '/^login_greeting/d' {DROP_IN}"),
    local("GEN-DV", "nothing-repeated", "login_greeting = Mail server ready."),
    away("GEN-DV", "unknown-no-doveconf", "/usr/bin/doveconf"),
    Scenario("GEN-RS", "pass-applied", "true"),
    Scenario("GEN-RS", "fail-set-otherwise", "echo 'reject = 9999;' >/etc/rspamd/local.d/actions.conf"),
    Scenario(
        "GEN-RS",
        "fail-overridden",
        "echo 'reject = 9999;' >/etc/rspamd/override.d/actions.conf",
        mend="rm /etc/rspamd/override.d/actions.conf",
    ),
    Scenario("GEN-RS", "nothing-said-again", "echo 'reject = 15;' >/etc/rspamd/local.d/actions.conf"),
    away("GEN-RS", "unknown-no-rspamadm", "/usr/bin/rspamadm"),
)
SCENARIOS = (*QUOTA, *TEMP, *GENERAL)
PLAYED_WITH = "tests/kinds/general.yml"
"""The baseline of the scenarios: the circular, and one control of every general kind."""
