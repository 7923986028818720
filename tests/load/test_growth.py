"""What is loaded takes work in proportion to what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline.load import load_inventory
from baseline.subjects import subjects_apart
from tests.growth import calls


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
