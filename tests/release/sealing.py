"""Checksums of all files of a release, and the signatures that go with them.

`ssh-keygen -Y verify -n file` checks a signature, `sha256sum --check` the checksums, `gpg --verify` what gpg signed.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import subprocess
import sys
from pathlib import Path

from baseline.signing.keys import Enciphered, Signer

SUMS = "SHA256SUMS"
NAMESPACE = "file"
"""What `ssh-keygen -Y sign` takes for files, by its manual."""


def signer(key: Path) -> Signer:
    """The key that signs; its passphrase is asked for where it has one. Raises `UserError`."""
    try:
        return Signer.of_file(key)
    except Enciphered:
        if not sys.stdin.isatty():
            raise
        return Signer.of_file(key, getpass.getpass(f"Passphrase of {key}: ").encode())


def seal(folder: Path, by: Signer, gpg: str = "") -> None:
    """Write the checksums of all files, and sign each file and the checksums; with gpg too where a key is named.

    Raises `CalledProcessError` when gpg fails.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    sums = folder / SUMS
    sums.write_text("".join(lines))
    for path in (*files, sums):
        path.with_name(f"{path.name}.sig").write_text(by.sign(path.read_bytes(), NAMESPACE))
    if gpg:
        made = sums.with_name(f"{SUMS}.asc")
        command = ["gpg", "--batch", "--yes", "--local-user", gpg, "--armor", "--output", str(made), "--detach-sign"]
        subprocess.run([*command, str(sums)], check=True)


def arguments(asked: argparse.ArgumentParser) -> None:
    """What sealing can be told."""
    asked.add_argument("--key", type=Path, required=True, help="Ed25519 key of OpenSSH that signs each file")
    asked.add_argument("--gpg", default="", metavar="ID", help="key of gpg that signs SHA256SUMS as well")
