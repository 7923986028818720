"""`init --from-host` and `--from-ansible`: hosts are looked at once, and what they have becomes a file to read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from baseline.cli import app
from baseline.errors import Unreachable
from baseline.load import load_baseline
from baseline.model import Answer, Target
from baseline.session import Session
from tests.cases.case import NEVER_APPLIED
from tests.cases.files import CaseFiles
from tests.scripted import AnswersFrom
from tests.starting.test_proposing import MX

RULES = """\
baseline: quotas
version: 1.0.0
title: Quotas
controls:
  - {id: MEL-Q-01, kind: mailbox_quota, title: T, clause: f, obligation: mandatory, severity: low, roles: [mailstore],
     why: w, min_bytes: 100MB}
  - {id: MEL-Q-99, kind: service, title: T, clause: f, obligation: mandatory, severity: low, roles: [mailstore],
     why: w, unit: fail2ban.service}
"""


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, dict[str, Answer]]:
    """The answers of hosts by address; none other can be reached."""
    answers: dict[str, dict[str, Answer]] = {}

    def connect(_: object, target: Target) -> Session:
        if target.address not in answers:
            raise Unreachable(f"{target.address} cannot be reached: timed out")
        return AnswersFrom(answers[target.address])

    monkeypatch.setattr("baseline.session.Connector.connect", connect)
    monkeypatch.setattr("baseline.cli.options.SSH_CONFIG", (tmp_path / "ssh_config",))
    (tmp_path / "rules.yml").write_text(RULES)
    return answers


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def store() -> dict[str, Answer]:
    return {**NEVER_APPLIED, **CaseFiles().load("mailbox_quota/nothing-more-than-ours").answers}


def test_a_good_host_gives_an_overlay_by_which_it_passes(hosts: dict[str, dict[str, Answer]], tmp_path: Path) -> None:
    hosts["192.0.2.9"] = store()
    rules = ["-b", tmp_path / "rules.yml"]
    code, said = run("init", "--from-host", "192.0.2.9", "--roles", "mailstore", tmp_path / "site", *rules)
    assert code == 0, said
    path = tmp_path / "site" / "learnt-from-192-0-2-9.yml"
    assert str(path) in said
    text = path.read_text()
    assert yaml.safe_load(text)["extends"] == "../rules.yml"
    assert yaml.safe_load(text)["overrides"] == {"MEL-Q-01": {"min_bytes": 1258291200, "quota": 1258291200}}
    assert "# limit by quota is 1.2 GiB" in text
    assert "Could not be looked at" in text
    assert "#   MEL-Q-99" in text
    assert load_baseline(path).control_ids == ("MEL-Q-01", "MEL-Q-99")
    vars_ = ["-e", "roles=mailstore", "--no-history"]
    code, said = run("check", "-i", "192.0.2.9,", "-b", path, "-c", "MEL-Q-01", *vars_)
    assert code == 0, said
    code, said = run("init", "--from-host", "192.0.2.9", "--roles", "mailstore", tmp_path / "site", *rules)
    assert code == 2
    assert path.read_text() == text


def test_a_host_that_cannot_be_reached_teaches_nothing(hosts: dict[str, dict[str, Answer]], tmp_path: Path) -> None:
    assert hosts == {}
    code, said = run("init", "--from-host", "192.0.2.9", "--roles", "mta", tmp_path / "site")
    assert code == 3
    assert "timed out" in said
    assert "nothing was written" in said
    assert not (tmp_path / "site").exists()


@pytest.mark.usefixtures("hosts")
def test_without_inventory_or_roles_it_says_what_is_missing(tmp_path: Path) -> None:
    code, said = run("init", "--from-host", "192.0.2.9", tmp_path)
    assert code == 2
    assert "--roles" in said
    assert run("init", tmp_path / "site", "--host", "mx1.agency.example")[0] == 0
    code, said = run("init", "--from-host", "mx2.agency.example", tmp_path / "site")
    assert code == 5
    assert "did you mean `mx1.agency.example`" in said
    assert run("init", "--from-host", "a", "--from-ansible", "b", tmp_path)[0] == 2


def test_roles_are_proposed_for_an_inventory_of_ansible(hosts: dict[str, dict[str, Answer]], tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text("[mail]\nmx1 ansible_host=192.0.2.1\nmx2 ansible_host=192.0.2.2\n")
    code, said = run("init", "--from-ansible", tmp_path / "hosts.ini", tmp_path / "site")
    assert code == 3
    assert "mx2: " in said
    hosts["192.0.2.1"] = MX
    code, said = run("init", "--from-ansible", tmp_path / "hosts.ini", tmp_path / "site")
    assert code == 0, said
    path = tmp_path / "site" / "roles.yml"
    assert yaml.safe_load(path.read_text()) == {"all": {"hosts": {"mx1": {"roles": ["mta", "antispam"]}}}}
    assert "#   mx2: 192.0.2.2 cannot be reached" in path.read_text()
    assert run("lint", "-i", tmp_path / "hosts.ini", "-i", path)[0] == 0
    assert run("init", "--from-ansible", tmp_path / "hosts.ini", tmp_path / "site")[0] == 2
