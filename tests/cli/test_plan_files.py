"""`apply plan.json`: the file says by itself what it was made from, and what differs from it is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import baseline
from baseline.errors import UserError
from baseline.model import Report
from baseline.planfile import load_plan_file
from tests.cli.conftest import BAD, Site, postfix
from tests.cli.test_apply import FakeApply, fake

__all__ = ["fake"]


@pytest.fixture
def plan(site: Site) -> Path:
    """A plan file that was made with some options; mx2 has something to do."""
    site.hosts["mx2"] = postfix(BAD)
    file = site.folder / "plan.json"
    assert site.run("plan", "-l", "mx2", "-c", "OUR-Q-01,OUR-D-01", "-o", str(file)).exit_code == 1
    site.sessions.clear()
    return file


def test_it_needs_no_inventory_baseline_limit_and_controls(site: Site, fake: FakeApply, plan: Path) -> None:
    done = site.bare("apply", str(plan), "--format", "json")
    report = json.loads(done.stdout)
    assert [call["target"] for call in fake.calls] == ["mx2"]
    assert [one["control"] for one in report["findings"]] == ["OUR-Q-01", "OUR-D-01"]
    assert report["run"]["baseline"]["name"] == "ours"


def test_what_it_was_made_from_is_found_from_any_directory(
    site: Site, fake: FakeApply, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.hosts["mx2"] = postfix(BAD)
    monkeypatch.chdir(site.folder)
    site.bare("plan", "-i", "inventory.yml", "-b", "./rules.yml", "-o", "plan.json")
    monkeypatch.chdir("/")
    site.bare("apply", str(site.folder / "plan.json"))
    assert [call["target"] for call in fake.calls] == ["mx2"]


def test_a_shipped_baseline_goes_by_its_name(site: Site) -> None:
    rules = baseline.load_baseline("mampu-2007")
    assert rules.given == "mampu-2007"
    assert rules.written()["MEL-T-03"]["kind"] == "queue_minfree"
    assert "why" not in rules.written()["MEL-T-03"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-c", "OUR-Q-01"], "OUR-D-01 is not chosen"),
        (["-c", "OUR-Q-01,OUR-D-01,OUR-A-01"], "OUR-A-01 was not chosen then"),
        (["-t", "size"], "OUR-D-01 is not chosen"),
        (["-b", "mampu-2007"], "was made by ours as it was then, and mampu-2007 is another"),
        (["-l", "mx1"], "plans for mx2, which the selected inventory lacks"),
    ],
)
def test_what_is_given_besides_must_be_the_same(site: Site, plan: Path, options: list[str], words: str) -> None:
    done = site.bare("apply", str(plan), *options)
    assert done.exit_code in (2, 5)
    assert words in " ".join(done.stderr.split())
    assert site.sessions == []


def test_the_same_may_be_given_besides(site: Site, fake: FakeApply, plan: Path) -> None:
    site.run("apply", str(plan), "-l", "mx2", "-c", "OUR-D-01,OUR-Q-01")
    assert [call["target"] for call in fake.calls] == ["mx2"]


def test_who_did_not_make_it_names_inventory_and_baseline(site: Site, fake: FakeApply, plan: Path) -> None:
    document = json.loads(plan.read_text())
    document["made_from"]["seal"] = "sealed:of-somebody-else"
    plan.write_text(json.dumps(document))
    inventory, rules = site.given[:2], site.given[2:]
    for options, what in (([], "inventory"), (rules, "inventory"), (inventory, "baseline")):
        done = site.bare("apply", str(plan), *options)
        assert done.exit_code == 2
        assert f"so the {what} that it names is not read" in " ".join(done.stderr.split())
    site.run("apply", str(plan))
    assert [call["target"] for call in fake.calls] == ["mx2"]


def test_without_a_plan_file_an_inventory_is_needed(site: Site) -> None:
    done = site.bare("apply", "--yes")
    assert done.exit_code == 2
    assert "no inventory is given: name one with -i" in done.stderr


def test_what_has_changed_on_the_host_is_named(site: Site, plan: Path) -> None:
    site.hosts["mx2"] = postfix(BAD | {"message_size_limit": "5000000", "relayhost": "elsewhere"})
    done = site.bare("apply", str(plan))
    said = " ".join(done.stdout.split())
    assert done.exit_code == 1
    assert "message_size_limit of OUR-Q-01 was 10240000 and is 5000000" in said
    assert "/etc/postfix/main.cf has changed on the host" in said


def test_a_host_that_needs_nothing_any_more_is_refused_and_says_so(site: Site, plan: Path) -> None:
    site.hosts["mx2"] = postfix({"message_size_limit": "26214400", "disable_vrfy_command": "yes"})
    said = " ".join(site.bare("apply", str(plan)).stdout.split())
    assert "OUR-Q-01 was fail and is pass" in said
    assert "it would no longer mend OUR-Q-01" in said


def test_the_library_applies_a_plan_file(site: Site, fake: FakeApply, plan: Path) -> None:
    inventory = baseline.load_inventory(site.folder / "inventory.yml")
    rules = baseline.load_baseline(site.folder / "rules.yml").only(controls=["OUR-Q-01", "OUR-D-01"])
    reviewed = load_plan_file(plan)
    report = baseline.apply_all(inventory.targets, rules, reviewed=reviewed)
    assert [one.host for one in report.applies] == ["mx2"]
    with pytest.raises(UserError, match="OUR-D-01 is not chosen"):
        baseline.apply_all(inventory.targets, rules.only(controls=["OUR-Q-01"]), reviewed=reviewed)


def test_a_report_keeps_what_it_was_made_from(site: Site, plan: Path) -> None:
    document = json.loads(plan.read_text())
    again = Report.from_dict(document)
    assert again.to_dict() == document
    assert document["made_from"]["baseline"] == str(site.folder / "rules.yml")
    assert document["made_from"]["controls"]["OUR-Q-01"]["value"] == "{{ size }}"
    assert document["plans"][0]["made_for"]["address"] == "192.0.2.2"
