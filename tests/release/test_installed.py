"""The Debian package as a new user has it: on a lab host of Debian 13 that has nothing, with another one to check."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from baseline.version import __version__
from tests import dist
from tests.lab.alone import side_by_side
from tests.lab.real import RealHost
from tests.release import debian

pytestmark = [pytest.mark.lab, pytest.mark.whole]

SITE = "/etc/mail-baseline/agency"
HOME = "/var/lib/mail-baseline"
MORNING = "/usr/share/doc/mail-baseline/every-morning.md"
ALL_THERE_IS = """\
find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /root -o -path '/var/log' \\
  -o -path '/var/lib/dpkg' -o -path '/var/cache' -o -path '/var/lib/apt' -o -path '/var/lib/systemd' \\
  -o -path '/var/spool' -o -path '/var/lib/rspamd' -o -path '/var/lib/baseline*' \\) -prune -o -print | sort
getent passwd; getent group
systemctl list-unit-files --no-legend 'mail-baseline*' ; systemctl list-units --all --no-legend 'mail-baseline*'
ls /var/lib/systemd/timers /var/lib/systemd/deb-systemd-helper-enabled 2>/dev/null | grep mail-baseline
dpkg -l 'mail-baseline*' 2>/dev/null | grep mail-baseline
true
"""
OLDER = """\
set -e
dpkg-deb -R "$1" tree
sed -i 's/^Version: .*/Version: 0.0.9/' tree/DEBIAN/control
at=tree/usr/lib/mail-baseline/lib/python3.13/site-packages
echo gone = 1 > $at/baseline/gone_in_the_next_version.py
dpkg-deb --root-owner-group -Znone -b tree older.deb >/dev/null
"""

MOVE_IN = """\
lab=$1 site=$2 home=$3
key=$(sed -n 's/.*ansible_ssh_private_key_file: *//p' "$lab/inventory.yml" | head -n 1)
install -d -m 700 -o mail-baseline -g mail-baseline "$home/.ssh"
install -d "$site"
install -m 600 -o mail-baseline "$key" "$home/.ssh/key"
install -m 644 "$lab/known_hosts" "$home/.ssh/known_hosts"
install -m 644 "$lab"/*.csv "$site"
sed -e /register:/d -e "s#$lab/known_hosts#$home/.ssh/known_hosts#; s#$key#$home/.ssh/key#" \\
  "$lab/inventory.yml" >"$site/inventory.yml"
echo 'BASELINE_ARGUMENTS=-l mx2' >"$site/check.env"
"""
"""What an administrator does for the check of every morning, with what the lab wrote in place of their own."""


@pytest.fixture(scope="module")
def hosts(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealHost, RealHost]]:
    """mx1, which gets the package, an older one beside it, and what opens mx2; and mx2."""
    work = tmp_path_factory.mktemp("older")
    subprocess.run(["sh", "-c", OLDER, "sh", package], cwd=work, check=True)
    with side_by_side("journeys", "trixie", "trixie") as (mx1, mx2):
        given = {f"{mx1.directory}/{one.name}": one for one in mx1.directory.iterdir() if one.is_file()}
        put(mx1, {"/root/older.deb": work / "older.deb", "/root/package.deb": package, **given})
        mx1.root("apt-get -qq install -y --no-install-recommends python3 openssh-client", seconds=300)
        yield mx1, mx2


def put(host: RealHost, files: dict[str, Path]) -> None:
    """Files to where they shall lie on a host."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for place, path in files.items():
            tar.add(path, place)
    subprocess.run([*host.inside, "tar", "-xC", "/", "-f", "-"], input=packed.getvalue(), check=True)


def test_two_builds_are_the_same_bytes(
    package: Path, machine: Path, built: dist.Built, requirements: str, tmp_path: Path
) -> None:
    # In another folder, by another account's habits, in another time zone and language.
    again = debian.build(tmp_path, machine, requirements, built, umask=0o077, TZ="Asia/Kuala_Lumpur", LANG="C")
    assert again.name == package.name
    assert again.read_bytes() == package.read_bytes()


def test_it_is_installed_used_upgraded_and_purged_without_a_trace(hosts: tuple[RealHost, RealHost]) -> None:
    mx1, mx2 = hosts
    before = mx1.root(ALL_THERE_IS)
    install(mx1, "older")
    used(mx1, mx2)
    install(mx1, "package")
    assert mx1.root("find /usr/lib/mail-baseline -name 'gone_in*'") == "", "what the older one had is gone"
    assert mx1.root(f"ls {SITE} {HOME}/.ssh").count("known_hosts") == 1, "what was made here stays"
    scheduled(mx1)

    mx1.root("DEBIAN_FRONTEND=noninteractive apt-get -qq remove -y mail-baseline", seconds=120)
    assert mx1.root("command -v baseline; find /usr/lib/mail-baseline; true", fine=False) == "", "the program is gone"
    assert mx1.root("systemctl is-active mail-baseline-check@agency.timer", fine=False) == "inactive\n"
    assert "history" in mx1.root(f"find {HOME} {SITE}"), "only a purge takes the history"

    mx1.root("DEBIAN_FRONTEND=noninteractive apt-get -qq purge -y mail-baseline", seconds=120)
    after = mx1.root(ALL_THERE_IS)
    assert sorted({*after.splitlines()} ^ {*before.splitlines()}) == []


def install(host: RealHost, name: str) -> None:
    """Install a package as a person does, with no archive but what the host has."""
    host.root(
        f"DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends /root/{name}.deb", seconds=300
    )
    assert host.root("baseline --version").split()[1] == __version__
    assert host.root(f"stat -c '%a %U %G' {HOME}") == "700 mail-baseline mail-baseline\n"
    assert host.root("systemctl is-enabled mail-baseline-check@agency.timer", fine=False) in ("disabled\n", "enabled\n")
    assert host.root("systemctl list-units --failed --no-legend 'mail-baseline*'") == ""
    assert host.root("ls /usr/share/man/man1/baseline*.1.gz").count("baseline") >= 1
    named = host.root("systemctl show --property Documentation --value mail-baseline-check@agency.timer").split()
    assert [one.removeprefix("file://") for one in named] == host.root(f"ls {MORNING}").split()


def used(mx1: RealHost, mx2: RealHost) -> None:
    """A check of the other host, as root at the console, and then by the unit of the package."""
    said = mx1.root(f"baseline check -i {mx1.directory}/inventory.yml -l mx2 --format json", seconds=300, fine=False)
    found = json.loads(said)
    assert [host["name"] for host in found["hosts"]] == [mx2.name]
    assert found["exit_code"] == 1
    outcomes = {one["outcome"] for one in found["findings"]}
    assert {"pass", "fail"} <= outcomes
    assert len(found["findings"]) > 50
    subprocess.run([*mx1.inside, "sh", "-eu", "-s", mx1.directory, SITE, HOME], input=MOVE_IN, text=True, check=True)


def scheduled(host: RealHost) -> None:
    """The check of every morning, begun now, and its timer."""
    host.root("systemctl start mail-baseline-check@agency.service", seconds=300, fine=False)
    said = host.root("journalctl --quiet --output=cat --unit mail-baseline-check@agency.service")
    assert "Does not conform" in said, said
    assert host.root(
        "runuser -u mail-baseline -- env HOME=/var/lib/mail-baseline baseline history show last", fine=False
    )
    host.root("systemctl enable --quiet --now mail-baseline-check@agency.timer")
    assert host.root("systemctl is-active mail-baseline-check@agency.timer") == "active\n"
