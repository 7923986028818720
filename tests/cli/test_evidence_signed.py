"""`evidence sign`: records are signed, what a signature is over, and what comes of one that proves nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from baseline.load import load_register
from baseline.model.evidence import signed_content
from tests.cli.signed_register import INVENTORY, REGISTER, agency_in, changed, linted, run, sign
from tests.signing.keys import key


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return agency_in(tmp_path, monkeypatch)


def test_a_record_is_signed_as_its_last_key_and_every_other_byte_stays(agency: Path) -> None:
    before = (agency / "register.yml").read_text()
    done = sign()
    assert done.exit_code == 0, done.output
    assert done.stderr == f"register.yml: record first is signed by the key {key(1).public_line}\n"
    text = (agency / "register.yml").read_text()
    begins, ends = text.index("  signature: |\n"), text.index("\n# The next one.")
    assert text[:begins] + text[ends:] == before
    assert "-----BEGIN SSH SIGNATURE-----" in text[begins:ends]
    assert sign("second", "--key", "aminah.key").exit_code == 0
    assert run("lint", "-i", "inventory.yml").exit_code == 0
    verified = run("evidence", "verify", "register.yml", "--allowed-signers", "signers")
    assert verified.exit_code == 0
    assert "signed 2 by aminah, unsigned 0" in verified.stdout


@pytest.mark.parametrize("text", [REGISTER.replace("\n", "\r\n"), "\ufeff" + REGISTER, REGISTER.rstrip("\n")])
def test_however_the_register_is_written(agency: Path, text: str) -> None:
    begun = text.replace("  file: minutes.txt\n", "").replace("  file: minutes.txt\r\n", "")
    (agency / "register.yml").write_bytes(begun.encode())
    for name in ("second", "first"):
        assert sign(name).exit_code == 0
    written = (agency / "register.yml").read_bytes().decode()
    assert written.startswith(begun[:200])
    assert written.count("\r") in (0, written.count("\n"))
    assert "signed 2 by aminah" in run("evidence", "verify", "register.yml", "--allowed-signers", "signers").stdout


def test_without_a_key_the_installation_signs_and_prints_who_it_is(agency: Path) -> None:
    line = run("evidence", "key", "--as", "agency@example.my").stdout
    assert line.startswith('agency@example.my namespaces="baseline-*" ssh-ed25519 AAAA')
    assert run("evidence", "key").stdout in line
    (agency / "signers").write_text(line)
    assert sign("first", "-o", "register.yml").exit_code == 0
    told = run("evidence", "verify", "register.yml", "--allowed-signers", "signers").stdout
    assert "signed 1 by agency@example.my, unsigned 1" in told
    assert run("evidence", "key", "--as", "all *").exit_code == 2


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_ssh_keygen_signs_and_verifies_what_is_printed(agency: Path) -> None:
    """So a key that is with an agent signs as well, and nobody needs this program to verify."""
    content = run("evidence", "sign", "first", "-o", "register.yml", "--print").stdout_bytes
    assert content == signed_content(load_register("register.yml")[0])
    (agency / "aminah.key").chmod(0o600)
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", "aminah.key", "-n", "baseline-evidence"]
    made = subprocess.run(words, input=content, capture_output=True, check=True, timeout=20).stdout
    (agency / "first.sig").write_bytes(made)
    assert sign("second", "--signature", "first.sig").exit_code == 2
    assert sign("first", "--signature", "first.sig").exit_code == 0
    (agency / "kept.sig").write_text(load_register("register.yml")[0].signature)
    known = ["-f", "signers", "-I", "aminah", "-n", "baseline-evidence", "-s", "kept.sig"]
    assert subprocess.run(["ssh-keygen", "-Y", "verify", *known], input=content, timeout=20).returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "words", "told"),
    [
        ("", "", ("third", "--key", "aminah.key"), "register.yml has no record third"),
        ("attested_by: Aminah\n", "attested_by:\n", (), "`attested_by` and `attested_at` are given together"),
        ("", "", ("first", "--key", "minutes.txt"), "minutes.txt cannot be used as a key: it is no private key"),
        ("", "", ("first", "--key", "nothing"), "nothing, the key to sign with, cannot be read: No such file"),
        ("", "", ("first", "--signature", "minutes.txt"), "minutes.txt is no signature: it does not begin with"),
        ("", "", ("first", "--key", "aminah.key", "--print"), "--key, --signature and --print: give one of them"),
    ],
)
def test_what_cannot_be_signed_is_said(agency: Path, old: str, new: str, words: tuple[str, ...], told: str) -> None:
    if old:
        changed(agency, old, new)
    before = (agency / "register.yml").read_text()
    done = sign(*words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert (agency / "register.yml").read_text() == before


def test_a_record_is_signed_once_and_not_while_nobody_attests_it(agency: Path) -> None:
    assert sign().exit_code == 0
    assert "is signed already: take its `signature` out" in sign().stderr
    changed(agency, "attested_by: Kumar\n  attested_at: 2026-03-03T09:00:00+08:00", "attested_by:\n  attested_at:")
    assert "nobody attests record second yet" in sign("second").stderr


def test_a_record_on_one_line_is_not_spoilt(agency: Path) -> None:
    record = yaml.safe_load(REGISTER)[1]
    flow = (
        "- {id: second, control: MEL-G-03, subject: '*', issued_on: 2026-03-02T17:00:00+08:00, issuer: Operations, "
        f"file_sha256: {record['file_sha256']}, attested_by: Kumar, attested_at: 2026-03-03T09:00:00+08:00, "
        "facts: {sent_at: 2026-03-02T09:00:00+08:00}}\n"
    )
    (agency / "register.yml").write_text(flow)
    done = sign("second")
    assert "no key can be put into record second: write it with a line for each key" in done.stderr
    assert (agency / "register.yml").read_text() == flow


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("signature: [a]", "`signature` is a signature as ssh-keygen writes it, after `|`"),
        ("signature: 5", "`signature` is a signature as ssh-keygen writes it, after `|`"),
        ("signature: none", "record second: the signature cannot be read: it does not begin with `-----BEGIN SSH"),
    ],
)
def test_what_is_no_signature_is_a_mistake_at_its_place(agency: Path, written: str, told: str) -> None:
    with (agency / "register.yml").open("a") as register:
        register.write(f"  {written}\n")
    assert f"register.yml:24:14: {told}" in linted()


def test_signatures_that_nobody_verifies_are_told(agency: Path) -> None:
    assert sign().exit_code == 0
    (agency / "inventory.yml").write_text(INVENTORY)
    assert "register.yml:12:14: signatures of this register are not verified: name the file of those" in linted()
    assert (
        "signed 1 not verified (give --allowed-signers), unsigned 1" in run("evidence", "verify", "register.yml").stdout
    )


def test_every_mistake_of_the_signers_and_of_the_inventory_has_its_place(agency: Path) -> None:
    assert sign().exit_code == 0
    (agency / "signers").write_text("aminah\n")
    assert "signers:1:1: a line is `NAME[,NAME…] [OPTIONS] SORT KEY`" in linted()
    (agency / "signers").unlink()
    assert "inventory.yml:9:22: signers, the allowed signers, cannot be read: No such file" in linted().replace(
        f"{agency}/", ""
    )
    (agency / "inventory.yml").write_text(INVENTORY + "    require_signatures: true\n")
    assert "inventory.yml:9:25: `require_signatures` wants a file" in linted()
