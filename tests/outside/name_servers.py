"""All name servers of the made-up Internet, each at its own addresses, and its resolver; they count what they hear."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.outside.internet import RESOLVER, Internet, upwards

NEAR, FAR = 0.001, 0.02
"""Seconds to the resolver, and to everybody else: what the resolver knows yet comes from near."""

_PKTINFO = 8
_UDP = 1232


@dataclass
class NameServers:
    """What is answered where, and how often each question came, by its transport, server, name, type and status."""

    world: Internet
    key: str
    """The digest of the mail servers' key, for their TLSA records."""
    heard: Counter[str] = field(default_factory=Counter)
    _replies: dict[tuple[str, bytes], dns.message.Message] = field(default_factory=dict)

    async def serve(self) -> None:
        """Begin to answer at port 53 of every address."""
        loop = asyncio.get_running_loop()
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.setsockopt(socket.IPPROTO_IP, _PKTINFO, 1)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        udp.setblocking(False)
        udp.bind(("0.0.0.0", 53))
        loop.add_reader(udp, self._received, udp, loop)
        await asyncio.start_server(self._connected, "0.0.0.0", 53)

    def _received(self, udp: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        wire, extra, _, client = udp.recvmsg(4096, 256)
        at = next(data[4:8] for level, kind, data in extra if (level, kind) == (socket.IPPROTO_IP, _PKTINFO))
        back = [(socket.IPPROTO_IP, _PKTINFO, struct.pack("=I4s4s", 0, at, b"\0\0\0\0"))]

        def send(reply: bytes, seconds: float) -> None:
            loop.call_later(seconds, udp.sendmsg, [reply], back, 0, client)

        self._answer("udp", socket.inet_ntoa(at), wire, _UDP, send)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            wire = await reader.readexactly(length)
            at = writer.get_extra_info("sockname")[0]
            self._answer("tcp", at, wire, 65_535, lambda reply, _: writer.write(struct.pack("!H", len(reply)) + reply))
            await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    def _answer(self, how: str, at: str, wire: bytes, most: int, send: Callable[[bytes, float], object]) -> None:
        key = (at, wire[2:])
        known = self._replies.get(key)
        near = at == RESOLVER and known is not None
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        if known is None:
            made = self._resolved if at == RESOLVER else partial(self._told, at=at)
            known = self._replies[key] = made(query, name)
        status = "silence" if at in self.world.dead else dns.rcode.to_text(known.rcode()).lower()
        self.heard[f"{how} {at} {name} {_words(query)} {status}"] += 1
        if status == "silence":
            return
        known.id = query.id
        try:
            reply = known.to_wire(max_size=most)
        except dns.exception.TooBig:
            short = dns.message.make_response(query)
            short.flags |= dns.flags.TC
            reply = short.to_wire()
        send(reply, NEAR if near else FAR)

    def _resolved(self, query: dns.message.Message, name: str) -> dns.message.Message:
        """As a resolver that validates answers."""
        made = dns.message.make_response(query, recursion_available=True)
        zone = self.world.zone_of(name)
        if zone and set(self.world.zones[zone]) <= self.world.dead:
            made.set_rcode(dns.rcode.SERVFAIL)
            return made
        if zone in self.world.signed:
            made.flags |= dns.flags.AD
        self._fill(made, name, zone)
        return made

    def _told(self, query: dns.message.Message, name: str, at: str) -> dns.message.Message:
        """As a server that has the zones which name its address, and no others."""
        made = dns.message.make_response(query)
        kind = query.question[0].rdtype
        zone = self.world.zone_of(name)
        having = next((one for one in upwards(zone) if at in self.world.zones.get(one, ())), "")
        if not having or at in self.world.lame or kind == dns.rdatatype.AXFR:
            made.set_rcode(dns.rcode.REFUSED)
        elif having == zone:
            made.flags |= dns.flags.AA
            self._fill(made, name, zone)
        else:
            made.authority.append(_set(zone, "NS", self.world.records[zone, "NS"]))
        return made

    def _fill(self, made: dns.message.Message, name: str, zone: str) -> None:
        """The records of a name, its aliases followed; the zone's SOA where there are none."""
        kind, records, seen = dns.rdatatype.to_text(made.question[0].rdtype), self.world.records, set[str]()
        while kind != "CNAME" and (name, "CNAME") in records and name not in seen:
            seen.add(name)
            made.answer.append(_set(name, "CNAME", records[name, "CNAME"]))
            name = records[name, "CNAME"][0].rstrip(".")
        found = records.get((name, kind))
        if found:
            made.answer.append(_set(name, kind, tuple(one.replace("KEY", self.key) for one in found)))
        elif not made.answer:
            if zone:
                made.authority.append(_set(zone, "SOA", records[zone, "SOA"]))
            if not any(other == name or other.endswith(f".{name}") for other, _ in records):
                made.set_rcode(dns.rcode.NXDOMAIN)


def _set(name: str, kind: str, records: tuple[str, ...]) -> dns.rrset.RRset:
    if kind == "TXT":
        records = tuple(" ".join(f'"{one[n : n + 250]}"' for n in range(0, len(one), 250)) for one in records)
    return dns.rrset.from_text(f"{name}.", 3_600, "IN", kind, *records)


def _words(query: dns.message.Message) -> str:
    """The type that is asked for, and what besides."""
    kind = dns.rdatatype.to_text(query.question[0].rdtype)
    asked = {"do": query.ednsflags & dns.flags.DO, "cd": query.flags & dns.flags.CD, "rd": query.flags & dns.flags.RD}
    return "+".join((kind, *(word for word, bit in asked.items() if bit)))
