"""TLSA records, and whether one fits a chain of certificates (RFC 6698 2.1, RFC 7671, RFC 7672 3.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256, sha512

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from baseline.classes import dataclass

TRUST_ANCHOR, END_ENTITY = 2, 3
"""The usages that mean anything for SMTP."""


@dataclass(frozen=True)
class Tlsa:
    """One record; `data` is in lower-case hex."""

    usage: int
    selector: int
    matching: int
    data: str

    @property
    def usable(self) -> bool:
        """Whether senders heed it: usages 0 and 1 mean nothing for SMTP (RFC 7672 3.1.3)."""
        return self.usage in (TRUST_ANCHOR, END_ENTITY) and self.selector in (0, 1) and self.matching in (0, 1, 2)

    @property
    def parameters(self) -> str:
        """As people write them: `3 1 1`."""
        return f"{self.usage} {self.selector} {self.matching}"

    def fits(self, chain: Sequence[str]) -> bool:
        """Whether it matches a chain in PEM, the server's own certificate first. Raises ValueError for other text."""
        certificates = chain[:1] if self.usage == END_ENTITY else chain[1:] if self.usage == TRUST_ANCHOR else ()
        return any(associated(one, self.selector, self.matching) == self.data for one in certificates)


def parse(text: str) -> Tlsa:
    """A record in presentation form. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,3}) (\d{1,3}) (\d{1,3}) ([0-9A-Fa-f ]+)", text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no TLSA record")
    return Tlsa(int(match[1]), int(match[2]), int(match[3]), match[4].replace(" ", "").lower())


def associated(pem: str, selector: int, matching: int) -> str:
    """What a record for this certificate holds, in hex. Raises ValueError for what is no certificate."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    raw = certificate.public_bytes(Encoding.DER)
    if selector == 1:
        raw = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {0: raw.hex, 1: sha256(raw).hexdigest, 2: sha512(raw).hexdigest}[matching]()
