"""The examples that ship load, and say the same in each form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from baseline.load import load_baseline, load_inventory, load_register, load_roster
from baseline.load.document import shipped_paths
from baseline.model import Target

EXAMPLES = Path(__file__).parents[2] / "inventories"


def hosts(name: str) -> list[Target]:
    return sorted(
        (replace(target, vars={}) for target in load_inventory(EXAMPLES / name).targets), key=lambda one: one.name
    )


def test_yaml_and_ini_name_the_same_hosts() -> None:
    assert hosts("example.yml") == hosts("example.ini")
    assert len(hosts("example.yml")) == 5


@pytest.mark.parametrize("name", ["example.yml", "example.ini"])
def test_every_host_has_a_role_and_nothing_is_left_aside(name: str) -> None:
    inventory = load_inventory(EXAMPLES / name)
    assert inventory.notes == ()
    assert all(target.roles for target in inventory.targets)


def test_what_the_example_means() -> None:
    inventory = load_inventory(EXAMPLES / "example.yml")
    (store,) = inventory.select("stores")
    assert (store.address, store.site, store.roles) == ("192.0.2.21", "cyberjaya", frozenset({"mailstore"}))
    assert store.roster is not None
    assert [account.unlimited for account in store.roster] == [True, False, False, False]
    (resolver,) = inventory.select("nameservers")
    assert (resolver.jump, resolver.resolvers) == ("baseline@gate.agensi.example.my", ("192.0.2.53",))
    assert len(inventory.select("mail:!filters")) == 3


def test_rosters_say_the_same_as_csv_and_yaml() -> None:
    assert load_roster(EXAMPLES / "rosters" / "agensi.csv") == load_roster(EXAMPLES / "rosters" / "agensi.yml")


def test_every_host_of_the_example_has_the_register() -> None:
    register = load_register(EXAMPLES / "evidence" / "register.yml")
    assert {record.control for record in register} == {f"MEL-G-0{number}" for number in range(1, 6)}
    assert all(target.register == register for target in load_inventory(EXAMPLES / "example.yml").targets)


@pytest.mark.parametrize("name", shipped_paths())
def test_shipped_baselines_fit_the_example_hosts(name: str) -> None:
    targets = load_inventory(EXAMPLES / "example.yml").targets
    baseline = load_baseline(name)
    baseline.validate_all(targets)
    assert baseline.name == name
    assert all(len(baseline.controls_for(target)) == len(baseline.control_ids) for target in targets)
