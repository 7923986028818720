"""Certificates of hosts: which known authority says that a key is the key of a host, and until when.

paramiko takes a certificate for the key in it, and asks nothing more. Here a certificate counts only where a line
`@cert-authority` of known_hosts speaks of the host, and holds what ssh(1) asks of one: signed by that authority, for a
host, for its name, at this time, without a condition that is not understood, and neither it nor its authority revoked.
Format: PROTOCOL.certkeys of OpenSSH. What is stricter than there: a certificate for no name in particular is refused,
as OpenSSH does since 10.3, and so is a signature by SHA-1.
"""

from __future__ import annotations

import base64
import fnmatch
import re
import struct
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import paramiko
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    load_ssh_public_identity,
)

from baseline.classes import dataclass
from baseline.known_hosts import HostKey
from baseline.opening import CertificateRefused, Transport

SUFFIX = "-cert-v01@openssh.com"
_FOREVER = 2**64 - 1
_STRONG = (b"rsa-sha2-256", b"rsa-sha2-512")
_MOST_BYTES = 1 << 16
_NAME = re.compile(r"[!-~]{1,253}")


@dataclass(frozen=True)
class Authorities:
    """What known_hosts says of a host that may prove itself by a certificate."""

    name: str
    keys: Sequence[HostKey]
    revoked: Sequence[HostKey] = ()

    def sign(self, certificate: SSHCertificate) -> bool:
        """Whether a certificate names one of them as who signed it. That it did is `check`'s to say."""
        authority = _encoded(certificate.signature_key())
        return any(authority == one.asbytes() for one in self.keys)

    def check(self, certificate: SSHCertificate, blob: bytes, now: float) -> None:
        """Whether a certificate proves that its key is the host's. `now` is in seconds since 1970.

        `blob` are the bytes that it was read of. Raises `CertificateRefused`, which says why it proves nothing.
        """
        authority, key = _encoded(certificate.signature_key()), _encoded(certificate.public_key())
        if any(one.asbytes() in (authority, key) for one in self.revoked):
            raise CertificateRefused("its key, or the authority that signed it, is revoked in known_hosts")
        if not self.sign(certificate):
            raise CertificateRefused("it is signed by an authority that known_hosts does not name for this host")
        _check_signature(certificate, blob)
        if certificate.type is not SSHCertificateType.HOST:
            raise CertificateRefused("it is one for a user, and not for a host")
        self._check_names(certificate)
        _check_time(certificate, now)
        if certificate.critical_options:
            raise CertificateRefused(f"it holds under conditions that are not understood: {_options(certificate)}")

    def _check_names(self, certificate: SSHCertificate) -> None:
        names = [name.decode("utf-8", "replace") for name in certificate.valid_principals]
        if not names:
            raise CertificateRefused("it is for no name in particular, and so for every host: have one made for names")
        if not any(_fits(name, self.name.lower()) for name in names):
            told = ", ".join(name if _NAME.fullmatch(name) else repr(name) for name in names[:5])
            raise CertificateRefused(f"it is for {told[:200]}, and not for {self.name}")


class CertifiedTransport(Transport):
    """A transport that takes certificates of hosts from some authorities, and plain keys as any other does."""

    def __init__(
        self,
        sock: Any,
        authorities: Authorities,
        known: Sequence[HostKey] = (),
        clock: Callable[[], float] = time.time,
        **options: Any,
    ) -> None:
        """`known` are plain keys of the host: they are asked for before others. `clock` gives seconds since 1970."""
        super().__init__(sock, **options)
        self._authorities, self._known, self._clock = authorities, known, clock
        self.certified: HostKey | None = None
        kinds = {one.get_name() for one in known}
        usual: tuple[str, ...] = tuple(Transport._preferred_keys)  # type: ignore[attr-defined]
        plain = sorted(usual, key=lambda name: _kind(name) not in kinds)
        # Before plain keys, as ssh has it where it knows an authority.
        self._preferred_keys = (*(f"{name}{SUFFIX}" for name in usual), *plain)

    def _verify_key(self, host_key: bytes, sig: bytes) -> None:
        """Called by paramiko at each exchange of keys, with what the host proved to have."""
        self.certified = None
        super()._verify_key(host_key, sig)  # type: ignore[misc]
        algorithm = self.host_key_type or ""
        if not algorithm.endswith(SUFFIX):
            return
        certificate = read_certificate(host_key)
        plain = paramiko.PKey.from_type_string(
            _kind(algorithm.removesuffix(SUFFIX)), _encoded(certificate.public_key())
        )
        if self._authorities.sign(certificate) or plain not in self._known:
            self._authorities.check(certificate, host_key, self._clock())
            self.certified = plain
        # From here on it is the key alone, by which a machine is known also after its certificate was renewed.
        self.host_key = plain


class KnownOrCertified(paramiko.MissingHostKeyPolicy):
    """Takes the known keys of a host, and those that a certificate proves; nothing else."""

    def __init__(self, known: Sequence[HostKey]) -> None:
        self._known = known

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: HostKey) -> None:
        """See paramiko. Raises `SSHException` in the words that it has for the same."""
        transport = client.get_transport()
        certified = transport.certified if isinstance(transport, CertifiedTransport) else None
        if key in self._known or (certified is not None and key == certified):
            return
        if self._known:
            raise paramiko.BadHostKeyException(hostname, key, self._known[0])
        raise paramiko.SSHException(f"Server {hostname!r} not found in known_hosts")


def read_certificate(blob: bytes) -> SSHCertificate:
    """A certificate of its bytes. Raises `CertificateRefused` for what is none."""
    if len(blob) > _MOST_BYTES:
        raise CertificateRefused("it is too long to be one")
    try:
        (length,) = struct.unpack(">I", blob[:4])
        kind = blob[4 : 4 + length]
        found = load_ssh_public_identity(kind + b" " + base64.b64encode(blob))
        # Both are made of the bytes only when they are asked for.
        if isinstance(found, SSHCertificate):
            _encoded(found.signature_key())
            _encoded(found.public_key())
            return found
    except (ValueError, UnsupportedAlgorithm, struct.error, AssertionError, TypeError, OverflowError):
        pass
    raise CertificateRefused("it cannot be read as one")


def _check_signature(certificate: SSHCertificate, blob: bytes) -> None:
    authority = certificate.signature_key()
    if isinstance(authority, RSAPublicKey) and not _is_strong(blob, (authority.key_size + 7) // 8):
        raise CertificateRefused("its authority signed it by SHA-1: have one made with rsa-sha2-512")
    try:
        certificate.verify_cert_signature()
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, AssertionError):
        raise CertificateRefused("its signature is not one of the authority that it names") from None


def _is_strong(blob: bytes, size: int) -> bool:
    """Whether it ends with a signature by RSA and SHA-2: its name, and as many bytes as the authority's key has."""
    for name in _STRONG:
        inner = struct.pack(">I", len(name)) + name + struct.pack(">I", size)
        whole = struct.pack(">I", len(inner) + size) + inner
        if blob[-size - len(whole) : -size] == whole:
            return True
    return False


def _check_time(certificate: SSHCertificate, now: float) -> None:
    if now < certificate.valid_after:
        raise CertificateRefused(f"it is not valid before {_told(certificate.valid_after)}: look at both clocks")
    if certificate.valid_before != _FOREVER and now >= certificate.valid_before:
        raise CertificateRefused(f"it ended on {_told(certificate.valid_before)}: have it renewed")


def _told(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M UTC}"
    except (ValueError, OverflowError, OSError):
        return "a day that no calendar has"


def _options(certificate: SSHCertificate) -> str:
    names = [name.decode("ascii", "backslashreplace") for name in certificate.critical_options]
    return ", ".join(name if _NAME.fullmatch(name) else repr(name) for name in names)[:200]


def _encoded(key: Any) -> bytes:
    """A public key as ssh has it."""
    return base64.b64decode(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])


def _fits(pattern: str, name: str) -> bool:
    """Whether a name of a certificate, in which `*` and `?` stand for others, means a host."""
    # Brackets are literal here, and a character class to fnmatch.
    return len(pattern) <= 1024 and fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def _kind(algorithm: str) -> str:
    """The kind of key that an algorithm is of."""
    return "ssh-rsa" if algorithm.startswith("rsa-") else algorithm
