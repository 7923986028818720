"""Whose signature of a content it is, of those who may sign it."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from baseline.errors import UserError
from baseline.signing import sshsig
from baseline.signing.allowed import AllowedSigner, AllowedSigners
from baseline.signing.keys import KEY_BYTES, public_line


def verify(content: bytes, signature: str, signers: AllowedSigners, namespace: str, at: datetime | None = None) -> str:
    """The first name of who signed a content.

    `namespace` is what the signature has to be for. `at` is the moment at which the key has to count, with its zone:
    when the content was signed, as far as that is known; None is now. Raises `UserError`, which says why it proves
    nothing.
    """
    try:
        found = sshsig.read(signature)
    except ValueError as error:
        raise UserError(f"the signature cannot be read: {error}") from None
    line = _allowed(found, signers, namespace, datetime.now(UTC) if at is None else at)
    try:
        Ed25519PublicKey.from_public_bytes(found.key[-KEY_BYTES:]).verify(found.signature, found.signed(content))
    except (InvalidSignature, ValueError):
        name = line.principals[0]
        raise UserError(f"the signature by {name} does not hold: it is not of this content, as it now is") from None
    return line.principals[0]


def _allowed(found: sshsig.SshSignature, signers: AllowedSigners, namespace: str, at: datetime) -> AllowedSigner:
    """The line of who may have made a signature. Raises `UserError`."""
    if found.namespace != namespace:
        raise UserError(f"the signature is for {found.namespace!r}, and not for {namespace!r}")
    lines = signers.of_key(found.key)
    if not lines:
        raise UserError(f"{signers.name} does not allow the key that signed ({_told(found.key)})")
    name = lines[0].principals[0]
    lines = tuple(line for line in lines if line.may_sign(namespace))
    if not lines:
        raise UserError(f"{signers.name} does not allow {name} to sign what is for {namespace!r}")
    for line in lines:
        if line.counts(at):
            return line
    raise UserError(f"{signers.name} does not allow the key of {name} at {at.isoformat(timespec='seconds')}")


def _told(key: bytes) -> str:
    """A key that nobody vouches for, so that a person can compare it. It may be anything."""
    return public_line(key) if len(key) < 128 else f"{len(key)} bytes"
