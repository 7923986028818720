"""X.509 certificates in PEM: what a mail host's one has to be, read without trusting it (RFC 5280, RFC 6125)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from baseline.classes import dataclass

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


@dataclass(frozen=True)
class Certificate:
    """One certificate. `bits` is the strength of its key as of RSA: elliptic curves count as what they equal."""

    names: tuple[str, ...]
    ends: datetime
    key: str
    bits: int
    digest: str
    self_signed: bool

    def covers(self, name: str) -> bool:
        """Whether one of the subject's alternative names is this one; `*` stands for one label, the first."""
        name = name.lower().rstrip(".")
        parent = name.partition(".")[2]
        return any(one.lower() == name or (parent and one.lower() == f"*.{parent}") for one in self.names)


def parse(pem: str) -> list[Certificate]:
    """The certificates of a text, in order. Raises ValueError for one that cannot be read, or when there is none."""
    found = [_one(block) for block in _blocks(pem)]
    if not found:
        raise ValueError("no certificate")
    return found


def _blocks(pem: str) -> Iterator[str]:
    """From each beginning to the next end. No pattern: that would look for the end of each beginning by itself."""
    begin = pem.find(_BEGIN)
    while begin >= 0 and (end := pem.find(_END, begin)) >= 0:
        yield pem[begin : end + len(_END)]
        begin = pem.find(_BEGIN, end)


def _one(pem: str) -> Certificate:
    read = x509.load_pem_x509_certificate(pem.encode())
    try:
        extension = read.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(extension.value.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        # A common name without alternative names is not looked at by anybody any more (RFC 9525).
        names = ()
    key, bits = _strength(read)
    digest = sha256(read.public_bytes(Encoding.DER)).hexdigest()
    return Certificate(names, read.not_valid_after_utc, key, bits, digest, read.subject == read.issuer)


def _strength(read: x509.Certificate) -> tuple[str, int]:
    """The key in words, and the size of an RSA key of the same strength (NIST SP 800-57 part 1, table 2)."""
    key = read.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}", 15360 if key.key_size >= 512 else 7680 if key.key_size >= 384 else (
            3072 if key.key_size >= 256 else 1024
        )
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return type(key).__name__.strip("_").removesuffix("PublicKey"), 3072
    return type(key).__name__.strip("_"), 0
