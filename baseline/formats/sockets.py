"""Sockets that wait for others, as `ss -Hltnup` prints them (ss(8)), one a line."""

from __future__ import annotations

import re
from ipaddress import ip_address

from baseline.classes import dataclass

_LINE = re.compile(
    r"^(?P<protocol>tcp|udp)\s+(?P<state>\S+)\s+\d+\s+\d+\s+(?P<local>\S+):(?P<port>\d+)\s+\S+\s*(?P<rest>.*)$"
)
_PROGRAM = re.compile(r'\("((?:[^"\\]|\\.)*)",pid=')


@dataclass(frozen=True)
class Socket:
    """One socket. `address` is `*` for both versions of IP at once; `programs` hold it open, as far as ss told."""

    protocol: str
    address: str
    port: int
    programs: tuple[str, ...] = ()

    @property
    def on_loopback(self) -> bool:
        """Whether only the host itself can reach it."""
        if self.address == "*":
            return False
        address = ip_address(self.address)
        mapped = getattr(address, "ipv4_mapped", None)
        return (mapped or address).is_loopback


def parse(printed: str) -> list[Socket]:
    """The sockets of a listing. Raises ValueError, with the line, for one that is none."""
    found = []
    for line in printed.splitlines():
        if not line.strip():
            continue
        match = _LINE.match(line.strip())
        if not match:
            raise ValueError(f"no socket: {line.strip()}")
        # 127.0.0.53%lo, [fe80::1]%eth0: the interface is left out, the address tells enough.
        address = match["local"].partition("%")[0].strip("[]")
        if address != "*":
            ip_address(address)
        programs = tuple(sorted(set(_PROGRAM.findall(match["rest"]))))
        found.append(Socket(match["protocol"], address, int(match["port"]), programs))
    return found
