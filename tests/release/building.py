"""Builds all files of a release of this checkout, with their checksums and signatures.

python -m tests.release.building FOLDER --key KEY [--root MACHINE] [--gpg ID] [--without-debian]

Left in FOLDER: source distribution, wheel, requirements with digests, list of parts, Debian package, SHA256SUMS, what
the changelog tells of the version, and beside each a signature that `ssh-keygen -Y verify -n file` checks.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from baseline.errors import UserError
from baseline.signing.keys import Signer
from baseline.version import __version__
from tests import dist
from tests.release import bill, clean_root, debian, parts
from tests.release.notes import CannotRelease, notes

SUMS = "SHA256SUMS"
NAMESPACE = "file"
"""What `ssh-keygen -Y sign` takes for files, by its manual."""


def signer(key: Path) -> Signer:
    """The key that signs; its passphrase is asked for where it has one. Raises `UserError`."""
    try:
        return Signer.of_file(key)
    except UserError:
        if not sys.stdin.isatty():
            raise
        return Signer.of_file(key, getpass.getpass(f"Passphrase of {key}: ").encode())


def build(folder: Path, root: Path | None) -> None:
    """Build everything that is signed into `folder`; without the Debian package where `root` is None.

    Raises `RuntimeError` and `CalledProcessError`, which say what failed, and `CannotRelease`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    built = dist.build(folder)
    needed = folder / f"mail_baseline-{__version__}.requirements.txt"
    needed.write_text(parts.requirements(__version__))
    bill.write(folder / f"mail_baseline-{__version__}.cdx.json", built.wheel, needed, dist.epoch())
    changelog = (dist.ROOT / "CHANGELOG.md").read_text()
    (folder / f"mail_baseline-{__version__}.md").write_text(notes(changelog, __version__))
    if root is not None:
        debian.build(folder, root, needed.read_text(), built)


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
    """What a build can be told, for whoever starts one."""
    asked.add_argument("--key", type=Path, required=True, help="Ed25519 key of OpenSSH that signs each file")
    asked.add_argument("--gpg", default="", metavar="ID", help="key of gpg that signs SHA256SUMS as well")
    asked.add_argument("--root", type=Path, help="machine of Debian 13 to build the package in; made where not there")
    asked.add_argument("--without-debian", action="store_true", help="leave the Debian package out")


def main() -> int:
    """Build, and print the files. Gives the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    arguments(asked)
    given = asked.parse_args()
    try:
        by = signer(given.key)
        with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
            machine = (given.root or Path(scratch) / "machine").absolute()
            if not given.without_debian and not machine.exists():
                clean_root.make(machine)
            made = Path(scratch) / "made"
            build(made, None if given.without_debian else machine)
            seal(made, by, given.gpg)
            given.folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(made.iterdir()):
                shutil.copy(path, given.folder)
                sys.stdout.write(f"{given.folder / path.name}\n")
    except (RuntimeError, CannotRelease, UserError, subprocess.CalledProcessError) as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
