"""What a task of Fabric was asked for: its options, and where they say nothing the configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baseline.classes import dataclass
from baseline.cli.job import How, Job, Kept
from baseline.cli.job import job as made_job
from baseline.cli.options import DEFAULT_BASELINE, HOST_SECONDS, RUN_SECONDS, Chosen, Where, words
from baseline.errors import NothingMatched, Unreachable, UserError
from baseline.model import ROLES

if TYPE_CHECKING:
    from baseline.local import Session
    from baseline.model import Target
    from baseline.session import Connection

HELP = {
    "baseline": f"A shipped baseline's name, or a file. By default {DEFAULT_BASELINE}.",
    "controls": "Only the controls of these ids and globs, separated by commas.",
    "tags": "Only controls with one of these tags, clauses, obligations or kinds.",
    "skip": "Leave out the controls of these ids, globs or tags.",
    "inventory": "Inventory that has the hosts by the names that -H gives: roles and variables come from there.",
    "roles": "Roles of hosts that are in no inventory, separated by commas, such as mta,antispam.",
    "format": "Format of the report: text, html, markdown, csv, json, junit and others.",
    "waivers": "File of what is not met for a while.",
    "history": "Keep the runs in this history: a file, or the URL of a PostgreSQL database.",
    "strict": "Warnings and advised controls that fail count as well.",
    "verbose": "Also show every step, and the states of controls that pass.",
}
PLANS = {"all": "Also what recommended and encouraged controls would install, start or run by the clock."}
APPLIES = {**PLANS, "yes": "Apply without showing the plan and asking first."}
FLAGS = frozenset({"strict", "verbose", "all", "yes"})
_CONFIGURED = frozenset(HELP) | {"variables"}
"""What may stand under `baseline:` in Fabric's configuration. `variables` are those of an inventory, for all hosts."""


@dataclass(frozen=True)
class Wishes:
    """What a task was asked for: its options, and the configuration where they say nothing."""

    connection: Connection
    given: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """One text; several words of a list are joined by commas. None where nobody says anything."""
        value = self.given.get(name)
        return ",".join(map(str, value)) if isinstance(value, list | tuple) else None if value is None else str(value)

    def several(self, name: str) -> list[str] | None:
        """Words that are separated by commas; None where there is none."""
        return words([self.text(name) or ""]) or None

    @property
    def flags(self) -> tuple[bool, bool]:
        """Whether it is strict, and whether it is verbose."""
        return bool(self.given.get("strict")), bool(self.given.get("verbose"))

    @property
    def chosen(self) -> Chosen:
        """The baseline, and which of its controls."""
        return Chosen(self.text("baseline"), self.several("tags"), self.several("controls"), self.several("skip"))

    def job(self) -> Job:
        """The job for this one host. Raises `InputError`, `NothingMatched` and `UserError`."""
        strict, verbose = self.flags
        kept = Kept(self.text("history"), not_at_all=self.text("history") is None)
        waivers = [Path(one) for one in self.several("waivers") or ()]
        form = self.several("format")
        how = How(1, HOST_SECONDS, RUN_SECONDS, strict, form, None, verbose, kept, waivers)
        job = made_job(self._where(), self.chosen, how)
        return replace(job, targets=(self._reached(self._among(job.targets)),))

    def _where(self) -> Where:
        variables = self.given.get("variables") or {}
        if not isinstance(variables, Mapping):
            raise UserError("`variables` under `baseline:` in Fabric's configuration has to be a mapping")
        inventory, roles = self.text("inventory"), self.several("roles")
        if wrong := set(roles or ()).difference(ROLES):
            raise UserError(f"--roles: there is no role {min(wrong)}; there are {', '.join(ROLES)}")
        if inventory is not None:
            if roles:
                raise UserError("roles come from the inventory: leave out --roles, or --inventory")
            return Where([Path(inventory)], extra=[json.dumps(dict(variables))] if variables else None)
        told = {"ansible_become": self.connection.user != "root", **variables}
        told |= {"roles": roles} if roles else {}
        return Where([Path(f"{self.connection.original_host},")], extra=[json.dumps(told)])

    def _among(self, targets: tuple[Target, ...]) -> Target:
        """The host of the inventory that Fabric is connected to: by its name, else by its address."""
        name, address = self.connection.original_host, self.connection.host
        for found in ([one for one in targets if one.name == name], [one for one in targets if one.address == address]):
            if len(found) == 1:
                return found[0]
        raise NothingMatched(
            f"{name} is no host of the inventory {self.text('inventory')}: "
            "name it there, or leave the inventory out and give --roles"
        )

    def _reached(self, target: Target) -> Target:
        """The target as Fabric reaches it."""
        c = self.connection
        written = str(c.ssh_config.get("userknownhostsfile", "")).split()
        known = target.known_hosts or tuple(str(Path(one).expanduser()) for one in written)
        return replace(target, address=c.host, port=c.port, user=c.user, key_file=None, jump=None, known_hosts=known)

    def connect(self, target: Target) -> Session:
        """A session over Fabric's connection. Raises `Unreachable`."""
        from baseline.session import Connector

        try:
            return Connector().over(self.connection, target)
        except (OSError, ValueError, TypeError) as error:
            raise Unreachable(f"{target.name} cannot be reached with these settings of Fabric: {error}") from None


def wishes(connection: Connection, options: Mapping[str, Any]) -> Wishes:
    """What is asked for over a connection. Raises `UserError` for a configuration that is none."""
    configured = connection.config.get("baseline") or {}
    if not isinstance(configured, Mapping) and not hasattr(configured, "keys"):
        raise UserError(
            "`baseline:` in Fabric's configuration has to be a mapping, as in `baseline: {inventory: hosts.yml}`"
        )
    wrong = sorted(set(configured) - _CONFIGURED)
    if wrong:
        raise UserError(
            f"Fabric's configuration has `{wrong[0]}` under `baseline:`, which is no setting: "
            f"there are {', '.join(sorted(_CONFIGURED))}"
        )
    plain = {name: _plain(configured[name]) for name in configured}
    return Wishes(connection, {**plain, **{name: one for name, one in options.items() if one not in (None, False)}})


def _plain(value: Any) -> Any:
    """A value of the configuration without what Fabric wraps around mappings."""
    return {name: _plain(value[name]) for name in value} if hasattr(value, "keys") else value
