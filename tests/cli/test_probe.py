"""`probe`: what is measured is printed, kept and signed, and a check judges by it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baseline.cli import app
from baseline.errors import NothingMatched, UserError
from tests.probes.servers import Script, dialogue, listening
from tests.probing.test_steps import GREETINGS, IMAP, SMTP

INVENTORY = """\
all:
  hosts:
    mx1: {ansible_host: 192.0.2.1, outside_only: true}
  vars:
    roles: [mta]
    domains: [agensi.example.my]
    site: cyberjaya
    history: history.db
"""
PROBES = """\
vantage: outside
limits: {{step_seconds: 5, tries: 1, retry_seconds: 0}}
mailboxes:
  - address: probe@agensi.example.my
    site: cyberjaya
    password: !secret {{env: PROBE_PASSWORD}}
    smtp: {{host: 127.0.0.1, port: {smtp}, tls: none}}
    imap: {{host: 127.0.0.1, port: {imap}, tls: none}}
"""


def site(folder: Path, smtp: int, imap: int) -> None:
    (folder / "inventory.yml").write_text(INVENTORY)
    (folder / "probes.yml").write_text(PROBES.format(smtp=smtp, imap=imap))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PROBE_PASSWORD", "correct-horse-battery")
    return tmp_path


@pytest.fixture
def agency(here: Path) -> Iterator[Path]:
    """An inventory, a document, and a mail host that answers as it should."""
    good: Script = dialogue(GREETINGS["smtp"], SMTP)
    with listening(good, 20) as smtp, listening(dialogue(GREETINGS["imap"], IMAP), 20) as imap:
        site(here, smtp, imap)
        yield here


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def finding(control: str) -> dict[str, object]:
    done = run("check", "-i", "inventory.yml", "-c", control, "--format", "json", "--no-history")
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["control"] == control]
    return dict(found)


def test_access_tests_are_printed_kept_and_judged(agency: Path) -> None:
    before = finding("MEL-H-05")
    assert before["outcome"] == "unknown"
    done = run("probe", "-i", "inventory.yml")
    assert done.exit_code == 0, done.output
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        ["cyberjaya"],
        ["probe@agensi.example.my", "smtp", "ok"],
        ["probe@agensi.example.my", "imap", "ok"],
    ]
    assert (agency / "history.db").exists()
    assert oct((agency / "state/baseline/installation.key").stat().st_mode)[-3:] == "600"
    after = finding("MEL-H-05")
    assert after["outcome"] == "fail", "it ran on the mail host itself, and tried no submission"
    assert "vantage is host" in str(after["reason"])
    assert "steps not tried is submission" in str(after["reason"])
    assert json.loads(run("history", "verify", "--history", "history.db", "--format", "json").stdout)["wrong"] == []


def test_what_went_wrong_is_told_and_is_exit_code_1(agency: Path) -> None:
    text = (agency / "probes.yml").read_text()
    (agency / "probes.yml").write_text(text.replace("tls: none}\n    imap", "tls: starttls}\n    imap"))
    done = run("probe", "-i", "inventory.yml")
    assert done.exit_code == 1
    assert "it does not offer STARTTLS" in " ".join(done.stdout.split())


def test_as_json_it_is_the_measurements_themselves(agency: Path) -> None:
    done = run("probe", "--no-history", "--format", "json")
    (measured,) = json.loads(done.stdout)
    assert (measured["site"], measured["sort"], measured["tool"]) == ("cyberjaya", "access", "baseline")
    assert [step["outcome"] for step in measured["facts"]["runs"][0]["steps"]] == ["ok", "ok"]
    assert "correct-horse" not in done.stdout
    assert not (agency / "history.db").exists()


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (["--site", "cyberjay"], NothingMatched, "did you mean `cyberjaya`"),
        (["--only", "delivery"], NothingMatched, "delivery needs a provider"),
        (["--watch", "5"], UserError, "from 10 to 3600 seconds"),
        (["--watch", "60", "--no-history"], UserError, "for the history"),
        (["--watch", "60", "--only", "access"], UserError, "for the history"),
        (["-p", "none.yml"], UserError, "none.yml"),
    ],
)
def test_what_makes_no_sense_is_refused(agency: Path, words: list[str], error: type[Exception], said: str) -> None:
    done = run("probe", *words)
    assert done.exit_code == (5 if error is NothingMatched else 2)
    assert said in done.stderr


def test_a_site_that_the_inventory_lacks_is_refused(agency: Path) -> None:
    text = (agency / "probes.yml").read_text()
    (agency / "probes.yml").write_text(text.replace("site: cyberjaya", "site: cyberjay"))
    done = run("probe", "-i", "inventory.yml")
    assert (done.exit_code, "did you mean `cyberjaya`" in done.stderr) == (2, True)


def test_where_nothing_can_be_signed_nothing_is_tested(agency: Path) -> None:
    (agency / "state").write_text("no folder")
    done = run("probe", "-i", "inventory.yml")
    assert (done.exit_code, "installation's key" in done.stderr) == (2, True)
    assert not (agency / "history.db").exists()


def test_a_measurement_that_was_altered_is_told_by_the_check(agency: Path) -> None:
    import sqlite3
    from contextlib import closing

    for _ in range(2):
        run("probe", "-i", "inventory.yml")
    with closing(sqlite3.connect("history.db")) as connection, connection:
        connection.execute("UPDATE measurements SET at = '2020-01-01T00:00:00.000000Z' WHERE number = 1")
        connection.execute("UPDATE measurements SET signature = 'x' WHERE number = 2")
    found = finding("MEL-H-05")
    assert found["outcome"] == "unknown"
    assert "what was measured proves nothing: measurement 2: the signature cannot be read" in str(found["reason"])
    wrong = json.loads(run("history", "verify", "--history", "history.db", "--format", "json").stdout)["wrong"]
    assert "measurement 1 was altered" in wrong


def test_a_watch_keeps_what_it_saw_until_it_is_ended(agency: Path) -> None:
    words = [sys.executable, "-m", "baseline", "probe", "-i", "inventory.yml", "--watch", "10"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, env=os.environ.copy(), text=True) as watching:
        try:
            assert watching.stderr is not None
            first = watching.stderr.readline()
            until = time.monotonic() + 60
            while not finding_of_watch() and time.monotonic() < until:
                time.sleep(0.2)
            watching.send_signal(signal.SIGINT)
            rest = watching.stderr.read()
            code = watching.wait(60)
        finally:
            watching.kill()
    assert first.rstrip().endswith("cyberjaya: all is well")
    assert (code, "the watch ends; what was measured is kept" in rest) == (0, True)
    assert finding_of_watch() == 1


def finding_of_watch() -> int:
    """How many measurements are kept."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect("history.db")) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM measurements").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
