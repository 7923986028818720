"""Certificates made for the purpose, and which names they are for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.certificates import Certificate, parse

NOW = datetime(2026, 11, 24, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def made(key: Key, names: list[str], days: int = 90) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.d1.lab.test")])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, NOW, NOW + timedelta(days=days))
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("key", "words", "strong"),
    [
        (rsa.generate_private_key(65537, 2048), "RSA 2048", True),
        (rsa.generate_private_key(65537, 1024), "RSA 1024", False),
        (ec.generate_private_key(ec.SECP256R1()), "EC secp256r1", True),
        (ec.generate_private_key(ec.SECP192R1()), "EC secp192r1", False),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519", True),
    ],
)
def test_parts(key: Key, words: str, strong: bool) -> None:
    (found,) = parse("noise\n" + made(key, ["mx.d1.lab.test"]) + "more\n")
    assert (found.key, found.bits >= 2048) == (words, strong)
    assert found.ends == NOW + timedelta(days=90)
    assert found.self_signed
    assert found.names == ("mx.d1.lab.test",)


def test_a_common_name_alone_is_no_name() -> None:
    (found,) = parse(made(ec.generate_private_key(ec.SECP256R1()), []))
    assert not found.covers("mx.d1.lab.test")


def test_several() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    first, second = parse(made(key, ["a.test"]) + made(key, ["b.test"]))
    assert (first.names, second.names) == (("a.test",), ("b.test",))


labels = st.text("abcdefgh0123456789", min_size=1, max_size=8)


@given(labels, labels, labels)
def test_a_star_stands_for_one_label(one: str, two: str, three: str) -> None:
    starred = Certificate((f"*.{two}.test",), NOW, "", 0, "", self_signed=False)
    assert starred.covers(f"{one}.{two}.test.")
    assert starred.covers(f"{one}.{two}.TEST")
    assert not starred.covers(f"{two}.test")
    assert not starred.covers(f"{three}.{one}.{two}.test")


@pytest.mark.parametrize("pem", ["", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_none_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(pem)
