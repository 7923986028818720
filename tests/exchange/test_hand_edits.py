"""What was changed by hand since the last apply, from journals that a host has really written, and what can be kept."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from baseline import drift, manifest
from baseline.errors import CannotTell
from baseline.generations import Generation, paths_since, read
from baseline.hand_edits import KeptEdits, hand_edits, keeping, read_besides, veiled
from baseline.manifest import ManifestEntry
from baseline.model import HOST_STATE, Answer, FileChange, FileState, HandEdit, HostPlan, Span
from baseline.net_change import net_change
from baseline.shell import script
from tests.exchange.place import Place
from tests.exchange.test_generations import applied, journals

pytestmark = pytest.mark.slow
BEFORE, AFTER = b"1\n2\n3\n4\n5\n6\n", b"1\n2\n3\n4\n5\nsix\n"


def once(place: Place, name: str = "changed", content: bytes | None = AFTER, *, secret: bool = False) -> str:
    """One apply of one file that was as BEFORE says, and its path."""
    path = place.etc / name
    if name == "changed":
        path.write_bytes(BEFORE)
        path.chmod(0o644)
    change = place.change(name, content)
    if secret:
        change = replace(change, before=replace(change.before, secret=True), after=replace(change.after, secret=True))
    applied(place, HostPlan("here", files=(change,)))
    return str(path)


def seen(place: Place, kept: tuple[Generation, ...], listed: FileState | None = None) -> dict[str, FileState]:
    """What a rollback reads of the host."""
    paths = paths_since(kept, 0)
    here = {path: place.present(path.replace(HOST_STATE, str(place.state))) for path in read_besides(kept, paths)}
    return here | {path: place.present(path) for path in paths} | {manifest.PATH: listed or FileState(None)}


def back(place: Place, listed: FileState | None = None) -> tuple[HostPlan, tuple[HandEdit, ...]]:
    """The plan back to before the first apply, and the edits by hand."""
    kept = read(journals(place))
    files = seen(place, kept, listed)
    plan = veiled(net_change("mx1", kept, 0, files).plan, kept)
    return plan, hand_edits(plan, kept, files)


def kept_by(place: Place) -> KeptEdits:
    return keeping(*back(place))


def test_a_file_as_it_was_applied_has_no_edits(place: Place) -> None:
    once(place)
    plan, edits = back(place)
    assert ([change.action for change in plan.files], edits) == (["change"], ())
    assert keeping(plan, edits).plan == plan


def test_an_edit_that_does_not_collide_is_kept(place: Place) -> None:
    path = Path(once(place))
    path.write_bytes(b"one\n" + AFTER[2:])
    kept = kept_by(place)
    assert kept.collisions == ()
    assert [change.after.content for change in kept.plan.files] == [b"one\n" + BEFORE[2:]]
    (edit,) = kept.edits
    assert (edit.path, edit.what, edit.lines, edit.kept) == (str(path), ("content",), (Span(1, 1),), True)
    assert edit.told == "edited by hand at line 1"


def test_one_that_collides_is_refused_with_file_and_lines(place: Place) -> None:
    path = Path(once(place))
    path.write_bytes(AFTER.replace(b"six", b"seven"))
    assert kept_by(place).collisions == (f"{path}: edited by hand at line 6, where the rollback writes something else",)


def test_owner_and_mode_are_kept_or_collide_likewise(place: Place) -> None:
    path = Path(once(place))
    path.chmod(0o600)
    (change,) = kept_by(place).plan.files
    assert (change.after.content, change.after.mode) == (BEFORE, 0o600)
    path.chmod(0o644)
    applied(
        place, HostPlan("here", files=(place.change("changed", AFTER, 0o640),)), identity="20261126T090000Z-00000002"
    )
    path.chmod(0o600)
    assert kept_by(place).collisions == (f"{path}: its mode was changed by hand, and the rollback gives it another",)


def test_a_file_that_the_rollback_deletes(place: Place) -> None:
    path = Path(once(place, "created", b"ours\n"))
    assert back(place)[1] == ()
    path.write_bytes(b"ours\nand mine\n")
    assert kept_by(place).collisions == (f"{path}: edited by hand at line 2, and the rollback deletes it",)


def test_a_file_that_was_deleted_by_hand(place: Place) -> None:
    path = Path(once(place))
    path.unlink()
    plan, (edit,) = back(place)
    assert (edit.what, edit.told) == (("deleted",), "deleted by hand")
    assert keeping(plan, (edit,)).collisions == (f"{path}: deleted by hand, and the rollback writes it",)


def test_a_file_that_was_made_by_hand_where_an_apply_had_deleted_one(place: Place) -> None:
    path = Path(once(place, "deleted", None))
    assert back(place)[1] == ()
    path.write_bytes(b"mine\n")
    plan, (edit,) = back(place)
    assert edit.told == "created by hand"
    assert keeping(plan, (edit,)).collisions == (f"{path}: created by hand, and the rollback writes it",)


def test_after_a_rollback_edits_are_told_too(place: Place) -> None:
    """The way back is a generation: what it wrote is what an edit is compared with, without any manifest."""
    path = Path(once(place))
    plan, _ = back(place)
    applied(place, plan, identity="20261126T090000Z-00000002")
    path.write_bytes(b"one\n" + BEFORE[2:])
    kept = read(journals(place))
    files = seen(place, kept)
    forth = net_change("mx1", kept, 1, files).plan
    (edit,) = hand_edits(forth, kept, files)
    assert edit.lines == (Span(1, 1),)
    assert [one.after.content for one in keeping(forth, (edit,)).plan.files] == [b"one\n" + AFTER[2:]]


def listing(path: str, content: bytes, *, secret: bool = False) -> FileState:
    status = Path(path).stat()
    sha = hashlib.sha256(content).hexdigest()
    state = Place(Path("/")).present(path)
    entry = ManifestEntry(
        path, sha, f"{status.st_mode & 0o7777:04o}", f"{state.owner}:{state.group}", ("TST-01",), secret
    )
    return FileState(entry.line().encode())


def test_a_secret_is_not_kept_in_the_journal_and_its_edit_is_told_by_its_digest(place: Place) -> None:
    path = once(place, secret=True)
    assert not (place.state / "tx/20261126T080910Z-00000001/new/0").exists()
    listed = listing(path, AFTER, secret=True)
    assert back(place, listed)[1] == ()
    Path(path).write_bytes(AFTER + b"more\n")
    plan, (edit,) = back(place, listed)
    assert (edit.what, edit.lines, edit.told) == (("content",), (), "edited by hand")
    assert edit.change is not None
    assert edit.change.secret
    assert "is not kept, so nothing is merged" in keeping(plan, (edit,)).collisions[0]
    unlisted, (unknown,) = back(place)
    assert unknown.told == "nobody can tell whether it was edited by hand"
    assert "it is not known what the last apply wrote there" in keeping(unlisted, (unknown,)).collisions[0]


def test_what_holds_a_secret_now_is_hidden_though_it_was_none_then(place: Place) -> None:
    """The way back to before both applies: its journal knew of no secret yet."""
    once(place)
    change = place.change("changed", b"password\n")
    change = replace(change, before=replace(change.before, secret=True), after=replace(change.after, secret=True))
    applied(place, HostPlan("here", files=(change,)), identity="20261126T090000Z-00000002")
    plan, _ = back(place)
    assert [one.secret for one in plan.files] == [True]


def test_edits_go_through_json() -> None:
    edit = HandEdit("/etc/x", ("content", "mode"), (Span(1, 2), Span(4, 3)), kept=True)
    assert HandEdit.from_dict(edit.to_dict()) == edit
    with pytest.raises(ValueError, match="edited in"):
        HandEdit.from_dict(edit.to_dict() | {"what": ["colour"]})


def drifted(place: Place, listed: FileState) -> tuple[HandEdit, ...]:
    """What the question of every look tells of a place whose manifest is this."""
    (place.state / "manifest").write_bytes(listed.content or b"")
    question = script("baseline", "drift", root=str(place.state), most=str(drift.MOST_BYTES))
    done = subprocess.run(["sh", "-c", question], capture_output=True, check=False)
    return drift.edits(Answer(done.returncode, done.stdout, done.stderr))


def test_drift_is_told_with_the_lines_as_applied_and_now(place: Place) -> None:
    path = once(place)
    listed = listing(path, AFTER)
    assert drifted(place, listed) == ()
    Path(path).write_bytes(AFTER + b"seven\n")
    (edit,) = drifted(place, listed)
    assert edit.lines == (Span(7, 7),)
    assert edit.change is not None
    assert (edit.change.before.content, edit.change.after.content) == (AFTER, AFTER + b"seven\n")
    Path(path).unlink()
    (gone,) = drifted(place, listed)
    assert gone.told == "deleted by hand"


def test_of_drift_whose_former_lines_are_not_kept_only_digests_are_told(place: Place) -> None:
    path = once(place)
    (edit,) = drifted(place, listing(path, b"from an earlier version\n"))
    assert (edit.what, edit.lines) == (("content",), ())
    assert edit.change is not None
    assert (edit.change.before.content, edit.change.after.content) == (None, AFTER)


def test_secrets_and_large_files_are_not_fetched(place: Place) -> None:
    path = once(place)
    assert drifted(place, listing(path, b"x", secret=True)) == ()
    Path(path).write_bytes(b"x" * (drift.MOST_BYTES + 1))
    (edit,) = drifted(place, listing(path, AFTER))
    assert edit.change is not None
    assert edit.change.after.content is None


def row(was: bytes = AFTER, now: bytes = BEFORE, mode: str = "0644", claimed: bytes = AFTER) -> bytes:
    encoded = [base64.b64encode(one).decode() for one in (was, now)]
    shas = [hashlib.sha256(one).hexdigest() for one in (claimed, now)]
    return "\t".join(("/etc/x", shas[0], mode, "root:root", shas[1], mode, "root:root", *encoded)).encode() + b"\n"


def test_a_host_that_shows_another_content_than_it_names_shows_none() -> None:
    (edit,) = drift.edits(Answer(0, row(claimed=b"else\n")))
    assert edit.change is not None
    assert edit.change.before.content is None


@pytest.mark.parametrize(
    "answer",
    [Answer(1), Answer(0, b"x\n"), Answer(0, row(mode="rwx")), Answer(0, row() * 22), Answer(0, row()[:-3] + b"=\n")],
)
def test_another_answer_tells_nothing(answer: Answer) -> None:
    with pytest.raises(CannotTell, match="the lines of drifted files cannot be read"):
        drift.edits(answer)


def test_a_change_is_none_of_its_own(place: Place) -> None:
    """A plan's change of a file that nobody edited stays as it is where another one's edit is kept."""
    path = once(place)
    other = FileChange("/etc/other", FileState(b"a\n"), FileState(b"b\n"), ())
    Path(path).write_bytes(b"one\n" + AFTER[2:])
    plan, edits = back(place)
    both = replace(plan, files=(*plan.files, other))
    assert keeping(both, edits).plan.files[1] is other
