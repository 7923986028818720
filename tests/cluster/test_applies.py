"""An apply is never run twice: by a real shell on a directory that stands for a host, and by real workers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from baseline import engine
from baseline.begun import nth
from baseline.cluster import Cluster, worker
from baseline.cluster.parcel import Parcel, Rules
from baseline.fleet import apply_all
from baseline.hands import Order
from baseline.local import LocalSession
from baseline.model import ApplyOutcome, HostApply, Target
from tests.cluster.machines import Machines, kill
from tests.cluster.rules import MTA, one_file
from tests.exchange import sshd

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="a host's own /var/lib takes root"),
]

IDENTITY = "20260101T000000Z-00112233445566aa"


def inside(state: Path, then: str) -> str:
    """A shell command in a view of this machine with another /var/lib, and without systemd."""
    return f"mount --bind {state} /var/lib && mount -t tmpfs none /run/systemd 2>/dev/null; {then}"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """What is /var/lib of the host. What a test leaves undecided is restored at its end."""
    made = tmp_path / "lib"
    made.mkdir()
    yield made
    for journal in journals(made):
        if (made / "baseline/tx" / journal / "state").exists():
            place = f"/var/lib/baseline/tx/{journal}"
            command = inside(made, f"exec sh {place}/host.sh restore {place}")
            subprocess.run(["unshare", "--mount", "sh", "-c", command], check=False, capture_output=True, timeout=60)


def journals(state: Path) -> list[str]:
    folder = state / "baseline/tx"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def parcel(tmp_path: Path) -> Parcel:
    rules = one_file(tmp_path, tmp_path / "file")
    return Parcel("apply", Target("mx1", "192.0.2.1", roles=MTA), Rules.of(rules), Order(), 60, IDENTITY)


def done(sent: Parcel, state: Path) -> HostApply:
    """What a worker makes of a parcel that came over the wire."""

    def connect(target: Target) -> LocalSession:
        del target
        return LocalSession("unshare", "--mount", "sh", "-c", inside(state, "exec sh -s"))

    result = worker.done(Parcel.unpacked(sent.packed()), connect, lambda *_: None)
    assert result.apply is not None, result.host.error
    return result.apply


def test_a_task_that_is_run_again_finds_the_journal_and_applies_nothing(tmp_path: Path, state: Path) -> None:
    first = done(parcel(tmp_path), state)
    assert (first.outcome, first.transaction) == (ApplyOutcome.APPLIED, nth(IDENTITY, 0))
    (tmp_path / "file").write_text("changed since by somebody\n")
    again = done(parcel(tmp_path), state)
    assert (again.outcome, again.transaction) == (ApplyOutcome.APPLIED, first.transaction)
    assert again.reason == "may have begun: the journal says that it was applied, verified and confirmed"
    assert (tmp_path / "file").read_text() == "changed since by somebody\n"
    assert journals(state) == [first.transaction]


def test_what_nobody_reported_and_had_not_begun_can_never_begin(tmp_path: Path, state: Path) -> None:
    asked = done(replace(parcel(tmp_path), doing="journal"), state)
    assert asked.outcome is ApplyOutcome.NOT_BEGUN
    late = done(parcel(tmp_path), state)
    assert late.outcome is ApplyOutcome.NOT_BEGUN
    assert not (tmp_path / "file").exists()


def test_a_worker_that_was_cut_off_before_it_began_is_refused_by_the_host(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read that there is no journal; before it begins, the journal is taken."""
    sent, look = parcel(tmp_path), engine.journal_of

    def overtaken(*given: object, **how: object) -> object:
        found = look(*given, **how)  # type: ignore[arg-type]
        monkeypatch.setattr(engine, "journal_of", look)
        assert done(replace(sent, doing="journal"), state).outcome is ApplyOutcome.NOT_BEGUN
        return found

    monkeypatch.setattr(engine, "journal_of", overtaken)
    assert done(sent, state).outcome is ApplyOutcome.REFUSED
    assert not (tmp_path / "file").exists()


@pytest.mark.sshd
@pytest.mark.skipif(sshd.SSHD is None or not sshd.may_log_in(), reason="no sshd to log in to")
def test_a_worker_that_is_lost_after_it_wrote_is_told_of_by_the_journal(
    fleet: Machines, tmp_path: Path, state: Path
) -> None:
    (first,) = fleet.workers(("d1", "D"))
    seen: list[str] = []

    def progress(host: str, doing: str) -> None:
        seen.append(doing)
        if len(seen) == 1:
            # It has the task already; the other one is there once it is lost.
            fleet.worker("d2", "D")
        if doing == "verifying" and first.poll() is None:
            kill(first)

    slow = inside(state, "sleep 0.5; exec sh -s").replace("'", "")
    forced = f"ForceCommand unshare --mount --propagation private sh -c '{slow}'"
    with sshd.running(tmp_path / "sshd", forced) as server:
        target = server.target(name="d", roles=MTA, site="D")
        rules = one_file(tmp_path, tmp_path / "file")
        report = apply_all([target], rules, cluster=Cluster(fleet.url, wait=60), progress=progress, confirm_within=120)
    assert first.poll() is not None, f"it was lost in the middle of it: {seen}"
    (apply,) = report.applies
    assert journals(state) == [apply.transaction], "it was applied once"
    assert apply.outcome is ApplyOutcome.UNKNOWN
    assert "may have begun: the journal says that it waits for a confirmation" in apply.reason
    assert report.exit_code == 3
