"""`evidence`: records are added, listed, found due and verified, and a register is never spoilt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baseline.cli import app

INVENTORY = """\
all:
  hosts:
    a.agensi.example.my:
  vars:
    roles: [mta]
    domains: [agensi.example.my]
    site: cyberjaya
    register: register.yml
"""
BEFORE = """\
# Kept by hand.
- id: old   # the first
  control: MEL-G-02
  subject: "*"
  issued_on: 2020-03-02T17:00:00+08:00
  issuer: Training unit
  file_sha256: 88c8f257400ce0def034a315697a8e2778031ed861adaaf91c5cc42bb14bc741
  attested_by: Aminah
  attested_at: 2020-03-03T09:00:00+08:00
  facts: {held_at: 2020-03-02T09:00:00+08:00}
"""
HELD = (
    "--fact",
    "held_at=2026-03-02T09:00+08:00",
    "--issued-on",
    "2026-03-02T17:00+08:00",
    "--issuer",
    "Training: unit",
)
ATTESTED = ("--attested-by", "Aminah binti Ali, head of ICT", "--attested-at", "2026-03-03T09:00+08:00")


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an inventory and its register, where commands run."""
    (tmp_path / "inventory.yml").write_text(INVENTORY)
    (tmp_path / "register.yml").write_text(BEFORE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["evidence", *words], input=typed)


def test_a_record_is_put_behind_the_others_with_its_document(agency: Path) -> None:
    (agency / "minutes.txt").write_text("Minutes.\n")
    done = run("add", "mel-g-02", "-o", "register.yml", *HELD, *ATTESTED, "--document", "minutes.txt", "--copy")
    assert done.exit_code == 0, done.output
    text = (agency / "register.yml").read_text()
    assert text.startswith(BEFORE)
    (copy,) = (agency / "documents").iterdir()
    assert copy.read_text() == "Minutes.\n"
    assert f'file: "documents/{copy.name}"' in text
    listed = run("list", "-i", "inventory.yml")
    assert "superseded by" in listed.stdout
    records = json.loads(run("list", "-i", "inventory.yml", "--format", "json").stdout)
    assert [one["counts"] for one in records] == [False, True]
    assert (
        run("verify", "register.yml").stdout
        == "register.yml: 2 records: as attested 1 document, kept elsewhere 1; signed none, unsigned 2\n"
    )


def test_a_document_that_was_exchanged_is_found(agency: Path) -> None:
    (agency / "minutes.txt").write_text("Minutes.\n")
    assert run("add", "MEL-G-02", "-o", "register.yml", *HELD, *ATTESTED, "--document", "minutes.txt").exit_code == 0
    (agency / "minutes.txt").write_text("Other minutes.\n")
    done = run("verify", "register.yml")
    assert done.exit_code == 2
    assert "register.yml:" in done.stderr
    assert "it is not the document that was attested" in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("MEL-G-02",), "needs more: --issuer, --issued-on, --fact held_at="),
        (("MEL-G-02", *HELD), "`file_sha256` is missing"),
        (("MEL-G-02", *HELD, "--id", "old"), "record old is given twice: first on line 2 (nothing was written)"),
        (("MEL-G-02", *HELD, "--id", "a b"), "is no id"),
        (("MEL-G-02", *HELD, "--document", "none.txt"), "there is no file none.txt"),
        (("MEL-G-02", *HELD, "--fact", "held_at=2026-03-02+08:00"), "given twice"),
        (("MEL-G-02", *HELD, "--fact", "percent"), "write it NAME=VALUE"),
        (("MEL-G-02", *HELD, "--fact", "attendance_pct=900"), "attendance_pct"),
        (("MEL-Q-02", *HELD), "no records are kept for control MEL-Q-02"),
    ],
)
def test_what_the_register_would_refuse_is_not_written(agency: Path, words: tuple[str, ...], why: str) -> None:
    done = run("add", *words, "-o", "register.yml")
    assert done.exit_code == 2, done.output
    assert why in done.stderr
    assert (agency / "register.yml").read_text() == BEFORE


def test_a_copy_for_a_record_that_is_refused_does_not_stay(agency: Path) -> None:
    (agency / "minutes.txt").write_text("Minutes.\n")
    done = run("add", "MEL-G-02", *HELD, "--id", "old", "--document", "minutes.txt", "--copy", "-o", "register.yml")
    assert done.exit_code == 2, done.output
    assert [path for path in agency.rglob("*minutes*")] == [agency / "minutes.txt"]


def test_a_register_that_is_none_is_told_and_stays(agency: Path) -> None:
    (agency / "register.yml").write_text("records: []\n")
    done = run("add", "MEL-H-06", "-o", "register.yml", *HELD[2:], "--fact", "provider=x")
    assert done.exit_code == 2
    assert (agency / "register.yml").read_text() == "records: []\n"


def test_trainings_of_a_personnel_system_are_records(agency: Path) -> None:
    (agency / "hr.csv").write_text("Email,Tarikh\na@agensi.example.my,2026-03-01\nb@agensi.example.my,2026-03-01\n")
    columns = ("--address", "Email", "--held-at", "Tarikh", "--zone", "+08:00")
    done = run("import", "hr.csv", "-o", "register.yml", "--issuer", "HR", *columns, *ATTESTED)
    assert done.stderr == "register.yml: added are 1 training of 2 officers\n"
    assert run("import", "hr.csv", "-o", "register.yml", "--issuer", "HR", *columns, *ATTESTED).exit_code == 0
    records = json.loads(run("list", "-i", "inventory.yml", "--format", "json").stdout)
    assert [one["id"] for one in records] == ["old", "training-2026-03-01", "training-2026-03-01-2"]
    assert records[1]["facts"]["attendees"] == ["a@agensi.example.my", "b@agensi.example.my"]


def test_a_mistake_in_the_list_has_its_line_and_nothing_is_written(agency: Path) -> None:
    (agency / "hr.csv").write_text("address,held_at\nnobody,2026-03-01+08:00\n")
    done = run("import", "hr.csv", "-o", "register.yml", "--issuer", "HR")
    assert done.exit_code == 2
    assert "hr.csv:2:1" in done.stderr
    assert (agency / "register.yml").read_text() == BEFORE


def test_what_is_due_ends_with_one_and_says_why(agency: Path) -> None:
    done = run("due", "-i", "inventory.yml")
    assert done.exit_code == 1
    assert "MEL-G-02  fail" in done.stdout
    assert "days since the last programme" in done.stdout
    found = json.loads(run("due", "-i", "inventory.yml", "--format", "json").stdout)
    assert {one["today"] for one in found if one["control"] == "MEL-G-02"} == {"fail"}


CHECKLIST = """\
- id: {name}
  control: MEL-H-07
  subject: "*"
  issued_on: {day}T17:00:00+08:00
  issuer: Operations
  attested_by: A
  attested_at: {day}T17:10:00+08:00
  facts:
    day: {day}
    items: [{{item: queue, result: ok, operator: K, at: {day}T09:00:00+08:00}}]
    previous: "{previous}"
"""


def test_a_checklist_that_was_changed_breaks_the_chain(agency: Path) -> None:
    from baseline.load import load_register
    from baseline.model.evidence import link

    file = agency / "register.yml"
    file.write_text(CHECKLIST.format(name="a", day="2026-03-02", previous=""))
    (first,) = load_register(file)
    file.write_text(file.read_text() + CHECKLIST.format(name="b", day="2026-03-03", previous=link(first)))
    assert run("verify", "register.yml").exit_code == 0
    file.write_text(file.read_text().replace("operator: K, at: 2026-03-02", "operator: L, at: 2026-03-02"))
    done = run("verify", "register.yml")
    assert done.exit_code == 1
    assert "b follows another list than a: one was changed or taken away" in done.stdout
