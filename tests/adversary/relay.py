"""A relay between a probe and a server, which cuts one of the server's answers off: over TCP, and for DNS."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

How = Literal["close", "reset", "half", "silent", "busy"]
"""What comes in place of an answer: the connection's end, its reset, half of the answer and then the end, nothing for
ever, or SMTP's 421 and then the end."""

_BUSY = b"421 4.3.2 not now\r\n"


@dataclass(frozen=True)
class Cut:
    """Which answer is cut: number `answer` of connection `connection`, both from 0."""

    connection: int
    answer: int
    how: How


def answers_in(buffer: bytes) -> tuple[list[bytes], bytes]:
    """The whole lines and records of TLS that stand at the beginning, and what is left."""
    found = []
    while buffer:
        if buffer[0] in range(0x14, 0x18) and buffer[1:2] in (b"\x03", b""):
            size = 5 + int.from_bytes(buffer[3:5], "big") if len(buffer) >= 5 else len(buffer) + 1
        else:
            size = buffer.find(b"\n") + 1 or len(buffer) + 1
        if size > len(buffer):
            break
        found.append(buffer[:size])
        buffer = buffer[size:]
    return found, buffer


def pieces_in(buffer: bytes) -> tuple[list[bytes], bytes]:
    """What came at once, as one answer: for protocols whose packets nobody between sees."""
    return ([buffer] if buffer else []), b""


@dataclass
class Relay:
    """Leads connections to a server, and counts what it answers."""

    server: tuple[str, int]
    apart: Callable[[bytes], tuple[list[bytes], bytes]] = answers_in
    cut: Cut | None = None
    done: bool = False
    answers: list[int] = field(default_factory=list)
    port: int = 0

    def begin(self, cut: Cut | None) -> None:
        """Count connections and answers from here on, and cut this one."""
        self.cut, self.done, self.answers = cut, False, []

    def again(self) -> None:
        """Count from 0 again, with the same to be cut: a probe is sent a second time."""
        self.begin(self.cut)

    @property
    def cuts(self) -> list[tuple[int, int]]:
        """Every answer that was counted."""
        return [(number, answer) for number, count in enumerate(self.answers) for answer in range(count)]

    @contextlib.contextmanager
    def running(self) -> Iterator[Relay]:
        """Listen on a port of loopback for as long as this lasts."""
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            self.port = listener.getsockname()[1]
            listener.settimeout(0.1)
            ended = threading.Event()
            threads = [threading.Thread(target=self._accept, args=(listener, ended), daemon=True)]
            threads[0].start()
            try:
                yield self
            finally:
                ended.set()
                threads[0].join(5)

    def _accept(self, listener: socket.socket, ended: threading.Event) -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                client, _ = listener.accept()
                self.answers.append(0)
                work = (client, len(self.answers) - 1, self.answers, self.cut, ended)
                threading.Thread(target=self._lead, args=work, daemon=True).start()

    def _lead(
        self, client: socket.socket, number: int, counted: list[int], cut: Cut | None, ended: threading.Event
    ) -> None:
        left = b""
        with client, contextlib.suppress(OSError):
            client.settimeout(10)
            with socket.create_connection(self.server, timeout=10) as server:
                while not ended.is_set():
                    ready, _, _ = select.select([client, server], [], [], 0.1)
                    if client in ready:
                        said = client.recv(65536)
                        if not said:
                            return
                        server.sendall(said)
                    if server in ready:
                        said = server.recv(65536)
                        whole, left = self.apart(left + said)
                        for answer in whole:
                            if cut is not None and (number, counted[number]) == (cut.connection, cut.answer):
                                self.done = True
                                _cut(client, answer, cut.how, ended)
                                return
                            # Before it is sent: who has it may ask at once how many there were.
                            counted[number] += 1
                            client.sendall(answer)
                        if not said:
                            client.sendall(left)
                            return


def _cut(client: socket.socket, answer: bytes, how: How, ended: threading.Event) -> None:
    if how == "half":
        client.sendall(answer[: len(answer) // 2])
    if how == "busy":
        client.sendall(_BUSY)
    if how == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "silent":
        # Until the other side has enough, or the test is over.
        while not ended.is_set():
            ready, _, _ = select.select([client], [], [], 0.1)
            if ready and not client.recv(65536):
                return


Lie = Literal["dropped", "servfail", "refused", "truncated", "half", "nodata", "nxdomain"]
"""What comes in place of an answer of DNS: nothing, an answer that is none, a part of one, or one that says that there
is nothing."""


@dataclass
class NameRelay:
    """Asks another name server, over UDP and TCP, and gives its answers or something in their place."""

    server: tuple[str, int]
    lie: Lie | None = None
    port: int = 0

    @property
    def address(self) -> str:
        """Where it is asked, as a `Lookup` names a server."""
        return f"127.0.0.1#{self.port}"

    @contextlib.contextmanager
    def running(self) -> Iterator[NameRelay]:
        """Listen on a port of loopback, the same for UDP and TCP, for as long as this lasts."""
        with (
            socket.create_server(("127.0.0.1", 0)) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            self.port = tcp.getsockname()[1]
            udp.bind(("127.0.0.1", self.port))
            ended = threading.Event()
            thread = threading.Thread(target=self._serve, args=(udp, tcp, ended), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                ended.set()
                thread.join(5)

    def _serve(self, udp: socket.socket, tcp: socket.socket, ended: threading.Event) -> None:
        while not ended.is_set():
            ready, _, _ = select.select([udp, tcp], [], [], 0.1)
            with contextlib.suppress(OSError, EOFError, dns.exception.DNSException):
                if udp in ready:
                    wire, client = udp.recvfrom(65535)
                    answer = self._answer(wire, self._by_udp)
                    if answer:
                        udp.sendto(answer, client)
                if tcp in ready:
                    connection, _ = tcp.accept()
                    with connection:
                        connection.settimeout(5)
                        answer = self._answer(_framed(connection), self._by_tcp)
                        # What is truncated goes on by TCP, and is cut there.
                        if answer and self.lie != "truncated":
                            whole = struct.pack("!H", len(answer) * (2 if self.lie == "half" else 1)) + answer
                            connection.sendall(whole)

    def _answer(self, wire: bytes, asked: Callable[[bytes], bytes]) -> bytes:
        if self.lie == "dropped":
            return b""
        if self.lie in (None, "half", "truncated"):
            answer = asked(wire)
            if self.lie == "truncated":
                reply = dns.message.make_response(dns.message.from_wire(wire))
                reply.flags |= dns.flags.TC
                return reply.to_wire()
            return answer[: len(answer) // 2] if self.lie == "half" else answer
        reply = dns.message.make_response(dns.message.from_wire(wire))
        reply.flags |= dns.flags.AA if self.lie in ("nodata", "nxdomain") else 0
        codes = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED, "nxdomain": dns.rcode.NXDOMAIN}
        reply.set_rcode(codes.get(str(self.lie), dns.rcode.NOERROR))
        return reply.to_wire()

    def _by_udp(self, wire: bytes) -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
            way.settimeout(5)
            way.sendto(wire, self.server)
            return way.recv(65535)

    def _by_tcp(self, wire: bytes) -> bytes:
        with socket.create_connection(self.server, timeout=5) as way:
            way.sendall(struct.pack("!H", len(wire)) + wire)
            return _framed(way)


def _framed(connection: socket.socket) -> bytes:
    """One message as DNS has it over TCP (RFC 1035, section 4.2.2). Raises EOFError."""
    (size,) = struct.unpack("!H", _exactly(connection, 2))
    return _exactly(connection, size)


def _exactly(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = connection.recv(size - len(found))
        if not more:
            raise EOFError("cut off")
        found += more
    return found
