"""Domain names and addresses as DNS writes them (RFC 1034 3.1, RFC 1123 2.1, RFC 3596 2.5)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from baseline.late import regex

_LABEL = regex(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.I)


def bare(name: str) -> str:
    """A name in lower case and without its last dot, as lookups and comparisons have it."""
    return name.rstrip(".").lower()


def is_hostname(name: str) -> bool:
    """Whether this may be the name of a host: labels of letters, digits and hyphens, and no address."""
    labels = bare(name).split(".")
    return len(name) <= 253 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()


def is_full(name: str) -> bool:
    """Whether this is a host's fully qualified name: at least two labels."""
    return is_hostname(name) and "." in bare(name)


def is_address(text: str) -> bool:
    """Whether this is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def inside(name: str, zone: str) -> bool:
    """Whether a name is that of the zone, or below it."""
    one, other = bare(name), bare(zone)
    return not other or one == other or one.endswith(f".{other}")


def upwards(name: str) -> Iterator[str]:
    """The name, its parent, and so on to the last label."""
    labels = bare(name).split(".")
    for start in range(len(labels)):
        yield ".".join(labels[start:])


def reverse(address: str) -> str:
    """The name under which the PTR record of an address stands. Raises ValueError for what is no address."""
    return ipaddress.ip_address(address).reverse_pointer


def is_private(address: str) -> bool:
    """Whether nobody outside can reach this address: private, loopback, link-local, unspecified, multicast."""
    one = ipaddress.ip_address(address)
    return not one.is_global or one.is_multicast


def from_a_pool(name: str, address: str) -> bool:
    """Whether a host's name holds its own address, as the names that providers generate for whole networks do."""
    one = ipaddress.ip_address(address)
    if one.version == 4:
        parts = str(one).split(".")
        orders = (parts, parts[::-1])
        spelt = [sep.join(order) for order in orders for sep in (".", "-", "")]
        spelt += ["-".join(part.zfill(3) for part in order) for order in orders]
        spelt += [f"{int(one):08x}"]
    else:
        digits = one.exploded.replace(":", "")
        spelt = [digits, digits[16:], one.exploded.replace(":", "-"), str(one).replace(":", "-")]
    return any(one and one in bare(name) for one in spelt)
