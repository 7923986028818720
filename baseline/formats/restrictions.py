"""Restriction lists of Postfix like `smtpd_recipient_restrictions`: taken apart, added to, and followed rule by rule.

Sources: postconf(5), SMTPD_ACCESS_README, RESTRICTION_CLASS_README.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from baseline.classes import dataclass

_WORD = re.compile(r"[^\s,]+")
_BRACED = re.compile(rf"\{{[^}}]*\}}|{_WORD.pattern}")


def words_of(value: str) -> list[str]:
    """The words of a list, parted by white space or commas; `{ … }` is one. A brace that nothing closes is a letter."""
    found, place, last = [], 0, value.rfind("}")
    # Behind the last closing brace none is looked for: each opening one would be, to the end.
    while match := (_BRACED if place <= last else _WORD).search(value, place):
        found.append(match[0])
        place = match.end()
    return found


def restriction_tokens(value: str) -> list[str]:
    """The restrictions of a list such as `smtpd_recipient_restrictions`, a rule and its argument as one token.

    Separated by white space or commas; `{ … }` groups one rule (postconf(5), "smtpd_recipient_restrictions").
    """
    words = words_of(value)
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


# --- rules put in their place ---------------------------------------------------------------------


def without(value: str, rule: str) -> str:
    """A list as written, without each occurrence of a rule and the comma after it."""
    words = r"[\s,]+".join(re.escape(word) for word in rule.split())
    return re.sub(rf"(?:^|(?<=[\s,])){words}(?=[\s,]|$)[\s,]*", "", value).strip(" ,\t")


def first(value: str, rule: str) -> str:
    """A list as written with a rule before everything else, and nowhere else."""
    rest = without(value, rule)
    return f"{rule}, {rest}" if rest else rule


def last(value: str, rule: str) -> str:
    """A list as written with a rule behind everything else, and behind what lets the host's own users pass."""
    own = ("permit_mynetworks", "permit_sasl_authenticated")
    present = restriction_tokens(without(value, rule))
    return ", ".join([*filter(None, [without(value, rule)]), *(one for one in own if one not in present), rule])


def after_refusal(value: str, rule: str) -> str | None:
    """A list as written with a rule right after the one that refuses strangers; None without such a rule."""
    rest = without(value, rule)
    refusal = re.search(r"(?:^|(?<=[\s,]))(?:reject|defer)_unauth_destination(?=[\s,]|$)", rest)
    return f"{rest[: refusal.end()]}, {rule}{rest[refusal.end() :]}" if refusal else None


def before_permits(value: str, rule: str) -> str:
    """A list as written with a rule before the first that lets anybody pass; one that stands so stays there."""
    return _before(value, rule, lambda token: token.startswith(("permit", "$")) or token in UNCONDITIONAL)


def before_end(value: str, rule: str) -> str:
    """A list as written with a rule before the first that decides for everybody; one that stands so stays there."""
    return _before(value, rule, lambda token: token.startswith("$") or token in UNCONDITIONAL)


def _before(value: str, rule: str, stops: Callable[[str], bool]) -> str:
    tokens = restriction_tokens(value)
    stop = next((place for place, token in enumerate(tokens) if stops(token)), len(tokens))
    if rule in tokens[:stop]:
        return value
    rest = without(value, rule)
    kept = restriction_tokens(rest)
    mark = next((token for token in kept if stops(token)), None)
    if mark is None:
        return f"{rest}, {rule}" if rest else rule
    place = re.search(rf"(?:^|(?<=[\s,])){re.escape(mark)}(?=[\s,]|$)", rest)
    return f"{rest[: place.start()]}{rule}, {rest[place.start() :]}" if place else f"{rule}, {rest}"


PLACES: Mapping[str, Callable[[str, str], str | None]] = {
    "first": first,
    "last": last,
    "after_refusal": after_refusal,
    "before_permits": before_permits,
    "before_end": before_end,
}
"""The places that a rule can be put in, by the names that edits carry."""


# --- what a list decides --------------------------------------------------------------------------


def expand(rules: Sequence[str], classes: Mapping[str, str]) -> list[str]:
    """The rules with each restriction class replaced by its own, `classes` being name -> list as text.

    A class that names itself, which Postfix refuses at run time, is left as it stands.
    """
    found: list[str] = []
    for rule in rules:
        if rule in classes:
            others = {name: value for name, value in classes.items() if name != rule}
            found += expand(restriction_tokens(classes[rule]), others)
        else:
            found.append(rule)
    return found


@dataclass(frozen=True)
class Decision:
    """What a list decides: `refused` or `permitted` by a rule, or nothing (`end`).

    `doubts` are the rules before it whose answer hangs on what is not seen here, and that may let mail pass.
    """

    word: str
    rule: str = ""
    doubts: tuple[str, ...] = ()


def for_stranger(rules: Sequence[str], lets_pass: Callable[[str], object] = lambda _: False) -> Decision:
    """What a list decides for a client that is outside mynetworks and has not logged in, and a recipient elsewhere.

    Rules about who the client is (check_client_access and its like) are no doubts: whom they let pass, the site has
    named; unless `lets_pass` says of a rule that it lets everybody. What a client says of itself, in HELO, sender and
    recipient, anybody can say.
    """
    doubts: list[str] = []
    for rule in rules:
        if rule in REFUSES_STRANGERS:
            return Decision("refused", rule, tuple(doubts))
        if rule in ANYBODY or lets_pass(rule):
            return Decision("permitted", rule, tuple(doubts))
        if rule.partition(" ")[0] in _DOUBTFUL:
            doubts.append(rule)
    return Decision("end", "", tuple(doubts))


ANYBODY = frozenset({"permit", "permit_naked_ip_address", "permit_tls_all_clientcerts"})
"""Rules that let anybody pass: any client can show some certificate, and say an address in HELO as a name."""

_DOUBTFUL = frozenset(
    f"check_{subject}_access"
    for subject in (
        *("helo", "helo_a", "helo_mx", "helo_ns"),
        *("sender", "sender_a", "sender_mx", "sender_ns"),
        *("recipient", "recipient_a", "recipient_mx", "recipient_ns"),
    )
) | {"check_policy_service", "permit_mx_backup", "permit_rhswl_client", "permit_dnswl_client"}


def reached(rules: Sequence[str], wanted: str) -> bool:
    """Whether a rule is asked for mail of strangers: nothing before it in the list decides for everybody."""
    for rule in rules:
        if rule == wanted:
            return True
        if rule in UNCONDITIONAL:
            return False
    return False
