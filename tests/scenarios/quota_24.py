"""Thresholds and enforcement of quota in the dialect of Dovecot 2.4: MEL-Q-03, -04, -05. Recorded from Debian 13."""

from __future__ import annotations

from tests.scenarios.scenario import LOCAL, NO_LOCAL, Scenario

_ROOT = 'quota "User quota" {{\\n {}\\n}}'


def _local(control: str, name: str, lines: str) -> Scenario:
    """A scenario in which the site's local.conf says otherwise."""
    damage = LOCAL.format(lines=lines)
    return Scenario(control, name, damage, mend=NO_LOCAL, recorded_only=True, release="trixie")


def _rule(name: str, percent: int, *more: str) -> str:
    """A warning of the site's own."""
    lines = "".join(f"  {one}\\n" for one in (f"quota_storage_percentage = {percent}", *more))
    return f" warning {name} {{\\n{lines}  execute site {{\\n   args = {name} %{{user}}\\n  }}\\n }}"


def _by_the_site(name: str, *, frees: bool) -> Scenario:
    """A scenario in which rules, a script and a table of the site stop senders, in place of ours."""
    early, table, script = "/etc/dovecot/conf.d/00-baseline.conf", "/etc/postfix/site_stopped", "/usr/local/sbin/site"
    rules = [_rule("stop", 95), _rule("warn", 80), *([_rule("free", 95, "threshold = under")] if frees else [])]
    rules_and_service = (*(_ROOT.format(one) for one in rules), f"service site {{\\n executable = script {script}\\n}}")
    lines = "\\n".join(rules_and_service)
    damage = (
        f"cp -a {early} /root/early && sed -i '/begin MEL-Q-04/,/end MEL-Q-04/d' {early} && "
        f"{LOCAL.format(lines=lines)} && echo 'postmap {table}' >{script} && "
        f": >{table} && postmap {table} && postconf -e 'smtpd_sender_restrictions=check_sasl_access hash:{table}'"
    )
    mend = (
        f"{NO_LOCAL}; mv /root/early {early}; rm -f {script}; postconf -X smtpd_sender_restrictions; "
        f"rm -f {table} {table}.db"
    )
    return Scenario("MEL-Q-04", name, damage, mend=mend, recorded_only=True, release="trixie")


QUOTA_24 = (
    _local("MEL-Q-03", "fail-24-root-not-enforced", _ROOT.format("enforce = no")),
    _local("MEL-Q-03", "fail-24-root-ignored", _ROOT.format("ignore = yes")),
    _local("MEL-Q-03", "fail-24-lmtp-not-enforced", f"protocol lmtp {{\\n{_ROOT.format('enforce = no')}\\n}}"),
    _local("MEL-Q-03", "fail-24-inbox-not-counted", "namespace inbox {\\n quota_ignore = yes\\n}"),
    _local("MEL-Q-03", "fail-24-driver-that-counts-nothing", _ROOT.format("driver = imapc")),
    _local("MEL-Q-03", "fail-24-imap-has-another-list", "protocol imap {\\n mail_plugins = notify imap_quota\\n}"),
    _local("MEL-Q-03", "fail-24-lmtp-switches-it-off", "protocol lmtp {\\n mail_plugins {\\n  quota = no\\n }\\n}"),
    _local("MEL-Q-03", "fail-24-all-have-another-list", "mail_plugins = notify"),
    _local("MEL-Q-03", "nothing-24-another-plugin-too", "protocol imap {\\n mail_plugins {\\n  notify = yes\\n }\\n}"),
    _local("MEL-Q-03", "nothing-24-the-root-goes-first", "protocol lmtp {\\n quota_enforce = no\\n}"),
    _local("MEL-Q-04", "warn-24-warns-late", "quota_warning baseline-warn {\\n quota_storage_percentage = 90\\n}"),
    _local("MEL-Q-04", "fail-24-warns-going-down", "quota_warning baseline-warn {\\n threshold = under\\n}"),
    _local("MEL-Q-04", "fail-24-warns-by-messages", "quota_warning baseline-warn {\\n resource = message\\n}"),
    _local("MEL-Q-04", "fail-24-warns-of-another-size", "quota_warning baseline-warn {\\n quota_storage_size = 9G\\n}"),
    _local("MEL-Q-04", "fail-24-at-zero", "quota_warning baseline-warn {\\n quota_storage_percentage = 0\\n}"),
    _local(
        "MEL-Q-04",
        "fail-24-stops-nobody",
        "quota_warning baseline-block {\\n execute baseline-quota-warning {\\n  args = block %u\\n }\\n}",
    ),
    _local("MEL-Q-04", "fail-24-percent-of-another-limit", "quota_storage_percentage = 50"),
    _local("MEL-Q-04", "fail-24-a-higher-rule-behind", _ROOT.format(_rule("late", 90))),
    _local("MEL-Q-04", "fail-24-a-root-with-much-grace", _ROOT.format("storage_grace = 900M")),
    _local("MEL-Q-04", "warn-24-much-grace", "quota_storage_grace = 300M"),
    _local("MEL-Q-04", "nothing-24-a-later-rule-of-the-site", _ROOT.format(_rule("half", 50))),
    _by_the_site("nothing-24-stopped-by-the-site", frees=True),
    _by_the_site("fail-24-stopped-by-the-site-and-never-freed", frees=False),
    _local("MEL-Q-05", "fail-24-larger-than-the-mailbox", "protocol quota-status {\\n quota_status_toolarge =\\n}"),
    _local(
        "MEL-Q-05",
        "fail-24-the-service-switches-it-off",
        "protocol quota-status {\\n mail_plugins {\\n  quota = no\\n }\\n}",
    ),
    _local("MEL-Q-05", "fail-24-success-ends-the-list", "protocol quota-status {\\n quota_status_success = OK\\n}"),
    _local("MEL-Q-05", "nothing-24-said-outside-of-the-service", "quota_status_success = OK"),
)
