"""Roles for hosts, proposed from what runs on them and can be reached there."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from baseline.classes import dataclass
from baseline.load import Baseline, load_baseline
from baseline.model import ROLES, Finding, Outcome, Report, Target
from baseline.programs import PROGRAMS, Program
from baseline.starting.folder import rendered

SOCKETS = "undeclared sockets"
"""The key under which `listening_sockets` lists what listens off loopback where nothing is declared."""

_SOCKET = re.compile(r"\b(tcp|udp) ([0-9]{1,5}) \(([^()]{0,200})\)")


@dataclass(frozen=True)
class Proposal:
    """What is proposed for one host. `because` has a sentence for each role, and for what only looks like one.

    `trouble` says why nothing is known of the host; empty where it was looked at.
    """

    host: str
    roles: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    trouble: str = ""
    had: tuple[str, ...] = ()
    """The roles that the inventory gives it already: these stay."""


def what_runs() -> Baseline:
    """The controls by whose findings roles are proposed."""
    return load_baseline(Path(str(importlib.resources.files("baseline.starting") / "running.yml")))


def without_roles(targets: Iterable[Target]) -> tuple[Target, ...]:
    """The hosts as they are looked at: nothing is declared of them, and no domain or site is asked about."""
    return tuple(
        replace(one, roles=frozenset(), public_ports=(), peer_ports=(), domains=(), speaks_for=(), site="")
        for one in targets
    )


def proposals(targets: Sequence[Target], report: Report) -> tuple[Proposal, ...]:
    """What is proposed for each host, in the order of the inventory, by a report over `what_runs`."""
    reached = {one.name: one for one in report.hosts}
    parts = report.parts()
    return tuple(
        Proposal(target.name, trouble=told.error or "it was not looked at", had=_sorted(target.roles))
        if not (told := reached[target.name]).reachable
        else _proposed(target, parts[target.name].findings)
        for target in targets
    )


def _proposed(target: Target, findings: Sequence[Finding]) -> Proposal:
    had = _sorted(target.roles)
    if any(one.outcome is Outcome.NOTAPPLICABLE for one in findings):
        return Proposal(target.name, trouble="nothing is proposed for hosts of this sort", had=had)
    of_unit = {unit: one for one in findings for unit in [_units().get(one.control, "")] if unit}
    (sockets,) = (one for one in findings if one.kind == "listening_sockets")
    roles: list[str] = []
    because: list[str] = []
    for program in PROGRAMS:
        names = {name for service in program.services for name in service.names}
        finding = next((one for unit, one in of_unit.items() if unit in names), None)
        if finding is None or program.role is None or finding.outcome is not Outcome.PASS:
            continue
        runs = f"{program.unit} is {finding.actual.get('activity')}"
        open_ports = _open(program, sockets)
        if not program.ports:
            roles.append(program.role)
            because.append(f"{program.role}: {runs}")
        elif open_ports:
            roles.append(program.role)
            because.append(f"{program.role}: {runs}, and listens on {open_ports}")
        elif SOCKETS in sockets.actual:
            because.append(f"not {program.role}: {runs}, but no port of it can be reached from other hosts")
        else:
            because.append(f"{program.role} is not known: {runs}, but its ports are not: {sockets.reason}")
    unknown = [one for one in findings if one.kind == "service" and one.outcome is Outcome.UNKNOWN]
    because += [f"not known: {one.title}: {one.reason}" for one in unknown]
    return Proposal(target.name, _sorted(roles), tuple(because), had=had)


@cache
def _units() -> Mapping[str, str]:
    """The unit that each control of `what_runs` is about, by its id."""
    written = what_runs().written()
    return {name: str(fields["unit"]) for name, fields in written.items() if "unit" in fields}


def _open(program: Program, sockets: Finding) -> str:
    """The ports of a program that others can reach, in words."""
    ports = {one.number for one in program.ports}
    told = _SOCKET.findall(str(sockets.actual.get(SOCKETS, "")))
    return ", ".join(f"{protocol} {port} ({who})" for protocol, port, who in told if int(port) in ports)


def _sorted(roles: Iterable[str]) -> tuple[str, ...]:
    given = set(roles)
    return tuple(one for one in ROLES if one in given)


def roles_inventory(proposed: Sequence[Proposal], inventory: str) -> str:
    """An inventory to be given behind the one that was asked about: its hosts with the roles proposed for them.

    Hosts that have roles already, or that nothing is known of, are comments in it.
    """
    groups: Mapping[str, list[Proposal]] = {"new": [], "had": [], "none": [], "trouble": []}
    for one in proposed:
        sort = "trouble" if one.trouble else "had" if one.had else "new" if one.roles else "none"
        groups[sort].append(one)
    return rendered("roles.yml.j2", {"inventory": inventory, **groups})
