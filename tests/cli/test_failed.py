"""`--limit @failed`: the hosts that did not end well in the last check or apply."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

import baseline
from baseline import load_baseline, load_inventory, state_files
from baseline.errors import NothingMatched
from tests.cli.conftest import BAD, GOOD, Site, postfix


def names(site: Site, limit: str, command: str = "check") -> list[str]:
    done = site.run(command, "-l", limit, "--format", "json")
    assert done.exit_code != 5, done.stderr
    return [host["name"] for host in json.loads(done.stdout)["hosts"]]


def kept() -> Path:
    (file,) = state_files.directory().glob("last-run-*")
    return file


def test_before_any_run_nothing_is_remembered(site: Site) -> None:
    done = site.run("check", "-l", "@failed")
    assert done.exit_code == 5
    assert f"@failed: no check or apply with -i {site.folder}/inventory.yml is remembered" in done.stderr


def test_when_nothing_failed_there_is_nothing_to_select(site: Site) -> None:
    assert site.run("check").exit_code == 0
    done = site.run("check", "-l", "@failed")
    assert done.exit_code == 5
    assert "@failed: none of 2 failed in the last check" in done.stderr


@pytest.mark.parametrize("limit", ["all:!@failed", "mta:&@failed", "@failed,mx1"])
def test_every_part_that_names_it_needs_one_that_failed(site: Site, limit: str) -> None:
    assert site.run("check").exit_code == 0
    assert site.run("check", "-l", limit).exit_code == 5


def test_hosts_that_fail_cannot_be_reached_or_are_unknown_are_selected(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    assert names(site, "@failed") == ["mx2"]
    del site.hosts["mx1"]
    site.run("check")
    assert names(site, "@failed") == ["mx1", "mx2"]


def test_it_combines_with_other_patterns(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    for limit, expected in (
        ("@failed,mx1", ["mx1", "mx2"]),
        ("@failed:mx1", ["mx1", "mx2"]),
        ("all:!@failed", ["mx1"]),
        ("mta:&@failed", ["mx2"]),
        ("!@failed", ["mx1"]),
        ("@failed[0]", ["mx2"]),
    ):
        site.run("check")
        assert names(site, limit, "plan") == expected, limit


def test_nothing_left_of_those_that_failed_is_an_error(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    assert site.run("check", "-l", "@failed:!mx2").exit_code == 5


def test_a_plan_is_no_run_and_a_check_of_the_failed_is_one(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    site.hosts["mx2"] = postfix(GOOD)
    site.run("plan")
    assert names(site, "@failed") == ["mx2"]
    done = site.run("check", "-l", "@failed")
    assert done.exit_code == 5
    assert "none of 1 failed" in done.stderr


def test_an_apply_with_nothing_to_do_is_remembered(site: Site) -> None:
    del site.hosts["mx2"]
    site.run("apply", "--yes")
    assert names(site, "@failed") == ["mx2"]


def test_what_a_finding_counts_for_is_what_the_exit_code_counts(site: Site) -> None:
    site.hosts["mx2"] = postfix(GOOD | {"disable_vrfy_command": "no"})
    assert site.run("check").exit_code == 0
    assert site.run("check", "-l", "@failed").exit_code == 5
    assert site.run("check", "--strict").exit_code == 1
    assert names(site, "@failed") == ["mx2"]


def test_each_inventory_has_its_own(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    other = site.folder / "other.yml"
    other.write_text((site.folder / "inventory.yml").read_text())
    done = site.bare("check", "-i", str(other), *site.given[2:], "-l", "@failed")
    assert done.exit_code == 5


def test_hosts_that_the_inventory_has_no_more(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    inventory = site.folder / "inventory.yml"
    inventory.write_text("".join(line for line in inventory.read_text().splitlines(True) if "mx2" not in line))
    done = site.run("check", "-l", "@failed")
    assert done.exit_code == 5
    assert "mx2 failed, and the inventory no longer has such a host" in done.stderr


def test_the_file_is_private_and_holds_no_finding(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    assert stat.S_IMODE(kept().stat().st_mode) == 0o600
    document = json.loads(kept().read_text())
    assert set(document) == {"schema", "inventory", "run", "command", "finished", "hosts"}
    assert document["hosts"] == {"mx1": True, "mx2": False}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": "other/1"}', "\0\xff", '{"schema": 1, "hosts": 5}'])
def test_a_file_that_cannot_be_read_is_told_and_written_anew(site: Site, content: str) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    kept().write_text(content, encoding="latin-1")
    done = site.run("check", "-l", "@failed")
    assert done.exit_code == 5
    assert "cannot be read: run a check first" in done.stderr
    site.run("check")
    assert names(site, "@failed") == ["mx2"]


def test_a_file_that_others_may_write_is_not_believed(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    kept().chmod(0o666)
    assert site.run("check", "-l", "@failed").exit_code == 5


def test_a_run_whose_ends_cannot_be_kept_is_a_run_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/nowhere")
    done = site.run("check")
    assert done.exit_code == 0
    assert "not remembered for --limit @failed" in caplog.text
    assert "Conforms" in done.stdout


def test_lint_knows_them_too(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    done = site.bare("lint", *site.given, "-l", "@failed")
    assert done.exit_code == 0
    assert "1 host" in done.stdout


def test_a_script_remembers_where_it_wants_to_and_selects_as_the_command_does(site: Site) -> None:
    inventory, rules = load_inventory(site.folder / "inventory.yml"), load_baseline(site.folder / "rules.yml")
    site.hosts["mx2"] = postfix(BAD)
    baseline.check_all(inventory.select(), rules)
    with pytest.raises(NothingMatched, match="is remembered"):
        inventory.select("@failed")
    baseline.check_all(inventory.select(), rules, remember=inventory)
    assert [target.name for target in inventory.select("@failed")] == ["mx2"]
    assert names(site, "@failed", "plan") == ["mx2"]
    site.hosts["mx2"] = postfix(GOOD)
    baseline.apply_all(inventory.select(), rules, remember=inventory)
    with pytest.raises(NothingMatched, match="none of 2 failed in the last apply"):
        inventory.select("@failed")
    with pytest.raises(NothingMatched):
        load_inventory(site.folder / "inventory.yml", site.folder / "inventory.yml").select("@failed")


def test_an_apply_of_some_remembers_all_that_were_planned(site: Site) -> None:
    inventory, rules = load_inventory(site.folder / "inventory.yml"), load_baseline(site.folder / "rules.yml")
    site.hosts = {"mx2": postfix(GOOD)}
    planned = baseline.plan_all(inventory.select(), rules)
    asked = len(site.sessions)
    told: list[tuple[str, str]] = []
    report = baseline.apply_all(
        inventory.select(), rules, planned=planned, remember=inventory, progress=lambda *step: told.append(step)
    )
    assert told == [("mx1", "done"), ("mx2", "done")]
    assert len(site.sessions) == asked, "a host that has nothing to do is not visited again"
    assert [(apply.host, apply.outcome.value) for apply in report.applies] == [("mx2", "nothing")]
    assert [target.name for target in inventory.select("@failed")] == ["mx1"]
