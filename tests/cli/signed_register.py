"""An agency whose register is signed: a folder with its files, and the commands that tests give in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baseline.cli import app
from tests.signing.keys import key

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
SIGNERS = "    allowed_signers: signers\n"
REGISTER = """\
# Kept by hand.
- id: first
  control: MEL-G-02
  subject: "*"
  issued_on: 2026-03-02T17:00:00+08:00
  issuer: Training unit
  file: minutes.txt
  file_sha256: 88c8f257400ce0def034a315697a8e2778031ed861adaaf91c5cc42bb14bc741
  attested_by: Aminah
  attested_at: 2026-03-03T09:00:00+08:00
  facts: {held_at: 2026-03-02T09:00:00+08:00, attendance_pct: 87.5}   # 120 came

# The next one.
- id: second
  control: MEL-G-03
  subject: "*"
  issued_on: 2026-03-02T17:00:00+08:00
  issuer: Operations
  file_sha256: 88c8f257400ce0def034a315697a8e2778031ed861adaaf91c5cc42bb14bc741
  attested_by: Kumar
  attested_at: 2026-03-03T09:00:00+08:00
  facts:
    sent_at: 2026-03-02T09:00:00+08:00
"""


def agency_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an inventory, its register and a key of the person `aminah`, where commands run."""
    (tmp_path / "minutes.txt").write_text("Minutes.\n")
    (tmp_path / "register.yml").write_text(REGISTER)
    (tmp_path / "inventory.yml").write_text(INVENTORY + SIGNERS)
    (tmp_path / "aminah.key").write_bytes(key(1).private_bytes())
    (tmp_path / "signers").write_text(f'aminah namespaces="baseline-*" {key(1).public_line}\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


def sign(name: str = "first", *words: str) -> Result:
    return run("evidence", "sign", name, "-o", "register.yml", *(words or ("--key", "aminah.key")))


def linted() -> str:
    """What `lint` says of the inventory."""
    done = run("lint", "-i", "inventory.yml")
    return done.stdout + done.stderr


def changed(agency: Path, old: str, new: str) -> None:
    place = agency / "register.yml"
    text = place.read_text()
    assert text.count(old) == 1
    place.write_text(text.replace(old, new))
