"""The access lists of Postfix's smtpd, service by service: what is evaluated, in which order, and how to add a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from baseline.edits import Edit, SetOverride, SetParameter
from baseline.errors import CannotTell
from baseline.formats import postfix
from baseline.kinds.reading import Postfix, ask, text

if TYPE_CHECKING:
    from testinfra.host import Host

FILES = ("/etc/postfix/main.cf", "/etc/postfix/master.cf")

_RAW = (
    "postconf smtpd_sender_restrictions smtpd_recipient_restrictions smtpd_relay_restrictions"
    " smtpd_relay_before_recipient_restrictions",
    "postconf -P",
)
"""The same as written, `$name` unexpanded: what is written back must not freeze the value of a variable."""


class Smtpd:
    """The smtpd services of a host and the lists that each of them evaluates."""

    def __init__(self, host: Host) -> None:
        self._view = Postfix(host)
        self._raw = ask(host, *_RAW)

    @property
    def services(self) -> list[str]:
        """The services that run smtpd, such as `smtp/inet`. Raises `CannotTell` when there is none."""
        found = self._view.services("smtpd")
        if not found:
            raise CannotTell("`postconf -M` lists no smtpd service, so nothing takes mail by SMTP here")
        return found

    def effective(self, service: str, name: str) -> str:
        """What one service gets, expanded: its own override, else main.cf's value; empty when neither says.

        The empty name stands for services without overrides.
        """
        return self._view.overrides(name).get(service, self._view.setting(name) or "")

    def written(self, name: str, service: str | None = None) -> str | None:
        """The value as written, for a service's override or for main.cf; None when there is no override."""
        if service is None:
            return postfix.parse_parameters(text(self._raw[0])).get(name, "")
        return postfix.parse_overrides(text(self._raw[1])).get(service, {}).get(name)

    def written_all(self, name: str) -> Mapping[str, str]:
        """`NAME` for main.cf and `NAME in SERVICE` for each smtpd service with an override -> the value as written."""
        found = {name: self.written(name) or ""}
        for service in self.services:
            override = self.written(name, service)
            if override is not None:
                found[f"{name} in {service}"] = override
        return found


def rewrite(name: str, state: Mapping[str, object], change: Callable[[str], str]) -> list[Edit]:
    """Edits that pass each written value of a list, as `written_all` gave it, through `change`."""
    edits: list[Edit] = []
    for key, value in state.items():
        after = change(str(value)) if key == name or key.startswith(f"{name} in ") else value
        if after == value:
            continue
        service = key.removeprefix(f"{name} in ")
        edits.append(SetParameter(name, str(after)) if key == name else SetOverride(service, name, str(after)))
    return edits


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
    present = postfix.restriction_tokens(without(value, rule))
    return ", ".join([*filter(None, [without(value, rule)]), *(one for one in own if one not in present), rule])


def after_refusal(value: str, rule: str) -> str | None:
    """A list as written with a rule right after what refuses strangers; None when nothing there is seen to."""
    rest = without(value, rule)
    refusal = re.search(r"(?:^|(?<=[\s,]))(?:reject|defer)_unauth_destination(?=[\s,]|$)", rest)
    return f"{rest[: refusal.end()]}, {rule}{rest[refusal.end() :]}" if refusal else None


def names(rules: list[str], rule: str) -> int | None:
    """At which place a list of rules has this one, with attributes or without; None when it has not.

    A rule behind `warn_if_reject` refuses nothing, and so is another rule.
    """
    for place, found in enumerate(rules):
        if found == rule or found.startswith((f"{rule},", f"{rule} ")):
            return place
    return None
