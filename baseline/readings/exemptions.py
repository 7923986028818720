"""Whom Postfix exempts from a rule: lists of clients, and rules that let mail pass before another one is asked.

An exemption that everybody can have leaves nothing of the rule. It holds everybody when it holds more addresses of the
Internet than anybody has (`baseline.formats.networks.everybody`), clients without a name, or whoever says or shows what
anybody can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats.networks import Network, everybody, parse_network
from baseline.formats.restrictions import ANYBODY, restriction_tokens
from baseline.model import Scalar, Target
from baseline.readings.answers import ask, shorten, text
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.host import Host

MYNETWORKS = "mynetworks"
_MILTER_MAPS = "smtpd_milter_maps"
XCLIENT = "smtpd_authorized_xclient_hosts"

NOT_EVERYBODY = "not everybody"
"""What is wanted of each key that `told` gives."""

_SEVERAL = 2
"""Of how many /8 or /16 a table has to hold both addresses that it was asked for."""


@dataclass(frozen=True)
class Exempt:
    """Whom an exemption holds. `everybody` says by what, and is empty where they are not all held.

    `unread` is what could not be read: without it nobody knows whether everybody is.
    """

    everybody: str = ""
    unread: str = ""

    def __or__(self, other: Exempt) -> Exempt:
        return Exempt(self.everybody or other.everybody, self.unread or other.unread)


@dataclass(frozen=True)
class _Said:
    """One answer of a table: to how many /8 and /16, whole and by their first number, and to which other keys."""

    value: str
    whole: int
    parts: int
    others: str


@dataclass
class _Tables:
    """What tables and files of the host say; None for one that cannot be asked."""

    said: dict[str, list[_Said] | None] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)


def question(target: Target) -> str:
    """What every table says of keys that stand for everybody, and of recipients of the host's own domains."""
    return script("baseline.readings", "exemptions", domains=" ".join(target.domains))


class Exemptions:
    """What the smtpd services of a host exempt from their rules."""

    def __init__(self, host: Host, target: Target, effective: Callable[[str, str], str]) -> None:
        """`effective` gives what a service gets for a parameter; the empty service stands for main.cf."""
        (self._answer,) = ask(host, question(target))
        self._effective = effective

    def clients(self, service: str, name: str) -> Exempt:
        """Whether a list of clients, such as `mynetworks`, holds everybody, as a service gets it.

        Other lists have mynetworks for their default, and then the service's own; and whoever may use XCLIENT is any
        client that he names. Sources: postconf(5), XCLIENT_README. Raises `CannotTell`.
        """
        words = self._words(service, name)
        found = self._held(name, words)
        usual = self._words("", MYNETWORKS)
        if name != MYNETWORKS and usual and set(usual) <= set(words):
            found |= self._held(MYNETWORKS, self._words(service, MYNETWORKS))
        if name != XCLIENT and words:
            found |= self._held(XCLIENT, self._words(service, XCLIENT))
        return found

    def milters(self, service: str, stays: Callable[[str], bool]) -> Exempt:
        """Whether smtpd_milter_maps gives everybody other mail filters, or none (`DISABLE`), than `stays` wants.

        Source: postconf(5) smtpd_milter_maps. Raises `CannotTell`.
        """
        found = Exempt()
        for word in self._words(service, _MILTER_MAPS):
            answers = self._tables.said.get(word)
            if answers is None:
                found |= Exempt(unread=f"{_MILTER_MAPS} names {word}, which could not be asked")
            elif any(said.whole >= _SEVERAL and not stays(said.value) for said in answers):
                found |= Exempt(f"{_MILTER_MAPS} has {word}")
        return found

    def rule(self, service: str, rule: str, *, relayed: bool = False) -> Exempt:
        """Whether a restriction lets everybody pass, with mail to this host; with `relayed`, with mail to elsewhere.

        Sources: postconf(5) smtpd_recipient_restrictions; access(5). What a policy service or a list in the DNS
        answers is not in the settings, and not looked at. Raises `CannotTell`.
        """
        rule = rule.removeprefix("warn_if_reject ")
        word, _, argument = rule.partition(" ")
        if word in ANYBODY or (word == "permit_auth_destination" and not relayed):
            return Exempt(word)
        if word == "permit_mynetworks":
            return _by(rule, self.clients(service, MYNETWORKS))
        if word == "permit_tls_clientcerts":
            return _by(rule, self._held("relay_clientcerts", self._words(service, "relay_clientcerts"), "f"))
        keys = _KEYS.get(re.sub(r"_(a|mx|ns)_access$", "_access", word), "")
        if not keys:
            return Exempt()
        return self._access(service, rule, argument, keys.replace("d", "") if relayed else keys, relayed)

    def before(self, service: str, rules: Sequence[str], wanted: str) -> Exempt:
        """Whether a list lets everybody pass before it asks a rule. Raises `CannotTell`."""
        found = Exempt()
        for rule in rules:
            if rule == wanted or found.everybody:
                break
            found |= self.rule(service, rule)
        return found

    def all_before(self, service: str, places: Iterable[tuple[Sequence[str], str]]) -> Exempt:
        """The same of a rule that stands in several lists: one that asks it of everybody is enough.

        Nobody is exempt where no list has the rule. Raises `CannotTell`.
        """
        found = [self.before(service, rules, wanted) for rules, wanted in places]
        return next((one for one in found if not one.everybody and not one.unread), None) or next(
            (one for one in found if not one.everybody), found[0] if found else Exempt()
        )

    def _access(self, service: str, rule: str, table: str, keys: str, relayed: bool) -> Exempt:
        answers = self._tables.said.get(table)
        if answers is None:
            return Exempt(unread=f"what {rule} answers could not be asked")
        found = Exempt()
        for said in answers:
            wide = "4" in keys and (said.whole >= _SEVERAL or said.parts >= _SEVERAL)
            if wide or set(said.others) & set(keys):
                found |= _by(rule, self._permits(service, said.value, relayed))
        return found

    def _permits(self, service: str, value: str, relayed: bool) -> Exempt:
        """What the answer of a table lets pass: OK, a number, or rules of which the first that decides does."""
        if value.upper() == "OK" or value.isdigit():
            return Exempt(value)
        found = Exempt()
        for rule in restriction_tokens(value):
            if rule in ("reject", "defer", "DUNNO") or found.everybody:
                break
            # A table that sends to a table is not followed: that one was asked as well where a list names it.
            if not rule.startswith("check_"):
                found |= self.rule(service, rule, relayed=relayed)
        return found

    def _held(self, name: str, words: Sequence[str], keys: str = "") -> Exempt:
        """Whether the words of a list hold everybody: by networks, or by tables, of which any answer counts."""
        listed: list[str] = []
        unread = ""
        for word in self._opened(words):
            if word.startswith("!"):
                continue
            if re.match(r"[a-z]+:[^:]", word):
                answers = self._tables.said.get(word)
                if answers is None:
                    unread = f"{name} names {word}, which could not be asked"
                elif sum(said.whole for said in answers) >= _SEVERAL or any(
                    set(said.others) & set(keys) for said in answers
                ):
                    return Exempt(f"{name} has {word}")
                continue
            listed.append(word)
        return by_networks(name, listed) | Exempt(unread=unread)

    def _opened(self, words: Iterable[str]) -> list[str]:
        """The words of a list, files in place of their names. Raises `CannotTell`."""
        found: list[str] = []
        for word in words:
            found += self._tables.words.get(word, []) if word.startswith("/") else [word]
        return found

    def _words(self, service: str, name: str) -> list[str]:
        return [word for word in re.split(r"[\s,]+", self._effective(service, name)) if word]

    @cached_property
    def _tables(self) -> _Tables:
        return _read(text(self._answer))


def by_networks(name: str, words: Iterable[str]) -> Exempt:
    """Whether the networks of a list hold everybody. Names of clients, which it may hold as well, are no networks."""
    networks: list[Network] = []
    unread = ""
    for word in words:
        try:
            networks.append(parse_network(word))
        except ValueError:
            # What looks like a network and is none, the program cannot read either.
            if re.fullmatch(r"[0-9A-Fa-f.:/\[\]]+", word):
                unread = f"{name} holds {shorten(word)}, which is not understood"
    whole = next((str(one) for one in networks if everybody([one])), "")
    if whole or everybody(networks):
        return Exempt(f"{name} has {whole or 'networks that together hold most of the Internet'}")
    return Exempt(unread=unread)


def told(exempt: Mapping[str, Exempt]) -> dict[str, Scalar]:
    """`exempt in SERVICE` for each service: everybody and by what, or not everybody."""
    return {
        f"exempt in {service}": f"everybody, by {one.everybody}" if one.everybody else NOT_EVERYBODY
        for service, one in exempt.items()
    }


def unread(exempt: Mapping[str, Exempt]) -> list[str]:
    """What could not be read, and hides whether everybody is exempt."""
    return [f"{service}: {one.unread}" for service, one in exempt.items() if one.unread and not one.everybody]


def _by(rule: str, found: Exempt) -> Exempt:
    return Exempt(f"{rule} ({found.everybody})", found.unread) if found.everybody else found


_KEYS: Mapping[str, str] = {
    "check_client_access": "4c",
    "check_reverse_client_hostname_access": "4c",
    "check_helo_access": "h",
    "check_sender_access": "s",
    "check_recipient_access": "sd",
    "check_ccert_access": "f",
}
"""The keys that stand for everybody in a table of each sort; `4` for addresses. A sender `<>` is a bounce."""


def _read(printed: str) -> _Tables:
    found = _Tables()
    answers: list[_Said] = []
    words: list[str] | None = None
    for line in printed.splitlines():
        head = re.fullmatch(r"(table|list|closed) (\S+)", line)
        said = re.fullmatch(r"said (\d+) (\d+) (\d+) (\d+) ([a-z-]+) (.*)", line)
        if head:
            words, answers = (None, []) if head[1] != "list" else ([], [])
            if words is not None:
                found.words[head[2]] = words
            else:
                found.said[head[2]] = None if head[1] == "closed" else answers
        elif words is not None:
            words += [word for word in re.split(r"[\s,]+", line.partition("#")[0]) if word]
        elif said:
            whole, parts = max(int(said[1]), int(said[3])), max(int(said[2]), int(said[4]))
            answers.append(_Said(said[6].strip(), whole, parts, said[5].strip("-")))
        else:
            raise CannotTell(f"what tables say could not be read: {shorten(line)}")
    return found
