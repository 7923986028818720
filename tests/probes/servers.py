"""Small servers on loopback that say what a test wants to be said."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.message
import dns.query
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Script = Callable[[socket.socket], None]
Mind = Callable[[dns.message.Message], dns.message.Message]


@contextlib.contextmanager
def listening(script: Script, connections: int = 2) -> Iterator[int]:
    """A TCP server on a port of its own; `script` has the connection, which is closed after it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def serve() -> None:
            for _ in range(connections):
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError, EOFError):
                    connection.settimeout(10)
                    script(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
    thread.join(12)
    assert not thread.is_alive()


def dialogue(greeting: str, answers: dict[str, str], heard: list[str] | None = None) -> Script:
    """A script that greets, and answers each line by its first word that it knows; `*` is for all others."""

    def script(connection: socket.socket) -> None:
        connection.sendall(greeting.encode())
        for line in connection.makefile("rb"):
            said = line.decode("utf-8", "replace").strip()
            if heard is not None:
                heard.append(said)
            word = next((word for word in answers if word in said.split()), "*")
            connection.sendall(answers[word].replace("TAG", said.split()[0] if said else "").encode())

    return script


@dataclass(frozen=True)
class Credentials:
    """A certificate for `mx.example.test`, signed by itself."""

    certificate: Path
    key: Path

    @property
    def context(self) -> ssl.SSLContext:
        """A server's TLS with it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


def credentials(folder: Path, *also: x509.GeneralName) -> Credentials:
    """A key and a certificate of its own, written into a folder. The certificate is for `also` as well."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.example.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("mx.example.test"), *also]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    result = Credentials(folder / "certificate.pem", folder / "key.pem")
    result.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    result.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return result


@contextlib.contextmanager
def name_server(
    answer: Mind, *, silent: int = 0, mute_from: int = 0, mute_to: int = 0, deaf: bool = False
) -> Iterator[str]:
    """A DNS server over UDP, as `address#port`. It leaves the first `silent` questions without an answer.

    So it does with those from `mute_from` up to `mute_to`, and with all where it is `deaf`; it notes what it hears.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.2)
        ended = threading.Event()

        def serve() -> None:
            number = 0
            while not ended.is_set():
                try:
                    wire, client = server.recvfrom(4096)
                except TimeoutError:
                    continue
                reply = answer(dns.message.from_wire(wire)).to_wire()
                if not (deaf or number < silent or mute_from <= number < mute_to):
                    server.sendto(reply, client)
                number += 1

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1#{server.getsockname()[1]}"
        ended.set()
        thread.join(5)
