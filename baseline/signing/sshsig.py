"""The format of signatures, as bytes: what is signed, how a signature is written, and how one is read strictly.

Source: PROTOCOL.sshsig of OpenSSH. A signature has one way to be written, the one of ssh-keygen: whatever else would
decode to the same bytes is refused, so that a changed character never goes unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from baseline.classes import dataclass

ED25519 = b"ssh-ed25519"
ED25519_BYTES = 64
MOST_CHARACTERS = 1 << 14
"""The longest signature that is read."""

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC, _VERSION = b"SSHSIG", (1).to_bytes(4, "big")
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_LINE = 70


@dataclass(frozen=True)
class SshSignature:
    """A signature as read. `key` is the public key in the format of SSH, `signed` the bytes that Ed25519 signs."""

    key: bytes
    namespace: str
    hashed_by: bytes
    signature: bytes

    def signed(self, content: bytes) -> bytes:
        """What the signature is over, for a content."""
        return to_be_signed(content, self.namespace, self.hashed_by)


def text(field: bytes) -> bytes:
    """A field with its length before it (RFC 4251, `string`)."""
    return len(field).to_bytes(4, "big") + field


def fields(blob: bytes) -> list[bytes]:
    """The fields of a blob that has nothing else. Raises ValueError for one that is cut short."""
    found = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            raise ValueError("it is cut short")
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return found


def to_be_signed(content: bytes, namespace: str, hashed_by: bytes = b"sha512") -> bytes:
    """The bytes that a key signs for a content."""
    digest = _HASHES[hashed_by](content).digest()
    return _MAGIC + text(namespace.encode()) + text(b"") + text(hashed_by) + text(digest)


def armoured(key: bytes, namespace: str, signature: bytes, hashed_by: bytes = b"sha512") -> str:
    """A signature by Ed25519 as text, ending with a newline."""
    inner = text(ED25519) + text(signature)
    blob = _MAGIC + _VERSION + b"".join(map(text, (key, namespace.encode(), b"", hashed_by, inner)))
    coded = base64.b64encode(blob).decode("ascii")
    lines = [coded[at : at + _LINE] for at in range(0, len(coded), _LINE)]
    return "\n".join([_BEGIN, *lines, _END]) + "\n"


def read(armour: str) -> SshSignature:
    """A signature by Ed25519 from its text; newlines at its end may lack. Raises ValueError, which says why not."""
    if len(armour) > MOST_CHARACTERS:
        raise ValueError(f"it is longer than {MOST_CHARACTERS >> 10} KiB")
    lines = armour.rstrip("\n").split("\n")
    if len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise ValueError(f"it does not begin with `{_BEGIN}` and end with `{_END}`")
    try:
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("what stands between its first and its last line is no base64") from None
    found = _signature(blob)
    if armoured(found.key, found.namespace, found.signature, found.hashed_by).rstrip("\n") != armour.rstrip("\n"):
        raise ValueError("it is not written as ssh-keygen writes it")
    return found


def _signature(blob: bytes) -> SshSignature:
    if not blob.startswith(_MAGIC + _VERSION):
        raise ValueError("it is no signature of SSH, version 1")
    parts = fields(blob[len(_MAGIC + _VERSION) :])
    if len(parts) != 5:
        raise ValueError("it has not the five fields of a signature")
    key, namespace, _reserved, hashed_by, inner = parts
    if hashed_by not in _HASHES:
        raise ValueError("its digest is neither SHA-256 nor SHA-512")
    made_by = fields(inner)
    if made_by[:1] != [ED25519]:
        raise ValueError("it was not made with an Ed25519 key, and no other sort is verified here")
    if len(made_by) != 2 or len(made_by[1]) != ED25519_BYTES:
        raise ValueError("it has not the 64 bytes of a signature by Ed25519")
    if not namespace.isascii():
        raise ValueError("what it is for is no text in ASCII")
    return SshSignature(key, namespace.decode(), hashed_by, made_by[1])
