"""The login that a host is being looked at over, as the host sees it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.model import Scalar
from baseline.readings.answers import shorten, text
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

SESSION = script("baseline.readings", "ssh_session")


@dataclass(frozen=True)
class Login:
    """Where a login comes from, and the port of this host that it came to."""

    source: str
    port: int

    def __str__(self) -> str:
        return f"from {self.source} to port {self.port}"

    @staticmethod
    def parse(said: Scalar) -> Login | None:
        """The opposite of `str`; None for anything else."""
        match = re.fullmatch(r"from (\S+) to port (\d+)", str(said))
        return Login(match[1], int(match[2])) if match else None


def session(result: CommandResult) -> Login | None:
    """What `SESSION` told; None when nobody logged in by SSH to ask, as at a console. Raises `CannotTell`."""
    said = text(result).strip()
    if said == "none":
        return None
    source, _, port = said.partition(" ")
    try:
        address = ip_address(source.partition("%")[0])
    except ValueError:
        address = None
    if address is None or not port.isdigit():
        raise CannotTell(f"where this login comes from cannot be read: {shorten(said)}")
    mapped = getattr(address, "ipv4_mapped", None)
    return Login(str(mapped or address), int(port))
