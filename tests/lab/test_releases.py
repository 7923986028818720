"""The releases of Debian that the lab's hosts can have."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline.lab.command import FILES
from baseline.lab.errors import LabError
from baseline.lab.place import LabPlace
from baseline.lab.releases import RELEASES, machines_own, releases_of
from baseline.lab.site import site_command


def test_hosts_have_the_releases_in_turn() -> None:
    assert releases_of(2, ()) == ["bookworm", "bookworm"]
    assert releases_of(3, ("bookworm", "trixie")) == ["bookworm", "trixie", "bookworm"]
    assert releases_of(1, ("trixie",)) == ["trixie"]


@pytest.mark.parametrize(
    ("machine", "release"),
    [
        ({"ID": "debian", "VERSION_CODENAME": "trixie"}, "trixie"),
        ({"ID": "debian", "VERSION_CODENAME": "bookworm"}, "bookworm"),
        ({"ID": "debian", "VERSION_CODENAME": "forky"}, "bookworm"),
        ({"ID": "ubuntu", "VERSION_CODENAME": "noble"}, "bookworm"),
        ({"ID": "debian"}, "bookworm"),
        ({}, "bookworm"),
    ],
)
def test_hosts_have_the_machines_own_release_where_none_is_named(machine: dict[str, str], release: str) -> None:
    assert releases_of(2, (), machines_own(machine)) == [release] * 2
    assert releases_of(1, ("bookworm",), machines_own(machine)) == ["bookworm"]


def test_a_release_that_cannot_be_had_is_told_with_those_that_can() -> None:
    with pytest.raises(LabError, match=r"'sarge' is no release .*: bookworm, trixie\.") as raised:
        releases_of(2, ("trixie", "sarge"))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_has_its_own_site(release: str, tmp_path: Path) -> None:
    assert (FILES / RELEASES[release].dovecot_site).is_file()
    host = LabPlace("lab", tmp_path, tmp_path, 77).host(1, release)
    assert RELEASES[release].root_hints in site_command(host)
    assert host.release == release
