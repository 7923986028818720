"""`dossier`: a history becomes one file that the verifier takes, and what lacks is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from baseline import state_files
from baseline.dossier.verify_dossier import Opened, examined
from baseline.signing import installation_key
from tests.cli.conftest import BAD, Site, postfix

REGISTER = f"""\
- id: programme
  control: MEL-G-02
  subject: site
  issued_on: 2026-03-02T17:00:00+08:00
  issuer: Training unit
  file: minutes.txt
  file_sha256: {hashlib.sha256(b"Minutes.").hexdigest()}
  attested_by: Aminah
  attested_at: 2026-03-03T09:00:00+08:00
  facts: {{held_at: 2026-03-02T09:00:00+08:00}}
"""


def test_what_was_kept_becomes_a_dossier(site: Site, tmp_path: Path) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    site.run("check")
    register = tmp_path / "evidence" / "register.yml"
    register.parent.mkdir()
    register.write_text(REGISTER)
    (register.parent / "minutes.txt").write_bytes(b"Minutes.")
    place = tmp_path / "agency.zip"
    words = ("dossier", "--since", "2020-01-01", "-o", str(place), "--agency", "agensi.example.my")
    done = site.run(*words, "-e", f"register={register}")
    assert done.exit_code == 0, done.output
    key = installation_key(state_files.directory()).public_line
    assert f"{place}: signed by {key}" in done.stderr
    opened = Opened(place.read_bytes())
    assert opened.key == key
    assert examined(opened) == []
    assert opened.manifest["runs"]["count"] == 2
    assert opened.manifest["since"] == "2020-01-01T00:00:00+08:00"
    assert opened.manifest["lacks"] == []
    (rules,) = opened.manifest["baselines"]
    assert [opened.read(name) for name in rules["files"]] == [(site.folder / "rules.yml").read_bytes()]
    assert opened.read(f"evidence/documents/{hashlib.sha256(b'Minutes.').hexdigest()}") == b"Minutes."


def test_the_last_day_belongs_to_the_time(site: Site, tmp_path: Path) -> None:
    site.run("check")
    place = tmp_path / "agency.zip"
    words = ("--since", "2026-01-01", "--until", "2026-01-31", "--zone", "Asia/Tokyo", "--agency", "A")
    assert site.run("dossier", *words, "-o", str(place)).exit_code == 0
    manifest = Opened(place.read_bytes()).manifest
    assert (manifest["since"], manifest["until"]) == ("2026-01-01T00:00:00+09:00", "2026-02-01T00:00:00+09:00")
    assert manifest["lacks"][0] == "no run was kept in this time"


def test_the_checklists_are_in_it_a_page_a_month(site: Site, tmp_path: Path) -> None:
    site.run("check")
    register = tmp_path / "register.yml"
    register.write_text(checklist_of("2026-01-30") + checklist_of("2026-02-02"))
    place = tmp_path / "agency.zip"
    words = ("--since", "2025-12-01", "--until", "2026-02-28", "--agency", "A", "-o", str(place))
    done = site.run("dossier", *words, "-e", f"register={register}")
    assert done.exit_code == 0, done.output
    opened = Opened(place.read_bytes())
    pages = [name for name in opened.places if name.startswith("checklists/")]
    months = ("2026-01", "2026-02")
    assert pages == [f"checklists/site/{month}.{form}" for month in months for form in ("en.html", "ms.html", "csv")]
    assert "Februari" in opened.read("checklists/site/2026-02.ms.html").decode()
    # The second list names no list before it.
    assert any("follows another one" in one for one in examined(opened))


def checklist_of(day: str) -> str:
    """A list of a day, which names none before it."""
    return f"""\
- id: list-{day}
  control: MEL-H-07
  subject: site
  issued_on: {day}T17:00:00+08:00
  issuer: Operations
  attested_by: Aminah
  attested_at: {day}T17:10:00+08:00
  facts:
    day: {day}
    items: [{{item: external_delivery_test, result: ok, operator: Kumar, at: {day}T09:00:00+08:00, evidence: ""}}]
    previous: ""
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a dossier is of a time, and goes into a file"),
        (("--since", "2026-01-01"), "a dossier is of a time, and goes into a file"),
        (("--since", "yesterday", "-o", "a.zip"), "--since: `yesterday` is no date or time"),
        (("--since", "2026-02-30", "-o", "a.zip"), "there is no 2026-02-30"),
        (("--since", "2026-01-01", "--zone", "Mars", "-o", "a.zip"), "there is no time zone Mars"),
        (("--since", "2026-01-02", "--until", "2026-01-01", "-o", "a.zip"), "no time lies between"),
        (("--since", "2200-01-01", "-o", "a.zip"), "no time lies between 2200-01-01 and now"),
    ],
)
def test_a_slip_is_told(site: Site, words: tuple[str, ...], said: str) -> None:
    done = site.run("dossier", *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_the_verifier_is_written_as_it_is(site: Site, tmp_path: Path) -> None:
    place = tmp_path / "verify_dossier.py"
    assert site.bare("dossier", "--write-verifier", str(place)).exit_code == 0
    compile(place.read_text(), str(place), "exec")
    assert "def main()" in place.read_text()
