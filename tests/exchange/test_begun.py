"""What a host's journal says of an apply: asked of a real shell, over journals as host.sh leaves them."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

import pytest

from baseline import begun
from baseline.begun import JournalSaid, nth
from baseline.errors import CannotTell
from baseline.model import HOST_STATE, Answer, ApplyOutcome

IDENTITY = "20260101T000000Z-00112233445566aa"
FIRST, SECOND = nth(IDENTITY, 0), nth(IDENTITY, 1)


def asked(state: Path, *, claim: bool = False) -> JournalSaid:
    question = begun.question(IDENTITY, claim=claim).replace(HOST_STATE, str(state))
    done = subprocess.run(["sh", "-c", question], capture_output=True, check=False)
    return begun.read(Answer(done.returncode, done.stdout, done.stderr))


def journal(state: Path, name: str, says: str = "", *, sent: bool = True) -> Path:
    folder = state / "tx" / name
    folder.mkdir(parents=True)
    if sent:
        (folder / "busy").touch()
    if says:
        (folder / "state").write_text(f"{says}\n")
    return folder


def test_a_host_without_a_journal_of_it_says_nothing(tmp_path: Path) -> None:
    journal(tmp_path, "20260101T000000Z-aaaa", "confirmed")
    said = asked(tmp_path)
    assert not said
    assert said.ended("mx1").outcome is ApplyOutcome.NOT_BEGUN


@pytest.mark.parametrize(
    ("says", "outcome", "restored", "words"),
    [
        ("confirmed", ApplyOutcome.APPLIED, None, "applied, verified and confirmed"),
        ("restored", ApplyOutcome.ROLLED_BACK, True, "the host is as it was"),
        ("broken", ApplyOutcome.ROLLED_BACK, False, "NOT wholly restored"),
        ("swapped", ApplyOutcome.UNKNOWN, None, "waits for a confirmation"),
        ("armed", ApplyOutcome.UNKNOWN, None, "interrupted midway"),
        ("restoring", ApplyOutcome.UNKNOWN, None, "interrupted midway"),
        ("staged", ApplyOutcome.NOT_BEGUN, None, "changed nothing"),
        ("", ApplyOutcome.NOT_BEGUN, None, "changed nothing"),
        ("splendid", ApplyOutcome.UNKNOWN, None, "in no state that there is"),
    ],
)
def test_what_each_state_means(
    tmp_path: Path, says: str, outcome: ApplyOutcome, restored: bool | None, words: str
) -> None:
    journal(tmp_path, FIRST, says)
    ended = asked(tmp_path).ended("mx1")
    assert (ended.outcome, ended.restored, ended.transaction) == (outcome, restored, FIRST)
    assert ended.reason.startswith("may have begun: the journal says that ")
    assert words in ended.reason


def test_a_state_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    (journal(tmp_path, FIRST) / "state").mkdir()
    (journal(tmp_path, SECOND) / "state").write_text("")
    ended = asked(tmp_path).ended("mx1")
    assert (ended.outcome, ended.transaction) == (ApplyOutcome.UNKNOWN, SECOND)
    (tmp_path / "tx" / SECOND / "state").write_text("restored\n")
    (tmp_path / "tx" / FIRST).rename(tmp_path / "tx" / nth(IDENTITY, 2))
    assert asked(tmp_path).ended("mx1").outcome is ApplyOutcome.UNKNOWN


def test_what_is_still_being_sent_may_begin_yet(tmp_path: Path) -> None:
    journal(tmp_path, FIRST, sent=False)
    ended = asked(tmp_path).ended("mx1")
    assert ended.outcome is ApplyOutcome.UNKNOWN
    assert "was being sent" in ended.reason


def test_of_two_attempts_the_last_counts(tmp_path: Path) -> None:
    journal(tmp_path, FIRST, "restored")
    journal(tmp_path, SECOND, "confirmed")
    assert asked(tmp_path) == JournalSaid(SECOND, "confirmed", "idle")


def test_somebody_who_is_at_work_is_told_of_whatever_the_state(tmp_path: Path) -> None:
    with (journal(tmp_path, FIRST, "swapped") / "busy").open() as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        ended = asked(tmp_path).ended("mx1")
    assert ended.outcome is ApplyOutcome.UNKNOWN
    assert "somebody is at work on it" in ended.reason


def test_what_is_claimed_can_never_begin(tmp_path: Path) -> None:
    said = asked(tmp_path, claim=True)
    assert (said.transaction, said.state) == (FIRST, "withdrawn")
    assert said.ended("mx1").outcome is ApplyOutcome.NOT_BEGUN
    # An upload makes this very directory, and goes no further where it is there.
    assert subprocess.run(["mkdir", "--", tmp_path / "tx" / FIRST], capture_output=True, check=False).returncode != 0


def test_what_has_begun_is_not_claimed(tmp_path: Path) -> None:
    folder = journal(tmp_path, FIRST, "swapped")
    assert asked(tmp_path, claim=True).state == "swapped"
    assert not (folder / "withdrawn").exists()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(1, b"", b"sudo: a password is required"),
        Answer(0, b"what is this\n"),
        Answer(0, f"{FIRST}\tconfirmed\n".encode()),
        Answer(0, f"{FIRST}\tconfirmed\tidle\n".encode() * 101),
    ],
)
def test_another_answer_is_no_word_of_the_journal(answer: Answer) -> None:
    with pytest.raises(CannotTell, match="the journal cannot be read"):
        begun.read(answer)
