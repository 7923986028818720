"""Who reads a host's disk, or a backup of it: what nobody needs any more is not in its journals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from baseline import transaction
from baseline.model import FileChange, HostPlan
from baseline.transaction import Note, Transaction, Validator
from tests.adversary.case import adversary
from tests.exchange.place import Place, furnish, wide_plan

DISK = "who reads a host's disk, or a backup of it"
OLD, NEW = "kenari-lama-8Yt5", "kenari-3Pz7-rahsia"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    furnish(made.etc)
    (made.etc / "changed").write_text(f"password {OLD}\n")
    return made


def secret(place: Place, content: str = f"password {NEW}\n") -> HostPlan:
    """A plan that has `changed` hold another secret."""
    change = place.change("changed", content.encode(), 0o600)
    before, after = (replace(state, secret=True) for state in (change.before, change.after))
    return HostPlan("here", files=(FileChange(change.path, before, after, ("TST-01",)),))


def holding(place: Place, word: str) -> list[str]:
    """The files of journals that hold a word."""
    found = (path for path in sorted(place.state.rglob("*")) if path.is_file())
    return [path.name for path in found if word.encode() in path.read_bytes()]


def settled(place: Place) -> None:
    """Nothing that was meant to come into place is kept, and what was replaced stands in its place alone."""
    assert holding(place, NEW) == []
    assert holding(place, OLD) == []
    assert OLD in (place.etc / "changed").read_text()


@adversary(DISK, "the password of an apply that was taken back")
def test_a_restored_apply(place: Place) -> None:
    """Both the new content and the copy of the former one are deleted, for secret files.

    Before: `new/` and `old/` of the journal held both, until twenty applies later.
    """
    begun, reply = place.begin(secret(place))
    assert reply.code == 0, reply
    assert holding(place, NEW) == ["0"]
    assert place.end(begun, "restore").code == 0
    settled(place)
    assert place.end(begun, "restore").code == 0, "asked for once more"


@adversary(DISK, "the password of an apply that was refused, for whatever reason")
@pytest.mark.parametrize("why", ["changed", "held", "withdrawn", "checker"])
def test_a_refused_apply(place: Place, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    """The new content is deleted with the refusal; nor is what a checker said of it kept.

    Before: it stayed in `new/`, and what a checker had quoted in `out`.
    """
    plan = secret(place)
    other: Transaction | None = None
    mine = place.transaction()
    if why == "changed":
        (place.etc / "changed").write_text(f"password {OLD} and more\n")
    elif why == "held":
        other, _ = place.begin(HostPlan("here", files=(place.change("other", b"x\n"),)))
    elif why == "withdrawn":
        withdrawn = mine.begin(plan, Note(), confirm_within=60)
        script = withdrawn.script.replace(b"ask 0 ", f"touch {mine.directory}/withdrawn\nask 0 ".encode())
        place.session.exchange(script, seconds=60)
    elif why == "checker":
        monkeypatch.setattr(transaction, "VALIDATORS", (Validator(str(place.etc), 'cat "$TREE/changed"; exit 1'),))
    if why != "withdrawn":
        _, reply = place.begin(plan, transaction=mine)
        assert reply.code == 10, reply
    assert Path(mine.directory).is_dir()
    settled(place)
    if other:
        assert place.end(other, "restore").code == 0


@adversary(DISK, "the password of an apply that the controller gave up while it was on its way")
def test_an_upload_that_was_given_up(place: Place) -> None:
    """The word to restore deletes what had arrived.

    Before: it stayed until the next apply, a day or a year later.
    """
    mine = place.transaction()
    script = mine.begin(secret(place), Note(), confirm_within=60).script
    place.session.exchange(script.replace(b"ask 0 ", b"return 1\nask 0 "), seconds=60)
    assert holding(place, NEW) == ["0"]
    reply = place.end(mine, "restore")
    assert (reply.code, "nothing of it was begun" in reply.last) == (10, True)
    settled(place)


@adversary(DISK, "passwords that were right once")
def test_a_confirmed_apply(place: Place) -> None:
    """What a rollback needs is kept, root's alone: the former content. The new one is in its file alone.

    Before: so it was; what a checker or an action had said of the new one stayed besides, in `out`.
    """
    done = f"cat {place.etc}/changed"
    (act,) = wide_plan(place, files=()).actions[:1]
    begun, reply = place.begin(replace(secret(place), actions=(replace(act, do=done, undo="true"),)))
    assert reply.code == 0, reply
    assert place.end(begun, "confirm").code == 0
    assert (holding(place, NEW), holding(place, OLD)) == ([], ["0"])
    assert (place.state / "tx").stat().st_mode & 0o077 == 0
    assert Path(begun.directory).stat().st_mode & 0o077 == 0
