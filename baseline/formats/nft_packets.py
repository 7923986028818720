"""What becomes of a packet to this host under a ruleset of nftables: the verdicts that are possible.

A rule whose condition is not understood here may match or not; then both ways are followed, and the answer holds more
than one verdict. So a verdict that stands alone is certain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any, Literal

from baseline.classes import dataclass
from baseline.formats.nftables import Chain, Expression, Ruleset, TableName

PacketFate = Literal["accept", "drop"]
_GO_ON = "continue"
_DEEPEST = 16
"""Jumps into one another: the kernel allows as many."""

_FINAL: Mapping[str, str] = {"accept": "accept", "drop": "drop", "reject": "drop", "return": _GO_ON, "continue": ""}
_SILENT = ("counter", "log", "mangle", "set", "add", "update", "delete", "notrack", "ct helper", "quota", "meta")
"""Statements that decide nothing."""

_UNKNOWN = object()
"""The value of an expression that is not understood here."""

_ABSENT = object()
"""The value of a field that this packet does not have: nothing matches it."""


@dataclass(frozen=True)
class Packet:
    """A packet that comes in. `type` is that of ICMP; `state` is what conntrack makes of it."""

    family: Literal["ip", "ip6"]
    source: str
    protocol: str
    port: int = 0
    type: str = ""
    state: str = "new"
    interface: str = "eth0"


def verdicts(ruleset: Ruleset, packet: Packet) -> frozenset[PacketFate]:
    """Every verdict that is possible. A chain's accept ends that chain only: a later one may still drop."""
    may_drop, passes = False, True
    for chain in ruleset.base_chains(packet.family):
        found = _walk(ruleset, chain, packet, 0)
        if _GO_ON in found:
            found = found - {_GO_ON} | {chain.policy}
        may_drop |= "drop" in found
        passes &= "accept" in found
    certain: set[PacketFate] = set()
    if may_drop:
        certain.add("drop")
    if passes:
        certain.add("accept")
    return frozenset(certain)


def _walk(ruleset: Ruleset, chain: Chain, packet: Packet, depth: int) -> frozenset[str]:
    """Where a packet can get to in a chain: verdicts, and `continue` when it comes to the end."""
    found: frozenset[str] = frozenset()
    for rule in chain.rules:
        here, beyond = _rule(ruleset, chain.table, rule, packet, depth)
        found |= here
        if not beyond:
            return found
    return found | {_GO_ON}


def _rule(
    ruleset: Ruleset, table: TableName, rule: Sequence[Expression], packet: Packet, depth: int
) -> tuple[frozenset[str], bool]:
    """What a rule may decide, and whether the packet may go on to the next one."""
    maybe = False
    for statement in rule:
        ((name, body),) = statement.items() if len(statement) == 1 else (("several", None),)
        if name in _FINAL or name in ("jump", "goto", "vmap"):
            found, beyond = _decide(ruleset, table, name, body, packet, depth)
            return found, beyond or maybe
        if name in _SILENT:
            continue
        fits = _statement(ruleset, table, name, body, packet)
        if fits is False:
            return frozenset(), True
        maybe |= fits is None
        if name == "queue":
            # Whoever reads the queue decides, or nobody does.
            return frozenset(("accept", "drop")), maybe
    return frozenset(), True


def _decide(
    ruleset: Ruleset, table: TableName, name: str, body: Any, packet: Packet, depth: int
) -> tuple[frozenset[str], bool]:
    if name in ("jump", "goto"):
        chain = ruleset.chains.get((table, body["target"]))
        if chain is None or depth >= _DEEPEST:
            return frozenset(("accept", "drop")), True
        found = _walk(ruleset, chain, packet, depth + 1)
        if name == "goto":
            return found, False
        return found - {_GO_ON}, _GO_ON in found
    if name != "vmap":
        word = _FINAL[name]
        return (frozenset((word,)), False) if word else (frozenset(), True)
    value, found = _value(body["key"], packet), frozenset[str]()
    for key, verdict in _pairs(ruleset, table, body["data"]):
        fits = _among(ruleset, table, value, key)
        if fits is False:
            continue
        ((word, inner),) = verdict.items() if isinstance(verdict, Mapping) else ((str(verdict), None),)
        here, beyond = _decide(ruleset, table, word, inner, packet, depth)
        found |= here
        if fits:
            return found, beyond
    return found, True


def _pairs(ruleset: Ruleset, table: TableName, data: Any) -> list[tuple[Any, Any]]:
    members = data.get("set", ()) if isinstance(data, Mapping) else ruleset.sets.get((table, str(data)[1:]), ())
    return [(pair[0], pair[1]) for pair in members if isinstance(pair, Sequence) and len(pair) == 2]


def _statement(ruleset: Ruleset, table: TableName, name: str, body: Any, packet: Packet) -> bool | None:
    """Whether a statement lets the rule go on; None when that cannot be told."""
    if name == "match":
        return _match(ruleset, table, body, packet)
    if name == "limit" and isinstance(body, Mapping):
        # The first packet of somebody is within every limit.
        return not body.get("inv", False)
    return True if name == "queue" else None


def _match(ruleset: Ruleset, table: TableName, body: Mapping[str, Any], packet: Packet) -> bool | None:
    operator, right = body.get("op"), body.get("right")
    known = _of_the_host(ruleset, body.get("left"), right)
    if known is not None and operator in ("==", "in", "!="):
        return known if operator != "!=" else not known
    value = _value(body.get("left"), packet)
    if value is _ABSENT:
        return False
    if value is _UNKNOWN:
        return None
    if operator in ("<", ">", "<=", ">="):
        if not isinstance(value, int) or not isinstance(right, int):
            return None
        return {"<": value < right, ">": value > right, "<=": value <= right, ">=": value >= right}[operator]
    fits = _among(ruleset, table, value, right)
    if fits is None or operator in ("==", "in"):
        return fits
    return not fits if operator == "!=" else None


def _of_the_host(ruleset: Ruleset, left: Any, right: Any) -> bool | None:
    """Whether what hangs on the host, and not on the packet, is as it stands on the right; None for anything else.

    There is a way back to whoever asks: one to whom there is none is not answered, whatever the rules say. And nothing
    has been given another destination where no rule does that. firewalld writes both.
    """
    if not isinstance(left, Mapping):
        return None
    fib, ct = left.get("fib"), left.get("ct")
    if isinstance(fib, Mapping) and fib.get("result") == "oif" and "saddr" in fib.get("flags", ()):
        return right if isinstance(right, bool) else None
    if isinstance(ct, Mapping) and ct.get("key") == "status" and right == "dnat" and not ruleset.translates:
        return False
    return None


def _value(left: Any, packet: Packet) -> Any:
    """What an expression is for this packet."""
    if not isinstance(left, Mapping) or len(left) != 1:
        return _UNKNOWN
    ((sort, body),) = left.items()
    if sort == "payload" and isinstance(body, Mapping):
        return _payload(str(body.get("protocol")), str(body.get("field")), packet)
    if sort == "meta" and isinstance(body, Mapping):
        return {
            "nfproto": "ipv4" if packet.family == "ip" else "ipv6",
            "protocol": packet.family,
            "l4proto": "ipv6-icmp" if packet.protocol == "icmpv6" else packet.protocol,
            "iif": packet.interface,
            "iifname": packet.interface,
            "pkttype": "host",
        }.get(str(body.get("key")), _UNKNOWN)
    if sort == "ct" and isinstance(body, Mapping) and body.get("key") == "state":
        return packet.state
    if sort == "fib" and isinstance(body, Mapping) and body.get("result") == "type":
        return "local" if body.get("flags") == ["daddr"] else _UNKNOWN
    if sort == "&" and isinstance(body, Sequence) and len(body) == 2:
        return _masked(_value(body[0], packet), body[1])
    return _UNKNOWN


def _payload(protocol: str, name: str, packet: Packet) -> Any:
    """A field of the packet; of a protocol that it does not carry, none."""
    if protocol in ("ip", "ip6"):
        if protocol != packet.family:
            return _ABSENT
        if name in ("protocol", "nexthdr"):
            return "ipv6-icmp" if packet.protocol == "icmpv6" else packet.protocol
        return packet.source if name == "saddr" else _UNKNOWN
    if protocol == "th":
        return packet.port if name == "dport" and packet.port else _UNKNOWN
    if protocol != packet.protocol:
        return _ABSENT if protocol in ("tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "udplite") else _UNKNOWN
    if name == "dport":
        return packet.port
    if name == "type":
        return packet.type
    return "syn" if (protocol, name, packet.state) == ("tcp", "flags", "new") else _UNKNOWN


def _masked(value: Any, mask: Any) -> Any:
    """Flags of TCP under a mask."""
    if not isinstance(value, str):
        return value
    flags = mask.get("|", mask) if isinstance(mask, Mapping) else mask
    return value if value in (flags if isinstance(flags, Sequence) and not isinstance(flags, str) else [flags]) else 0


def _among(ruleset: Ruleset, table: TableName, value: Any, right: Any) -> bool | None:
    """Whether a value is what stands on the right: itself, a member of a set, in a range or a network."""
    if value is _UNKNOWN or value is _ABSENT:
        return None if value is _UNKNOWN else False
    if isinstance(right, str) and right.startswith("@"):
        right = {"set": list(ruleset.sets.get((table, right[1:]), ()))}
    if isinstance(right, Mapping):
        if "set" in right:
            return _any_of(ruleset, table, value, right["set"])
        if "elem" in right:
            return _among(ruleset, table, value, right["elem"].get("val"))
        if "prefix" in right:
            return _inside(value, f"{right['prefix']['addr']}/{right['prefix']['len']}")
        if "range" in right:
            return _between(value, *right["range"])
        return None
    if isinstance(right, Sequence) and not isinstance(right, str):
        return _any_of(ruleset, table, value, right)
    return _same(value, right)


def _same(value: Any, right: Any) -> bool | None:
    """Whether a value is a word or a number; a word with `*` at its end stands for all that begin so."""
    if isinstance(value, str) and isinstance(right, str):
        if right.endswith("*"):
            return value.startswith(right[:-1])
        return bool(_address(value) == _address(right))
    return bool(value == right) if isinstance(right, int | str) else None


def _any_of(ruleset: Ruleset, table: TableName, value: Any, members: Any) -> bool | None:
    found = [_among(ruleset, table, value, member) for member in (members if isinstance(members, list) else [members])]
    return True if True in found else None if None in found else False


def _between(value: Any, low: Any, high: Any) -> bool | None:
    if isinstance(value, int) and isinstance(low, int) and isinstance(high, int):
        return low <= value <= high
    try:
        here, first, last = (ip_address(str(one)) for one in (value, low, high))
    except ValueError:
        return None
    return here.version == first.version and int(first) <= int(here) <= int(last)


def _inside(value: Any, network: str) -> bool | None:
    try:
        return ip_address(str(value)) in ip_network(network, strict=False)
    except ValueError:
        return None


def _address(text: str) -> Any:
    """An address by what it means, since one address has many spellings; other words as they are."""
    if not re.search(r"[.:]", text):
        return text
    try:
        return ip_address(text)
    except ValueError:
        return text
