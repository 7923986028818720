"""Anti-spam, Postfix itself: MEL-A-08 to A-11."""

from __future__ import annotations

from tests.scenarios.scenario import NO_POSTMASTER, POSTMASTER_BACK, RELOAD, Scenario, away, only_recorded

QUOTA_STATUS = "check_policy_service unix:private/quota-status"
REFUSES = "reject_unauth_destination"
RELAY = f"permit_mynetworks, permit_sasl_authenticated, {REFUSES}"

ANTISPAM_SMTP = (
    Scenario("MEL-A-08", "pass-applied", "true"),
    Scenario("MEL-A-08", "fail-no-name-wanted", "postconf -e smtpd_helo_required=no"),
    only_recorded("MEL-A-08", "fail-vrfy-overridden", "postconf -P smtp/inet/disable_vrfy_command=no"),
    Scenario("MEL-A-08", "fail-any-name", "postconf -X smtpd_helo_restrictions"),
    only_recorded(
        "MEL-A-08",
        "fail-permitted-before",
        "postconf -e 'smtpd_helo_restrictions=permit, reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname'",
    ),
    only_recorded("MEL-A-08", "fail-asked-too-early", "postconf -e smtpd_delay_reject=no"),
    Scenario("MEL-A-08", "fail-no-owners", "postconf -e smtpd_sender_login_maps="),
    Scenario(
        "MEL-A-08",
        "fail-users-pass-before",
        "postconf -P submission/inet/smtpd_sender_restrictions="
        "check_sasl_access,hash:/var/lib/baseline-quota/send_blocked,permit_sasl_authenticated,"
        "reject_authenticated_sender_login_mismatch",
    ),
    only_recorded(
        "MEL-A-08",
        "fail-aliases-need-owners",
        "postconf -e smtpd_sender_login_maps= virtual_alias_maps=inline:{x@d1.lab.test=alice@d1.lab.test}",
        mend="postconf -X virtual_alias_maps",
    ),
    only_recorded(
        "MEL-A-08",
        "nothing-in-other-lists",
        "postconf -e 'smtpd_recipient_restrictions=check_policy_service unix:private/quota-status, permit_mynetworks, "
        "permit_sasl_authenticated, reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname' && "
        "postconf -X smtpd_helo_restrictions",
        mend=f"postconf -e 'smtpd_recipient_restrictions={QUOTA_STATUS}' && postconf -X smtpd_helo_restrictions",
    ),
    only_recorded(
        "MEL-A-08",
        "nothing-a-class",
        "postconf -e 'smtpd_restriction_classes=named' 'smtpd_helo_restrictions=permit_mynetworks, named' "
        "'named=reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname'",
        mend="postconf -X smtpd_restriction_classes named smtpd_helo_restrictions",
    ),
    Scenario(
        "MEL-A-08",
        "fail-everybody-is-let-pass",
        "postconf -e 'smtpd_helo_restrictions=check_client_access static:OK, reject_invalid_helo_hostname, "
        "reject_non_fqdn_helo_hostname'",
        mend="postconf -X smtpd_helo_restrictions",
    ),
    only_recorded(
        "MEL-A-08",
        "fail-everybody-is-trusted",
        f"postconf -e 'mynetworks=0.0.0.0/1 128.0.0.0/1' && {RELOAD}",
        mend=f"postconf -X mynetworks && {RELOAD}",
    ),
    only_recorded(
        "MEL-A-08",
        "fail-a-pattern-lets-everybody-pass",
        "echo '/./ permit' >/etc/postfix/own.regexp && "
        "postconf -e 'smtpd_helo_restrictions=check_helo_access regexp:/etc/postfix/own.regexp, "
        "reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname'",
        mend="postconf -X smtpd_helo_restrictions && rm /etc/postfix/own.regexp",
    ),
    only_recorded(
        "MEL-A-08",
        "unknown-a-table-that-cannot-be-asked",
        "postconf -e 'smtpd_helo_restrictions=check_client_access mysql:/etc/postfix/none.cf, "
        "reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname'",
        mend="postconf -X smtpd_helo_restrictions",
    ),
    only_recorded(
        "MEL-A-08",
        "nothing-a-table-of-some",
        "printf '192.0.2.7 OK\n192.0.2.0/24 REJECT\n' >/etc/postfix/own.cidr && "
        "postconf -e 'smtpd_helo_restrictions=check_client_access cidr:/etc/postfix/own.cidr, "
        "reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname'",
        mend="postconf -X smtpd_helo_restrictions && rm /etc/postfix/own.cidr",
    ),
    away("MEL-A-08", "unknown-no-postconf", "/usr/sbin/postconf"),
    Scenario("MEL-A-09", "pass-applied", "true"),
    Scenario(
        "MEL-A-09",
        "fail-relays-for-certificates",
        f"postconf -e 'smtpd_relay_restrictions=permit_tls_all_clientcerts, {REFUSES}'",
    ),
    Scenario(
        "MEL-A-09",
        "fail-relays-for-all",
        f"postconf -e 'smtpd_relay_restrictions=check_client_access static:OK, {REFUSES}' && {RELOAD}",
        mend=f"postconf -e 'smtpd_relay_restrictions={RELAY}' && {RELOAD}",
    ),
    only_recorded(
        "MEL-A-09",
        "fail-overridden",
        f"postconf -P smtp/inet/smtpd_relay_restrictions=permit_tls_all_clientcerts,{REFUSES}",
    ),
    Scenario(
        "MEL-A-09",
        "fail-public-network",
        "postconf -e 'mynetworks=127.0.0.0/8 [::1]/128 203.0.113.0/24'",
    ),
    only_recorded(
        "MEL-A-09",
        "fail-public-network-in-a-table",
        "printf '10.9.9.9 OK\\n203.0.113.0/24 OK\\n' >/etc/postfix/own.cidr && "
        "postconf -e 'mynetworks=127.0.0.0/8 [::1]/128 cidr:/etc/postfix/own.cidr'",
        mend="postconf -e 'mynetworks=127.0.0.0/8 [::1]/128' && rm /etc/postfix/own.cidr",
    ),
    only_recorded(
        "MEL-A-09",
        "fail-everybody-by-a-table",
        f"postconf -e 'mynetworks=127.0.0.0/8 static:all' && {RELOAD}",
        mend=f"postconf -e 'mynetworks=127.0.0.0/8 [::1]/128' && {RELOAD}",
    ),
    only_recorded(
        "MEL-A-09",
        "fail-everybody-at-one-service",
        f"postconf -P smtp/inet/mynetworks=0.0.0.0/0 && {RELOAD}",
        mend=f"postconf -PX smtp/inet/mynetworks && {RELOAD}",
    ),
    only_recorded(
        "MEL-A-09",
        "fail-everybody-by-xclient",
        f"postconf -e smtpd_authorized_xclient_hosts=0.0.0.0/0 && {RELOAD}",
        mend=f"postconf -X smtpd_authorized_xclient_hosts && {RELOAD}",
    ),
    only_recorded(
        "MEL-A-09",
        "warn-private-network",
        "postconf -e 'mynetworks=127.0.0.0/8 [::1]/128 192.168.0.0/16'",
        mend="postconf -e 'mynetworks=127.0.0.0/8 [::1]/128'",
    ),
    only_recorded(
        "MEL-A-09",
        "warn-doubtful-rule-before",
        "postconf -e 'smtpd_relay_restrictions=check_policy_service unix:private/quota-status, permit_mynetworks, "
        f"permit_sasl_authenticated, {REFUSES}'",
        mend=f"postconf -e 'smtpd_relay_restrictions={RELAY}'",
    ),
    only_recorded(
        "MEL-A-09",
        "unknown-asked-from-inside",
        f"postconf -e 'mynetworks=127.0.0.0/8 [::1]/128 10.0.0.0/8' && {RELOAD}",
        mend=f"postconf -e 'mynetworks=127.0.0.0/8 [::1]/128' && {RELOAD}",
    ),
    only_recorded(
        "MEL-A-09",
        "nothing-permit-behind-the-refusal",
        "postconf -e 'smtpd_recipient_restrictions=check_policy_service unix:private/quota-status, permit' && "
        + RELOAD,
    ),
    away("MEL-A-09", "unknown-no-postconf", "/usr/sbin/postconf"),
    Scenario("MEL-A-10", "pass-applied", "true"),
    Scenario(
        "MEL-A-10",
        "fail-no-limit",
        "postconf -PX submission/inet/smtpd_client_message_rate_limit "
        "submission/inet/smtpd_client_recipient_rate_limit submission/inet/smtpd_client_auth_rate_limit",
    ),
    only_recorded(
        "MEL-A-10",
        "fail-a-limit-that-is-none",
        "postconf -P submission/inet/smtpd_client_message_rate_limit=90000 "
        "submission/inet/smtpd_client_recipient_rate_limit=0",
    ),
    only_recorded(
        "MEL-A-10", "nothing-another-limit", "postconf -P submission/inet/smtpd_client_message_rate_limit=30"
    ),
    only_recorded(
        "MEL-A-10",
        "nothing-by-user",
        "postconf -PX submission/inet/smtpd_client_message_rate_limit "
        "submission/inet/smtpd_client_recipient_rate_limit && printf "
        """'servers = "127.0.0.1";\\nrates { user { bucket { burst = 50; rate = "1 / 1min"; } } }\\n' """
        ">/etc/rspamd/local.d/ratelimit.conf",
        mend="rm /etc/rspamd/local.d/ratelimit.conf",
    ),
    Scenario(
        "MEL-A-10",
        "fail-everybody-is-excepted",
        "printf '0.0.0.0/0 all\n' >/etc/postfix/own.cidr && "
        "postconf -e smtpd_client_event_limit_exceptions=cidr:/etc/postfix/own.cidr",
        mend="postconf -X smtpd_client_event_limit_exceptions && rm /etc/postfix/own.cidr",
    ),
    away("MEL-A-10", "unknown-no-postconf", "/usr/sbin/postconf"),
    Scenario("MEL-A-11", "pass-applied", "true"),
    Scenario("MEL-A-11", "fail-takes-everybody", f"postconf -e smtpd_reject_unlisted_recipient=no && {RELOAD}"),
    only_recorded("MEL-A-11", "fail-local-not-known", "postconf -e local_recipient_maps="),
    only_recorded("MEL-A-11", "fail-luser-relay", "postconf -e luser_relay=alice@d1.lab.test"),
    Scenario(
        "MEL-A-11",
        "fail-catches-all",
        "postconf -e virtual_alias_maps=hash:/etc/postfix/all && "
        f"echo '@d1.lab.test bob@d1.lab.test' >/etc/postfix/all && postmap /etc/postfix/all && {RELOAD}",
        mend=f"postconf -X virtual_alias_maps && rm /etc/postfix/all /etc/postfix/all.db && {RELOAD}",
    ),
    only_recorded("MEL-A-11", "warn-try-again", f"postconf -e unknown_virtual_mailbox_reject_code=450 && {RELOAD}"),
    only_recorded(
        "MEL-A-11",
        "fail-no-postmaster",
        NO_POSTMASTER,
        mend=POSTMASTER_BACK,
    ),
    only_recorded(
        "MEL-A-11", "nothing-another-code", f"postconf -e unknown_virtual_mailbox_reject_code=554 && {RELOAD}"
    ),
    away("MEL-A-11", "unknown-no-postconf", "/usr/sbin/postconf"),
)
