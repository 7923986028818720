"""A real scheduler and real workers, hosts behind a real sshd, and what goes wrong with them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest

from baseline.cluster import Cluster
from baseline.fleet import check_all
from baseline.load import Baseline, load_baseline
from baseline.model import Outcome, Report
from tests.cluster.machines import Machines, kill, machines
from tests.exchange import sshd
from tests.exchange.place import GROUP, OWNER

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sshd,
    pytest.mark.skipif(sshd.SSHD is None or not sshd.may_log_in(), reason="no sshd to log in to"),
    pytest.mark.skipif(shutil.which("setpriv") is None, reason="no setpriv to end the machines with the tests"),
]

MTA = frozenset({"mta"})


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    folder = tmp_path_factory.mktemp("cluster")
    with machines(folder) as found, pytest.MonkeyPatch.context() as patch:
        for name, value in found.settings.items():
            patch.setenv(name, value)
        dask.config.refresh()
        yield found
    dask.config.refresh()


def rules(folder: Path, path: Path) -> Baseline:
    """One control: a file that is to be there."""
    (folder / "rules.yml").write_text(
        "baseline: tests\nversion: 1.0.0\ntitle: {en: For tests}\ncontrols:\n"
        f"  - {{id: TST-01, kind: file, title: {{en: A file}}, roles: [mta], path: {path}, "
        f'content: "as wanted\\n", mode: "0644", owner: {OWNER}, group: {GROUP}, clause: a, obligation: mandatory, '
        "severity: low, why: w}\n"
    )
    return load_baseline(folder / "rules.yml")


def seen(report: Report) -> dict[str, tuple[str, str]]:
    """Each host with its outcome, and why it was not reached."""
    errors = {host.name: host.error or "" for host in report.hosts}
    return {finding.host: (finding.outcome.value, errors[finding.host]) for finding in report.findings}


def test_zones_one_worker_lost_one_zone_cut_off_and_one_without_anybody(fleet: Machines, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("as wanted\n")
    (tmp_path / "file").chmod(0o644)
    first, _, _ = fleet.workers(("a1", "A"), ("a2", "A"), ("b1", "B"))
    under_way: set[str] = set()

    def progress(host: str, doing: str) -> None:
        if doing == "looking" and host.startswith("a"):
            under_way.add(host)
        if len(under_way) == 8 and first.poll() is None:
            # Either worker of the zone has four of its hosts.
            kill(first)

    with sshd.running(tmp_path / "sshd", "ForceCommand sleep 1; exec sh -s") as server:
        in_a = [server.target(name=f"a{number}", roles=MTA, site="A") for number in range(8)]
        cut_off = [server.target(name=f"b{n}", roles=MTA, site="B", port=sshd.free_port()) for n in range(2)]
        nobody = [server.target(name=f"c{n}", roles=MTA, site="C") for n in range(2)]
        everybody = [*in_a, *cut_off, *nobody]
        wanted = rules(tmp_path, tmp_path / "file")
        report = check_all(everybody, wanted, cluster=Cluster(fleet.url, wait=3), progress=progress)
    found = seen(report)
    assert first.poll() is not None, "a worker was lost in the middle of it"
    assert [host.name for host in report.hosts] == [target.name for target in everybody]
    assert {found[target.name] for target in in_a} == {(Outcome.PASS.value, "")}
    for target in cut_off:
        assert found[target.name][0] == Outcome.UNKNOWN.value
        assert "cannot be reached" in found[target.name][1]
    for target in nobody:
        assert found[target.name][0] == Outcome.UNKNOWN.value
        assert "no worker for site C" in found[target.name][1]
    assert report.exit_code == 3
