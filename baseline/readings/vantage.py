"""From where a look from outside is made, as the host sees it: what it trusts, no look from there can judge."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.formats import names
from baseline.formats.networks import Network, inside
from baseline.model import Target
from baseline.readings.answers import decoded
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

LOCAL = "local"
"""The address of a target that is the machine itself (`ansible_connection: local`)."""

CLIENT = script("baseline.readings", "vantage")


def address_of(target: Target) -> str:
    """Where a host is looked at from outside, and nowhere else.

    That is where SSH reaches it, unless the connection says nothing of how others reach it: the machine that the check
    runs on, or a host behind another one, is looked at where its `outbound` says. Raises `CannotTell`.
    """
    if target.address != LOCAL and not target.jump:
        return target.address
    if target.outbound:
        return target.outbound[0]
    how = (
        "it is the machine that the check runs on" if target.address == LOCAL else "SSH reaches it through another one"
    )
    raise CannotTell(f"where this host is seen from outside is not known, since {how}: name its address as `outbound`")


def own_address(target: Target) -> str:
    """The same, as an address that the inventory itself gives.

    A name would lead to whomever the DNS says: what tries to relay, and test messages, go to one's own hosts alone.
    Raises `CannotTell`.
    """
    for one in (address_of(target), *target.outbound):
        if names.is_address(one):
            return one
    raise CannotTell(f"the inventory has no address for {target.address}, only this name: give it as `outbound`")


def trusted(result: CommandResult, target: Target, networks: tuple[Network, ...]) -> str:
    """Why a look from outside says nothing of strangers, from the answer to `CLIENT`; empty where it does.

    Mail is looked at from the machine that the SSH connection comes from, unless that goes through a jump host.
    """
    said = decoded(result.stdout_bytes).strip()
    try:
        address = ipaddress.ip_address(said.partition("%")[0])
    except ValueError:
        return "where this look comes from is not known to the host"
    if target.jump:
        return "SSH goes through another machine, so it is unknown which address the host sees"
    if address.is_loopback or inside(address, networks):
        return f"this look comes from {address}, which mynetworks trusts"
    return ""
