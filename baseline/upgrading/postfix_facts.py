"""What Postfix 3.10, as Debian 13 has it, makes of settings of Postfix 3.7.

Seen on the programs themselves, 3.7.11 and 3.10.13: `postconf -d` of both compared, deprecated parameters as `postconf`
3.10 warns of them, restrictions by asking smtpd with each of them. What is not here, both programs take alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from baseline.classes import dataclass

MainCf = Mapping[str, str]
"""What main.cf sets, `$name` expanded where the default is meant."""


_ALONE = frozenset({"", "none", "may"})


def _always(settings: MainCf) -> bool:
    del settings
    return True


def _takes_tls(settings: MainCf) -> bool:
    return (
        settings.get("smtpd_tls_security_level", "none") not in ("", "none") or settings.get("smtpd_use_tls") == "yes"
    )


def _sends_tls(settings: MainCf) -> bool:
    return settings.get("smtp_tls_security_level", "none") not in ("", "none") or settings.get("smtp_use_tls") == "yes"


def _tls(settings: MainCf) -> bool:
    return _takes_tls(settings) or _sends_tls(settings)


def _high(settings: MainCf) -> bool:
    return any(name.endswith("_ciphers") and value == "high" for name, value in settings.items())


def _milters(settings: MainCf) -> bool:
    return bool(settings.get("smtpd_milters") or settings.get("non_smtpd_milters"))


def _dane_by_policy(settings: MainCf) -> bool:
    return settings.get("smtp_tls_security_level") != "dane" and bool(settings.get("smtp_tls_policy_maps"))


def _requires_tls(settings: MainCf) -> bool:
    return settings.get("smtp_tls_security_level", "") not in _ALONE or bool(settings.get("smtp_tls_policy_maps"))


@dataclass(frozen=True)
class NewDefault:
    """A parameter with another default. `concerns` says whether a host that does not set it is concerned."""

    before: str
    after: str
    meaning: str
    concerns: Callable[[MainCf], bool] = _always
    kept: bool = True
    """Whether Postfix 3.7 takes `before` as a value, so that it can be written before the upgrade."""


_CIPHERS = "aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH"

NEW_DEFAULTS: Mapping[str, NewDefault] = {
    "smtpd_forbid_bare_newline": NewDefault(
        "no",
        "normalize",
        "a line of mail that ends in a bare newline is taken as a whole line; mail whose sender never ends a line with "
        "CR and LF does not get through any more: programs and devices that speak SMTP by themselves",
    ),
    "smtpd_forbid_unauth_pipelining": NewDefault(
        "no",
        "yes",
        "clients that send commands before they are allowed to are cut off with 554 5.5.0: mail of programs that do "
        "not wait for answers is refused",
    ),
    "milter_default_action": NewDefault(
        "tempfail",
        "shutdown",
        "where a milter fails, the client is told to come back later and the connection ends, in place of a 451 for "
        "the one mail",
        _milters,
    ),
    "tls_medium_cipherlist": NewDefault(
        _CIPHERS,
        "aNULL:-aNULL:HIGH:MEDIUM:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:+RC4:@STRENGTH",
        "TLS with 3DES, RC4, IDEA, SEED or MD5 is no longer agreed on: servers and clients that can do nothing newer "
        "fall back to mail without TLS, and get none through where TLS is required",
        _tls,
    ),
    "tls_high_cipherlist": NewDefault(
        "aNULL:-aNULL:HIGH:@STRENGTH",
        "aNULL:-aNULL:HIGH:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:@STRENGTH",
        "where the grade is `high`, TLS with certificates by DSA or key exchange without forward secrecy by static "
        "Diffie-Hellman keys is no longer agreed on",
        _high,
    ),
    "smtp_tls_dane_insecure_mx_policy": NewDefault(
        "${{$smtp_tls_security_level} == {dane} ? {dane} : {may}}",
        "dane",
        "where a policy says `dane` of a domain whose MX records are not signed, the TLSA records of its mail servers "
        "count all the same: mail to servers that do not match them waits",
        _dane_by_policy,
    ),
    "smtpd_client_ipv6_prefix_length": NewDefault(
        "128 (a fixed length)",
        "84",
        "limits by client (anvil) count all IPv6 addresses of one /84 together",
        lambda settings: settings.get("inet_protocols", "all") != "ipv4",
        kept=False,
    ),
    "tls_required_enable": NewDefault(
        "no (the feature is new)",
        "yes",
        "whoever writes the header `TLS-Required: no` into a mail has it sent without TLS where it cannot be had, also "
        "where you require TLS",
        _requires_tls,
        kept=False,
    ),
}

_LEVEL_OF_DAEMON = "smtpd_tls_security_level"
_LEVEL_OF_CLIENT = "smtp_tls_security_level"

DEPRECATED: Mapping[str, str] = {
    "disable_dns_lookups": "smtp_dns_support_level",
    "lmtp_use_tls": "lmtp_tls_security_level",
    "lmtp_enforce_tls": "lmtp_tls_security_level",
    "lmtp_tls_per_site": "lmtp_tls_policy_maps",
    "postscreen_use_tls": "postscreen_tls_security_level",
    "postscreen_enforce_tls": "postscreen_tls_security_level",
    "smtp_use_tls": _LEVEL_OF_CLIENT,
    "smtp_enforce_tls": _LEVEL_OF_CLIENT,
    "smtp_tls_per_site": "smtp_tls_policy_maps",
    "smtpd_use_tls": _LEVEL_OF_DAEMON,
    "smtpd_enforce_tls": _LEVEL_OF_DAEMON,
    "smtpd_tls_dh1024_param_file": "",
    "smtpd_tls_eecdh_grade": "",
    "tlsproxy_use_tls": "tlsproxy_tls_security_level",
    "tlsproxy_enforce_tls": "tlsproxy_tls_security_level",
}
"""Parameters that still work, and that `postconf` warns of with every start; what to write in place of each."""

LEVEL_SAID: Mapping[str, str] = {"use_tls": "may", "enforce_tls": "encrypt"}
"""What a `yes` of the old parameters is as a security level."""

REMOVED_RESTRICTIONS: Mapping[str, str] = {
    "check_relay_domains": "permit_auth_destination, reject",
    "permit_naked_ip_address": "",
    "reject_maps_rbl": "",
}
"""Restrictions that smtpd 3.10 does not know, and what says the same; empty where it is left out."""

DEPRECATED_RESTRICTIONS: Mapping[str, str] = {"permit_mx_backup": "relay_domains"}

EMPTY_GRADES: Mapping[str, str] = {"tls_low_cipherlist": "low", "tls_export_cipherlist": "export"}
"""Lists of ciphers that are empty by default now: their grade is read as `medium`."""

MAP_PACKAGES: Mapping[str, str] = {
    "cdb": "postfix-cdb",
    "ldap": "postfix-ldap",
    "lmdb": "postfix-lmdb",
    "mysql": "postfix-mysql",
    "pgsql": "postfix-pgsql",
    "sqlite": "postfix-sqlite",
}
BUILT_IN_MAPS = frozenset(
    {"btree", "cidr", "environ", "fail", "hash", "inline", "internal", "memcache", "nis", "pcre", "pipemap", "proxy"}
    | {"randmap", "regexp", "socketmap", "static", "tcp", "texthash", "unionmap", "unix"}
)
"""As `postconf -m` prints them on both releases."""
