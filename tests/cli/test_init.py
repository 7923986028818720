"""`init` as somebody types it who begins: in a pipe, with options, and on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from baseline.cli import app
from baseline.load import load_inventory


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words])
    return done.exit_code, done.output


def test_without_a_terminal_it_writes_what_lint_accepts_and_says_what_to_fill_in(tmp_path: Path) -> None:
    code, said = run("init", str(tmp_path / "site"))
    assert code == 0
    assert "FILL IN" in said
    site = tmp_path / "site"
    code, said = run("lint", "-i", str(site / "inventory.yml"), "-b", str(site / "agency.yml"))
    assert (code, said) == (0, "our-agency-mail 1.0.0: 60 controls, 1 host: no problems\n")
    assert (site / "inventory.yml").read_text().count("FILL IN") == 5


def test_all_answers_may_be_given_as_options(tmp_path: Path) -> None:
    options = ["--agency", "Jabatan Contoh", "--domain", "contoh.example", "--host", "192.0.2.7", "--roles", "mta,dns"]
    code, said = run("init", str(tmp_path), *options, "--user", "ops", "-b", "mail-2026")
    assert code == 0
    assert "FILL IN" not in said
    (target,) = load_inventory(tmp_path / "inventory.yml").targets
    assert (target.address, target.roles) == ("192.0.2.7", frozenset({"mta", "dns"}))
    assert run("lint", "-i", str(tmp_path / "inventory.yml"), "-b", str(tmp_path / "agency.yml"))[0] == 0
    assert not any("FILL IN" in path.read_text() for path in tmp_path.iterdir() if path.is_file())


def test_a_second_time_it_names_the_files_and_leaves_them(tmp_path: Path) -> None:
    assert run("init", str(tmp_path))[0] == 0
    (tmp_path / "roster.yml").write_text("mine")
    code, said = run("init", str(tmp_path))
    assert code == 2
    assert f"{tmp_path}/roster.yml\n" in said
    assert (tmp_path / "roster.yml").read_text() == "mine"


def test_the_rules_may_be_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "agency.yml").write_text("baseline: a\nversion: 1.0.0\ntitle: T\nextends: mail-2026\n")
    assert run("init", str(tmp_path / "site"), "-b", str(tmp_path / "agency.yml"))[0] == 0
    assert '\nextends: "../agency.yml"\n' in (tmp_path / "site" / "agency.yml").read_text()
    site = tmp_path / "site"
    assert run("lint", "-i", str(site / "inventory.yml"), "-b", str(site / "agency.yml"))[0] == 0


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [("--roles", "mtaa", "`mta`"), ("--domain", "x", "agency.example"), ("-b", "m", "mampu")],
)
def test_a_wrong_answer_ends_with_two_and_writes_nothing(tmp_path: Path, option: str, value: str, hint: str) -> None:
    code, said = run("init", str(tmp_path), option, value)
    assert code == 2
    assert hint in said
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_it_asks_five_questions_and_once_more_for_an_answer_that_is_none(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "baseline", "init", str(tmp_path / "site")]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower) as process:
        os.close(follower)
        os.write(leader, b"Jabatan Contoh\nnone\ncontoh.example\n\nmta dns\n\n")
        said = b""
        while True:
            try:
                read = os.read(leader, 65536)
            except OSError:
                break
            said += read
            if not read:
                break
        assert process.wait(60) == 0, said
    os.close(leader)
    assert b"'none' is no mail domain" in said
    assert said.count(b"]: ") == 6
    (target,) = load_inventory(tmp_path / "site" / "inventory.yml").targets
    assert (target.name, target.roles, target.domains) == (
        "mx1.contoh.example",
        frozenset({"mta", "dns"}),
        ("contoh.example",),
    )
