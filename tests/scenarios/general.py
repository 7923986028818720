"""The general kinds: GEN."""

from __future__ import annotations

from tests.scenarios.scenario import DROP_IN, Scenario, away, local

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
    Scenario("GEN-PF", "fail-set-otherwise", "postconf -e show_user_unknown_table_name=yes"),
    Scenario("GEN-PF", "fail-never-set", "postconf -X show_user_unknown_table_name"),
    Scenario(
        "GEN-PF",
        "nothing-comment-between-continuation-lines",
        "postconf -X show_user_unknown_table_name && "
        "printf 'show_user_unknown_table_name =\n# said twice\n  no\n' >>/etc/postfix/main.cf",
    ),
    Scenario("GEN-PF", "nothing-override-that-repeats", "postconf -P smtp/inet/show_user_unknown_table_name=no"),
    Scenario("GEN-PF", "fail-overridden", "postconf -P smtp/inet/show_user_unknown_table_name=yes"),
    away("GEN-PF", "unknown-no-postconf", "/usr/sbin/postconf"),
    Scenario("GEN-DV", "pass-applied", "true"),
    local("GEN-DV", "fail-set-otherwise", "login_greeting = Dovecot 2.3 ready."),
    Scenario("GEN-DV", "fail-not-set", f"sed -i '/^login_greeting/d' {DROP_IN}"),
    Scenario(
        "GEN-DV",
        "fail-not-set-and-tmp-is-another",
        f"sed -i '/^login_greeting/d' {DROP_IN} && umount -l /tmp && mount /tmp",
    ),
    local("GEN-DV", "nothing-repeated", "login_greeting = Mail server ready."),
    away("GEN-DV", "unknown-no-doveconf", "/usr/bin/doveconf"),
    Scenario("GEN-RS", "pass-applied", "true"),
    Scenario("GEN-RS", "fail-set-otherwise", "echo 'dkim_cache_size = 9;' >/etc/rspamd/local.d/dkim.conf"),
    Scenario(
        "GEN-RS",
        "fail-overridden",
        "echo 'dkim_cache_size = 9;' >/etc/rspamd/override.d/dkim.conf",
        mend="rm /etc/rspamd/override.d/dkim.conf",
    ),
    Scenario("GEN-RS", "nothing-said-again", "echo 'dkim_cache_size = 2000;' >/etc/rspamd/local.d/dkim.conf"),
    away("GEN-RS", "unknown-no-rspamadm", "/usr/bin/rspamadm"),
)
