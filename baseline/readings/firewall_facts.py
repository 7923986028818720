"""What a ruleset of nftables lets in: asked by packets, for a host and what it declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Literal

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats.nft_packets import Packet, verdicts
from baseline.formats.nftables import Ruleset
from baseline.readings.public_ports import ranges

Family = Literal["ip", "ip6"]
FAMILIES: Mapping[Family, str] = {"ip": "IPv4", "ip6": "IPv6"}

STRANGERS: Mapping[Family, tuple[str, ...]] = {
    "ip": ("203.0.113.77", "11.22.33.44", "80.90.100.110", "151.152.153.154"),
    "ip6": ("2001:db8:77::1", "2400:1234::1", "2a02:1234::1"),
}
"""Addresses of nobody in particular, apart from each other, so that a rule for one network is not taken for all."""

_ERRORS = ("destination-unreachable", "time-exceeded", "parameter-problem")
_NEEDED: Mapping[Family, tuple[tuple[str, str], ...]] = {
    "ip": (*((name, "related") for name in _ERRORS), ("echo-request", "new")),
    "ip6": (
        *((name, "related") for name in (*_ERRORS, "packet-too-big")),
        ("echo-request", "new"),
        # Neighbour discovery is not tracked.
        *((name, "untracked") for name in ("nd-router-advert", "nd-neighbor-solicit", "nd-neighbor-advert")),
    ),
}
"""ICMP that a host cannot do without, with the state that conntrack gives it (RFC 4890, 4.3 and 4.4)."""


@dataclass(frozen=True)
class Gate:
    """A ruleset as those outside meet it, by the network interfaces of the host."""

    rules: Ruleset
    interfaces: Sequence[str]

    def open_to_strangers(self, family: Family, allowed: Mapping[str, Iterable[int]]) -> str:
        """Ports that some stranger may reach on some interface although they are not allowed: `tcp 8080`, or `none`."""
        told = []
        edges = self.rules.ports()
        for protocol, ports in allowed.items():
            known = set(ports)
            starts = sorted({*edges, *known, *(port + 1 for port in known if port < 65535)})
            found = [
                (first, (starts[index + 1] if index + 1 < len(starts) else 65536) - 1)
                for index, first in enumerate(starts)
                if first not in known and self.reached(family, STRANGERS[family], protocol, first)
            ]
            if found:
                told.append(f"{protocol} {ranges(found)}")
        return ", ".join(told) or "none"

    def closed_to_strangers(self, family: Family, wanted: Mapping[str, Iterable[int]]) -> str:
        """Ports that no stranger reaches on any interface although everybody shall: `tcp 25`, or `none`."""
        told = []
        for protocol, ports in wanted.items():
            closed = [(port, port) for port in ports if not self.reached(family, STRANGERS[family], protocol, port)]
            if closed:
                told.append(f"{protocol} {ranges(closed)}")
        return ", ".join(told) or "none"

    def reached(self, family: Family, sources: Iterable[str], protocol: str, port: int) -> bool:
        """Whether one of the sources reaches a port with a new connection, on some interface."""
        packets = [
            Packet(family, source, protocol, port, interface=interface)
            for source in sources
            for interface in self.interfaces
        ]
        return any(self._passes(packet) for packet in packets)

    def lacking(self, family: Family) -> str:
        """What a host cannot do without and this ruleset refuses, or `none`."""
        stranger, interface = STRANGERS[family][0], self.interfaces[0]
        loopback = "127.0.0.1" if family == "ip" else "::1"
        packets = {
            "answers to its own connections": Packet(family, stranger, "tcp", 50000, state="established"),
            "loopback": Packet(family, loopback, "tcp", 50000, interface="lo"),
        }
        protocol = "icmp" if family == "ip" else "icmpv6"
        for name, state in _NEEDED[family]:
            source = "fe80::1" if state == "untracked" else stranger
            packets[name] = Packet(family, source, protocol, type=name, state=state, interface=interface)
        return ", ".join(name for name, packet in packets.items() if not self._passes(packet)) or "none"

    def _passes(self, packet: Packet) -> bool:
        """Whether a packet is let in. Raises `CannotTell` when that hangs on a rule that is not understood here."""
        found = verdicts(self.rules, packet)
        if len(found) != 1:
            what = packet.type or f"{packet.protocol} {packet.port}"
            raise CannotTell(
                f"whether {what} from {packet.source} is let in depends on rules that are not read here, such as those "
                "of iptables, marks or queues: look at `nft list ruleset`"
            )
        return "accept" in found


def networks(sources: Iterable[str], version: int) -> list[str]:
    """The networks of one version of IP, joined where they touch: nft refuses those that overlap."""
    if version == 4:
        return [str(one) for one in collapse_addresses(IPv4Network(one) for one in sources if ":" not in one)]
    return [str(one) for one in collapse_addresses(IPv6Network(one) for one in sources if ":" in one)]
