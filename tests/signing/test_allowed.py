"""The file of allowed signers: who counts for what and when, and every mistake at its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baseline.errors import InputError, UserError
from baseline.signing import EVIDENCE, AllowedSigners, verify
from tests.signing.keys import key

KEY, OTHER = key(1), key(2)
LINE = KEY.public_line
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def signers(text: str) -> AllowedSigners:
    return AllowedSigners.of_text(text, "allowed")


def verified(text: str, at: datetime | None = NOON) -> str:
    """By whom a content was signed, or why that is nobody's."""
    try:
        return verify(b"x", KEY.sign(b"x", EVIDENCE), signers(text), EVIDENCE, at)
    except UserError as error:
        return str(error)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"aminah {LINE}", "aminah"),
        (f"aminah,ali {LINE} Aminah binti Ali", "aminah"),
        (f"# who may sign\n\n\taminah  {LINE}\r\nali {OTHER.public_line}", "aminah"),
        (f'aminah namespaces="git,baseline-evidence" {LINE}', "aminah"),
        (f'aminah namespaces="baseline-*",valid-after="20260302Z" {LINE}', "aminah"),
        (f'aminah valid-after="20260302120000Z",valid-before="202603021200Z" {LINE}', "aminah"),
        (f'aminah valid-before="20260301Z" {LINE}\nali valid-after="20260301Z" {LINE}', "ali"),
        (
            f'aminah namespaces="git,file" {LINE}',
            "allowed does not allow aminah to sign what is for 'baseline-evidence'",
        ),
        (
            f'aminah namespaces="[b]aseline-*" {LINE}',
            "allowed does not allow aminah to sign what is for 'baseline-evidence'",
        ),
        (
            f'aminah valid-after="20260302120001Z" {LINE}',
            "allowed does not allow the key of aminah at 2026-03-02T12:00:00+00:00",
        ),
        (f"ali {OTHER.public_line}", f"allowed does not allow the key that signed ({LINE})"),
    ],
)
def test_who_signed_by_the_file(line: str, told: str) -> None:
    assert verified(line) == told


def test_without_a_moment_the_key_has_to_count_now() -> None:
    now = datetime.now(UTC)
    ended, begun = (f"{now + timedelta(days=days):%Y%m%d}Z" for days in (-1, -2))
    assert verified(f'aminah valid-before="{ended}" {LINE}', None).startswith(
        "allowed does not allow the key of aminah"
    )
    assert verified(f'aminah valid-after="{begun}" {LINE}', None) == "aminah"


SHAPE = "a line is `NAME[,NAME…] [OPTIONS] SORT KEY`, such as `aminah@agensi.example.my ssh-ed25519 AAAA…`"
ZERO = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
ONE = "AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACA"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("aminah", SHAPE),
        (LINE, SHAPE),
        ("aminah ssh-ed25519", SHAPE),
        (f'aminah ="x" {LINE}', '\'="x"\' are no options: they are written name="value", with commas between'),
        (f'aminah" {LINE}', 'a quotation mark (") lacks its other one'),
        (f"* {LINE}", "'*' does not name a signer: it is a pattern, or has letters that are not ASCII"),
        (f"ali,,aminah {LINE}", "'' does not name a signer: it is a pattern, or has letters that are not ASCII"),
        (
            f"\u0430minah {LINE}",
            "'\u0430minah' does not name a signer: it is a pattern, or has letters that are not ASCII",
        ),
        (f"a cert-authority {LINE}", "`cert-authority` is not known here: name the key of each signer"),
        (
            f"a namespaces {LINE}",
            "'namespaces' is no option: `namespaces`, `valid-after` and `valid-before` are, with a value",
        ),
        (f'a namespaces="" {LINE}', "`namespaces` names what the key may sign, not what it may not"),
        (f'a namespaces="*,!git" {LINE}', "`namespaces` names what the key may sign, not what it may not"),
        (f'a namespaces="x",namespaces="y" {LINE}', "`namespaces` is given twice"),
        (
            f'a valid-after="20260101" {LINE}',
            "`valid-after` is written in UTC with a Z at its end: 20260131Z or 202601311700Z",
        ),
        (f'a valid-before="20260231Z" {LINE}', "`valid-before`: there is no time 20260231Z"),
        (
            f'a valid-after="20260102Z",valid-before="20260101Z" {LINE}',
            "`valid-after` is after `valid-before`: the key never counts",
        ),
        (f"a {LINE[:-1]}", "the key is no base64"),
        (f"a ssh-rsa {LINE.split()[1]}", "the key is none of the sort ssh-rsa"),
        (f"a ssh-ed25519 {ZERO}", "the key proves nothing: anybody can make a signature that holds by it"),
        (f"a ssh-ed25519 {ONE}", "the key proves nothing: anybody can make a signature that holds by it"),
        ("a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAA==", "the key has not the 32 bytes of Ed25519"),
    ],
)
def test_every_mistake_is_told_at_its_line(line: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        signers(f"good {LINE}\n{line}\n")
    assert str(refused.value) == f"allowed:2:1: {told}"


def test_all_mistakes_are_told_at_once_and_a_file_that_names_nobody_is_one() -> None:
    with pytest.raises(InputError) as refused:
        signers("one\ntwo\n")
    assert [problem.line for problem in refused.value.problems] == [1, 2]
    with pytest.raises(InputError, match="allowed: it names nobody who may sign"):
        signers("# none\n\n")


def test_keys_of_other_sorts_may_stand_in_the_file_and_verify_nothing_here() -> None:
    """The same file may be one for plans, which OpenSSH itself verifies."""
    rsa = "AAAAB3NzaC1yc2EAAAADAQABAAAAAQM="
    assert verified(f"ali ssh-rsa {rsa}").startswith("allowed does not allow the key that signed")
    assert len(signers(f"ali ssh-rsa {rsa}").lines) == 1


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    place = tmp_path / "allowed"
    with pytest.raises(UserError, match="the allowed signers, cannot be read: No such file or directory"):
        AllowedSigners.of_file(place)
    place.write_bytes(b"a" * (1 << 20 | 1))
    with pytest.raises(UserError, match="is longer than 1 MiB"):
        AllowedSigners.of_file(place)
    place.write_bytes(b"\xff")
    with pytest.raises(UserError, match="is no text in UTF-8"):
        AllowedSigners.of_file(place)
    place.write_text(f"aminah {LINE}\n")
    assert AllowedSigners.of_file(place).lines[0].principals == ("aminah",)
