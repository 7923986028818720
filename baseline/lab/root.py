"""The root file systems that hosts share, read-only, one for each release: built once, kept in the cache."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from baseline.lab.archive import sources
from baseline.lab.cgroup import populated
from baseline.lab.command import FILES, Words, run
from baseline.lab.errors import LabError
from baseline.lab.machine import cgroup_mount
from baseline.lab.place import LabPlace
from baseline.lab.releases import RELEASES

ANSWERS = {
    "postfix/main_mailer_type": "select Internet Site",
    "postfix/mailname": "string mx.lab.test",
}
BUILD_SECONDS = 1800


def ensure_root(place: LabPlace, release: str, authority: Path, say: Callable[[str], None]) -> Path:
    """The directory of a release's root, built when it is not there yet; the caller holds the cache's lock.

    `authority` is the certificate that hosts shall trust. Raises `LabError` when the archive cannot be reached or a
    step of the building fails; the log then lies in the cache.
    """
    root = place.cache / f"root-{release}-{_stamp(release, authority)}"
    if root.exists():
        return root
    building = place.cache / "root.building"
    _remove_tree(building)
    say(f"building the root file system of {release}; this is done once and takes a minute or two")
    _bootstrap(place, release, building, say)
    say("finishing the root: package store, accounts, rspamd's patterns")
    shutil.copyfile(authority, building / "usr/local/share/ca-certificates/lab-ca.crt")
    run(_apart(["sh", FILES / "finish.sh", building], "--net"), timeout=600, log=place.cache / "finish.log")
    _remove_old_roots(place, release)
    building.rename(root)
    return root


def _stamp(release: str, authority: Path) -> str:
    """Changes whenever the recipe does, so that an old root is not taken for the new one."""
    recipe = sha256()
    for part in (release, *_packages(), *ANSWERS, *ANSWERS.values()):
        recipe.update(part.encode() + b"\0")
    for file in (FILES / "stock.sh", FILES / "finish.sh", authority):
        recipe.update(file.read_bytes())
    return recipe.hexdigest()[:16]


def _packages() -> list[str]:
    lines = (FILES / "packages").read_text().splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def _bootstrap(place: LabPlace, release: str, target: Path, say: Callable[[str], None]) -> None:
    listed = place.cache / "sources.list"
    answers = place.cache / "answers"
    listed.write_text("".join(f"{line}\n" for line in sources(release, say)))
    answers.write_text("".join(f"postfix {question} {answer}\n" for question, answer in ANSWERS.items()))
    essential = f'chroot "$1" debconf-set-selections <{shlex.quote(str(answers))}'
    stock = f'sh {shlex.quote(str(FILES / "stock.sh"))} "$1"'
    mmdebstrap: Words = (
        *("mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory"),
        *_apt_options(),
        f"--include={','.join(_packages())}",
        f"--essential-hook={essential}",
        f"--customize-hook={stock}",
        *(release, target, listed),
    )
    try:
        run(_apart(mmdebstrap), timeout=BUILD_SECONDS, log=place.cache / "mmdebstrap.log")
    finally:
        # They name the archives of this machine, which is nobody's business but the machine's.
        listed.unlink()


def _apart(argv: Words, *more_namespaces: str) -> Words:
    """The command in namespaces of its own, so that nothing stays mounted or running when we are killed."""
    die_with_us = ["setpriv", "--pdeathsig", "KILL"]
    namespaces = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*die_with_us, *namespaces, "--propagation", "private", *more_namespaces, *argv]


def _apt_options() -> list[str]:
    """The machine's own way to the archive: proxies, and whether the clock can be trusted."""
    kept = ("Acquire::http", "Acquire::https", "Acquire::Check")
    settings = [line for line in run(["apt-config", "dump"]).splitlines() if line.startswith(kept)]
    settings.append('Acquire::Retries "3";')
    return [f"--aptopt={line.rstrip(';')}" for line in settings if not line.endswith(' "";')]


def _remove_old_roots(place: LabPlace, release: str) -> None:
    # Hosts that are running, of this or another lab, may stand on an old root.
    if any(populated(cgroup) for cgroup in cgroup_mount().glob("baseline-*")):
        return
    # Those without a release in their names were made before there were several.
    others = tuple(f"root-{other}-" for other in RELEASES if other != release)
    for old in place.cache.glob("root-*"):
        if not old.name.startswith(others):
            _remove_tree(old)


def _remove_tree(directory: Path) -> None:
    if directory.exists():
        if os.path.ismount(directory):
            raise LabError(f"{directory} is a mount, which the lab never makes there; unmount it and try again.")
        shutil.rmtree(directory)
