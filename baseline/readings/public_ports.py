"""Ports that a host serves to everybody: those of its roles, and those that the inventory names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from baseline.model import ROLES, Target
from baseline.programs import PROGRAMS

RolePort = Annotated[str, Field(pattern=rf"^({'|'.join(ROLES)}):[1-9][0-9]{{0,4}}/(tcp|udp)$")]
"""A port that the hosts of a role serve: `mta:25/tcp`."""

PUBLIC: tuple[str, ...] = tuple(
    f"{program.role}:{port.number}/{protocol}"
    for program in PROGRAMS
    for port in sorted(program.ports, key=lambda port: port.number)
    for protocol in (("tcp", "udp") if port.udp else ("tcp",))
    if program.role
)
"""What mail hosts serve, unless a baseline says otherwise."""


def declared(target: Target, ports: Iterable[str], protocol: str) -> list[int]:
    """The ports of one protocol that this host serves to everybody, in order.

    Those of its roles, but for `closed_ports` and `peer_ports`, and its `public_ports`.
    """
    of_roles = [port.partition(":")[2] for port in ports if port.partition(":")[0] in target.roles]
    open_ones = [port for port in of_roles if port not in _not_for_all(target)]
    pairs = (port.partition("/") for port in (*open_ones, *target.public_ports))
    return sorted({int(number) for number, _, word in pairs if word == protocol})


def mail_ports(target: Target) -> list[int]:
    """The ports of mail that a host has by its roles, as the inventory tells, and that may be looked at."""
    return seen_from_outside(target, declared(target, PUBLIC, "tcp"))


def of_peers(target: Target, protocol: str) -> dict[int, tuple[str, ...]]:
    """The ports of one protocol that this host serves to certain networks only, each with these."""
    pairs = ((port.partition("/"), networks) for port, networks in target.peer_ports)
    return {int(number): networks for (number, _, word), networks in pairs if word == protocol}


def seen_from_outside(target: Target, ports: Iterable[int]) -> list[int]:
    """The ports, TCP, that a look from outside may hope to reach.

    One that the inventory closes answers nobody, and one that is for certain networks need not answer us.
    """
    return [port for port in ports if f"{port}/tcp" not in _not_for_all(target)]


def _not_for_all(target: Target) -> frozenset[str]:
    return frozenset({*target.closed_ports, *(port for port, _ in target.peer_ports)} - {*target.public_ports})


def ranges(numbers: Iterable[tuple[int, int]]) -> str:
    """Ranges for people, neighbours joined: `1-21, 8080`."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(numbers):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in joined)


def sshd_ports(printed: str) -> Sequence[int]:
    """The ports that sshd serves, as `sshd -T` prints them: those of its addresses, else those without one."""
    bound = re.findall(r"^listenaddress .*:(\d+)$", printed, re.M)
    return sorted({int(port) for port in bound or re.findall(r"^port (\d+)$", printed, re.M)})


SOCKETS = "ss -Hltnup"
