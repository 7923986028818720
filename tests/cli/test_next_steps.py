"""Every mistake ends with what to type next, and what is told parses. So does a check that did not end well."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baseline import check_all
from baseline.cli import app
from baseline.cli.next_steps import after_error, after_report
from baseline.errors import BaselineError, InputError, NothingMatched, UserError
from baseline.load import load_baseline, load_inventory
from baseline.model import Outcome, Report
from baseline.secret import Secret
from tests.cli.conftest import Site
from tests.docs.test_commands import parsed

MISTAKES = (
    "check",
    "check -i no.yml",
    "check -i inventory.yml -b no.yml",
    "check -i inventory.yml -b mampu-207",
    "check -i inventory.yml -l mx9",
    "check -i inventory.yml -l @failed",
    "check -i inventory.yml -c MEL-Q-99",
    "check -i inventory.yml -t nothing",
    "check -i inventory.yml --obligation must",
    "check -i inventory.yml --format pdf",
    "check -i inventory.yml --shard 3",
    "check -i inventory.yml --every never",
    "check -i inventory.yml -w no.yml",
    "check -i inventory.yml --history mysql://x",
    "check -i broken.yml",
    "plan -i inventory.yml --replace MEL-Q-99",
    "apply no.json",
    "chek -i inventory.yml",
    "check --inventori inventory.yml",
    "explain",
    "explain MEL-Q-99",
    "diff mampu-2007 no.yml",
    "schema rooster",
    "history show 7 -i inventory.yml",
    "history -i inventory.yml --host mx9",
    "changes -i inventory.yml --since never",
    "report -i inventory.yml --run 7",
    "render -i inventory.yml -l mx9",
    "rollback mx9 -i inventory.yml",
    "upgrade-check -i inventory.yml -l mx9",
    "evidence due -i inventory.yml -l mx9",
    "evidence sign nothing -o no.yml",
    "checklist -i inventory.yml --date never",
    "probe -p no.yml -i inventory.yml",
    "waiver new MEL-Q-99 -l mx1 -i inventory.yml",
    "merge no.json",
    "action-plan --read no.csv",
)
"""Lines with mistakes, as people make them."""

_TOLD = re.compile(r"^next: (.+)$|`(baseline [^`]+)`|^Try '(?:baseline|root) ([^']+)' for help", re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an inventory, and one that is broken."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("ANSIBLE_CONFIG", "/dev/null")
    (tmp_path / "inventory.yml").write_text("relays: {hosts: {mx1: {ansible_host: 192.0.2.1, roles: [mta]}}}\n")
    (tmp_path / "broken.yml").write_text("relays: {host: {mx1: }}\n")
    return tmp_path


def run(words: str) -> Result:
    return CliRunner().invoke(app, shlex.split(words), prog_name="baseline")


def steps(shown: str) -> list[list[str]]:
    """What is told to type, as words of `baseline`."""
    found = ["".join(one) for one in _TOLD.findall(shown)]
    return [shlex.split(one.removeprefix("baseline ")) for one in found]


@pytest.mark.parametrize("line", MISTAKES)
@pytest.mark.usefixtures("folder")
def test_a_mistake_ends_with_what_to_type_next(line: str) -> None:
    done = run(line)
    assert done.exit_code in (2, 3, 5), done.output
    assert "Traceback" not in done.output
    found = steps(done.stderr)
    assert found, done.stderr
    for words in found:
        if "--help" not in words and "-h" not in words and len(words) > 1:
            parsed(words)


@pytest.mark.usefixtures("folder")
def test_what_is_told_has_the_inventory_and_the_baseline_that_were_given() -> None:
    assert run("check -i inventory.yml -l mx9").stderr.endswith("next: baseline check -i inventory.yml --list-hosts\n")
    assert run("check -i broken.yml --baseline=mail-2026").stderr.endswith(
        "next: baseline lint -i broken.yml -b mail-2026\n"
    )
    assert run("check").stderr.endswith("next: baseline init site\n")


@pytest.mark.usefixtures("folder")
def test_a_file_that_is_not_there_is_told_with_one_of_nearly_its_name() -> None:
    assert run("check -i invntory.yml -l mx1").stderr.endswith("next: baseline check -i inventory.yml -l mx1\n")
    assert run("lint -i invntory.yml").stderr.endswith("next: baseline lint -i inventory.yml\n")
    assert run("check -i nowhere/x.yml").stderr.endswith("next: baseline lint -i nowhere/x.yml\n")


def test_names_with_characters_of_the_shell_are_quoted() -> None:
    told = after_error(NothingMatched("no host matches x"), ["check", "-i", "$(touch x).yml"])
    assert told == "baseline check -i '$(touch x).yml' --list-hosts"


def test_nothing_is_added_where_the_error_says_it_or_lint_lists_the_mistakes() -> None:
    assert after_error(UserError("not so: `baseline history` lists them"), ["history", "show", "7"]) == ""
    assert after_error(InputError([]), ["lint", "-i", "x.yml"]) == ""
    assert after_error(BaselineError("another check is at work"), ["check"]) == ""
    assert after_error(UserError("it is broken"), ["evidence", "due"]) == "baseline evidence due --help"


def of(site: Site) -> Report:
    """A check of the site: its second host cannot be reached."""
    return check_all(load_inventory(site.folder / "inventory.yml").targets, load_baseline(site.folder / "rules.yml"))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("192.0.2.1 cannot be reached: timed out", "ssh -v 192.0.2.1 true"),
        ("the host key of 192.0.2.1 is not known: check it", "ssh-keyscan 192.0.2.1 | ssh-keygen -lf -"),
        ("the host key of 192.0.2.1 is not the known one", "ssh-keygen -F 192.0.2.1"),
        ("sudo was refused (a password is required)", "ssh 192.0.2.1 sudo -n true"),
    ],
)
def test_a_host_that_was_not_reached_is_tried_by_hand(error: str, told: str, site: Site) -> None:
    site.hosts.clear()
    report = of(site)
    hosts = tuple(replace(host, reachable=False, error=error) for host in report.hosts)
    targets = load_inventory(site.folder / "inventory.yml").targets
    assert after_report(replace(report, hosts=hosts, findings=()), targets, ["inv.yml"], "ours") == [told]
    jumped = replace(targets[0], user="ops", port=2222, jump="gate", key_file="/k")
    (way,) = after_report(replace(report, hosts=hosts[:1], findings=()), [jumped], ["inv.yml"], "ours")
    assert "2222" in way


def test_a_sudo_that_has_a_password_is_tried_on_a_terminal(site: Site) -> None:
    report = of(site)
    why = "sudo at mx1 did not take the password: it is another one there, or misspelt; it is not tried again there"
    host = replace(report.hosts[0], reachable=False, error=why)
    target = replace(
        load_inventory(site.folder / "inventory.yml").targets[0],
        user="officer",
        jump="gate",
        become=True,
        become_password=Secret("test", lambda: "hunter22"),
    )
    found = after_report(replace(report, hosts=(host,), findings=()), [target], ["inv.yml"], "ours")
    assert found == [f"ssh -t -J gate officer@{target.address} sudo true"]


def test_behind_a_fail_stand_its_explanation_and_its_plan(site: Site) -> None:
    site.hosts.clear()
    report = of(site)
    failed = replace(report.findings[0], outcome=Outcome.FAIL, waived=None)
    hosts = tuple(replace(host, reachable=True, error=None) for host in report.hosts)
    found = after_report(replace(report, hosts=hosts, findings=(failed,)), (), ["inv.yml"], "ours.yml")
    assert found == [
        f"baseline explain {failed.control} --host {failed.host} -i inv.yml -b ours.yml",
        f"baseline plan -i inv.yml -b ours.yml -l {failed.host} -c {failed.control} --diff",
    ]
    for step in found:
        parsed(shlex.split(step)[1:])
    passed = replace(failed, outcome=Outcome.PASS)
    assert after_report(replace(report, hosts=hosts, findings=(passed,)), (), ["inv.yml"], "ours.yml") == []
