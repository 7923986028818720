"""DKIM key records (RFC 6376 3.6.1, RFC 8463 for Ed25519)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from baseline.classes import dataclass
from baseline.formats import tags

VERSION = "DKIM1"


@dataclass(frozen=True)
class PublicKey:
    """A public key in the one form in which two are compared. `bits` is 256 for Ed25519."""

    algorithm: str
    bits: int
    der: bytes


@dataclass(frozen=True)
class DkimRecord:
    """One key record. `key` is None for a revoked one (`p=` empty)."""

    key: PublicKey | None
    algorithm: str = "rsa"
    flags: tuple[str, ...] = ()
    services: tuple[str, ...] = ("*",)
    hashes: tuple[str, ...] = ()

    @property
    def testing(self) -> bool:
        """Whether it tells verifiers to take no heed (`t=y`)."""
        return "y" in self.flags


def name(selector: str, domain: str) -> str:
    """Where the record of a key stands."""
    return f"{selector}._domainkey.{domain}"


def parse(text: str) -> DkimRecord:
    """The record. Raises ValueError for what verifiers refuse."""
    found = tags.parse(text)
    if "v" in found and (found["v"] != VERSION or next(iter(found)) != "v"):
        raise ValueError(f"v= is not {VERSION}, as the first tag")
    if "p" not in found:
        raise ValueError("has no key (p=)")
    algorithm = found.get("k", "rsa")
    written = "".join(found["p"].split())
    key = _key(written, algorithm) if written else None
    return DkimRecord(key, algorithm, _listed(found, "t"), _listed(found, "s") or ("*",), _listed(found, "h"))


def text_of(der: bytes) -> str:
    """The record for a public key (SubjectPublicKeyInfo in DER). Raises ValueError for a key of another sort."""
    key = public_key(der)
    if key.algorithm == "ed25519":
        raw = key.der[-32:]
        return f"v={VERSION}; k=ed25519; p={base64.b64encode(raw).decode()}"
    return f"v={VERSION}; k=rsa; p={base64.b64encode(key.der).decode()}"


def public_key(der: bytes) -> PublicKey:
    """A public key from SubjectPublicKeyInfo in DER. Raises ValueError for other bytes and other algorithms."""
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is no public key") from None
    whole = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(key, RSAPublicKey):
        return PublicKey("rsa", key.key_size, whole)
    if isinstance(key, Ed25519PublicKey):
        return PublicKey("ed25519", 256, whole)
    raise ValueError("is a key of neither RSA nor Ed25519")


def _key(written: str, algorithm: str) -> PublicKey:
    try:
        raw = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("p= is no base64") from None
    if algorithm == "ed25519":
        if len(raw) != 32:
            raise ValueError("p= is no key of Ed25519")
        whole = Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return PublicKey("ed25519", 256, whole)
    if algorithm != "rsa":
        raise ValueError(f"k={algorithm} is no algorithm that verifiers know")
    try:
        # Some publish the bare RSAPublicKey; the loader knows both, and gives the one form back.
        key = public_key(raw)
    except ValueError as error:
        raise ValueError(f"p= {error}") from None
    if key.algorithm != "rsa":
        raise ValueError(f"p= is a key of {key.algorithm}, and k= says rsa")
    return key


def _listed(found: Mapping[str, str], tag: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in found.get(tag, "").split(":") if item.strip())
