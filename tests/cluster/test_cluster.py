"""A real scheduler and real workers, hosts behind a real sshd, and what goes wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline.cluster import Cluster
from baseline.fleet import check_all
from baseline.model import Outcome, Report
from tests.cluster.machines import Machines, kill
from tests.cluster.rules import MTA, one_file
from tests.exchange import sshd

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sshd,
    pytest.mark.skipif(sshd.SSHD is None or not sshd.may_log_in(), reason="no sshd to log in to"),
]


def seen(report: Report) -> dict[str, tuple[str, str]]:
    """Each host with its outcome, and why it was not reached."""
    errors = {host.name: host.error or "" for host in report.hosts}
    return {finding.host: (finding.outcome.value, errors[finding.host]) for finding in report.findings}


LIAR = """
import pathlib
from baseline.cluster import worker

class Trap:
    def __reduce__(self):
        return pathlib.Path.touch, (pathlib.Path({trap!r}),)

worker.work = lambda sent: Trap()
"""


def test_zones_one_worker_lost_one_zone_cut_off_and_one_without_anybody(fleet: Machines, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("as wanted\n")
    (tmp_path / "file").chmod(0o644)
    trap = tmp_path / "trap"
    (tmp_path / "liar.py").write_text(LIAR.format(trap=str(trap)))
    fleet.worker("l1", "L", f"--preload={tmp_path / 'liar.py'}")
    first, _, _ = fleet.workers(("a1", "A"), ("a2", "A"), ("b1", "B"))
    fleet.wait_for("l1")
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
        lied_about = [server.target(name="l0", roles=MTA, site="L")]
        everybody = [*in_a, *cut_off, *nobody, *lied_about]
        wanted = one_file(tmp_path, tmp_path / "file")
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
    assert found["l0"][0] == Outcome.UNKNOWN.value
    assert "the result of a worker cannot be had" in found["l0"][1]
    assert not trap.exists(), "what a worker gives is never unpickled here"
    assert report.exit_code == 3
