"""What Postfix's daemons get: main.cf, master.cf and its overrides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.formats import postfix
from baseline.readings.answers import ask, decoded, text

if TYPE_CHECKING:
    from testinfra.host import Host


POSTCONF = ("postconf -x", "postconf -xP", "postconf -M")
"""Everything that Postfix's daemons read: main.cf with defaults and `$name` expanded, master.cf overrides, services."""


class Postfix:
    """What Postfix's daemons get: main.cf values, and per service the master.cf override where there is one."""

    def __init__(self, host: Host) -> None:
        self._results = ask(host, *POSTCONF)

    def settings(self) -> Mapping[str, str]:
        """Every parameter, expanded. Raises `CannotTell`."""
        return self._settings

    # Read once: a kind asks for one value after the other.
    @cached_property
    def _settings(self) -> Mapping[str, str]:
        return postfix.parse_parameters(text(self._results[0]))

    @cached_property
    def _overrides(self) -> Mapping[str, Mapping[str, str]]:
        return postfix.parse_overrides(text(self._results[1]))

    @cached_property
    def _written(self) -> Mapping[str, Mapping[str, str | None]]:
        return postfix.written_overrides(text(self._results[2]))

    def setting(self, name: str) -> str | None:
        """One parameter, expanded; None when this Postfix has no such parameter."""
        return self.settings().get(name)

    def overridden(self, name: str) -> int:
        """How many earlier definitions of a parameter main.cf holds: Postfix warns of them and uses the last."""
        said = decoded(self._results[0].stderr_bytes)
        lines = re.findall(rf"line (\d+): overriding earlier entry: {re.escape(name)}=", said)
        return len(set(lines))

    def overrides(self, name: str) -> Mapping[str, str]:
        """Service (`submission/inet`) -> value, for every `-o name=value` of master.cf.

        An override that Postfix does not read, since it or a word before it is misspelt, gives a value that says
        so and equals no wanted one. Raises `CannotTell` for a service whose arguments postconf itself misreads.
        """
        found = {service: values[name] for service, values in self._overrides.items() if name in values}
        known = self.settings()
        for service, written in self._written.items():
            if name in written and service not in found:
                found[service] = f"{written[name] or ''} (not read: misspelt in master.cf)".lstrip()
            elif any(value is None and parameter not in known for parameter, value in written.items()):
                why = f"`postconf -M` misreads the arguments of {service}: write each of them as `-o name=value`"
                raise CannotTell(why, about=POSTCONF[2])
        return found

    def has(self, service: str) -> bool:
        """Whether master.cf has a service, written `submission/inet`."""
        return service in self._written

    def lines(self) -> list[str]:
        """The services of master.cf, a line each, as `postconf -M` prints them."""
        return text(self._results[2]).splitlines()

    def services(self, daemon: str) -> list[str]:
        """Names such as `smtp/inet` of the master.cf services that run `daemon`."""
        found = []
        for line in text(self._results[2]).splitlines():
            fields = line.split()
            if len(fields) >= 8 and fields[7] == daemon and not line[0].isspace():
                found.append(f"{fields[0]}/{fields[1]}")
        return found
