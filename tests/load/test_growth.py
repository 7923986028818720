"""What is loaded takes work in proportion to what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline.load import load_baseline, load_inventory, load_roster
from baseline.subjects import subjects_apart
from tests.growth import calls, steps


@pytest.mark.parametrize("domains", ["[]", "[example.gov.my]", "[example.gov.my, b{number}.gov.my]"])
def test_an_inventory_of_twice_the_hosts_takes_twice_the_work(domains: str, tmp_path: Path) -> None:
    def took(hosts: int) -> int:
        file = tmp_path / f"{hosts}.yml"
        lines = [
            f"    mx{number}: {{roles: [mta], domains: {domains.format(number=number)}}}\n" for number in range(hosts)
        ]
        file.write_text("all:\n  hosts:\n" + "".join(lines))
        return calls(lambda: subjects_apart(load_inventory(file).targets))

    took(10)
    assert took(400) < 2.2 * took(200)


def test_hosts_of_the_same_domains_share_what_is_known_of_each_other(tmp_path: Path) -> None:
    file = tmp_path / "hosts.yml"
    file.write_text(
        "all:\n  vars: {domains: [b.my, a.my]}\n  hosts: {mx1: {}, mx2: {domains: [a.my, b.my]}, mx3: {}}\n"
    )
    one, two, three = load_inventory(file).targets
    assert [peer.name for peer in one.peers] == ["mx1", "mx2", "mx3"]
    assert one.peers is two.peers is three.peers


def inventory_of(hosts: int, file: Path, variables: str = "") -> Path:
    """An inventory of hosts that differ in name, address and domain, and have some variables alike."""
    lines = [
        f"    mx{number}: {{ansible_host: 10.0.{number // 250}.{number % 250}, domains: [a{number // 5}.gov.my]}}\n"
        for number in range(hosts)
    ]
    file.write_text(f"all:\n  vars: {{roles: [mta]{variables}}}\n  hosts:\n" + "".join(lines))
    return file


OWN = ", rack: r1, data_centre: kl, ansible_ssh_common_args: -o UserKnownHostsFile=known -J jump.gov.my"


@pytest.mark.parametrize("variables", [pytest.param("", id="ours"), pytest.param(OWN, id="a site's own, and ssh's")])
def test_another_host_of_a_large_inventory_is_read_in_few_calls(variables: str, tmp_path: Path) -> None:
    """30 000 hosts in less than five seconds are some 170 µs for each, in which Python calls 560 functions."""

    def took(hosts: int) -> int:
        file = inventory_of(hosts, tmp_path / "hosts.yml", variables)
        return calls(lambda: load_inventory(file))

    took(10)
    few, more = took(100), took(300)
    assert (more - few) / 200 < 700


def test_an_agency_of_its_own_group_more_costs_no_other_one_anything(tmp_path: Path) -> None:
    """A country has thousands of groups: a host is looked for in its own, and its groups are put in order once."""

    def took(agencies: int) -> int:
        file = tmp_path / "agencies.yml"
        groups = "".join(
            f"    agency{number}:\n      hosts: {{mx{number}: {{}}, store{number}: {{}}}}\n"
            for number in range(agencies)
        )
        file.write_text(f"all:\n  vars: {{roles: [mta]}}\n  children:\n{groups}")
        return steps(lambda: load_inventory(file))

    took(1)
    few, more, most = took(20), took(60), took(100)
    assert most - more < 1.02 * (more - few)


@pytest.mark.parametrize("most", [pytest.param(60, id="own"), pytest.param(800, id="mampu-2007")])
def test_a_baseline_is_tried_on_hosts_that_are_alike_once(most: int, tmp_path: Path) -> None:
    """What is wanted is worked out before the first host is touched, and for hosts that are alike it is the same."""
    (tmp_path / "ours.yml").write_text(
        "baseline: ours\nversion: 1.0.0\ntitle: Ours\ncontrols:\n"
        + "".join(
            f"- {{id: F-{number:02}, kind: file, title: T, clause: '', obligation: recommended, severity: low, why: W.,"
            f" path: /etc/motd{number}, content: a}}\n"
            for number in range(30)
        )
    )
    baseline = load_baseline(tmp_path / "ours.yml" if most == 60 else "mampu-2007")

    def took(hosts: int) -> int:
        targets = load_inventory(inventory_of(hosts, tmp_path / "hosts.yml")).targets
        return calls(lambda: baseline.validate_all(targets))

    took(10)
    few, more = took(100), took(300)
    assert (more - few) / 200 < most


def test_a_host_more_is_asked_nothing_about_the_domains_of_others(tmp_path: Path) -> None:
    """Of the five hosts of an agency one speaks for its domain. The others have nothing to work out of that."""
    baseline = load_baseline("mampu-2007")

    def took(agencies: int) -> int:
        file = tmp_path / "agencies.yml"
        hosts = "".join(
            f"    {name}{number}: {{roles: [{role}], domains: [a{number}.gov.my]}}\n"
            for number in range(agencies)
            for name, role in {"mx": "mta", "out": "mta", "store": "mailstore", "ns": "dns", "web": "antispam"}.items()
        )
        file.write_text(f"all:\n  hosts:\n{hosts}")
        targets = load_inventory(file).targets
        return calls(lambda: baseline.validate_all(targets))

    took(2)
    few, more = took(20), took(60)
    assert (more - few) / 40 < 5 * 700


def test_a_roster_of_twice_the_accounts_takes_twice_the_work(tmp_path: Path) -> None:
    def took(accounts: int) -> int:
        file = tmp_path / "roster.csv"
        lines = [f"user{number}@a.gov.my,standard,2007-11-23,2008-01-02\n" for number in range(accounts)]
        file.write_text("address,class,created,trained\n" + "".join(lines))
        return calls(lambda: load_roster(file))

    few, more = took(200), took(400)
    assert more < 2.2 * few
    assert (more - few) / 200 < 80
