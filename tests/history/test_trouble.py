"""Full disks, files that may not be written, damage, runs that are killed and runs at once: no earlier run is lost."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from baseline.errors import HistoryError
from baseline.history import History, opening
from baseline.model import Outcome
from tests.history.conftest import empty
from tests.history.reports import finding, heard, report
from tests.history.test_store import kept

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a disk of its own")

WRITER = """
import sys, tests.history.reports as made
from baseline.history import History, writing
history = History(sys.argv[1])
if sys.argv[3] == "die":
    def die(*_):
        print("inside", flush=True)
        sys.stdin.read()
    writing._answers = die
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 10):
    keeping = history.begin("check")
    keeping.heard("mx1", made.heard(postconf=str(number).encode()))
    said = keeping.keep(made.report(number, made.finding(found=number)))
    assert not said, said
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a history with one run in it."""
    history = empty(tmp_path)
    kept(history, report(1, finding()))
    assert history.place.file is not None
    return history.place.file


def numbers(file: Path | str) -> list[int]:
    return [one.number for one in History(file).runs()]


def writer(file: Path | str, first: int, how: str = "live") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(file), str(first), how]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )


def test_a_full_disk_costs_the_run_that_it_stops_and_no_other(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = opening._set_up

    def small(connection: sqlite3.Connection, record: object) -> None:
        usual(connection, record)
        connection.execute("PRAGMA max_page_count = 40")

    with monkeypatch.context() as patched:
        patched.setattr(opening, "_set_up", small)
        keeping = History(file).begin("check")
        keeping.heard("mx1", heard(dump=os.urandom(1 << 20)))
        said = keeping.keep(report(2, finding()))
    assert "this run is not in the history: the history" in said
    assert "the disk is full: make room" in said
    assert str(file) in said
    assert numbers(file) == [1]
    kept(History(file), report(3, finding()))
    assert [History(file).report(name)[1] for name in ("1", "2")] == [report(1, finding()), report(3, finding())]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB, as long as it is needed."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@needs_root
def test_a_disk_that_is_full_indeed_costs_no_earlier_run(small_disk: Path) -> None:
    history = empty(small_disk)
    kept(history, report(1, finding()), mx1=heard(dump=b"before"))
    keeping = History(small_disk / "history.db").begin("check")
    keeping.heard("mx1", heard(dump=os.urandom(2 << 20)))
    said = keeping.keep(report(2, finding(outcome=Outcome.FAIL)))
    assert said.startswith(f"this run is not in the history: the history {small_disk / 'history.db'}: the disk is full")
    assert numbers(small_disk / "history.db") == [1]
    # And with no byte left at all, for whatever else fills the disk.
    with (small_disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(4096)):
            pass
    said = History(small_disk / "history.db").begin("check").keep(report(2, finding(outcome=Outcome.FAIL)))
    assert said.startswith("this run is not in the history: ")
    assert "fault of this program" not in said
    (small_disk / "filler").unlink()
    kept(History(small_disk / "history.db"), report(3, finding()))
    again = History(small_disk / "history.db")
    assert [again.report(name)[1] for name in ("1", "2")] == [report(1, finding()), report(3, finding())]
    assert again.heard("1", "mx1") == heard(dump=b"before")
    assert again.verify().wrong == ()


def test_a_file_that_may_not_be_written_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = opening._set_up

    def closed(connection: sqlite3.Connection, record: object) -> None:
        usual(connection, record)
        connection.execute("PRAGMA query_only = ON")

    with monkeypatch.context() as patched:
        patched.setattr(opening, "_set_up", closed)
        assert "it may not be written" in History(file).begin("check").keep(report(2, finding()))
    assert numbers(file) == [1]


@pytest.mark.parametrize("place", ["/dev/null/nowhere/history.db", "/proc/history.db", "/dev/full"])
def test_a_place_where_no_file_can_be_is_told(place: str) -> None:
    keeping = History(place).begin("check")
    keeping.heard("mx1", heard(postconf=b""))
    said = keeping.keep(report(1, finding()))
    assert said.startswith("this run is not in the history: ")
    assert place in said
    assert "fault of this program" not in said


def test_a_file_of_somebody_else_is_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert "no file of the user who runs this" in History(file).begin("check").keep(report(2, finding()))
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", ["text", "empty pages", "cut"])
def test_a_damaged_file_is_told_and_left_as_it_is(file: Path, damage: str) -> None:
    whole = file.read_bytes()
    broken = {
        "text": b"this is no database\n" * 300,
        "empty pages": whole[:1024] + bytes(len(whole) - 1024),
        "cut": whole[: len(whole) // 3],
    }[damage]
    file.write_bytes(broken)
    keeping = History(file).begin("check")
    keeping.heard("mx1", heard(postconf=b""))
    said = keeping.keep(report(2, finding()))
    assert "damaged" in said, said
    assert "fault of this program" not in said
    assert file.read_bytes() == broken


def test_a_run_that_is_killed_while_it_is_written_was_never_there(file: Path) -> None:
    killed = writer(file, 2, "die")
    assert killed.stdout is not None
    assert killed.stdout.readline() == "inside\n"
    killed.kill()
    killed.communicate()
    assert numbers(file) == [1]
    kept(History(file), report(2, finding()))
    assert numbers(file) == [2, 1]


def test_two_that_write_at_once_wait_for_each_other(history: History) -> None:
    kept(history, report(1, finding()))
    place = history.place.file or history.place.url
    both = [writer(place, first) for first in (100, 200)]
    assert [one.wait(timeout=120) for one in both] == [0, 0]
    for one in both:
        one.communicate()
    assert numbers(place) == list(range(21, 0, -1))
    for run in history.runs():
        _, was = history.report(run.id)
        assert was.run.id == run.id
        if run.number > 1:
            at = int(run.id[-8:], 16)
            assert was == report(at, finding(found=at))
            assert history.heard(run.id, "mx1") == heard(postconf=str(at).encode())


def test_who_waits_in_vain_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "WAIT_SECONDS", 0.2)
    with closing(sqlite3.connect(file, isolation_level=None)) as other, other:
        other.execute("BEGIN IMMEDIATE")
        assert "another run has been writing" in History(file).begin("check").keep(report(2, finding()))
        other.execute("ROLLBACK")
    assert numbers(file) == [1]


def test_a_history_of_a_later_release_is_left_alone(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    said = History(file).begin("check").keep(report(2, finding()))
    assert "written by a later release of baseline: its tables are of version 9999" in said


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_first_runs_make_one_history(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    place: Path | str = tmp_path / "new" / "history.db"
    if kind == "postgresql":
        url: str = request.getfixturevalue("postgresql")
        with History(url.format("postgres")).database.alone() as connection:
            connection.exec_driver_sql("CREATE DATABASE first_runs")
        place = url.format("first_runs")
    both = [writer(place, first) for first in (100, 200)]
    assert [one.wait(timeout=120) for one in both] == [0, 0]
    for one in both:
        one.communicate()
    assert numbers(place) == list(range(20, 0, -1))
    assert History(place).verify().wrong == ()


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    history = History(f"postgresql://ali:rahsia@/baseline?host={tmp_path}&password=rahsia")
    keeping = history.begin("check")
    keeping.heard("mx1", heard(postconf=b""))
    said = keeping.keep(report(1, finding()))
    assert said.startswith("this run is not in the history: the history postgresql+psycopg:///baseline: ")
    assert "rahsia" not in said
    with pytest.raises(HistoryError):
        history.runs()
