"""Signatures, made here and by ssh-keygen, and verified by the other one as well."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline.errors import UserError
from baseline.signing import DOSSIER, EVIDENCE, AllowedSigners, Signer, sshsig, verify
from tests.signing.keys import key

CONTENT = b"what was measured\n"
SIGNER = key(1)
SIGNERS = AllowedSigners.of_text(f"agency@example.my {SIGNER.public_line}\n", "allowed_signers")
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)

openssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")


def refused(
    signature: str, content: bytes = CONTENT, namespace: str = EVIDENCE, signers: AllowedSigners = SIGNERS
) -> str:
    with pytest.raises(UserError) as told:
        verify(content, signature, signers, namespace, AT)
    return str(told.value)


def test_what_was_signed_is_verified_and_signed_the_same_each_time() -> None:
    made = SIGNER.sign(CONTENT, EVIDENCE)
    assert verify(CONTENT, made, SIGNERS, EVIDENCE, AT) == "agency@example.my"
    assert verify(CONTENT, made.rstrip("\n"), SIGNERS, EVIDENCE) == "agency@example.my"
    assert SIGNER.sign(CONTENT, EVIDENCE) == made


@openssh
@pytest.mark.parametrize("content", [b"", CONTENT, bytes(range(256)) * 40])
def test_ssh_keygen_verifies_what_is_signed_here(tmp_path: Path, content: bytes) -> None:
    allowed, signature = tmp_path / "allowed", tmp_path / "signature"
    allowed.write_text(f'agency@example.my namespaces="baseline-*" {SIGNER.public_line}\n')
    signature.write_text(SIGNER.sign(content, DOSSIER))
    words = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "agency@example.my", "-n", DOSSIER]
    good, bad = (
        subprocess.run([*words, "-s", str(signature)], input=given, capture_output=True, timeout=20)
        for given in (content, content + b".")
    )
    assert good.returncode == 0
    assert b'Good "baseline-dossier" signature' in good.stdout
    assert bad.returncode != 0


@openssh
@pytest.mark.parametrize("hashed_by", ["sha256", "sha512"])
def test_what_ssh_keygen_signs_is_verified_here(tmp_path: Path, hashed_by: str) -> None:
    place = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(place)], check=True, timeout=20)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "secret", "-N", "", "-f", str(place)], check=True, timeout=20)
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(place), "-n", EVIDENCE, "-O", f"hashalg={hashed_by}"]
    made = subprocess.run(words, input=CONTENT, capture_output=True, check=True, timeout=20).stdout.decode()
    signers = AllowedSigners.of_text(f"kumar {place.with_suffix('.pub').read_text()}", "allowed")
    assert verify(CONTENT, made, signers, EVIDENCE, AT) == "kumar"
    assert Signer.of_file(place).public == signers.lines[0].key


@openssh
def test_the_key_of_a_person_is_read_as_ssh_keygen_wrote_it_with_its_passphrase(tmp_path: Path) -> None:
    place = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(place)], check=True, timeout=20)
    assert Signer.of_file(place, b"secret").public_line in place.with_suffix(".pub").read_text()
    for password, words in ((None, "it has a passphrase"), (b"wrong", "the passphrase is not the one of it")):
        with pytest.raises(UserError, match=words):
            Signer.of_file(place, password)
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(other)], check=True, timeout=20)
    with pytest.raises(UserError, match="is no Ed25519 key"):
        Signer.of_file(other)
    with pytest.raises(UserError, match="it has no passphrase, and one was given"):
        Signer.of_file(other, b"secret")


def test_a_signature_is_of_one_content_for_one_end() -> None:
    made = SIGNER.sign(CONTENT, EVIDENCE)
    assert refused(made, CONTENT + b"\n") == (
        "the signature by agency@example.my does not hold: it is not of this content, as it now is"
    )
    assert (
        refused(made, namespace=DOSSIER) == "the signature is for 'baseline-evidence', and not for 'baseline-dossier'"
    )
    with pytest.raises(ValueError, match="has a namespace"):
        SIGNER.sign(CONTENT, "")


def test_the_key_of_a_stranger_is_shown_so_that_it_can_be_compared() -> None:
    stranger = key(2)
    assert refused(stranger.sign(CONTENT, EVIDENCE)) == (
        f"allowed_signers does not allow the key that signed ({stranger.public_line})"
    )


def test_every_changed_character_of_a_signature_is_noticed() -> None:
    """Those of its padding and its line ends as well, which decode to the same bytes."""
    made = SIGNER.sign(CONTENT, EVIDENCE)
    for at, old in enumerate(made[:-1]):
        for bit in range(7):
            changed = chr(ord(old) ^ 1 << bit)
            assert refused(made[:at] + changed + made[at + 1 :]), (at, changed)


def _armour(blob: bytes) -> str:
    coded = base64.b64encode(blob).decode()
    lines = "\n".join(coded[at : at + 70] for at in range(0, len(coded), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n"


GOOD = SIGNER.sign(CONTENT, EVIDENCE)
BLOB = base64.b64decode("".join(GOOD.split("\n")[1:-2]))


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ("", "does not begin with"),
        ("x" * 20_000, "longer than 16 KiB"),
        (GOOD + GOOD, "no base64"),
        (GOOD.replace("\n", "\r\n"), "does not begin with"),
        (_armour(b""), "no signature of SSH, version 1"),
        (_armour(b"SSHSIG\0\0\0\2" + BLOB[10:]), "no signature of SSH, version 1"),
        (_armour(BLOB[:-1]), "cut short"),
        (_armour(BLOB + b"\0\0\0\0"), "five fields"),
        (_armour(BLOB[:10] + b"\xff\xff\xff\xff"), "cut short"),
        (_armour(BLOB.replace(b"sha512", b"sha384")), "neither SHA-256 nor SHA-512"),
        (_armour(BLOB[:10] + BLOB[10:].replace(b"baseline-evidence", b"\xff" * 17)), "what it is for is no text"),
        (_armour(BLOB[:-87] + sshsig.text(sshsig.text(b"ssh-rsa") + sshsig.text(b"x"))), "not made with an Ed25519"),
        (_armour(BLOB[:-87] + sshsig.text(sshsig.text(b"ssh-ed25519") + sshsig.text(b"x"))), "64 bytes"),
    ],
)
def test_what_is_no_signature_is_refused_with_what_is_wrong_of_it(signature: str, words: str) -> None:
    assert re.search(words, refused(signature)), refused(signature)
