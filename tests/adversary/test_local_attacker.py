"""Somebody with a login on the host, who may write where a plan writes, tries to have root write elsewhere."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from baseline import transaction
from baseline.model import HOST_STATE, Answer, FileChange, FileState, HostPlan
from baseline.transaction import Validator, places
from tests.adversary.case import adversary
from tests.exchange.place import Place, furnish, tree

NOBODY = 65534
USERS = "the host's own users"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a directory to a group")

_SWAP = """
echo ready
until [ -e "$3" ]; do :; done
n=0; while [ $((n += 1)) -lt 3000000 ]; do
  for f in .created.baseline-* $2; do
    if [ -e "$f" ] && [ ! -L "$f" ]; then rm -f "$f"; $1 "$f"; fi
  done
done
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    furnish(made.etc)
    yield made
    for armed in tmp_path.glob("state/tx/*/armed"):
        armed.unlink()


def planned(place: Place, *paths: str) -> dict[str, str]:
    """What a plan is told of paths: those that nothing is written at, and why."""
    asked = places.question(paths).replace(HOST_STATE, str(place.state))
    done = subprocess.run(["sh", "-c", asked], capture_output=True, check=True)
    return places.closed(Answer(0, done.stdout))


@contextmanager
def _swapping(where: Path, put: str, also: str = "", once: Path | None = None) -> Iterator[None]:
    """An unprivileged process that does `put` in the place of whatever is staged for `created`, and of `also`.

    It begins when the file `once` is there.
    """
    with subprocess.Popen(
        ["/bin/sh", "-c", _SWAP, "sh", put, also, str(once or "/")],
        cwd=where,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        start_new_session=True,
        stdout=subprocess.PIPE,
    ) as attacker:
        try:
            assert attacker.stdout is not None
            assert attacker.stdout.readline() == b"ready\n"
            yield
        finally:
            os.killpg(attacker.pid, signal.SIGKILL)


@pytest.fixture
def victim(place: Place) -> Iterator[Path]:
    """A file of root's alone, which is as it was when the case is over."""
    made = place.base / "shadow"
    made.write_text("root:secret\n")
    made.chmod(0o600)
    yield made
    assert (made.read_text(), made.stat().st_mode & 0o777, made.stat().st_uid) == ("root:secret\n", 0o600, 0)


def _shared(place: Place, mode: int = 0o775) -> None:
    """The directory is root's, and its group's to write, as Debian's /var/lib/bind."""
    os.chown(place.etc, 0, NOBODY)
    place.etc.chmod(mode)


@adversary(USERS, "a member of a directory's group puts a link in the place of a staged file")
@needs_root
@pytest.mark.parametrize("mode", [0o775, 0o2775])
def test_a_directory_that_its_group_may_write(place: Place, victim: Path, mode: int) -> None:
    """Nothing is staged there: new files are made in the journal, which is root's alone, and renamed into place.

    Before: mode, owner and content of the new file went through the link: the victim was overwritten and given away.
    """
    plan = HostPlan("here", files=(place.change("created", b"x\n"), place.change("changed", b"new\n", 0o600)))
    _shared(place, mode)
    before = tree(place.etc)
    with _swapping(place.etc, f"ln -s {victim}"):
        begun, reply = place.begin(plan)
        assert reply.code == 0, reply
        assert all(place.present(change.path) == change.after for change in plan.files)
        assert sorted(path.name for path in place.etc.iterdir()) == ["changed", "created", "deleted", "kept"]
        assert place.end(begun, "restore").code == 0
    assert tree(place.etc) == before
    begun, reply = place.begin(plan)
    assert place.end(begun, "confirm").code == 0
    assert not (Path(begun.directory) / "apart.d").exists()


@needs_root
def test_new_files_in_a_directory_that_its_group_may_write_and_below_it(place: Place) -> None:
    """Those below it, where only root writes, are put beside their targets; those in it are not."""
    (place.etc / "sub").mkdir(mode=0o755)
    _shared(place, 0o1775)
    names = ("sub/first", "created", "sub/second")
    begun, reply = place.begin(HostPlan("here", files=tuple(place.change(name, name.encode()) for name in names)))
    assert reply.code == 0, reply
    assert [(place.etc / name).read_bytes() for name in names] == [name.encode() for name in names]
    assert place.end(begun, "confirm").code == 0
    assert place.leftovers() == []


@adversary(USERS, "a member of a directory's group puts something else in the place of a file while it is replaced")
@needs_root
@pytest.mark.parametrize("moment", ["applying", "restoring"])
@pytest.mark.parametrize("put", ["ln -s {victim}", "mkfifo", "mkdir", "ln ../shadow", "touch"])
def test_a_file_that_is_swapped_while_it_is_replaced(
    place: Place, victim: Path, monkeypatch: pytest.MonkeyPatch, put: str, moment: str
) -> None:
    """Root writes through no name there, waits for no pipe, and tells what could not be restored until it can.

    Before: such a directory was refused as a whole. With names opened as before, a pipe had a restoration wait.
    """
    go = place.base / "go"
    monkeypatch.setattr(transaction, "VALIDATORS", (Validator(str(place.etc), f"touch {go}; sleep 0.3"),))
    plan = HostPlan("here", files=(place.change("changed", b"new\n", 0o644),))
    place.base.chmod(0o755)
    _shared(place)
    before = place.present(place.etc / "changed")
    if moment == "applying":
        with _swapping(place.etc, put.format(victim=victim), "changed", go):
            begun, reply = place.begin(plan)
            assert reply.code in (0, 10, 20, 30), reply
            ended = place.end(begun, "restore").code
    else:
        begun, reply = place.begin(plan)
        assert reply.code == 0, reply
        with _swapping(place.etc, put.format(victim=victim), "changed"):
            ended = place.end(begun, "restore").code
    assert ended in (0, 10, 30)
    if ended == 30:
        # A person looks at the journal, as the report says, and puts the file right.
        subprocess.run(["rm", "-rf", "--", place.etc / "changed"], check=True)
        subprocess.run(["cp", "-a", f"{begun.directory}/old/0", place.etc / "changed"], check=True)
        assert place.end(begun, "restore").code == 0
        assert place.present(place.etc / "changed") == before
    assert {path.name for path in place.etc.iterdir()} <= {"changed", "deleted", "kept"}


@adversary(USERS, "a user whom an access list lets write a directory of root's")
@needs_root
def test_a_directory_with_an_access_list(place: Place, victim: Path) -> None:
    """As for a group: the list's mask stands where the mode has the group's part, whoever the list names.

    Before: only the last digit of the mode was looked at, and the directory passed for root's alone.
    """
    plan = HostPlan("here", files=(place.change("created", b"x\n"),))
    try:
        os.setxattr(place.etc, "system.posix_acl_access", _acl(NOBODY))
    except OSError as error:
        pytest.skip(f"no access lists on the file system of {place.etc}: {error}")
    assert place.etc.stat().st_mode & 0o777 == 0o775
    with _swapping(place.etc, f"ln -s {victim}"):
        begun, reply = place.begin(plan)
    assert reply.code == 0, reply
    assert place.journal(begun, "apart") == f"{place.etc}/created"
    assert place.end(begun, "confirm").code == 0


@adversary(USERS, "a user who may write a directory that a file's own lies below, or one in another mount")
@needs_root
def test_directories_that_nothing_is_written_in(place: Place) -> None:
    """Refused before anything is staged, with the directory, its mode and what to do about it.

    Before: only the last digit of the mode was looked at, and such directories passed for root's alone.
    """
    shared = Path("/dev/shm") / f"baseline-{os.getpid()}"
    below = HostPlan("here", files=(place.change("sub/file", b"x\n"),))
    (place.etc / "sub").mkdir()
    _shared(place)
    shared.mkdir()
    try:
        os.chown(shared, 0, NOBODY)
        shared.chmod(0o775)
        elsewhere = FileChange(str(shared / "file"), FileState(None), FileState(b"x\n"), ())
        for plan, at in ((below, place.etc), (HostPlan("here", files=(elsewhere,)), shared)):
            path = plan.files[0].path
            _, reply = place.begin(plan)
            assert reply.code == 10, reply
            assert f"writable by others: {at} (root:nogroup 775); " in reply.last
            assert f"chmod go-w {at}" in reply.last
            assert f"refused: {planned(place, path)[path]}" == reply.last, "so a plan says before"
        assert list(shared.iterdir()) == []
    finally:
        shutil.rmtree(shared)
    assert list((place.etc / "sub").iterdir()) == []


def _acl(user: int) -> bytes:
    """user::rwx, user:USER:rwx, group::r-x, mask::rwx, other::r-x, as Linux keeps it (linux/posix_acl_xattr.h)."""
    anybody = 0xFFFFFFFF
    entries = [(0x01, 7, anybody), (0x02, 7, user), (0x04, 5, anybody), (0x10, 7, anybody), (0x20, 5, anybody)]
    numbers = [
        tag.to_bytes(2, "little") + may.to_bytes(2, "little") + who.to_bytes(4, "little") for tag, may, who in entries
    ]
    return (2).to_bytes(4, "little") + b"".join(numbers)


@adversary(USERS, "a file to be replaced has a second name, which somebody reads it by")
def test_a_file_with_two_names(place: Place) -> None:
    """Refused, with the other name where it is near, and what to do.

    Before: the other name kept the former content, and the apply was confirmed without a word of it.
    """
    os.link(place.etc / "changed", place.etc / "also here")
    plan = HostPlan("here", files=(place.change("changed", b"new\n"),))
    _, reply = place.begin(plan)
    assert reply.code == 10, reply
    assert planned(place, plan.files[0].path, f"{place.etc}/deleted") == {
        plan.files[0].path: reply.last.removeprefix("refused: ")
    }
    assert f"{place.etc}/changed has 2 names ({place.etc}/also here " in reply.last
    assert f"cp -p {place.etc}/changed {place.etc}/changed.own && mv" in reply.last
    (place.etc / "also here").rename(place.base / "far away")
    _, reply = place.begin(plan)
    assert "has 2 names (find / -xdev -samefile" in reply.last
    (place.base / "far away").unlink()
    begun, reply = place.begin(plan)
    assert reply.code == 0, reply
    assert place.end(begun, "confirm").code == 0


@adversary(USERS, "a zone's file is named's own: it has a journal of changes, and its directory is the group's")
def test_a_file_with_a_journal_of_named(place: Place) -> None:
    """Left to a person, in planning and on the host: what named has in its journal would be lost, or keep it away.

    Before: only the configuration was asked; a journal left over from dynamic updates had named refuse the zone.
    """
    (place.etc / "changed.jnl").write_bytes(b";BIND LOG V9\n")
    _, reply = place.begin(HostPlan("here", files=(place.change("changed", b"new\n"),)))
    assert reply.code == 10, reply
    assert f"named keeps changes of its own in {place.etc}/changed.jnl" in reply.last
    assert list(planned(place, str(place.etc / "kept"), str(place.etc / "changed"))) == [str(place.etc / "changed")]


@adversary(USERS, "somebody may put a directory into one that everybody may write, such as /tmp")
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
