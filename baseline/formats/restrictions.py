"""Restriction lists of Postfix like `smtpd_recipient_restrictions`, taken apart (postconf(5), SMTPD_ACCESS_README)."""

from __future__ import annotations

import re


def restriction_tokens(value: str) -> list[str]:
    """The restrictions of a list such as `smtpd_recipient_restrictions`, a rule and its argument as one token.

    Separated by white space or commas; `{ … }` groups one rule (postconf(5), "smtpd_recipient_restrictions").
    """
    words = re.findall(r"\{[^}]*\}|[^\s,]+", value)
    tokens: list[str] = []
    takes_argument = False
    for word in words:
        bare = word.strip("{} ")
        if takes_argument and tokens:
            takes_argument = tokens[-1] == "warn_if_reject" and bare in _WITH_ARGUMENT
            tokens[-1] = f"{tokens[-1]} {bare}"
        else:
            tokens.append(bare)
            takes_argument = bare in _WITH_ARGUMENT
    return tokens


_WITH_ARGUMENT = frozenset(
    f"check_{subject}_access"
    for subject in (
        "ccert",
        "client",
        "client_a",
        "client_mx",
        "client_ns",
        "etrn",
        "helo",
        "helo_a",
        "helo_mx",
        "helo_ns",
        "recipient",
        "recipient_a",
        "recipient_mx",
        "recipient_ns",
        "reverse_client_hostname",
        "reverse_client_hostname_a",
        "reverse_client_hostname_mx",
        "reverse_client_hostname_ns",
        "sasl",
        "sender",
        "sender_a",
        "sender_mx",
        "sender_ns",
    )
) | {
    "check_policy_service",
    "reject_rbl_client",
    "reject_rhsbl_client",
    "reject_rhsbl_helo",
    "reject_rhsbl_recipient",
    "reject_rhsbl_reverse_client",
    "reject_rhsbl_sender",
    "permit_dnswl_client",
    "permit_rhswl_client",
    "sleep",
    "warn_if_reject",
}

UNCONDITIONAL = frozenset({"permit", "reject", "defer"})
REFUSES_STRANGERS = frozenset({"reject_unauth_destination", "defer_unauth_destination", "reject", "defer"})
