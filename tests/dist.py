"""Builds the source distribution of this checkout, and from that the wheel.

python -m tests.dist FOLDER     leaves both there, and prints their paths

What one commit gives is always the same bytes: times are that of the commit (or SOURCE_DATE_EPOCH), modes and owners do
not follow the umask and the account, and the tools are those of constraints.txt. Files that git ignores stay out; files
that are changed or new go along.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Built:
    """The two files that are published."""

    sdist: Path
    wheel: Path


def build(folder: Path) -> Built:
    """Build into `folder`. Raises `CalledProcessError` when git or the build fails; they say why on standard error."""
    folder.mkdir(parents=True, exist_ok=True)
    made_at = epoch()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        _copy(work / "tree")
        (made,) = _made("--sdist", work / "tree", work / "sdist", made_at)
        sdist = folder / made.name
        _same_bytes(made, sdist, made_at)
        (work / "unpacked").mkdir()
        subprocess.run(["tar", "-xpf", sdist, "--no-same-owner", "-C", work / "unpacked"], check=True)
        (unpacked,) = (work / "unpacked").iterdir()
        (made,) = _made("--wheel", unpacked, work / "wheel", made_at)
        return Built(sdist, Path(shutil.copy(made, folder)))


def files() -> list[str]:
    """What belongs to the project: all that git keeps, and what is new and not ignored."""
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return sorted(name for name in names if (ROOT / name).is_file())


def epoch() -> int:
    """The time of all that is built, in seconds since 1970: SOURCE_DATE_EPOCH, else that of the commit."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct"))


def git(*words: str) -> str:
    """What git says of this checkout. Raises `CalledProcessError`; git says why on standard error."""
    return subprocess.run(["git", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def _copy(tree: Path) -> None:
    for name in files():
        (tree / name).parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)
        (tree / name).chmod(_mode((ROOT / name).stat().st_mode))


def _mode(mode: int) -> int:
    return 0o755 if mode & 0o100 else 0o644


def _made(what: str, source: Path, folder: Path, epoch: int) -> list[Path]:
    """Run the build, whose words are only of use when it fails."""
    command = [sys.executable, "-m", "build", "--no-isolation", what, "--outdir", str(folder), str(source)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    done = subprocess.run(
        command,
        cwd=folder.parent,
        env=environment,
        umask=0o022,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        sys.stderr.buffer.write(done.stdout)
        done.check_returncode()
    return list(folder.iterdir())


def _same_bytes(made: Path, target: Path, epoch: int) -> None:
    """Write an archive anew with nothing in it of the machine that made it: no clock, account or umask."""

    with tarfile.open(made) as old, target.open("wb") as file:
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=epoch)
        with packed, tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as new:
            for member in sorted(old, key=lambda one: one.name):
                member.mode = 0o755 if member.isdir() else _mode(member.mode)
                member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
                new.addfile(member, old.extractfile(member) if member.isfile() else None)


if __name__ == "__main__":
    built = build(Path(sys.argv[1]))
    print(built.sdist)  # noqa: T201
    print(built.wheel)  # noqa: T201
