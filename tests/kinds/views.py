"""A view of DNS and mail servers that is written down in a test, instead of looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from baseline.model.probes import Lookup, Probe, Records

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
Zones = Mapping[tuple[str, str], tuple[str, ...] | Records]


class World:
    """Answers look-ups from a table of (name, type), other probes from `seen`; a name that is nowhere is NXDOMAIN.

    Without a table nothing can be looked up. `at` has a table per server for what that one answers otherwise. CNAMEs
    are followed inside a table.
    """

    def __init__(
        self,
        zones: Zones,
        at: Mapping[str, Zones] | None = None,
        seen: Mapping[Probe, Any] | None = None,
        now: datetime = NOW,
    ) -> None:
        self.zones, self.at, self.others, self.now = zones, at or {}, seen or {}, now
        self.asked: list[Probe] = []

    def ahead(self, *probes: Probe) -> None:
        """Nothing is looked at ahead: everything is known."""

    def see(self, probe: Probe) -> Any:
        """What the table has."""
        self.asked.append(probe)
        if probe in self.others:
            return self.others[probe]
        if not isinstance(probe, Lookup) or not self.zones:
            raise AssertionError(f"the test does not say what is seen by {probe}")
        table = {**self.zones, **self.at.get(probe.server, {})}
        authoritative = bool(probe.server) and not probe.recurse
        return _answer(table, probe.name.lower(), probe.type, authoritative)


def _answer(table: Zones, name: str, kind: str, authoritative: bool) -> Records:
    aliases: list[str] = []
    while True:
        found = table.get((name, kind), ())
        if isinstance(found, Records):
            return found
        if found or kind == "CNAME" or (name, "CNAME") not in table:
            break
        alias = table[name, "CNAME"]
        assert isinstance(alias, tuple)
        name = alias[0].rstrip(".")
        aliases.append(name)
    known = any(one == name or one.endswith(f".{name}") for one, _ in table)
    status = "noerror" if known else "nxdomain"
    made = Records(status, tuple(found), 300 if found else 0, tuple(aliases))
    return replace(made, authoritative=authoritative)
