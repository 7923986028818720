"""What was found out for one host holds for others only where all that was read is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from baseline.errors import InputError
from baseline.load import load_baseline, load_inventory
from baseline.load.alike import Likeness, Question
from baseline.model import Peer, Target


def asked_for(question: Question, *targets: Target) -> list[str]:
    """Of which of the targets the question is really asked."""
    asked: list[str] = []

    def noted(target: Target) -> bool:
        true = question(target)
        asked.append(object.__getattribute__(target, "name"))
        return true

    alike = Likeness([noted])
    for target in targets:
        assert alike.all_well(target)
    return asked


def hosts(**fields: list[Any]) -> list[Target]:
    """A host for each value of the fields."""
    (values,) = [[{name: one} for one in some] for name, some in fields.items()]
    return [Target(f"mx{number}", f"10.0.0.{number}", **one) for number, one in enumerate(values)]


READS: dict[str, Question] = {
    "a field": lambda target: target.site != "x",
    "a field through getattr": lambda target: getattr(target, "site") != "x",  # noqa: B009
    "a field of a copy": lambda target: replace(target, subject="s").site != "x",
    "all fields": lambda target: bool(vars(target)["site"] != "x"),
    "by comparing": lambda target: target != Target("other", "", site="x"),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_hosts_that_differ_in_what_is_read_are_each_asked(read: Question) -> None:
    assert set(asked_for(read, *hosts(site=["a", "b", "c"]))) == {"mx0", "mx1", "mx2"}


def test_hosts_that_differ_in_what_is_not_read_are_asked_once() -> None:
    assert asked_for(lambda target: target.shell == "sh", *hosts(site=["a", "b", "c"])) == ["mx0"]


VARIABLES: dict[str, Callable[[Target], object]] = {
    "by its key": lambda target: target.vars["a"],
    "by get": lambda target: target.vars.get("a"),
    "whether it is there": lambda target: "a" in target.vars,
    "all of them": lambda target: {**target.vars},
    "all of them, given on": lambda target: dict(**target.vars),
    "how many": lambda target: len(target.vars),
}


@pytest.mark.parametrize("read", VARIABLES.values(), ids=VARIABLES.keys())
def test_variables_that_are_read_are_compared(read: Callable[[Target], object]) -> None:
    differing = [{"a": 1}, {"a": True}, {"a": 1.0}, {"a": "1"}, {"a": [1]}, {"a": [True]}, {"a": {"b": None}}]
    asked = asked_for(lambda target: read(target) is not Ellipsis, *hosts(vars=differing))
    assert set(asked) == {f"mx{number}" for number in range(7)}


def test_other_variables_are_not() -> None:
    assert asked_for(lambda target: target.vars["a"] == 1, *hosts(vars=[{"a": 1, "b": 1}, {"a": 1, "b": 2}])) == ["mx0"]


def test_what_is_a_hosts_own_is_asked_of_each_and_hinders_nothing_else() -> None:
    own: list[str] = []
    shared: list[str] = []

    def address(target: Target) -> bool:
        own.append(target.address)
        return True

    def shell(target: Target) -> bool:
        shared.append(target.shell)
        return True

    alike = Likeness([address, shell])
    assert all(map(alike.all_well, hosts(site=["a"] * 5)))
    assert {f"10.0.0.{number}" for number in range(5)} == set(own)
    assert len(shared) == 1


def test_whether_it_is_a_host_is_no_reading_of_its_address() -> None:
    assert asked_for(lambda target: target.is_host, *hosts(site=["a", "b"])) == ["mx0"]
    assert asked_for(lambda target: bool(target.is_host) or True, Target("a", "1"), Target("b", "")) == ["a", "b"]


def test_peers_are_the_same_only_when_they_are_the_very_same() -> None:
    peers, others = ((Peer("mx0", "10.0.0.0", frozenset(), (), ()),) for _ in range(2))
    assert asked_for(lambda target: bool(target.peers), *hosts(peers=[peers, peers, others])) == ["mx0", "mx2"]


def test_a_host_that_is_not_well_is_told_whatever_the_others_are() -> None:
    one, two, three = hosts(site=["a", "bad", "a"])
    alike = Likeness([lambda target: target.site != "bad"])
    assert [alike.all_well(target) for target in (one, two, three, two)] == [True, False, True, False]


BASELINE = """baseline: ours
version: 1.0.0
title: Ours
controls:
- {id: F-01, kind: file, title: T, clause: '', obligation: recommended, severity: low, why: W.,
   path: "/etc/{{ where }}", content: a}
"""


def test_one_host_among_many_that_a_template_does_not_fit_is_named(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(
        "all:\n  vars: {roles: [mta], where: motd}\n  hosts:\n"
        + "".join(f"    mx{number}: {{}}\n" for number in range(30))
        + "    bad: {where: 'mo td'}\n    worse: {where: [a]}\n"
    )
    (tmp_path / "ours.yml").write_text(BASELINE)
    baseline, inventory = load_baseline(tmp_path / "ours.yml"), load_inventory(tmp_path / "hosts.yml")
    with pytest.raises(InputError) as caught:
        baseline.validate_all(inventory.targets)
    told = [problem.message for problem in caught.value.problems]
    assert len(told) == 2
    assert all("host bad" in one or "host worse" in one for one in told)
    first, second = (baseline.controls_for(target) for target in inventory.targets[:2])
    assert first[0] is second[0]
