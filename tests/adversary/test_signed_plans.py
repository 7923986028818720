"""Plan files that a signature is required for, as ssh-keygen makes and verifies it, and what is tried to have none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from baseline import signatures
from baseline.errors import UserError
from baseline.planfile import load_plan_file
from tests.adversary.case import adversary
from tests.adversary.test_plan_files import _made
from tests.cli.conftest import Site

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")


class Signers:
    """Keys of ssh-keygen, and a file of allowed signers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.allowed = folder / "allowed_signers"
        self.key = self.made("reviewer")
        self.allow(self.key)

    def made(self, name: str) -> Path:
        """A new key."""
        key = self.folder / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)], check=True)
        return key

    def allow(self, key: Path, options: str = "") -> None:
        """Allow one key and no other."""
        public = key.with_name(f"{key.name}.pub").read_text()
        self.allowed.write_text(f"{key.name}@agensi.example.my {options} {public}")

    def sign(self, file: Path, *, key: Path | None = None, namespace: str = signatures.NAMESPACE) -> None:
        """Sign a file as its reviewer would, without this package."""
        signatures.beside(file).unlink(missing_ok=True)
        words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key or self.key), "-n", namespace, str(file)]
        subprocess.run(words, check=True)

    def refusal(self, file: Path) -> str:
        """Why a file is not taken."""
        with pytest.raises(UserError) as refused:
            load_plan_file(file, self.allowed)
        return str(refused.value)


@pytest.fixture
def signers(tmp_path: Path) -> Signers:
    return Signers(tmp_path)


def test_a_signed_plan_says_who_signed_it_and_needs_no_other_file(site: Site, signers: Signers) -> None:
    file = _made(site)
    signers.sign(file)
    reviewed = load_plan_file(file, signers.allowed)
    assert reviewed.vouched == "signed by reviewer@agensi.example.my"
    assert reviewed.inventory == (site.folder / "inventory.yml",)
    assert reviewed.baseline == str(site.folder / "rules.yml")


def test_the_command_signs_what_it_writes(site: Site, signers: Signers) -> None:
    file = site.folder / "plan.json"
    _made(site)
    assert site.run("plan", "-o", str(file), "--sign", str(signers.key)).exit_code == 1
    assert load_plan_file(file, signers.allowed).vouched


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sign", "nokey", "-o", "plan.json"], "there is no key nokey"),
        (["--sign", "inventory.yml"], "--sign signs a plan file: give one, as in -o plan.json"),
        (["--sign", "inventory.yml", "-o", "plan.json"], "inventory.yml signs nothing:"),
    ],
)
def test_what_cannot_be_signed_is_said(
    site: Site, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    monkeypatch.chdir(site.folder)
    done = site.run("plan", *options)
    assert done.exit_code == 2
    assert words in done.stderr


def test_a_signature_can_only_be_required_of_a_file(site: Site, signers: Signers) -> None:
    done = site.run("apply", "--require-signature", str(signers.allowed))
    assert done.exit_code == 2
    assert "--require-signature is for a plan file" in done.stderr


@adversary("plan files", "a plan that nobody has signed, where a signature is required")
def test_without_a_signature(site: Site, signers: Signers) -> None:
    """Refused before any host is reached, with the command by which to sign.

    Before: no signature could be required; whoever could write the file chose what was applied.
    """
    file = _made(site)
    assert f"is not signed: there is no {file}.sig" in signers.refusal(file)
    done = site.run("apply", str(file), "--require-signature", str(signers.allowed))
    assert done.exit_code == 2
    assert site.sessions == []


@adversary("plan files", "sign a plan with a key that is not an allowed signer's")
def test_signed_by_a_stranger(site: Site, signers: Signers) -> None:
    """Refused, in the words of ssh-keygen.

    Before: no signature could be required.
    """
    file = _made(site)
    signers.sign(file, key=signers.made("stranger"))
    assert "no one that" in signers.refusal(file)
    assert "No principal matched" in signers.refusal(file)


@adversary("plan files", "an allowed signer's signature that was made for something else, such as a mail or a commit")
def test_signed_for_something_else(site: Site, signers: Signers) -> None:
    """Refused: a signature of a plan is made for `baseline-plan`, and says so.

    Before: no signature could be required.
    """
    file = _made(site)
    signers.sign(file, namespace="git")
    assert "namespace does not match" in signers.refusal(file)
    signers.sign(file)
    signers.allow(signers.key, 'namespaces="git"')
    assert "not permitted for use in signature namespace" in signers.refusal(file)


@adversary("plan files", "alter a plan after it was signed, digests and all")
def test_altered_after_it_was_signed(site: Site, signers: Signers) -> None:
    """Refused: the signature is of the bytes of the file.

    Before: no signature could be required; with digests that fit, an altered file was a plan like any other.
    """
    file = _made(site)
    signers.sign(file)
    file.write_text(file.read_text().replace("message_size_limit", "virtual_size_limit"))
    assert "incorrect signature" in signers.refusal(file)


@adversary("plan files", "a signature by a key that was allowed once, and has expired")
def test_signed_by_somebody_whose_time_is_over(site: Site, signers: Signers) -> None:
    """Refused, with the time at which the key expired.

    Before: no signature could be required.
    """
    file = _made(site)
    signers.sign(file)
    signers.allow(signers.key, 'valid-before="20200101"')
    assert "key has expired" in signers.refusal(file)


@adversary("plan files", "something that is no signature, or has no end, in the place of one")
@pytest.mark.parametrize(
    ("content", "words"), [(b"", "missing header"), (b"x" * (1 << 20), "longer than 64 KiB"), (None, "Is a directory")]
)
def test_what_is_no_signature(site: Site, signers: Signers, content: bytes | None, words: str) -> None:
    """Refused, and no more than 64 KiB of it are read.

    Before: no signature could be required.
    """
    file = _made(site)
    place = signatures.beside(file)
    if content is None:
        place.mkdir()
    else:
        place.write_bytes(content)
    assert words in signers.refusal(file)


def _instead(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Another program in the place of ssh-keygen; `$REAL` is the real one."""
    real = shutil.which("ssh-keygen")
    program = folder / "bin" / "ssh-keygen"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nREAL={real}\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@adversary("plan files", "put another file in the place of the signed one between its verification and its use")
def test_swapped_while_it_is_verified(site: Site, signers: Signers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes that are verified are the bytes that are used: the file is read once, and so is its signature.

    Before: no signature could be required.
    """
    file, real = _made(site), site.folder / "real.json"
    file.rename(real)
    file.symlink_to(real)
    signers.sign(file)
    shown = json.loads(real.read_text())
    evil = site.folder / "evil.json"
    evil.write_text(json.dumps({**shown, "made_from": {**shown["made_from"], "inventory": ["/evil"]}}))
    swap = f"ln -sfn {evil} {file}; rm -f {file}.sig"
    _instead(site.folder, monkeypatch, f'{swap}\n"$REAL" "$@"; code=$?; {swap}; exit $code')
    reviewed = load_plan_file(file, signers.allowed)
    assert file.resolve() == evil
    assert reviewed.inventory == (site.folder / "inventory.yml",)


@adversary("plan files", "an ssh-keygen that does not end, or says more than anybody can read")
@pytest.mark.parametrize("script", ["exec sleep 600", "exec yes"])
def test_a_verification_has_an_end(site: Site, signers: Signers, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """It is ended, and the plan refused.

    Before: no signature could be required.
    """
    file = _made(site)
    signers.sign(file)
    _instead(site.folder, monkeypatch, script)
    monkeypatch.setattr(signatures, "VERIFY_SECONDS", 1)
    assert "ssh-keygen was ended" in signers.refusal(file)


@pytest.mark.parametrize("write", [lambda path: path.unlink(), lambda path: path.write_text("garbage\n")])
def test_allowed_signers_that_allow_nobody(site: Site, signers: Signers, write: Callable[[Path], object]) -> None:
    file = _made(site)
    signers.sign(file)
    write(signers.allowed)
    assert str(signers.allowed) in signers.refusal(file)
