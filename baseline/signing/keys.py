"""Private keys that sign, and public keys as SSH writes them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.signing import sshsig

KEY_BYTES = 32
MOST_BYTES = 1 << 16
"""The longest file of a private key that is read."""

_SMALL_ORDER = {
    bytes.fromhex(point)
    for point in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
}
"""Points by which a signature holds that nobody made, whatever was signed (the list of libsodium, signs left out)."""


class Enciphered(UserError):
    """A key has a passphrase, and none was given."""


@dataclass(frozen=True)
class Signer:
    """An Ed25519 key that signs. Neither printed nor compared by what it keeps."""

    key: Ed25519PrivateKey = field(repr=False, compare=False)
    public: bytes = field(init=False)
    """The public key in the format of SSH."""

    def __post_init__(self) -> None:
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        object.__setattr__(self, "public", sshsig.text(sshsig.ED25519) + sshsig.text(raw))

    @classmethod
    def made(cls) -> Signer:
        """A new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def of_bytes(cls, content: bytes, name: str, password: bytes | None = None) -> Signer:
        """The key of a file in OpenSSH's format, which `name` names. Raises `Enciphered` and `UserError`."""
        try:
            key = load_ssh_private_key(content, password)
        except TypeError:
            if password is None:
                raise Enciphered(f"{name} cannot be used as a key: it has a passphrase") from None
            raise UserError(f"{name} cannot be used as a key: it has no passphrase, and one was given") from None
        except UnsupportedAlgorithm as error:
            raise UserError(f"{name} cannot be used as a key, since it cannot be deciphered here: {error}") from None
        except ValueError:
            told = "it is no private key of OpenSSH" if password is None else "the passphrase is not the one of it"
            raise UserError(f"{name} cannot be used as a key: {told}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise UserError(f"{name} is no Ed25519 key, and no other signs here: `ssh-keygen -t ed25519` makes one")
        return cls(key)

    @classmethod
    def of_file(cls, path: Path, password: bytes | None = None) -> Signer:
        """The key of a file of `ssh-keygen -t ed25519`. Raises `Enciphered` and `UserError`."""
        try:
            with path.open("rb") as opened:
                content = opened.read(MOST_BYTES)
        except OSError as error:
            raise UserError(f"{path}, the key to sign with, cannot be read: {error.strerror or error}") from None
        return cls.of_bytes(content, str(path), password)

    @property
    def public_line(self) -> str:
        """The public key as a line of a .pub file, without a comment."""
        return public_line(self.public)

    def private_bytes(self) -> bytes:
        """The private key in OpenSSH's format, without a passphrase."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())

    def sign(self, content: bytes, namespace: str) -> str:
        """The signature of a content, as text that ends with a newline: the same each time. `namespace`: what for."""
        if not namespace:
            raise ValueError("a signature is for something: it has a namespace")
        return sshsig.armoured(self.public, namespace, self.key.sign(sshsig.to_be_signed(content, namespace)))


def public_line(public: bytes) -> str:
    """A public key in the format of SSH as a line of a .pub file."""
    return f"{sshsig.ED25519.decode()} {base64.b64encode(public).decode()}"


def public_key(coded: str, sort: str) -> bytes:
    """A public key from its base64. Raises ValueError for one that is none of its sort, or that proves nothing."""
    try:
        blob = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the key is no base64") from None
    parts = sshsig.fields(blob)
    if parts[:1] != [sort.encode()] or base64.b64encode(blob).decode() != coded:
        raise ValueError(f"the key is none of the sort {sort}")
    if sort == sshsig.ED25519.decode():
        if len(parts) != 2 or len(parts[1]) != KEY_BYTES:
            raise ValueError(f"the key has not the {KEY_BYTES} bytes of Ed25519")
        if parts[1][:-1] + bytes([parts[1][-1] & 0x7F]) in _SMALL_ORDER:
            raise ValueError("the key proves nothing: anybody can make a signature that holds by it")
    return blob
