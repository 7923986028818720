"""A plan file that was altered on its way from who reviewed it to who applies it, or that is presented for another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from baseline import engine
from baseline.errors import InputError
from baseline.model import ApplyOutcome
from baseline.model.origin import MadeFor
from baseline.planfile import load_plan_file
from baseline.reviewed import Reviewed
from tests.adversary.case import adversary
from tests.cli.conftest import BAD, INVENTORY, RULES, Site, postfix
from tests.exchange.fakes import TARGET
from tests.exchange.test_engine import file_says, host
from tests.reports.cases import PLANS

Alter = Callable[[dict[str, Any]], object]

FOR = MadeFor("192.0.2.1", "ssh-ed25519 SHA256:one", {})


def _written(folder: Path, alter: Alter = lambda plan: None) -> Path:
    plans = tuple(replace(plan, made_for=FOR) for plan in PLANS["plan"].plans)
    document = replace(PLANS["plan"], plans=plans).to_dict()
    alter(document["plans"][0])
    path = folder / "plan.json"
    path.write_text(json.dumps(document))
    return path


def _made(site: Site) -> Path:
    """A plan file that the command has made here; mx2 has something to do, mx1 has not."""
    site.hosts["mx2"] = postfix(BAD)
    file = site.folder / "plan.json"
    assert site.run("plan", "-o", str(file)).exit_code == 1
    site.sessions.clear()
    return file


def _refused(site: Site, file: Path, *options: str) -> str:
    """What the command says that applies a plan file, and asks no host anything."""
    done = site.run("apply", str(file), *options)
    assert done.exit_code == 2
    assert site.sessions == []
    return " ".join(done.stderr.split())


def test_a_file_that_nobody_altered_is_read(tmp_path: Path) -> None:
    reviewed = load_plan_file(_written(tmp_path))
    plans = [replace(plan, made_for=FOR) for plan in PLANS["plan"].plans if not plan.empty]
    assert reviewed.digests == {plan.host: plan.digest for plan in plans}


@adversary("plan files", "show the reviewer less than what is applied, and leave the digest as it is")
@pytest.mark.parametrize(
    "alter",
    [
        lambda plan: plan["files"].pop(),
        lambda plan: plan["actions"].clear(),
        lambda plan: plan["packages"].clear(),
        lambda plan: plan["reloads"].clear(),
        lambda plan: plan["files"][0].update(path="/etc/motd"),
        lambda plan: plan["files"][0].update(mode="0600"),
        lambda plan: plan["actions"][0].update(do="true"),
        lambda plan: plan.update(host="mx2"),
        lambda plan: plan.update(packages=[], files=[], actions=[], reloads=[]),
        lambda plan: plan["made_for"].update(machine="ssh-ed25519 SHA256:two"),
        lambda plan: plan.pop("made_for"),
    ],
)
def test_a_file_that_shows_something_else_is_refused(tmp_path: Path, alter: Alter) -> None:
    """The digest is worked out anew from what is shown; where they differ nothing is applied, and no host reached.

    Before: only the digest in the file was held against the new plan, whatever else the file showed.
    """
    with pytest.raises(InputError, match="it was altered"):
        load_plan_file(_written(tmp_path, alter))


@pytest.mark.parametrize("version", ["version1"])
def test_plans_of_version_1_are_still_applied(version: str) -> None:
    path = Path(__file__).parents[1] / "reports" / version / "plan.3.json"
    assert load_plan_file(path).digests


def test_a_plan_file_that_says_too_little_names_the_version_that_made_it(tmp_path: Path) -> None:
    """The first plan files had no verdict of clauses, and did not tell whether what a file holds is secret."""
    document = json.loads((Path(__file__).parents[1] / "reports" / "version1" / "plan.3.json").read_text())
    del document["clauses"], document["summary"]["stale"]
    for changed in document["plans"][0]["files"]:
        del changed["secret"]
    (tmp_path / "plan.json").write_text(json.dumps(document))
    with pytest.raises(InputError) as refused:
        load_plan_file(tmp_path / "plan.json")
    assert [problem.message for problem in refused.value.problems] == [
        "was made by baseline 0.1.0, whose plans show less than is reviewed now: "
        "plan again, `baseline plan --format json -o plan.json`"
    ]


@adversary("plan files", "a plan for one machine is applied to another one that has its name")
def test_a_plan_for_another_machine_is_refused() -> None:
    """A plan is bound to the host key that it was made over: the host is refused, and both keys are named.

    Before: a plan was bound to the name of its host, and applied to whatever machine answered to it.
    """
    one, other = host(machine="ssh-ed25519 SHA256:one"), host(machine="ssh-ed25519 SHA256:two")
    planned = engine.plan(TARGET, [file_says()], one.connect)
    assert planned.plan is not None
    done = engine.apply(TARGET, [file_says()], other.connect, expected=Reviewed(planned.plan, planned.findings))
    assert done.apply is not None
    assert done.apply.outcome is ApplyOutcome.REFUSED
    words = "it was made over the key ssh-ed25519 SHA256:one, and the host has ssh-ed25519 SHA256:two"
    assert words in done.apply.reason
    assert "apply" not in other.events


@adversary("plan files", "a plan that was made from one inventory is presented with another")
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("192.0.2.2", "192.0.2.99", "mx2: it was made for 192.0.2.2, and the inventory leads to 192.0.2.99"),
        ("size: 26214400", "size: 26214401", "mx2: `size` is another in the inventory"),
        ("roles: [mta]", "roles: [mta, dns]", "mx2: `roles` is another in the inventory"),
        ("size:", "domains: [evil.example]\n    size:", "mx2: `domains` is another in the inventory"),
        ("size:", "zeal: 1\n    size:", "mx2: the inventory now gives it `zeal`"),
    ],
)
def test_a_plan_for_another_inventory_is_refused(site: Site, old: str, new: str, words: str) -> None:
    """What differs is named, and no host is asked anything.

    Before: the plan for mx2 at 192.0.2.2 was applied to mx2 at 192.0.2.99, and so it was with other domains.
    """
    file = _made(site)
    (site.folder / "inventory.yml").write_text(INVENTORY.replace(old, new))
    assert words in _refused(site, file)


@adversary("plan files", "a plan that was made by one baseline is presented with another")
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('value: "yes"', 'value: "no"', '`value` of OUR-A-01 was "yes" and is "no"'),
        ("roles: [dns]", "roles: [mta]", '`roles` of OUR-D-01 was ["dns"] and is ["mta"]'),
        ("    tags: [size]\n", "", "the controls of the plan are as they were, and other parts of it are not"),
    ],
)
def test_a_plan_by_another_baseline_is_refused(site: Site, old: str, new: str, words: str) -> None:
    """Control and value are named, and no host is asked anything.

    Before: it was refused, but nobody was told which control had changed.
    """
    file = _made(site)
    (site.folder / "rules.yml").write_text(RULES.replace(old, new))
    assert words in _refused(site, file)


@adversary("plan files", "name an inventory that is a program, for whoever applies the plan to run")
@pytest.mark.parametrize("keep_seal", [True, False])
def test_a_file_from_elsewhere_names_nothing_that_is_read(site: Site, *, keep_seal: bool) -> None:
    """What the file names is read only if this user made it on this controller, or an allowed signer signed it.

    Before: a plan file named nothing, and inventory and baseline had to be given with it.
    """
    file, ran = _made(site), site.folder / "ran"
    program = site.folder / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\necho '{{}}'\n")
    program.chmod(0o755)
    document = json.loads(file.read_text())
    document["made_from"]["inventory"] = [str(program)]
    if not keep_seal:
        document["made_from"]["seal"] = ""
    file.write_text(json.dumps(document))
    done = site.bare("apply", str(file))
    assert done.exit_code == 2
    assert "was not made here by you, so the inventory that it names is not read" in " ".join(done.stderr.split())
    assert not ran.exists()


@adversary("plan files", "JSON that is nested deeper than Python can follow")
def test_a_file_of_deep_json_is_no_plan(tmp_path: Path) -> None:
    """Refused as no plan.

    Before: a RecursionError, which is a fault of the program to whoever reads it.
    """
    file = tmp_path / "plan.json"
    file.write_text("[" * 100_000)
    with pytest.raises(InputError, match="nested too deeply"):
        load_plan_file(file)


@adversary("plan files", "a key that is given twice, of which a viewer shows the one and the program takes the other")
@pytest.mark.parametrize("key", ["plans", "made_from"])
def test_a_key_that_is_given_twice_is_refused(site: Site, key: str) -> None:
    """Refused as no plan, with the key.

    Before: the last one counted, and its digests fitted.
    """
    file = _made(site)
    shown = json.dumps(json.loads(file.read_text())[key])
    file.write_text(f'{{"{key}": {shown}, {file.read_text().lstrip()[1:]}')
    assert f"is no plan: `{key}` is given twice" in _refused(site, file)


@adversary("plan files", "two plans for one host, the second of which is looked at by nobody")
def test_two_plans_for_one_host_are_refused(site: Site) -> None:
    """Refused, with the host.

    Before: the last one counted.
    """
    file = _made(site)
    document = json.loads(file.read_text())
    document["plans"] += document["plans"][-1:]
    file.write_text(json.dumps(document))
    assert "plans twice for mx2" in _refused(site, file, *site.given)
