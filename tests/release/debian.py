"""Builds the Debian package of this checkout in a clean machine of Debian 13 without a network; lintian reads it.

python -m tests.release.debian FOLDER [--root MACHINE]     as root; leaves the package in FOLDER

The tree that dpkg-buildpackage sees is the source distribution, packages/debian as its debian/, and wheels/. A commit
that no tag names is a version after the last release, by the time of the commit.
"""

from __future__ import annotations

import argparse
import email.utils
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from baseline.version import __version__
from tests import dist
from tests.release import clean_root, parts

PYTHON = "3.13"
"""The Python of Debian 13, whose release is also in packages/debian/control."""

SOURCE = dist.ROOT / "packages" / "debian"
MAINTAINER = "maintainers of mail-baseline <maintainers@example.org>"
"""Unless DEBFULLNAME and DEBEMAIL say who makes the package, as with all of Debian's tools."""

_ENTRY = """\
mail-baseline ({version}) {release}; urgency=medium

  * What changed is told in /usr/share/doc/mail-baseline/changelog.gz.

 -- {maintainer}  {when}
"""


def version(tag: str, epoch: int, released: str = __version__) -> str:
    """The package's version: that of the release where the commit's tag names it, else one that comes after it."""
    if tag == f"v{released}":
        return released
    return f"{released}+{epoch}"


def maintainer(environment: dict[str, str]) -> str:
    """Who makes the package."""
    name, mail = environment.get("DEBFULLNAME"), environment.get("DEBEMAIL")
    return f"{name} <{mail}>" if name and mail else MAINTAINER


def tree(folder: Path, built: dist.Built, requirements: str, named: str, epoch: int) -> Path:
    """Lay the tree out that the package is built from, and give its folder."""
    subprocess.run(["tar", "-xpf", built.sdist, "--no-same-owner", "-C", folder], check=True)
    (top,) = folder.iterdir()
    shutil.copytree(SOURCE, top / "debian")
    who = maintainer(dict(os.environ))
    control = top / "debian" / "control"
    control.write_text(control.read_text().replace("@MAINTAINER@", who))
    when = email.utils.formatdate(epoch)
    entry = _ENTRY.format(version=named, release=clean_root.RELEASE, maintainer=who, when=when)
    (top / "debian" / "changelog").write_text(entry)
    needed = [part for part in parts.parts(requirements) if part.needed_by(PYTHON)]
    parts.fetch(needed, PYTHON, top / "wheels")
    shutil.copy(built.wheel, top / "wheels")
    names = [*(part.pin for part in needed), f"mail-baseline=={__version__}"]
    (top / "wheels" / "requirements.txt").write_text("".join(f"{name}\n" for name in names))
    return top


def build(folder: Path, root: Path, requirements: str, built: dist.Built, *, umask: int = 0o022, **given: str) -> Path:
    """Build into `folder` in the machine `root`, and give the package. `given` is environment of the build.

    Raises `RuntimeError` with the build's words when it fails, or lintian has an error or a warning.
    """
    epoch = dist.epoch()
    tag = dist.git("tag", "--points-at", "HEAD", "--list", f"v{__version__}").strip()
    with tempfile.TemporaryDirectory(dir=folder) as name:
        work = Path(name) / "work"
        work.mkdir()
        top = tree(work, built, requirements, version(tag, epoch), epoch)
        environment = {"SOURCE_DATE_EPOCH": str(epoch), **given}
        script = f"cd /work/{top.name} && exec dpkg-buildpackage -b -us -uc"
        clean_root.run_in(root, work, ["sh", "-euc", script], environment, umask=umask)
        (package,) = work.glob("*.deb")
        made = Path(shutil.copy(package, folder))
        shutil.rmtree(top)
        clean_root.run_in(root, work, ["sh", "-euc", f"cd /work && exec {LINTIAN}"], {})
        return made


LINTIAN = "lintian --allow-root --fail-on error,warning --tag-display-limit 0 *.changes"


def main() -> int:
    """Build, and print the path of the package. Gives the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--root", type=Path, help="the clean machine, which is made where it is not there yet")
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        root = (given.root or Path(scratch) / "machine").absolute()
        try:
            if not root.exists():
                clean_root.make(root)
            built = dist.build(Path(scratch) / "dist")
            made = build(given.folder.absolute(), root, parts.requirements(__version__), built)
        except (RuntimeError, subprocess.CalledProcessError) as failed:
            sys.stderr.write(f"{failed}\n")
            return 1
    sys.stdout.write(f"{made}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
