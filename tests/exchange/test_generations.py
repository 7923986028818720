"""What was before each apply, read from journals that a host has really written, and the plan that leads back."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from baseline.errors import CannotTell, NothingMatched
from baseline.generations import QUESTION, Generation, chosen, paths_since, read
from baseline.model import HOST_STATE, Answer, FileState, HostPlan
from baseline.net_change import net_change
from baseline.transaction import Transaction
from tests.exchange.place import GROUP, OWNER, Place, tree, wide_plan

pytestmark = pytest.mark.slow


def journals(place: Place) -> Answer:
    """What the host answers to the question for its journals."""
    question = QUESTION.replace(HOST_STATE, str(place.state))
    done = subprocess.run(["sh", "-c", question], capture_output=True, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def applied(place: Place, plan: HostPlan, word: str = "confirm", identity: str = "20261126T080910Z-00000001") -> None:
    begun = Transaction(root=str(place.state), id=identity)
    begun, reply = place.begin(plan, transaction=begun, who="Aminah")
    assert reply.code == 0, reply
    place.end(begun, word)


def back(place: Place, kept: tuple[Generation, ...], wanted: int) -> HostPlan:
    present = {path: place.present(path) for path in paths_since(kept, wanted)}
    return net_change("mx1", kept, wanted, present).plan


def two_applies(place: Place) -> tuple[Generation, ...]:
    """One that changes, deletes and creates, and one that changes one of the files again."""
    applied(place, wide_plan(place))
    later = HostPlan("here", files=(place.change("changed", b"newest\n"),))
    applied(place, later, identity="20261126T090000Z-00000002")
    return read(journals(place))


def test_a_host_without_journals_has_no_generations(place: Place) -> None:
    assert read(journals(place)) == ()
    with pytest.raises(NothingMatched, match="mx1 keeps no journal of an apply"):
        chosen((), None, "mx1")


def test_each_confirmed_apply_is_one(place: Place) -> None:
    two_applies(place)
    os.utime(place.state / "tx/20261126T080910Z-00000001/state", (1_000_000_000, 1_000_000_000))
    first, second = read(journals(place))
    assert (first.number, second.number) == (1, 2)
    assert first.when == "2001-09-09T01:46:40Z", "by the host's clock"
    assert first.note["who"] == "Aminah"
    assert first.files[str(place.etc / "changed")] == FileState(b"old\n" * 1000, OWNER, GROUP, 0o640)
    assert first.files[str(place.etc / "deleted")].content == b"\x00\xff not text"
    assert first.files[str(place.etc / "sub/dir/created")] == FileState(None)
    assert set(second.files) == {str(place.etc / "changed")}
    assert [action.name for action in first.done] == ["mark one", "mark two"]


def test_an_apply_that_was_taken_back_is_none(place: Place) -> None:
    applied(place, wide_plan(place), "restore")
    assert (place.state / "tx").is_dir()
    assert read(journals(place)) == ()


def test_the_plan_back_leads_to_the_very_bytes_owners_and_modes(place: Place) -> None:
    def looks() -> dict[str, tuple[object, ...]]:
        # Times are those of the way back, and directories that an apply made stay.
        return {
            name: (*entry[:3], *entry[4:])
            for name, entry in tree(place.etc).items()
            if not str(entry[0]).startswith("d")
        }

    before = looks()
    kept = two_applies(place)
    plan = back(place, kept, 0)
    assert [Path(change.path).name for change in plan.files] == ["changed", "deleted", "created"]
    assert [action.name for action in plan.actions] == ["undo: mark two", "undo: mark one"]
    applied(place, plan, identity="20261126T100000Z-00000003")
    assert looks() == before
    assert (place.base / "marks/log").read_text().splitlines()[-2:] == ["undo two", "undo one"]
    assert len(read(journals(place))) == 3, "the way back is a generation itself"


def test_one_generation_back_touches_only_what_came_after_it(place: Place) -> None:
    kept = two_applies(place)
    assert chosen(kept, None, "mx1") == 1
    (change,) = back(place, kept, 1).files
    assert (change.path, change.after.content) == (str(place.etc / "changed"), b"new\n" * 900)
    (place.etc / "changed").write_bytes(b"new\n" * 900)
    (place.etc / "changed").chmod(0o600)
    assert back(place, kept, 1).empty, "a host that is there already"


def test_a_generation_that_is_not_kept_is_told_with_those_that_are(place: Place) -> None:
    kept = two_applies(place)
    with pytest.raises(NothingMatched, match="mx1 has no generation 2 to roll back to: it keeps 0 to 1"):
        chosen(kept, 2, "mx1")


def test_a_file_that_cannot_be_read_now_keeps_the_plan_from_being_made(place: Place) -> None:
    kept = two_applies(place)
    path = str(place.etc / "changed")
    with pytest.raises(CannotTell, match="it is on fire"):
        net_change("mx1", kept, 1, {path: CannotTell("it is on fire")})


def rewritten(answer: Answer, change: Callable[[str, bytes], bytes]) -> Answer:
    """The journals with other contents: `change` has the name of a file in the archive, and what it holds."""
    made = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(answer.stdout)) as old, tarfile.open(fileobj=made, mode="w") as new:
        for member in old:
            content = old.extractfile(member) if member.isfile() else None
            data = change(member.name, content.read()) if content else b""
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return Answer(0, made.getvalue())


@pytest.mark.parametrize("table", ["files", "looks", "meta", "actions/table"])
def test_a_table_that_is_broken_is_named(place: Place, table: str) -> None:
    two_applies(place)
    whole = journals(place)
    assert read(rewritten(whole, lambda name, data: data)) == read(whole)
    broken = rewritten(whole, lambda name, data: b"one\n" if name.endswith(f"/{table}") else data)
    with pytest.raises(CannotTell, match=f"the journal's table {table} cannot be read"):
        read(broken)


@pytest.mark.parametrize(("answer", "why"), [(Answer(0, b"no archive" * 100), "read: "), (Answer(2, b""), "code 2")])
def test_what_is_no_archive_is_no_journal(answer: Answer, why: str) -> None:
    with pytest.raises(CannotTell, match=f"the journals could not be .*{why}"):
        read(answer)
