"""Somebody with a login on the host, who may write where a plan writes, tries to have root write elsewhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from baseline.model import HostPlan
from tests.adversary.case import adversary
from tests.exchange.place import Place, furnish, tree, wide_plan

NOBODY = 65534

_SWAP = """
echo ready
n=0; while [ $((n += 1)) -lt 3000000 ]; do
  for f in .created.baseline-*; do
    if [ -e "$f" ] && [ ! -L "$f" ]; then rm -f "$f"; ln -s "$0" "$f"; fi
  done
done
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    furnish(made.etc)
    return made


@contextmanager
def _swapping(where: Path, victim: Path) -> Iterator[None]:
    """An unprivileged process that puts a link to `victim` in the place of whatever is staged for `created`."""
    with subprocess.Popen(
        ["/bin/sh", "-c", _SWAP, str(victim)],
        cwd=where,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        stdout=subprocess.PIPE,
    ) as attacker:
        try:
            assert attacker.stdout is not None
            assert attacker.stdout.readline() == b"ready\n"
            yield
        finally:
            attacker.kill()


@adversary("the host's own users", "a member of a directory's group puts a link in the place of a staged file")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a directory to a group")
@pytest.mark.parametrize("mode", [0o775, 0o2775])
def test_a_directory_that_its_group_may_write(place: Place, mode: int) -> None:
    """Refused before anything is staged, with the directory, its mode and what to do about it.

    Before: mode, owner and content of the new file went through the link: the victim was overwritten and given away.
    """
    victim = place.base / "shadow"
    victim.write_text("root:secret\n")
    victim.chmod(0o600)
    plan = HostPlan("here", files=(place.change("created", b"x\n"),))
    os.chown(place.etc, 0, NOBODY)
    place.etc.chmod(mode)
    before = tree(place.etc)
    with _swapping(place.etc, victim):
        _, reply = place.begin(plan)
    assert (victim.read_text(), victim.stat().st_mode & 0o777) == ("root:secret\n", 0o600)
    assert reply.code == 10, reply
    said = f"writable by others: {place.etc} (root:nogroup {mode:o}); "
    assert said in reply.last
    assert f"chmod go-w {place.etc}" in reply.last
    assert tree(place.etc) == before


@adversary("the host's own users", "a user whom an access list lets write a directory of root's")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, or the directory is the test's own user's")
def test_a_directory_with_an_access_list(place: Place) -> None:
    """Refused: the list's mask stands where the mode has the group's part, whoever the list names.

    Before: only the last digit of the mode was looked at, and the directory passed for root's alone.
    """
    plan = wide_plan(place)
    try:
        os.setxattr(place.etc, "system.posix_acl_access", _acl(NOBODY))
    except OSError as error:
        pytest.skip(f"no access lists on the file system of {place.etc}: {error}")
    assert place.etc.stat().st_mode & 0o777 == 0o775
    before = tree(place.etc)
    _, reply = place.begin(plan)
    assert (reply.code, tree(place.etc)) == (10, before), reply
    assert f"writable by others: {place.etc} (root:root 775); " in reply.last


def _acl(user: int) -> bytes:
    """user::rwx, user:USER:rwx, group::r-x, mask::rwx, other::r-x, as Linux keeps it (linux/posix_acl_xattr.h)."""
    anybody = 0xFFFFFFFF
    entries = [(0x01, 7, anybody), (0x02, 7, user), (0x04, 5, anybody), (0x10, 7, anybody), (0x20, 5, anybody)]
    numbers = [
        tag.to_bytes(2, "little") + may.to_bytes(2, "little") + who.to_bytes(4, "little") for tag, may, who in entries
    ]
    return (2).to_bytes(4, "little") + b"".join(numbers)


@adversary("the host's own users", "somebody may put a directory into one that everybody may write, such as /tmp")
def test_below_a_sticky_directory(place: Place) -> None:
    """Below /tmp only what stands already and is root's is written into; what is not there yet is refused.

    Before: any sticky directory passed, also as the one that a file or a new directory comes into.
    """
    drop = place.etc / "drop"
    (drop / "mine").mkdir(parents=True)
    drop.chmod(0o1777)
    for name in ("drop/file", "drop/new/file"):
        _, reply = place.begin(HostPlan("here", files=(place.change(name, b"x"),)))
        assert reply.code == 10, (name, reply)
        assert f"writable by others: {drop} (" in reply.last
    begun, reply = place.begin(HostPlan("here", files=(place.change("drop/mine/file", b"x"),)))
    assert reply.code == 0, reply
    assert place.end(begun, "restore").code == 0
    assert list(drop.rglob("*")) == [drop / "mine"]
