"""A host is upgraded in place from Debian 12 to 13: it was foreseen, and the next check tells it as one thing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from baseline import fleet, lab
from baseline.foreseeing import foresee
from baseline.history import History
from baseline.lab.archive import sources
from baseline.load import load_baseline, load_inventory
from baseline.reports.changes import section
from baseline.reports.lines import printed
from baseline.session import Connector
from tests.lab.real import RealHost
from tests.labs import lab_name
from tests.reports.consoles import console

pytestmark = [pytest.mark.lab, pytest.mark.whole]
NAME = lab_name("fullrel")
SECONDS = 900

UPGRADE = """
cd /var/lib/trixie && apt-ftparchive packages . >Packages 2>/dev/null
echo 'deb [trusted=yes] file:/var/lib/trixie ./' >/etc/apt/sources.list
apt-get update -qq
export DEBIAN_FRONTEND=noninteractive
apt-get -y -q -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold --no-install-recommends \
  full-upgrade >/root/upgrade.log 2>&1
echo $?
"""


@pytest.fixture(scope="module")
def host() -> Iterator[RealHost]:
    """A host of Debian 12. Skips where a lab cannot be had."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", NAME)
        lab.down()
        (running,) = lab.up(1, release=("bookworm",))
        yield RealHost(running, tuple(lab.enter(running.name)), lab.directory())
        lab.down()


def packages(host: RealHost, folder: Path) -> Path:
    """The packages of Debian 13 that the host is upgraded with, fetched from the machine's own mirror."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").write_text(host.root("cat /var/lib/dpkg/status"))
    (folder / "sources.list").write_text("\n".join([*sources("trixie", print), ""]))
    places = {
        "Dir::Etc::sourcelist": "sources.list",
        "Dir::State::lists": "lists",
        "Dir::State::status": "status",
        "Dir::Cache": "cache",
    }
    options = [f"-o{name}={folder / path}" for name, path in places.items()]
    options += ["-oDir::Etc::sourceparts=/dev/null", "-oDir::Etc::preferencesparts=/dev/null", "-oDebug::NoLocking=1"]
    fetch = ["--download-only", "--no-install-recommends", "-y", "full-upgrade"]
    for words in (["update"], fetch):
        done = subprocess.run(["apt-get", *options, "-qq", *words], capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, done.stderr
    return folder / "cache/archives"


def upgraded(host: RealHost, archives: Path) -> None:
    """The host after `apt full-upgrade`, started anew."""
    host.root("mkdir -p /var/lib/trixie")
    with subprocess.Popen(["tar", "-C", str(archives), "-cf", "-", "."], stdout=subprocess.PIPE) as packed:
        unpack = [*host.inside, "tar", "-C", "/var/lib/trixie", "-xf", "-"]
        assert subprocess.run(unpack, stdin=packed.stdout, timeout=SECONDS, check=False).returncode == 0
    # Dovecot 2.4 refuses the configuration of 2.3, so that its package is not set up: that was foreseen.
    ended = host.root(UPGRADE, seconds=SECONDS).split()[-1]
    assert ended in ("0", "100"), host.root("tail -40 /root/upgrade.log")
    assert host.root("cat /etc/debian_version").startswith("13.")


def test_an_upgrade_in_place_is_foreseen_and_told_as_one_thing(host: RealHost, tmp_path: Path) -> None:
    inventory, mandate = load_inventory(host.directory / "inventory.yml"), load_baseline("mampu-2007")
    history, connect = History(tmp_path / "history.db"), Connector().connect
    archives = packages(host, tmp_path / "apt")
    fleet.apply_all(inventory.targets, mandate, connect=connect, history=history)
    (target,) = inventory.targets
    told = foresee(target, connect)
    assert told.error == ""
    assert not [one for one in told.of("breaks") if one.program not in ("Dovecot", "fail2ban")]
    upgraded(host, archives)
    # What was said not to break has not broken.
    assert host.root("systemctl is-active postfix named ssh rspamd nftables", fine=False).split() == ["active"] * 5
    changed = dict(line.split(" ", 1) for line in host.root("sshd -T").splitlines())
    assert changed["persourcepenalties"].startswith("crash:")
    assert "diffie-hellman" not in changed["kexalgorithms"]
    assert host.root("postconf -h smtpd_forbid_bare_newline mail_version").split()[0] == "normalize"

    report = fleet.check_all(inventory.targets, mandate, connect=connect, history=history)
    (seen,) = report.hosts
    assert seen.note.startswith("upgraded from debian 12 to debian 13: ")
    assert ("what drifted" in seen.note) == bool(seen.drifted)
    changes = history.changes(until=report.run.id)
    mine = [one for one in changes.changes if one.host == host.name and one.control]
    assert len(mine) >= 5
    assert {one.cause for one in mine} <= {"upgrade", "outside"}
    assert [one.kind for one in changes.changes].count("release upgraded") == 1
    heads = [line for line in printed(console(4000), section(changes)).splitlines() if f"  {host.name}" in line]
    assert len(heads) <= 8
