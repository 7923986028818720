"""Records that `evidence sign` signs, by whose key, and what `evidence verify` says of signatures."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from baseline import state_files
from baseline.cli.output import put
from baseline.errors import UserError
from baseline.load.signed import UNSIGNED, UNVERIFIED, record_to_sign, with_signature
from baseline.model.evidence import signed_content
from baseline.signing import EVIDENCE, AllowedSigners, Signer, installation_key, sshsig, verify
from baseline.signing.keys import public_line


def own_public_line(name: str) -> str:
    """The public key of this installation; with a name, as a line of allowed signers. Raises `UserError`."""
    line = installation_key(state_files.directory()).public_line
    if not name:
        return line
    allowed = f'{name} namespaces="baseline-*" {line}'
    AllowedSigners.of_text(allowed, "--as")
    return allowed


def signed(register: Path, name: str, key: Path | None, signature: Path | None, *, content: bool) -> str:
    """Sign a record; what was done, or with `content` what is to be signed. Raises `InputError` and `UserError`."""
    if (key is not None) + (signature is not None) + content > 1:
        raise UserError("--key, --signature and --print: give one of them")
    record = record_to_sign(register, name)
    what = signed_content(record)
    if content:
        return what.decode()
    if signature is None:
        signer = installation_key(state_files.directory()) if key is None else of_a_person(key)
        made, line = signer.sign(what, EVIDENCE), signer.public_line
    else:
        made, line = _made_elsewhere(signature, what)
    put(register, with_signature(register, record, made))
    return f"{register}: record {name} is signed by the key {line}"


def signatures_in_words(by: Mapping[str, int]) -> str:
    """How many records who signed."""
    names = [f"{number} by {name}" for name, number in sorted(by.items()) if name not in (UNSIGNED, UNVERIFIED)]
    unverified, unsigned = by.get(UNVERIFIED, 0), by.get(UNSIGNED, 0)
    if unverified:
        names.append(f"{unverified} not verified (give --allowed-signers)")
    return f"signed {', '.join(names) or 'none'}, unsigned {unsigned}"


def of_a_person(key: Path) -> Signer:
    """The key of a file, whose passphrase is asked for on a terminal. Raises `UserError`."""
    try:
        return Signer.of_file(key)
    except UserError as error:
        if "has a passphrase" not in str(error) or not sys.stdin.isatty():
            raise
    return Signer.of_file(key, typer.prompt(f"Passphrase of {key}", hide_input=True, err=True).encode())


def _made_elsewhere(file: Path, what: bytes) -> tuple[str, str]:
    """A signature that was made elsewhere, and the key that made it. Raises `UserError` when it is of anything else."""
    try:
        with file.open("rb") as opened:
            armour = opened.read(sshsig.MOST_CHARACTERS + 1).decode("ascii", "replace").rstrip("\n") + "\n"
        line = public_line(sshsig.read(armour).key)
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise UserError(f"{file} is no signature: {error}") from None
    verify(what, armour, AllowedSigners.of_text(f"it {line}", str(file)), EVIDENCE)
    return armour, line
