"""The login that a host is being looked at over, as the host sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.model import Scalar
from baseline.readings.answers import shorten, text

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

SESSION = (
    'p=$$; while [ "${p:-0}" -gt 1 ]; do '
    "s=$(tr '\\0' '\\n' </proc/$p/environ 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p'); "
    '[ -z "$s" ] || { set -- $s; echo "$1 $4"; exit 0; }; '
    "p=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$p/status); done; echo none"
)
"""The client's address and the server's port. sudo takes the variable away, so it is looked for in who called whom.

Not the client's port, which is another at every login.
"""


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
