"""Daemons that run a configuration older than their files: what is read from a host's answer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from baseline import stale
from baseline.errors import CannotTell
from baseline.model import HOST_STATE, Answer, Stale
from baseline.transaction import Transaction

MAIN = "/etc/postfix/main.cf"
OLD, NEW = "0" * 64, "1" * 64


def told(*rows: str, applied: dict[str, str] | None = None) -> tuple[Stale, ...]:
    return stale.stale(Answer(0, "".join(f"{row}\n" for row in rows).replace(" ", "\t").encode()), applied or {})


def test_a_host_without_daemons_and_one_whose_files_are_older() -> None:
    assert told() == ()
    assert told("unit postfix 1700000000.12", "unit named 1700000000.99") == ()


def test_a_file_that_was_written_since() -> None:
    found = told("unit postfix 1700000000.12", f"file postfix 1700000100.5 {NEW} {MAIN}")
    assert found == (Stale("postfix", "Postfix", "2023-11-14T22:13:20Z", (MAIN,)),)
    assert str(found[0]) == ("Postfix has not read /etc/postfix/main.cf since it was written")
    assert stale.units(found) == ("postfix",)


def test_each_daemon_has_its_own_files() -> None:
    found = told(
        "unit dovecot 1700000000",
        "file dovecot 1700000001 0 /etc/dovecot/b.conf",
        "file dovecot 1700000001 0 /etc/dovecot/a.conf",
        "unit rspamd 1700000000",
        "unit named 1700000000.99",
        "file named 1700000001 0 /etc/bind/named.conf",
    )
    assert [(one.program, one.files) for one in found] == [
        ("Dovecot", ("/etc/dovecot/a.conf", "/etc/dovecot/b.conf")),
        ("BIND", ("/etc/bind/named.conf",)),
    ]


APPLY = "apply postfix 1699999990 1700000005"


@pytest.mark.parametrize(
    ("applied", "rows", "old"),
    [
        # Touched after an apply of ours had it reloaded: the same values.
        ({MAIN: NEW}, [APPLY], False),
        # The same, and reloaded by somebody since, who may have had other content there.
        ({MAIN: NEW}, [], True),
        ({MAIN: NEW}, ["apply postfix 1690000000 1690000005"], True),
        ({MAIN: NEW}, ["apply postfix 1700000002 1700000005"], True),
        ({MAIN: NEW}, ["apply dovecot 1699999990 1700000005"], True),
        # Other content than what was applied, or a file that no apply ever wrote.
        ({MAIN: OLD}, [APPLY], True),
        ({}, [APPLY], True),
        # Of several applies, one is enough.
        ({MAIN: NEW}, ["apply postfix 1690000000 1690000005", APPLY], False),
    ],
)
def test_a_file_with_the_content_that_was_applied(applied: dict[str, str], rows: list[str], old: bool) -> None:
    file = f"file postfix 1700000100.5 {NEW} {MAIN}"
    assert bool(told("unit postfix 1700000000.12", file, *rows, applied=applied)) is old


@pytest.mark.parametrize(
    "row",
    [
        "",
        "unit",
        "unit postfix",
        "unit postfix then",
        "unit exim 1700000000",
        "unit postfix 1700000000 more",
        "file postfix 1 x",
        "file postfix later x /etc/a b",
        "apply postfix 1 2 3",
        "apply postfix -1 2",
        "something else",
        "unit postfix 99999999999999999999",
    ],
)
def test_a_line_that_is_none_of_ours_is_no_answer(row: str) -> None:
    with pytest.raises(CannotTell):
        told(row)


def test_a_command_that_was_stopped_is_no_answer() -> None:
    with pytest.raises(CannotTell, match="exit code 124"):
        stale.stale(Answer(124), {})


def test_what_was_applied_is_read_from_the_manifest() -> None:
    row = "\t".join(("a", "0644", "root:root", "b", "0644", "root:root", "TST-01", MAIN)) + "\n"
    assert stale.as_applied(Answer(0, row.encode())) == {MAIN: "b"}
    assert stale.as_applied(Answer(1)) == {}
    assert stale.as_applied(Answer(0, b"nothing of the sort\n")) == {}


def test_the_question_looks_where_transactions_keep_their_journals() -> None:
    assert f"{Transaction('20260101T000000Z-00').root}/tx/" == f"{HOST_STATE}/tx/"
    assert f" {HOST_STATE}/tx/*/;" in stale.QUESTION


def test_the_question_says_nothing_on_a_host_without_systemd(request: pytest.FixtureRequest) -> None:
    if not Path("/run/systemd/system").exists():
        done = subprocess.run(["sh", "-c", stale.QUESTION], capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        return
    private_mounts = request.getfixturevalue("private_mounts")
    hide = 'mount -t tmpfs none /run/systemd && exec sh -c "$1"'
    done = subprocess.run([*private_mounts, "sh", "-c", hide, "sh", stale.QUESTION], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_question_is_plain_sh() -> None:
    for shell in filter(shutil.which, ("dash", "bash", "busybox")):
        argv = [shell, *(["sh"] if shell == "busybox" else []), "-n", "-c", stale.QUESTION]
        assert subprocess.run(argv, capture_output=True, check=False).returncode == 0
