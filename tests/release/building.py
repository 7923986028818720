"""Builds all files of a release of this checkout, which `sealing` signs.

python -m tests.release.building FOLDER [--root MACHINE] [--without-debian]

Left in FOLDER: source distribution, wheel, requirements with digests, list of parts, Debian package, and what the
changelog tells of the version.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from baseline.errors import UserError
from baseline.version import __version__
from tests import dist
from tests.release import bill, clean_root, debian, parts
from tests.release.notes import CannotRelease, notes


def build(folder: Path, root: Path | None) -> None:
    """Build everything into `folder`; without the Debian package where `root` is None.

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


def arguments(asked: argparse.ArgumentParser) -> None:
    """What a build can be told, for whoever starts one."""
    asked.add_argument("--root", type=Path, help="machine of Debian 13 to build the package in; made where not there")
    asked.add_argument("--without-debian", action="store_true", help="leave the Debian package out")


def main() -> int:
    """Build, and print the files. Gives the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    arguments(asked)
    given = asked.parse_args()
    try:
        with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
            machine = (given.root or Path(scratch) / "machine").absolute()
            if not given.without_debian and not machine.exists():
                clean_root.make(machine)
            made = Path(scratch) / "made"
            build(made, None if given.without_debian else machine)
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
