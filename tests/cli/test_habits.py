"""Options as Ansible has them: the usual inventory, `-e`, `--list-hosts`, `--list-controls`; and misspelt variables."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import BAD, INVENTORY, Site, postfix
from tests.cli.test_apply import FakeApply, fake

__all__ = ["fake"]


@pytest.mark.parametrize("command", ["check", "plan", "apply"])
def test_hosts_and_controls_are_listed_and_none_is_asked(site: Site, command: str) -> None:
    done = site.run(command, "--list-hosts", "--list-controls", "-l", "mx*:!mx1", "--skip", "OUR-D-01")
    assert done.exit_code == 0
    assert done.stdout == (
        "  hosts (1):\n    mx2\n"
        "  controls (2):\n    OUR-Q-01  Messages may be large\n    OUR-A-01  Strangers learn nothing\n"
    )
    assert site.sessions == []


def test_a_selection_that_lists_nothing_is_an_error(site: Site) -> None:
    assert site.run("check", "--list-hosts", "-l", "nobody").exit_code == 5
    assert site.run("check", "--list-controls", "-c", "NOT-*").exit_code == 5


def test_the_inventory_of_ansible_is_the_usual_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.folder)
    (site.folder / "ansible.cfg").write_text("[defaults]\ninventory = inventory.yml\n")
    done = site.bare("check", "-b", "./rules.yml", "--format", "json")
    assert [one["name"] for one in json.loads(done.stdout)["hosts"]] == ["mx1", "mx2"]
    (site.folder / "ansible.cfg").unlink()
    monkeypatch.setenv("ANSIBLE_INVENTORY", str(site.folder / "inventory.yml"))
    assert site.bare("check", "-b", "./rules.yml").exit_code == 0
    assert site.bare("render", "-b", "./rules.yml", "-l", "mx1").exit_code == 0


def test_without_an_inventory_nothing_is_done(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baseline.load.ansible_config.usual_inventory", lambda *_: ())
    for command in (["check"], ["plan"], ["apply", "--yes"], ["render"], ["rollback", "mx1", "--yes"]):
        done = site.bare(*command)
        assert done.exit_code == 2
        assert "no inventory is given: name one with -i, or in $ANSIBLE_INVENTORY or ansible.cfg" in done.stderr


def test_extra_variables_reach_the_controls(site: Site) -> None:
    done = site.run("check", "-l", "mx1", "-e", "size=99")
    assert done.exit_code == 1
    assert "99" in done.stdout
    assert "no problems" in site.run("lint", "-e", "size=99").stdout
    assert "99" in site.run("render", "-e", "size=99", "-l", "mx1").stdout


def test_hosts_in_place_of_an_inventory(site: Site) -> None:
    rules = site.given[2:]
    done = site.bare("check", "-i", "mx1,", *rules, "-e", "roles=mta size=26214400")
    assert done.exit_code == 0
    assert "1 host" in done.stdout


def test_a_plan_with_extra_variables_is_applied_with_them(site: Site, fake: FakeApply) -> None:
    site.hosts["mx2"] = postfix(BAD)
    file = site.folder / "plan.json"
    site.run("plan", "-o", str(file), "-e", "size=20000000")
    done = site.bare("apply", str(file))
    assert done.exit_code == 2
    assert "`size` is another in the inventory" in " ".join(done.stderr.split())
    site.bare("apply", str(file), "-e", "size=20000000")
    assert {call["target"] for call in fake.calls} == {"mx1", "mx2"}


def test_a_plan_for_listed_hosts_is_applied_from_any_directory(
    site: Site, fake: FakeApply, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.hosts["mx2"] = postfix(BAD)
    file, extra = site.folder / "plan.json", ["-e", "roles=mta size=26214400"]
    site.bare("plan", "-i", "mx2,", *site.given[2:], "-o", str(file), *extra)
    monkeypatch.chdir("/")
    site.bare("apply", str(file), *extra)
    assert [call["target"] for call in fake.calls] == ["mx2"]


@pytest.mark.parametrize("command", ["lint", "check", "plan"])
def test_a_misspelt_variable_is_told(site: Site, command: str) -> None:
    (site.folder / "inventory.yml").write_text(INVENTORY.replace("    size:", "    domain: [d.test]\n    size:"))
    done = site.run(command)
    assert done.exit_code == 0
    assert "inventory.yml:7:13: `domain` means nothing here: did you mean `domains`? (note)" in done.stderr


@pytest.mark.parametrize("command", ["lint", "check", "plan"])
def test_another_way_to_a_host_is_refused_before_a_connection(site: Site, command: str) -> None:
    ssh = "    ansible_ssh_common_args: -o ProxyCommand='nc %h %p'\n    size:"
    (site.folder / "inventory.yml").write_text(INVENTORY.replace("    size:", ssh))
    done = site.run(command)
    assert done.exit_code == 2
    assert "inventory.yml:7:30: `-o ProxyCommand=nc %h %p` is not followed" in done.stderr
    assert site.sessions == []


def test_an_alias_of_ssh_config_is_followed(site: Site) -> None:
    (site.folder / "ssh_config").write_text("Host 192.0.2.1\n  HostName 192.0.2.7\n")
    site.hosts = {}
    done = site.run("check", "-l", "mx1")
    assert "192.0.2.7 cannot be reached: timed out" in done.stdout


def test_another_file_of_ssh_config_may_be_named_or_none(site: Site) -> None:
    (site.folder / "ssh_config").write_text("Host 192.0.2.1\n  HostName 192.0.2.7\n")
    (site.folder / "other").write_text("Host 192.0.2.1\n  HostName 192.0.2.8\n")
    site.hosts = {}
    other = site.run("check", "-l", "mx1", "--ssh-config", str(site.folder / "other"))
    assert "192.0.2.8 cannot be reached: timed out" in other.stdout
    assert "192.0.2.1 cannot be reached: timed out" in site.run("check", "-l", "mx1", "--ssh-config", "none").stdout
    missing = site.run("check", "--ssh-config", str(site.folder / "none-such"))
    assert missing.exit_code == 2
    assert "--ssh-config: there is no file" in missing.stderr


def test_a_control_is_found_by_the_id_that_it_had(site: Site) -> None:
    rules = site.folder / "rules.yml"
    rules.write_text(rules.read_text().replace("  - id: OUR-Q-01\n", "  - id: OUR-Q-07\n    formerly: [OUR-Q-01]\n"))
    done = site.run("check", "-c", "OUR-Q-01", "--format", "json")
    document = json.loads(done.stdout)
    assert {one["control"] for one in document["findings"]} == {"OUR-Q-07"}
    assert document["run"]["renamed"] == {"OUR-Q-01": "OUR-Q-07"}
    assert "OUR-Q-01 is called OUR-Q-07 now (note)" in done.stderr
    left = site.run("check", "--skip", "OUR-Q-01", "--format", "json")
    assert "OUR-Q-07" not in {one["control"] for one in json.loads(left.stdout)["findings"]}
    explained = site.bare("explain", "our-q-01", "-b", str(rules))
    assert "OUR-Q-07" in explained.stdout
    assert "OUR-Q-01 is called OUR-Q-07 now" in explained.stderr
