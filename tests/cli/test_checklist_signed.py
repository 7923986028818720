"""Ticks and lists of the daily checklist are signed, by persons or the installation, and verified where read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baseline.cli import app
from baseline.evidence.ticks import read_ticks, signed_content, with_tick
from baseline.load import load_register
from tests.cli.test_checklist import NOON, At, it_is
from tests.cli.test_evidence import BEFORE, INVENTORY
from tests.signing.keys import key

__all__ = ["it_is"]

SIGNERS = "allowed_signers: signers"


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, it_is: At) -> Path:
    """A folder with an inventory that says who may sign, where commands run."""
    (tmp_path / "inventory.yml").write_text(f"{INVENTORY}    history: history.db\n    {SIGNERS}\n")
    (tmp_path / "register.yml").write_text(BEFORE)
    (tmp_path / "signers").write_text(f"kumar {key(1).public_line}\n")
    for number, name in ((1, "kumar.key"), (2, "mallory.key")):
        (tmp_path / name).write_bytes(key(number).private_bytes())
        (tmp_path / name).chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, group: str = "checklist") -> Result:
    return CliRunner().invoke(app, [group, *words, "-i", "inventory.yml"])


def backup(*words: str) -> dict[str, str]:
    """The item that a person ticked."""
    (day,) = json.loads(run("--format", "json", *words).stdout)
    return next(one for one in day["items"] if one["item"] == "backup_age")


def test_a_tick_and_a_list_are_signed_by_a_person(agency: Path) -> None:
    done = run("sign", "backup_age", "--by", "Kumar", "--key", "kumar.key")
    assert done.exit_code == 0, done.output
    assert (backup()["result"], backup()["signed"]) == ("ok", "kumar")
    assert "signed by kumar" in " ".join(run().stdout.split())
    assert run("close", "--missed", "--by", "Kumar", "--key", "kumar.key").exit_code == 0
    assert "BEGIN SSH SIGNATURE" in load_register(agency / "register.yml")[-1].signature
    assert run(group="lint").exit_code == 0
    verify = ["evidence", "verify", "register.yml", "--allowed-signers", "signers"]
    assert "signed 1 by kumar, unsigned 1" in CliRunner().invoke(app, verify).stdout


def test_a_list_that_was_changed_after_it_was_signed_is_refused(agency: Path) -> None:
    assert run("close", "--missed", "--by", "Kumar", "--key", "kumar.key").exit_code == 0
    text = (agency / "register.yml").read_text()
    (agency / "register.yml").write_text(text.replace('"result": "missed"', '"result": "ok"', 1))
    done = run()
    assert done.exit_code == 2
    assert "the signature by kumar does not hold" in done.stderr


def test_the_installation_signs_where_it_is_allowed_to(agency: Path) -> None:
    line = CliRunner().invoke(app, ["evidence", "key", "--as", "agency"]).stdout
    assert run("sign", "backup_age").exit_code == 0
    assert backup()["signed"] == ""
    (agency / "signers").write_text(line)
    assert run("sign", "backup_age").exit_code == 0
    assert backup()["signed"] == "agency"
    assert run("close", "--missed").exit_code == 0
    assert load_register(agency / "register.yml")[-1].signature


def test_a_key_that_may_not_sign_writes_nothing(agency: Path) -> None:
    for words in (("sign", "backup_age"), ("close", "--missed")):
        done = run(*words, "--key", "mallory.key")
        assert done.exit_code == 2, done.output
        assert "does not allow the key that signed" in done.stderr
    assert (agency / "register.yml").read_text() == BEFORE
    assert (agency / "register.ticks.jsonl").read_text() == ""


@pytest.mark.parametrize(
    ("field", "value"), [("operator", "Mallory"), ("result", "failed"), ("evidence", "x"), ("item", "queue")]
)
def test_a_tick_that_was_changed_proves_nothing(agency: Path, field: str, value: str) -> None:
    assert run("sign", "backup_age", "--key", "kumar.key").exit_code == 0
    told = json.loads((agency / "register.ticks.jsonl").read_text())
    (agency / "register.ticks.jsonl").write_text(json.dumps({**told, field: value}) + "\n")
    for words in ((), ("close", "--missed")):
        done = run(*words)
        assert done.exit_code == 2
        assert "on 2026-03-02 proves nothing: the signature by kumar does not hold" in done.stderr


def test_a_signature_of_another_tick_or_for_another_purpose_proves_nothing(agency: Path) -> None:
    assert run("sign", "backup_age", "--key", "kumar.key").exit_code == 0
    (tick,) = read_ticks((agency / "register.ticks.jsonl").read_text(), "t")
    forged = replace(tick, signature=key(1).sign(signed_content(tick), "baseline-evidence"))
    (agency / "register.ticks.jsonl").write_text(with_tick("", forged))
    assert "the signature is for 'baseline-evidence'" in run().stderr
    (agency / "register.ticks.jsonl").write_text(with_tick("", replace(tick, signature="nonsense")))
    assert "the signature cannot be read" in run().stderr


def test_where_signatures_are_wanted_nothing_goes_without(agency: Path) -> None:
    assert run("sign", "backup_age").exit_code == 0
    inventory = (agency / "inventory.yml").read_text().replace(SIGNERS, f"{SIGNERS}\n    require_signatures: true")
    (agency / "inventory.yml").write_text(inventory)
    record = ["evidence", "sign", "old", "-o", "register.yml", "--key", "kumar.key"]
    assert CliRunner().invoke(app, record).exit_code == 0
    assert "proves nothing: it is not signed, and `require_signatures` wants it" in run().stderr
    done = run("sign", "queue")
    assert (done.exit_code, "wants signatures (`require_signatures`): give --key" in done.stderr) == (2, True)
    (agency / "register.ticks.jsonl").unlink()
    assert run("sign", "backup_age", "--key", "kumar.key").exit_code == 0
    assert run("close", "--missed", "--key", "kumar.key").exit_code == 0
    assert run(group="lint").exit_code == 0


def test_a_key_counts_when_the_tick_was_entered(agency: Path) -> None:
    (agency / "signers").write_text(f'kumar valid-before="20260301Z" {key(1).public_line}\n')
    done = run("sign", "backup_age", "--key", "kumar.key")
    assert done.exit_code == 2
    assert f"does not allow the key of kumar at {NOON.isoformat()}" in done.stderr
