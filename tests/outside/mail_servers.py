"""All mail servers of the made-up Internet, and the web servers of its policies; they count who is there at once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.outside.internet import Internet
from tests.outside.name_servers import FAR

SLOW = 1.0
"""Seconds that a slow server takes for each reply."""


class Authority:
    """Vouches for the servers of the world, which all have one key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ours, self._key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of the made-up world")])
        own = self._made(self._name, self._ours.public_key(), x509.BasicConstraints(ca=True, path_length=0))
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    @property
    def digest(self) -> str:
        """The SHA-256 of the servers' public key, as TLSA records have it."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return hashlib.sha256(self._key.public_key().public_bytes(serialization.Encoding.DER, form)).hexdigest()

    def context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        """A server's TLS, with a certificate for these names."""
        if names not in self._contexts:
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
            also = x509.SubjectAlternativeName([x509.DNSName(one) for one in names])
            made = self._made(subject, self._key.public_key(), x509.BasicConstraints(ca=False, path_length=None), also)
            file = self._folder / f"{len(self._contexts)}.pem"
            file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + self._private())
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(file)
            self._contexts[names] = context
        return self._contexts[names]

    def _private(self) -> bytes:
        form = serialization.PrivateFormat.PKCS8
        return self._key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())

    def _made(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *extensions: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=60))
        for one in extensions:
            builder = builder.add_extension(one, critical=isinstance(one, x509.BasicConstraints))
        return builder.sign(self._ours, hashes.SHA256())


@dataclass
class MailServers:
    """Port 25 of every mail server, and port 443 of every web server."""

    world: Internet
    authority: Authority
    most: Counter[str] = field(default_factory=Counter)
    """Address and port -> the most connections that were open at once."""
    began: dict[str, list[float]] = field(default_factory=dict)
    """Address and port -> when each connection began, in seconds."""
    sent: list[str] = field(default_factory=list)
    """Commands that must never come: a message."""
    _open: dict[str, set[asyncio.StreamWriter]] = field(default_factory=dict)

    async def serve(self) -> None:
        """Begin to listen. Nobody listens where mail is refused, or the server is dead."""
        for names in (*self.world.exchangers.values(), *map(self._names, self.world.web)):
            self.authority.context(names)
        for address, manner in self.world.mail.items():
            if manner not in ("refusing", "dead"):
                await asyncio.start_server(self._counted(self._mail), address, 25, limit=1 << 16)
        for address in self.world.web:
            await asyncio.start_server(self._counted(self._web), address, 443)

    def _counted(
        self, script: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            address, port = writer.get_extra_info("sockname")[:2]
            server = f"{address}#{port}"
            self.began.setdefault(server, []).append(time.monotonic())
            here = self._open.setdefault(server, set())
            here.add(writer)
            self.most[server] = max(self.most[server], sum(map(_established, here)))
            try:
                with contextlib.suppress(OSError, EOFError, ValueError, asyncio.TimeoutError):
                    await script(reader, writer)
            finally:
                here.remove(writer)
                writer.close()

        return connected

    def _names(self, address: str) -> tuple[str, ...]:
        """The names of a web server."""
        return tuple(name for (name, kind), found in self.world.records.items() if kind == "A" and found == (address,))

    async def _web(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("sockname")[0]
        names = self._names(address)
        await writer.start_tls(self.authority.context(names))
        await reader.readuntil(b"\r\n\r\n")
        domain = names[0].removeprefix("mta-sts.")
        exchangers = [one.split()[1].rstrip(".") for one in self.world.records[domain, "MX"]]
        lines = ("version: STSv1", "mode: enforce", "max_age: 604800", *(f"mx: {one}" for one in exchangers))
        body = "".join(f"{line}\r\n" for line in lines)
        await asyncio.sleep(FAR)
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        await writer.drain()

    async def _mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("sockname")[0]
        manner, names = self.world.mail[address], self.world.exchangers[address]
        if manner in ("endless", "flooding"):
            while True:
                writer.write(b"220-wait\r\n" * (1_000 if manner == "flooding" else 1))
                await writer.drain()
                await asyncio.sleep(0.01 if manner == "flooding" else 0.2)
        pace = SLOW if manner == "slow" else FAR
        await asyncio.sleep(pace)
        writer.write(f"220 {names[0]} ESMTP\r\n".encode())
        inside = False
        async for line in _lines(reader):
            await asyncio.sleep(pace)
            if line == "STARTTLS" and not inside and manner != "no TLS":
                writer.write(b"220 ready\r\n")
                if manner == "broken TLS":
                    writer.write(b"no TLS at all\r\n")
                    return
                await writer.start_tls(self.authority.context(names))
                inside = True
                continue
            kept = self.world.kept_by.get(address, ())
            writer.write(self._reply(line, names, kept, offers=not inside and manner != "no TLS"))
            if line == "QUIT":
                return

    def _reply(self, line: str, names: Sequence[str], kept: Sequence[str], *, offers: bool) -> bytes:
        """As a mail server that takes mail for its own domains, to postmaster and abuse."""
        word, _, rest = line.partition(" ")
        if word == "EHLO":
            more = "250-STARTTLS\r\n" if offers else ""
            return f"250-{names[0]}\r\n{more}250 SIZE 30000000\r\n".encode()
        if word == "RCPT":
            name, _, domain = rest.removeprefix("TO:<").rstrip(">").rpartition("@")
            if domain not in kept:
                return b"554 5.7.1 Relay access denied\r\n"
            return b"250 ok\r\n" if name.lower() in ("postmaster", "abuse") else b"550 5.1.1 No such user\r\n"
        if word == "DATA":
            self.sent.append(line)
        return b"221 bye\r\n" if word == "QUIT" else b"250 ok\r\n"


def _established(writer: asyncio.StreamWriter) -> bool:
    """Whether the other side is there yet: what it has closed, this one may not have noticed."""
    connection = writer.get_extra_info("socket")
    try:
        return connection is not None and connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1
    except OSError:
        return False


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    while line := await asyncio.wait_for(reader.readline(), 60):
        yield line.decode("utf-8", "replace").strip()
