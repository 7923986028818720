"""The tasks for fabfiles, by a real `fab` over a real sshd: its options say where, the contract how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from baseline.errors import UserError
from baseline.fabric_tasks import WORST_FIRST
from baseline.fabric_tasks.wishes import wishes
from tests.docs.pages import fences, written
from tests.exchange.sshd import Sshd, free_port, running
from tests.exchange.test_session import needs_sshd

pytestmark = needs_sshd

FABFILE = """\
from invoke.collection import Collection

from baseline.fabric_tasks import baseline

ns = Collection(baseline)
"""

RULES = """\
baseline: files
version: 1.0.0
title: Files
controls:
  - {id: F-1, kind: file, title: A file, clause: '', obligation: mandatory, severity: low, why: To test., path: %s,
     content: as it is, roles: [mta]}
"""


@dataclass(frozen=True)
class Site:
    """A folder with a fabfile, and hosts that ssh's configuration there knows."""

    folder: Path
    server: Sshd

    def fab(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What `fab` says. Whatever it is, it is no traceback."""
        program = "from fabric.main import program; program.run()"
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program, "-S", str(self.folder / "ssh_config"), *arguments],
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done

    @property
    def file(self) -> Path:
        """What the one control looks at."""
        return self.folder / "looked-at"

    def configured(self, **settings: object) -> None:
        """`baseline:` in the configuration of Fabric beside the fabfile."""
        (self.folder / "fabric.json").write_text(json.dumps({"baseline": settings}))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running(tmp_path_factory.mktemp("sshd")) as one:
        yield one


@pytest.fixture
def site(tmp_path: Path, server: Sshd) -> Site:
    made = Site(tmp_path, server)
    (tmp_path / "fabfile.py").write_text(FABFILE)
    (tmp_path / "rules.yml").write_text(RULES % made.file)
    made.file.write_text("as it is")
    way = f"HostName 127.0.0.1\n User {server.target().user}\n IdentityFile {server.target().key_file}\n"
    known = f" UserKnownHostsFile {server.known_hosts}\n"
    (tmp_path / "ssh_config").write_text(
        f"Host mx1 mx2\n {way}{known} Port {server.port}\n"
        f"Host stranger\n {way} UserKnownHostsFile /dev/null\n Port {server.port}\n"
        f"Host gone\n {way}{known} Port {free_port()}\n"
    )
    own = {"ansible_become": False}
    made.configured(baseline=str(tmp_path / "rules.yml"), roles=["mta"], variables=own)
    return made


def test_hosts_of_fabric_are_checked_one_after_another(site: Site) -> None:
    done = site.fab("-H", "mx1,mx2", "baseline.check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.index("mx1") < done.stdout.index("mx2")
    assert done.stdout.count("1 pass") >= 2


def test_it_ends_with_the_worst_that_any_host_came_to_and_shows_all(site: Site) -> None:
    site.file.write_text("otherwise")
    done = site.fab("-H", "mx1,gone,mx2", "baseline.check")
    assert done.returncode == 1
    assert done.stdout.count("F-1") >= 3
    site.file.write_text("as it is")
    done = site.fab("-H", "mx1,gone,mx2", "baseline.check")
    assert done.returncode == 3
    assert "Could not tell: nothing is known of gone" in done.stdout


def test_a_host_whose_key_is_not_known_is_refused_though_fabric_takes_any(site: Site) -> None:
    done = site.fab("-H", "stranger", "baseline.check")
    assert done.returncode == 3
    assert "key" in done.stdout
    assert "known" in done.stdout


def test_options_go_before_the_configuration(site: Site) -> None:
    done = site.fab("-H", "mx1", "baseline.check", "--format", "json", "--controls", "F-*", "--roles", "dns")
    told = json.loads(done.stdout)
    assert [host["roles"] for host in told["hosts"]] == [["dns"]]
    assert [one["outcome"] for one in told["findings"]] == ["notapplicable"]


def test_roles_and_variables_come_from_an_inventory_by_the_name_of_the_host(site: Site) -> None:
    inventory = site.folder / "hosts.yml"
    inventory.write_text("mail:\n  vars: {roles: [mta]}\n  hosts: {mx1: {ansible_host: 192.0.2.1}, mx9: {}}\n")
    site.configured(baseline="rules.yml", inventory="hosts.yml")
    done = site.fab("-H", "mx1", "baseline.plan", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert [(host["name"], host["address"], host["roles"]) for host in json.loads(done.stdout)["hosts"]] == [
        ("mx1", "127.0.0.1", ["mta"])
    ]
    done = site.fab("-H", "mx2", "baseline.check")
    assert done.returncode == 5
    assert "mx2 is no host of the inventory hosts.yml" in done.stderr


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Sshd]:
    """An sshd whose host keeps its journals in a folder of the test, and has no systemd."""
    if os.geteuid() != 0 or shutil.which("nsenter") is None:
        pytest.skip("only root mounts anything")
    with running(tmp_path / "apart") as server:
        wanted = str(server.directory / "sshd_config").encode()
        (number,) = (one.parent.name for one in Path("/proc").glob("[0-9]*/cmdline") if wanted in _bytes_of(one))
        (tmp_path / "lib").mkdir()
        mount = ["mount", "--bind", str(tmp_path / "lib"), "/var/lib"]
        subprocess.run(["nsenter", "-t", number, "-m", *mount], check=True)
        yield server


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # a process that has ended


def test_what_is_planned_is_applied_once_and_drift_from_it_is_told(site: Site, apart: Sshd) -> None:
    config = (site.folder / "ssh_config").read_text()
    (site.folder / "ssh_config").write_text(
        config.replace(f"Port {site.server.port}", f"Port {apart.port}").replace(
            str(site.server.directory), str(apart.directory)
        )
    )
    site.file.write_text("otherwise")
    planned = site.fab("-H", "mx1", "baseline.plan")
    assert planned.returncode == 1, planned.stdout + planned.stderr
    assert "+as it is" in planned.stdout
    assert site.file.read_text() == "otherwise"
    done = site.fab("-H", "mx1", "baseline.apply", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "applied, verified and confirmed" in done.stdout
    assert site.file.read_text() == "as it is"
    assert "nothing to do" in site.fab("-H", "mx1", "baseline.apply", "--yes").stdout
    assert site.fab("-H", "mx1", "baseline.drift").stdout == "mx1: as it was last applied\n"
    site.file.write_text("by hand")
    drifted = site.fab("-H", "mx1", "baseline.drift")
    assert drifted.returncode == 1
    assert f"mx1: {site.file}: content changed" in drifted.stdout


def test_drift_is_told_of_a_host_whatever_its_roles(site: Site) -> None:
    done = site.fab("-H", "mx1,gone", "baseline.drift", "--roles", "dns")
    assert done.returncode == 3
    assert "gone: " in done.stdout
    assert "gone: as it was" not in done.stdout
    assert "mx1: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["baseline.check"], 2, "name some, as in `fab -H mx1,mx2 baseline.check`"),
        (["-H", "mx1", "baseline.check", "--roles", "mtx"], 2, "--roles: there is no role mtx"),
        (["-H", "mx1", "baseline.check", "--baseline", "nosuch"], 2, "no baseline of this name"),
        (["-H", "mx1", "baseline.check", "--controls", "X-9"], 5, "X-9"),
        (["-H", "mx1", "baseline.check", "--format", "papyrus"], 2, "there is no format 'papyrus'"),
        (["-H", "mx1", "baseline.check", "--inventory", "rules.yml"], 2, "leave out --roles, or --inventory"),
        (["-H", "mx1", "baseline.apply"], 2, "then apply with --yes"),
    ],
)
def test_mistakes_are_sentences(site: Site, arguments: list[str], code: int, said: str) -> None:
    done = site.fab(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stderr


def test_a_misspelt_setting_of_the_configuration_is_told(site: Site) -> None:
    site.configured(inventroy="hosts.yml")
    done = site.fab("-H", "mx1", "baseline.check")
    assert done.returncode == 2
    assert "`inventroy` under `baseline:`, which is no setting" in done.stderr


def test_the_tasks_and_their_options_have_help(site: Site) -> None:
    listed = site.fab("--list").stdout
    assert all(f"baseline.{name}" in listed for name in ("check", "plan", "apply", "drift"))
    assert "--yes" in site.fab("--help", "baseline.apply").stdout
    assert "--yes" not in site.fab("--help", "baseline.plan").stdout


@pytest.mark.checkout
def test_the_fabfile_of_the_page_is_the_one_that_is_tried() -> None:
    assert [one.text for one in fences("docs/fabric.md", written()["docs/fabric.md"]) if one.language == "python"] == [
        FABFILE
    ]


def test_every_exit_code_of_a_report_has_its_place() -> None:
    assert set(WORST_FIRST) == {0, 1, 3, 4, 6, 130}


def test_a_configuration_that_is_no_mapping_is_refused() -> None:
    class Connection:
        config = {"baseline": "mampu-2007"}  # noqa: RUF012

    with pytest.raises(UserError, match="has to be a mapping"):
        wishes(Connection(), {})
