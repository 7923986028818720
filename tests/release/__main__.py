"""Makes a release of what is checked out: version, changelog, commit, tag, and all files of it, signed, in dist/.

python -m tests.release X.Y.Z --key KEY [--test COMMAND] [--gpg ID] [--root MACHINE] [--without-debian] [--into FOLDER]

It refuses a tree with changes, a version that is there, and a red test. All is made in a clone; this checkout gets the
commit and the tag, and dist/ the files, only when everything is there. Nothing is sent anywhere: what to run for that
is printed.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from baseline.errors import UserError
from baseline.signing.keys import Signer
from tests.release import building, sealing
from tests.release.notes import CannotRelease, ordered, released, with_version

ROOT = Path(__file__).parents[2]
TEST = "make test"
VERSION_FILE = "baseline/version.py"
CHANGELOG = "CHANGELOG.md"


def git(*words: str, at: Path = ROOT, **given: str) -> str:
    """What git says. Raises `CalledProcessError`; git says why on standard error."""
    done = subprocess.run(
        ["git", *words], cwd=at, env={**os.environ, **given}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def refuse(version: str) -> None:
    """Raise `CannotRelease` for a tree that cannot be released as `version`."""
    ordered(version)
    if changed := git("status", "--porcelain").splitlines():
        raise CannotRelease("commit or put away first:\n" + "\n".join(f"  {line}" for line in changed))
    if git("tag", "--list", f"v{version}").strip():
        raise CannotRelease(f"the tag v{version} is there already")
    released((ROOT / CHANGELOG).read_text(), version, datetime.now(UTC).date())


def lacking(given: argparse.Namespace) -> None:
    """Raise `CannotRelease` for what would be missed only after the tests, an hour later."""
    if not given.without_debian:
        missing = [name for name in ("mmdebstrap", "unshare") if not shutil.which(name)]
        if os.geteuid() or missing:
            why = f"needs {' and '.join(missing)}" if missing else "is built by root"
            raise CannotRelease(f"the Debian package {why}; --without-debian leaves it out")
    if given.gpg:
        asked = ["gpg", "--batch", "--list-secret-keys", given.gpg]
        if not shutil.which("gpg") or subprocess.run(asked, capture_output=True, check=False).returncode:
            raise CannotRelease(f"gpg has no key to sign with that is called {given.gpg}")


def tested(command: str) -> None:
    """Run the tests. Raises `CannotRelease` when they fail, or leave the tree changed."""
    sys.stdout.write(f"== {command}\n")
    sys.stdout.flush()
    done = subprocess.run(shlex.split(command), cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise CannotRelease(f"`{command}` ended with {done.returncode}: what fails its tests is not released")
    if git("status", "--porcelain").strip():
        raise CannotRelease(f"`{command}` left files behind or changed some: `git status` shows them")


def commit(clone: Path, version: str) -> None:
    """Make the commit and the tag of the release in a clone of this checkout, by whoever works here."""
    git("clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone))
    changelog, place = clone / CHANGELOG, clone / VERSION_FILE
    changelog.write_text(released(changelog.read_text(), version, datetime.now(UTC).date()))
    place.write_text(with_version(place.read_text(), version))
    name, _, rest = git("var", "GIT_COMMITTER_IDENT").partition(" <")
    who = {f"GIT_{role}_NAME": name for role in ("AUTHOR", "COMMITTER")}
    who |= {f"GIT_{role}_EMAIL": rest.partition(">")[0] for role in ("AUTHOR", "COMMITTER")}
    git("commit", "--quiet", "--all", f"--message=Release {version}", at=clone, **who)
    git("tag", "--annotate", f"--message=Release {version}", f"v{version}", at=clone, **who)


def files(clone: Path, given: argparse.Namespace) -> Path:
    """Build all files in the clone, with its own code. Raises `CannotRelease` when that fails."""
    made = clone.with_name("made")
    command = [sys.executable, "-m", "tests.release.building", str(made)]
    command += ["--root", str(given.root.absolute())] if given.root else []
    command += ["--without-debian"] if given.without_debian else []
    done = subprocess.run(command, cwd=clone, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise CannotRelease("the files could not be built; nothing is changed here")
    return made


def release(given: argparse.Namespace) -> None:
    """Make the release. Raises `CannotRelease`, `UserError` and `CalledProcessError`; then nothing is changed here."""
    refuse(given.version)
    lacking(given)
    by: Signer = sealing.signer(given.key)
    into: Path = (given.into or ROOT / "dist").absolute()
    if into.exists() and any(into.iterdir()):
        raise CannotRelease(f"{into} is not empty: what lies there would be taken for part of the release")
    head = git("rev-parse", "HEAD").strip()
    tested(given.test)
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "clone"
        commit(clone, given.version)
        made = files(clone, given)
        sealing.seal(made, by, given.gpg)
        if git("rev-parse", "HEAD").strip() != head:
            raise CannotRelease("this checkout has another commit by now: nothing is released")
        into.mkdir(parents=True, exist_ok=True)
        for path in sorted(made.iterdir()):
            shutil.copy(path, into)
        git("pull", "--quiet", "--ff-only", str(clone), "HEAD")
        git("fetch", "--quiet", str(clone), f"refs/tags/v{given.version}:refs/tags/v{given.version}")
    _tell(given.version, into, by)


def _tell(version: str, into: Path, by: Signer) -> None:
    names = [path.name for path in sorted(into.iterdir())]
    said = [f"Released as v{version}, and sent nowhere. In {into}:", *(f"  {name}" for name in names)]
    said += ["", "Signed by", f"  {by.public_line}", "", "To publish it:"]
    said += [f"  git push origin HEAD v{version}", f"  twine upload {into}/*.whl {into}/*.tar.gz"]
    said += [f"  and put all files of {into} where the release is announced"]
    sys.stdout.write("\n".join(said) + "\n")


def main() -> int:
    """Make a release. Gives the exit code: 2 when it is refused."""
    asked = argparse.ArgumentParser(
        prog="python -m tests.release", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("version", help="three numbers, after all that CHANGELOG.md has")
    sealing.arguments(asked)
    building.arguments(asked)
    asked.add_argument("--test", default=TEST, metavar="COMMAND", help=f"what has to pass before ({TEST})")
    asked.add_argument("--into", type=Path, metavar="FOLDER", help="where the files go (dist/)")
    try:
        release(asked.parse_args())
    except (CannotRelease, UserError) as wrong:
        sys.stderr.write(f"Not released: {wrong}\n")
        return 2
    except subprocess.CalledProcessError as failed:
        sys.stderr.write(f"Not released: {shlex.join(failed.cmd)} ended with {failed.returncode}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
