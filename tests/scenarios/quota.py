"""Mailbox space: MEL-Q."""

from __future__ import annotations

from tests.scenarios.scenario import LOCAL, NO_LOCAL, Scenario, away, local, only_recorded

SAVED = "cp -a /etc/dovecot/users /root/users.saved"
SENDERS = (("MEL-A-08", "fail"),)
"""The list of senders has the rules of that control, too."""
WITHOUT = (("MEL-Q-09", "unknown"), ("MEL-G-03", "unknown"))
"""What is promised, and which mailboxes are full, is not known where an account has no working quota."""
USERS_BACK = "cp -a /root/users.saved /etc/dovecot/users && rm /root/users.saved && sleep 2"
"""Dovecot's auth process looks no more than once a second whether the file is another."""


def promised(name: str, rule: str, *also: tuple[str, str]) -> Scenario:
    """A scenario in which the running Dovecot, which doveadm asks, has another default."""
    lines = f"plugin {{\\n quota_rule = {rule}\\n}}"
    reload = "doveadm reload && sleep 1"
    damage = f"{LOCAL.format(lines=lines)} && {reload}"
    return Scenario("MEL-Q-09", name, damage, mend=f"{NO_LOCAL} && {reload}", also=also)


def alice(name: str, rule: str, *also: tuple[str, str], control: str = "MEL-Q-02") -> Scenario:
    """A scenario in which alice has a quota rule of her own."""
    damage = f"{SAVED} && sed -i '/^alice@/s/$/userdb_quota_rule={rule}/' /etc/dovecot/users && sleep 2"
    return Scenario(control, name, damage, mend=USERS_BACK, also=also)


def by_the_site(name: str, stops: int, *, frees: bool = True) -> Scenario:
    """A scenario in which rules, a script and a table of the site stop senders, in place of ours."""
    table, script = "/etc/postfix/site_stopped", "/usr/local/sbin/site-quota"
    rules = [f"storage={stops}%% quota-warning stop %u", "storage=80%% quota-warning warn %u"]
    rules += [f"-storage={stops}%% quota-warning free %u"] if frees else ["messages=50%% quota-warning many %u"]
    settings = "\\n ".join(
        f"quota_warning{'' if number == 1 else number} = {one}" for number, one in enumerate(rules, start=1)
    )
    lines = f"plugin {{\\n {settings}\\n}}\\nservice quota-warning {{\\n executable = script {script}\\n}}"
    damage = (
        f"{LOCAL.format(lines=lines)} && echo 'postmap {table}' >{script} && : >{table} && postmap {table} && "
        f"postconf -e 'smtpd_sender_restrictions=check_sasl_access hash:{table}'"
    )
    mend = f"{NO_LOCAL}; rm -f {script}; postconf -X smtpd_sender_restrictions; rm -f {table} {table}.db"
    return only_recorded("MEL-Q-04", name, damage, mend)


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
    alice("fail-broken-rule", "*:storage=1.5G", *WITHOUT, ("MEL-Q-03", "fail")),
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
    alice("fail-an-account-without-quota", "*:storage=1.5G", *WITHOUT, ("MEL-Q-02", "fail"), control="MEL-Q-03"),
    Scenario(
        "MEL-Q-03",
        "fail-a-variable-that-is-none",
        LOCAL.format(lines="plugin {\\n quota_warning2 = storage=80%% quota-warning 80 %{nosuch}\\n}")
        + " && doveadm reload && sleep 1",
        mend=f"{NO_LOCAL} && doveadm reload && sleep 1",
        also=(("*", "any"),),
    ),
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
    Scenario("MEL-Q-04", "fail-table-gone", "rm /var/lib/baseline-quota/send_blocked.db", also=(("*", "unknown"),)),
    Scenario("MEL-Q-04", "fail-folder-of-somebody-else", "chown root /var/lib/baseline-quota"),
    Scenario("MEL-Q-04", "fail-timer-stopped", "systemctl stop baseline-quota-reconcile.timer"),
    Scenario("MEL-Q-04", "fail-timer-disabled", "systemctl -q disable baseline-quota-reconcile.timer"),
    Scenario("MEL-Q-04", "fail-not-asked", "postconf -X smtpd_sender_restrictions", also=SENDERS),
    Scenario(
        "MEL-Q-04",
        "fail-permitted-before",
        "postconf -e 'smtpd_sender_restrictions=permit_sasl_authenticated, "
        "check_sasl_access hash:/var/lib/baseline-quota/send_blocked'",
        also=SENDERS,
    ),
    Scenario(
        "MEL-Q-04",
        "nothing-a-later-rule-of-the-site",
        "postconf -e 'smtpd_sender_restrictions=check_sasl_access hash:/var/lib/baseline-quota/send_blocked, "
        "reject_non_fqdn_sender'",
        also=SENDERS,
    ),
    Scenario(
        "MEL-Q-04", "fail-overridden", "postconf -P submission/inet/smtpd_sender_restrictions=permit", also=SENDERS
    ),
    by_the_site("nothing-stopped-by-the-site", 95),
    by_the_site("fail-stopped-by-the-site-at-another-level", 90),
    by_the_site("fail-stopped-by-the-site-and-never-freed", 95, frees=False),
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
        # Postfix waits a minute before it starts again what has died of it, unless it is reloaded.
        mend="postconf -e message_size_limit=26214400 && systemctl reload postfix && sleep 1",
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
