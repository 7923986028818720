"""Transport security: MEL-S."""

from __future__ import annotations

from tests.scenarios.scenario import LOCAL, NO_LOCAL, RELOAD, Scenario, away, local, seen

TELL = "doveadm reload && sleep 1"
SITE = "/etc/ssl/site"
REHASH = "openssl rehash /etc/ssl/certs >/dev/null 2>&1"


def setting(control: str, name: str, command: str, *also: tuple[str, str]) -> Scenario:
    """A scenario in which Postfix is set otherwise, and all of its daemons at once."""
    return Scenario(control, name, f"postconf {command} && {RELOAD}", also=also, recorded_only=True)


def certificate(name: str, days: int, names: str, *, told: bool = True, trusted: bool = True) -> Scenario:
    """A scenario in which Dovecot has a certificate of the site's own, made for it."""
    make = (
        f"mkdir -p {SITE} && cd {SITE} && "
        "openssl req -x509 -newkey rsa:2048 -noenc -days 400 -subj /CN=site -keyout ca.key -out ca.pem 2>/dev/null && "
        "openssl req -new -newkey rsa:2048 -noenc -subj /CN=own -keyout own.key -out own.csr 2>/dev/null && "
        f'echo "subjectAltName={names}" >ext && openssl x509 -req -in own.csr -CA ca.pem -CAkey ca.key '
        f"-days {days} -extfile ext -out own.pem 2>/dev/null"
    )
    trust = f" && cp {SITE}/ca.pem /etc/ssl/certs/site.pem && {REHASH}"
    use = LOCAL.format(lines=f"ssl_cert = <{SITE}/own.pem\\nssl_key = <{SITE}/own.key")
    return Scenario(
        "MEL-S-04",
        name,
        f"{make}{trust if trusted else ''}; {use}{f' && {TELL}' if told else ''}",
        mend=f"{NO_LOCAL}; {TELL}; rm -rf {SITE} /etc/ssl/certs/site.pem; {REHASH}",
    )


IN_THE_CLEAR = "ssl = yes\\ndisable_plaintext_auth = no"
OWN = "DNS:$(hostname -f)"

TRANSPORT = (
    seen(Scenario("MEL-S-01", "pass-applied", "true")),
    Scenario("MEL-S-01", "fail-old-versions", f"postconf -e 'smtpd_tls_protocols=>=TLSv1' && {RELOAD}"),
    seen(
        Scenario(
            "MEL-S-01",
            "fail-not-offered",
            f"postconf -e smtpd_tls_security_level=none && {RELOAD}",
            also=(("*", "unknown"),),
        )
    ),
    seen(
        Scenario(
            "MEL-S-01",
            "fail-overridden",
            f"postconf -P 'submission/inet/smtpd_tls_mandatory_protocols=>=TLSv1' && {RELOAD}",
        )
    ),
    setting("MEL-S-01", "warn-medium-ciphers", "-e smtpd_tls_mandatory_ciphers=medium"),
    seen(
        Scenario(
            "MEL-S-01",
            "warn-demanded-of-everybody",
            "postconf -e smtpd_tls_security_level=encrypt",
            mend="postconf -e smtpd_tls_security_level=may",
        )
    ),
    setting("MEL-S-01", "nothing-older-spelling", "-e 'smtpd_tls_protocols=!SSLv2, !SSLv3, !TLSv1, !TLSv1.1'"),
    setting("MEL-S-01", "nothing-override-that-repeats", "-P 'smtp/inet/smtpd_tls_protocols=>=TLSv1.2'"),
    seen(away("MEL-S-01", "unknown-no-postconf", "/usr/sbin/postconf")),
    seen(
        Scenario(
            "MEL-S-01",
            "unknown-nobody-answers",
            "systemctl stop postfix@-",
            mend="systemctl start postfix@-",
            also=(("*", "any"),),
        )
    ),
    seen(Scenario("MEL-S-02", "pass-applied", "true")),
    Scenario(
        "MEL-S-02",
        "fail-before-tls",
        "postconf -e smtpd_tls_auth_only=no && postconf -P submission/inet/smtpd_tls_security_level=may && " + RELOAD,
    ),
    Scenario(
        "MEL-S-02",
        "fail-misspelt",
        "sed -i '/smtpd_relay_restrictions=permit_sasl/a\\  -o smtpd_tls_auth_only = yes' /etc/postfix/master.cf && "
        "! postconf -P | grep submission/inet/smtpd_tls_auth_only",
        mend="sed -i '/-o smtpd_tls_auth_only/d' /etc/postfix/master.cf",
        also=(("*", "any"),),
    ),
    setting(
        "MEL-S-02",
        "fail-overridden",
        "-P submission/inet/smtpd_tls_auth_only=no submission/inet/smtpd_tls_security_level=may",
    ),
    seen(local("MEL-S-02", "fail-dovecot", "disable_plaintext_auth = no")),
    seen(local("MEL-S-02", "fail-one-protocol", "protocol imap {\\n disable_plaintext_auth = no\\n}")),
    setting("MEL-S-02", "warn-on-port-25", "-P smtp/inet/smtpd_sasl_auth_enable=yes"),
    setting("MEL-S-02", "warn-tls-not-demanded", "-P submission/inet/smtpd_tls_security_level=may"),
    setting("MEL-S-02", "nothing-override-that-repeats", "-P submission/inet/smtpd_tls_auth_only=yes"),
    Scenario(
        "MEL-S-02",
        "fail-everybody-is-trusted",
        f"{LOCAL.format(lines='login_trusted_networks = 0.0.0.0/0 ::/0')} && {TELL}",
        mend=f"{NO_LOCAL} && {TELL}",
        also=(("MEL-S-03", "fail"),),
    ),
    seen(away("MEL-S-02", "unknown-no-postconf", "/usr/sbin/postconf")),
    seen(Scenario("MEL-S-03", "pass-applied", "true")),
    Scenario(
        "MEL-S-03",
        "fail-before-tls",
        f"{LOCAL.format(lines=IN_THE_CLEAR)} && {TELL}",
        mend=f"{NO_LOCAL} && {TELL}",
        also=(("MEL-S-02", "fail"),),
    ),
    seen(
        Scenario(
            "MEL-S-03",
            "fail-everybody-is-trusted",
            f"{LOCAL.format(lines='login_trusted_networks = 0.0.0.0/0')} && {TELL}",
            mend=f"{NO_LOCAL} && {TELL}",
        )
    ),
    seen(local("MEL-S-03", "fail-not-required", "ssl = yes")),
    local("MEL-S-03", "fail-one-protocol", "protocol pop3 {\\n ssl = yes\\n}"),
    seen(local("MEL-S-03", "fail-path-for-certificate", "ssl_cert = /etc/ssl/certs/lab-host.pem", ("*", "any"))),
    seen(local("MEL-S-03", "warn-old-versions-allowed", "ssl_min_protocol = TLSv1")),
    seen(local("MEL-S-03", "nothing-newer-versions-only", "ssl_min_protocol = TLSv1.3")),
    seen(away("MEL-S-03", "unknown-no-doveconf", "/usr/bin/doveconf")),
    seen(Scenario("MEL-S-04", "pass-applied", "true")),
    certificate("fail-renewed-and-not-told", 300, OWN, told=False),
    seen(certificate("fail-about-to-expire", 10, OWN)),
    seen(certificate("fail-of-another-name", 300, "DNS:mail.other.test")),
    seen(certificate("fail-not-trusted", 300, OWN, trusted=False)),
    seen(certificate("nothing-another-authority", 300, OWN)),
    seen(
        Scenario(
            "MEL-S-04",
            "fail-no-file",
            "postconf -e smtpd_tls_cert_file=/etc/ssl/nothing.pem",
            mend="postconf -e smtpd_tls_cert_file=/etc/ssl/certs/lab-host.pem",
        )
    ),
    seen(away("MEL-S-04", "unknown-no-openssl", "/usr/bin/openssl")),
    seen(Scenario("MEL-S-05", "pass-applied", "true")),
    Scenario("MEL-S-05", "fail-none", "postconf -e smtp_tls_security_level=none"),
    setting("MEL-S-05", "fail-overridden", "-P relay/unix/smtp_tls_security_level=none"),
    setting("MEL-S-05", "warn-dane-without-dnssec", "-e smtp_tls_security_level=dane"),
    setting("MEL-S-05", "nothing-demanded-of-everybody", "-e smtp_tls_security_level=encrypt"),
    setting("MEL-S-05", "nothing-the-older-parameter", "-e smtp_tls_security_level= smtp_use_tls=yes"),
    seen(away("MEL-S-05", "unknown-no-postconf", "/usr/sbin/postconf")),
    seen(Scenario("MEL-S-06", "pass-applied", "true")),
    Scenario("MEL-S-06", "fail-bare-newlines", "postconf -e smtpd_forbid_bare_newline=no"),
    setting("MEL-S-06", "fail-only-noted", "-e smtpd_forbid_bare_newline=note"),
    setting("MEL-S-06", "fail-pipelining", "-e smtpd_forbid_unauth_pipelining=no"),
    setting("MEL-S-06", "fail-no-rule", "-X smtpd_data_restrictions"),
    Scenario(
        "MEL-S-06",
        "fail-permitted-before",
        "postconf -e 'smtpd_data_restrictions=permit_mynetworks, reject_unauth_pipelining'",
    ),
    Scenario(
        "MEL-S-06",
        "fail-everybody-is-excluded",
        "postconf -e 'smtpd_forbid_bare_newline_exclusions=0.0.0.0/0 [::]/0'",
        mend="postconf -X smtpd_forbid_bare_newline_exclusions",
    ),
    setting("MEL-S-06", "fail-overridden", "-P smtp/inet/smtpd_forbid_bare_newline=no"),
    setting("MEL-S-06", "nothing-refused-at-once", "-e smtpd_forbid_bare_newline=reject"),
    setting(
        "MEL-S-06",
        "nothing-rules-of-the-site",
        "-e 'smtpd_data_restrictions=reject_multi_recipient_bounce, reject_unauth_pipelining, permit'",
    ),
    seen(away("MEL-S-06", "unknown-no-postconf", "/usr/sbin/postconf")),
)
