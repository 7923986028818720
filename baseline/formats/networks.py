"""Networks as Postfix's `mynetworks` lists them, and which of them a list trusts.

Sources: postconf(5) mynetworks, cidr_table(5), RFC 4632.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence

from baseline.classes import dataclass

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Network:
    """One network of a list. `excluded` is one with `!` before it: what it holds is not trusted by later entries."""

    network: IPNetwork
    excluded: bool = False

    def __str__(self) -> str:
        return f"{'!' if self.excluded else ''}{self.network}"


def parse_network(word: str) -> Network:
    """`127.0.0.0/8`, `[::1]/128`, `192.0.2.7`, `!10.0.0.1`. Raises ValueError, also where host bits are set."""
    match = re.fullmatch(r"(!?)\[?([0-9A-Fa-f:.]+)\]?(/[0-9]+)?", word)
    if match is None:
        raise ValueError(f"{word} is no network")
    return Network(ipaddress.ip_network(match[2] + (match[3] or "")), bool(match[1]))


def split_list(value: str) -> tuple[list[str], list[str]]:
    """The words of a list that are networks, and those that name tables or files of networks."""
    words = [word for word in re.split(r"[\s,]+", value) if word]
    tables = [word for word in words if re.match(r"!?(/|[a-z]+:[^:\]])", word)]
    return [word for word in words if word not in tables], tables


def inside(address: IPAddress, networks: Sequence[Network]) -> bool:
    """Whether a list trusts an address: the first entry that holds it decides.

    An IPv4 address that a list writes inside ::ffff:0:0/96 is the same address.
    """
    mapped = ipaddress.IPv6Address(f"::ffff:{address}") if address.version == 4 else address
    for one in networks:
        if address in one.network or mapped in one.network:
            return not one.excluded
    return False


def plain(network: IPNetwork) -> IPNetwork:
    """An IPv4 network that is written inside ::ffff:0:0/96 as itself."""
    if network.version == 6 and network.network_address.ipv4_mapped is not None and network.prefixlen >= 96:
        return ipaddress.ip_network(f"{network.network_address.ipv4_mapped}/{network.prefixlen - 96}")
    return network


def within(network: IPNetwork, others: Iterable[IPNetwork]) -> bool:
    """Whether one of the others holds all of a network."""
    return any(network.version == one.version and network.subnet_of(one) for one in others)  # type: ignore[arg-type]


def public(network: IPNetwork) -> bool:
    """Whether a network has addresses that anybody on the Internet can have."""
    return not (within(network, _PRIVATE))


def everybody(networks: Iterable[Network]) -> bool:
    """Whether networks together hold more addresses of the Internet than anybody can call their own.

    That is more of them than one /8 of IPv4 has, the largest block that IANA gave to one organisation ("IPv4 Address
    Space Registry"), or than one /16 of IPv6, as no member of a regional registry has (IANA gives those a /12). Private
    networks do not count. What is excluded by `!` is not taken off: nobody excludes most of what they list.
    """
    held = [plain(one.network) for one in networks if not one.excluded]
    for version, private in ((4, _PRIVATE[:6]), (6, _PRIVATE[6:])):
        ranges = [one for one in held if one.version == version]
        if _size([*ranges, *private]) - _size(private) > _OWNED[version]:
            return True
    return False


def _size(networks: Iterable[IPNetwork]) -> int:
    """How many addresses networks of one version hold, each counted once."""
    size, end = 0, -1
    for first, last in sorted((int(one[0]), int(one[-1])) for one in networks):
        size += max(last - max(first - 1, end), 0)
        end = max(end, last)
    return size


_OWNED = {4: 2**24, 6: 2**112}
_PRIVATE = tuple(
    ipaddress.ip_network(one)
    for one in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
"""RFC 1918, 6598, 3927, 4193, 4291."""
