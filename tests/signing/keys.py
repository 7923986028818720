"""Keys that are the same in each run, so that what is made with them is."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from baseline.signing import Signer


def key(number: int) -> Signer:
    """One of 256 keys."""
    return Signer(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))
