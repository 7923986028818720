"""The services of Postfix that take mail by SMTP: who may come to them, and what each of their lists decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from baseline.errors import NothingToJudge
from baseline.formats.restrictions import expand, restriction_tokens
from baseline.readings.smtpd_lists import Smtpd

if TYPE_CHECKING:
    from testinfra.host import Host

LISTS = (
    "smtpd_client_restrictions",
    "smtpd_helo_restrictions",
    "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",
    "smtpd_recipient_restrictions",
)
"""The lists that are asked about one recipient, in this order, while smtpd_delay_reject is yes; each on its own."""

LOOPBACK = re.compile(r"(127\.[0-9.]+|localhost|\[::1\]|::1):")
"""The beginning of the name of a service that this host alone can reach."""


class SmtpdServices(Smtpd):
    """The smtpd services of a host that others than the host itself can reach."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, "postconf")

    @property
    def public(self) -> list[str]:
        """Services such as `smtp/inet`, without those bound to a loopback address or to a socket of the file system.

        Raises `NothingToJudge` when there is none.
        """
        if self.effective("", "inet_interfaces") in ("loopback-only", "localhost", "127.0.0.1"):
            raise NothingToJudge("Postfix takes mail by SMTP from this host alone (inet_interfaces)")
        found = [one for one in self.services if one.endswith(("/inet", "/pass")) and not LOOPBACK.match(one)]
        if not found:
            raise NothingToJudge("no smtpd service of master.cf takes mail from other hosts")
        return found

    def rules(self, service: str, name: str) -> list[str]:
        """The rules of one list as the service gets it, restriction classes replaced by what they stand for."""
        named = self.effective("", "smtpd_restriction_classes").replace(",", " ").split()
        classes = {one: self.effective(service, one) for one in named}
        return expand(restriction_tokens(self.effective(service, name)), classes)

    def all_rules(self, service: str) -> list[list[str]]:
        """The rules of every list of a service."""
        return [self.rules(service, name) for name in LISTS]

    def offers_auth(self, service: str) -> bool:
        """Whether users log in at this service."""
        return self.effective(service, "smtpd_sasl_auth_enable") == "yes"

    def closed(self, service: str) -> bool:
        """Whether a stranger is refused here whatever the recipient, as on a port for submission."""
        return bool(self.closing(service))

    def closing(self, service: str) -> list[tuple[list[str], str]]:
        """The lists that refuse every stranger here, each with the rule that does."""
        found = [(rules, _closes(rules)) for rules in self.all_rules(service)]
        return [(rules, rule) for rules, rule in found if rule]


def _closes(rules: Sequence[str]) -> str:
    for rule in rules:
        if rule in ("reject", "defer"):
            return rule
        if rule in ("permit", "permit_auth_destination"):
            return ""
    return ""
