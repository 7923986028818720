"""The password of sudo is asked for once, on a terminal, and never where nobody sits."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline.cli.options import Where
from baseline.local import Session
from baseline.model import Target
from tests.cli.conftest import Site

HOSTS = """\
all:
  vars: {roles: [mta], size: 25MB}
  hosts:
    mx1: {ansible_become: true}
    mx2: {ansible_become: true, ansible_become_password: !secret {env: OTHER}}
    mx3: {ansible_become: true, ansible_user: root}
    mx4: {}
"""


@pytest.fixture
def seen(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Target]:
    """The targets that are connected to."""
    (site.folder / "inventory.yml").write_text(HOSTS)
    found: list[Target] = []

    def connect(_: object, target: Target) -> Session:
        found.append(target)
        return site.connect(target)

    monkeypatch.setattr("baseline.session.Connector.connect", connect)
    return found


def test_it_is_asked_for_once_and_given_to_hosts_that_have_none(
    site: Site, seen: list[Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baseline.cli.asking.on_terminal", lambda: True)
    done = site.run("check", "-K", "--no-history", "--format", "json", typed="hunter22\nagain\n")
    assert done.output.count("SUDO password") == 1
    assert "hunter22" not in done.output
    passwords = {one.name: one.become_password for one in seen}
    assert passwords["mx1"] is not None
    assert passwords["mx1"].reveal() == "hunter22"
    assert passwords["mx2"] is not None
    assert passwords["mx2"].source == "environment variable OTHER"
    assert (passwords["mx3"], passwords["mx4"]) == (None, None)


def test_without_a_terminal_it_says_what_to_write(site: Site, seen: list[Target]) -> None:
    done = site.run("check", "-K")
    assert done.exit_code == 2
    assert "-K: there is no terminal to ask on: write `ansible_become_password: !secret" in done.stderr
    assert seen == []


def test_hosts_are_listed_without_asking(site: Site, seen: list[Target]) -> None:
    assert "mx1" in site.run("check", "-K", "--list-hosts").output
    assert seen == []


def test_it_does_not_travel_to_a_cluster(site: Site, seen: list[Target]) -> None:
    done = site.run("check", "-K", "--cluster", "local")
    assert done.exit_code == 2
    assert "-K: what you type is not sent to the workers of a cluster" in done.stderr
    assert seen == []


def test_where_no_host_needs_one_nobody_is_asked(site: Site, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("mx1 roles=mta\n")
    assert Where([tmp_path / "hosts"], ask_become=True).load().targets[0].become_password is None
