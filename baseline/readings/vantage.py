"""From where a look from outside is made, as the host sees it: what it trusts, no look from there can judge."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from baseline.formats.networks import Network, inside
from baseline.model import Target
from baseline.readings.answers import decoded
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

CLIENT = script("baseline.readings", "vantage")


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
        return "SSH goes through another machine, so the address that the host sees is not known"
    if address.is_loopback or inside(address, networks):
        return f"this look comes from {address}, which mynetworks trusts"
    return ""
