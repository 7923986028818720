"""Records of the register that are signed, and what is tried to have other ones count."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adversary.case import adversary
from tests.cli.signed_register import INVENTORY, SIGNERS, agency_in, changed, linted, run, sign
from tests.signing.keys import key

EVIDENCE = "records of the register"


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return agency_in(tmp_path, monkeypatch)


@adversary(EVIDENCE, "change a signed record, or the document that it stands on")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("attendance_pct: 87.5", "attendance_pct: 97.5"),
        ("attested_by: Aminah", "attested_by: Siti"),
        ("held_at: 2026-03-02T09", "held_at: 2026-03-01T09"),
        ("issuer: Training unit", "issuer: Training Unit"),
        ("  facts: {held_at", "  owner: nobody\n  facts: {held_at"),
    ],
)
def test_a_signed_record_that_was_changed(agency: Path, old: str, new: str) -> None:
    """A mistake at the place of the signature, before any host is asked, for lint, check and verify alike.

    Before: nothing but the digest of its document bound a record; whoever could write the register wrote all of it.
    """
    assert sign().exit_code == 0
    changed(agency, old, new)
    told = "record first: the signature by aminah does not hold: it is not of this content, as it now is"
    assert told in linted()
    for words in (("check", "-i", "inventory.yml"), ("evidence", "list", "-i", "inventory.yml")):
        done = run(*words)
        assert done.exit_code == 2
        assert told in done.stderr
    done = run("evidence", "verify", "register.yml", "--allowed-signers", "signers")
    assert done.exit_code == 2
    assert told in done.stderr


@adversary(EVIDENCE, "sign a record with the key of a stranger, with one for another end, or out of its time")
@pytest.mark.parametrize(
    ("signers", "told"),
    [
        (f"kumar {key(2).public_line}", "does not allow the key that signed"),
        (
            f'aminah namespaces="git" {key(1).public_line}',
            "does not allow aminah to sign what is for 'baseline-evidence'",
        ),
        (
            f'aminah valid-before="20260302Z" {key(1).public_line}',
            "does not allow the key of aminah at 2026-03-03T09:00",
        ),
        ("# nobody", "it names nobody who may sign"),
    ],
)
def test_a_record_signed_by_who_may_not(agency: Path, signers: str, told: str) -> None:
    """A mistake that says which key it was; a key that was taken back before the record was attested counts no more.

    Before: no record could be signed.
    """
    assert sign().exit_code == 0
    (agency / "signers").write_text(f"{signers}\n")
    assert told in linted()
    assert run("check", "-i", "inventory.yml").exit_code == 2


@adversary(EVIDENCE, "take the signature out and change the record, or put the signature of another record in")
def test_a_record_whose_signature_was_taken_out_or_exchanged(agency: Path) -> None:
    """With `require_signatures`, each attested record without one is a mistake. One of another record never holds.

    Before: no record could be signed.
    """
    assert sign().exit_code == 0
    (agency / "inventory.yml").write_text(f"{INVENTORY}{SIGNERS}    require_signatures: yes\n")
    told = linted()
    assert "record second is not signed, and `require_signatures` wants it" in told
    assert "record first" not in told
    text = (agency / "register.yml").read_text()
    begins, ends = text.index("  signature: |\n"), text.index("\n# The next one.")
    (agency / "register.yml").write_text(text + text[begins:ends])
    assert "record second: the signature by aminah does not hold" in linted()
