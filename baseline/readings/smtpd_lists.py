"""The access lists of Postfix's smtpd, service by service: what is evaluated, in which order, and how to add a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from baseline.edits import Edit, PlaceRule, RulePlace
from baseline.errors import CannotTell
from baseline.formats import postfix
from baseline.formats.restrictions import PLACES
from baseline.readings.answers import ask, text
from baseline.readings.postfix import Postfix

if TYPE_CHECKING:
    from testinfra.host import Host

_RAW = (
    "postconf smtpd_sender_restrictions smtpd_recipient_restrictions smtpd_relay_restrictions"
    " smtpd_relay_before_recipient_restrictions",
    "postconf -P",
)
"""The same as written, `$name` unexpanded: what is written back must not freeze the value of a variable."""


class Smtpd:
    """The smtpd services of a host and the lists that each of them evaluates."""

    def __init__(self, host: Host, written: str = _RAW[0]) -> None:
        """`written` is the question for values as written, which other controls may ask as well."""
        self._view = Postfix(host)
        self._raw = ask(host, written, _RAW[1])

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


def placed(name: str, state: Mapping[str, object], rule: str, place: RulePlace) -> list[Edit]:
    """Edits that put a rule in its place in each written value of a list, as `written_all` gave it."""
    edits: list[Edit] = []
    for key, value in state.items():
        if key != name and not key.startswith(f"{name} in "):
            continue
        if PLACES[place](str(value), rule) not in (None, value):
            service = "" if key == name else key.removeprefix(f"{name} in ")
            edits.append(PlaceRule(name, rule, place, service))
    return edits


def names(rules: list[str], rule: str) -> int | None:
    """At which place a list of rules has this one, with attributes or without; None when it has not.

    A rule behind `warn_if_reject` refuses nothing, and so is another rule.
    """
    for place, found in enumerate(rules):
        if found == rule or found.startswith((f"{rule},", f"{rule} ")):
            return place
    return None
