"""With systemd: the dead-man is a unit that outlives a reboot, and daemons run again as they ran before.

A fake `systemctl` stands on the real one's place; real ones are for the lab.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import baseline.transaction
from baseline.model import Action, HostPlan
from baseline.transaction import PARTS
from tests.exchange.fake_systemd import Systemd
from tests.exchange.place import Place, session, tree, wide_plan

pytestmark = pytest.mark.slow

PLACE = Path(baseline.transaction.__file__).parent


def reloading(systemd: Systemd, content: bytes = b"new\n", **more: object) -> HostPlan:
    return HostPlan(
        "here",
        files=(systemd.place.change("changed", content),),
        reloads=("postfix", "dovecot"),
        **more,  # type: ignore[arg-type]
    )


def test_armed_before_the_swap_and_gone_with_the_decision(systemd: Systemd) -> None:
    begun, reply = systemd.place.begin(reloading(systemd), confirm_within=77)
    assert reply.code == 0, reply
    timer, service = (systemd.units()[f"baseline-revert-{begun.id}.{kind}"] for kind in ("timer", "service"))
    assert "OnActiveSec=77\n" in timer
    assert "WantedBy=timers.target\n" in timer
    assert f"ExecStart=/bin/sh {begun.directory}/host.sh restore {begun.directory}\n" in service
    assert systemd.calls("--quiet start") == [f"--quiet start baseline-revert-{begun.id}.timer"]
    link = systemd.base / f"units/timers.target.wants/baseline-revert-{begun.id}.timer"
    assert link.readlink() == Path(f"/etc/systemd/system/baseline-revert-{begun.id}.timer"), (
        "so it is there after a boot"
    )
    assert systemd.place.end(begun, "confirm").code == 0
    assert systemd.units() == {}
    assert not link.is_symlink()
    both = f"baseline-revert-{begun.id}.timer baseline-revert-{begun.id}.service"
    assert systemd.calls("--quiet stop baseline-revert-")[-1] == f"--quiet stop {both}"


def test_its_time_begins_anew_where_staging_has_taken_more_of_it_than_systemd_is_exact_to(systemd: Systemd) -> None:
    begun, reply = systemd.place.begin(reloading(systemd), confirm_within=39)
    assert reply.code == 0, reply
    assert systemd.calls("--quiet restart") == [f"--quiet restart baseline-revert-{begun.id}.timer"]
    assert systemd.calls("--quiet stop") == [f"--quiet stop baseline-revert-{begun.id}.service"]


def test_what_the_unit_runs_restores(systemd: Systemd) -> None:
    before = tree(systemd.place.etc)
    begun, _ = systemd.place.begin(reloading(systemd))
    service = systemd.units()[f"baseline-revert-{begun.id}.service"]
    (command,) = (line.removeprefix("ExecStart=") for line in service.splitlines() if line.startswith("ExecStart="))
    assert b"restored" in systemd.place.session.exchange(f"{command}\n".encode())
    assert tree(systemd.place.etc) == before
    assert systemd.units() == {}
    assert systemd.place.end(begun, "confirm").code == 40


def test_not_armed_not_applied(systemd: Systemd) -> None:
    (systemd.base / "start-fails").touch()
    before = tree(systemd.place.etc)
    _, reply = systemd.place.begin(reloading(systemd))
    assert (reply.code, reply.last) == (10, "refused: the dead-man could not be armed")
    assert tree(systemd.place.etc) == before
    assert systemd.units() == {}
    assert systemd.place.leftovers() == []


def test_armed_also_where_systemd_has_to_read_its_units_anew_for_it(systemd: Systemd) -> None:
    (systemd.base / "start-finds-nothing").touch()
    begun, reply = systemd.place.begin(reloading(systemd))
    assert reply.code == 0, reply
    assert len(systemd.calls("--quiet start")) == 2
    assert systemd.place.end(begun, "confirm").code == 0


@pytest.mark.parametrize("forgets", [False, True], ids=["named by its target", "forgotten"])
@pytest.mark.parametrize(("name", "before"), [("changed", 0), ("systemd/system/x.service", 1)])
def test_units_are_read_anew_before_the_second_look_where_it_matters_and_after_it_to_forget_the_dead_man(
    systemd: Systemd, name: str, before: int, *, forgets: bool
) -> None:
    if forgets:
        (systemd.base / "forgets").touch()
    begun, reply = systemd.place.begin(HostPlan("here", files=(systemd.place.change(name, b"[Unit]\n"),)))
    assert reply.code == 0, reply
    assert len(systemd.calls("daemon-reload")) == before
    assert systemd.place.end(begun, "confirm").code == 0
    assert len(systemd.calls("daemon-reload")) == before + (not forgets)


@pytest.mark.parametrize(
    ("more", "looks"),
    [({}, 1), ({"actions": (Action("one", do="true", undo="true"),)}, 2)],
    ids=["files alone", "an action"],
)
def test_a_host_is_looked_through_after_an_apply_that_did_more_than_to_replace_files(
    systemd: Systemd, more: dict[str, object], looks: int
) -> None:
    plan = HostPlan("here", files=(systemd.place.change("changed", b"new\n"),), **more)  # type: ignore[arg-type]
    begun, reply = systemd.place.begin(plan)
    assert reply.code == 0, reply
    assert len(systemd.calls("list-units --type")) == looks
    assert systemd.place.journal(begun, "effects") == ""


@pytest.mark.parametrize("name", ["passwd", "group", "fstab", "systemd/system/x.service", "rc2.d/S01x"])
def test_files_of_which_more_may_come_than_files_are_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "files").write_text(f"0\t/etc/{name}\treplace\n")
    parts = "".join(f". {PLACE / part}; " for part in ("units.sh", "surroundings.sh"))
    script = f"TAB=$(printf '\\t') DIR={tmp_path}; {parts} files_alone && echo alone"
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False).stdout == ""
    (tmp_path / "files").write_text("0\t/etc/postfix/main.cf\treplace\n")
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == "alone\n"


def test_each_running_unit_is_reloaded_once_and_no_other_is_started(systemd: Systemd) -> None:
    _, reply = systemd.place.begin(reloading(systemd))
    assert "reloaded postfix" in reply.steps
    assert "dovecot is not running, not reloaded" in reply.steps
    assert systemd.calls("reload-or-restart") == ["reload-or-restart postfix"]
    assert systemd.running() == {"postfix"}


def test_a_unit_that_the_new_configuration_brings_down_runs_again_with_the_old_one(systemd: Systemd) -> None:
    before = tree(systemd.place.etc)
    _, reply = systemd.place.begin(reloading(systemd, b"broken\n"))
    assert reply.code == 20, reply
    assert reply.about("reload:").startswith("reload: postfix did not come back")
    assert tree(systemd.place.etc) == before
    assert systemd.running() == {"postfix"}, "what ran before has to run again"


def test_a_unit_that_died_after_the_apply_runs_again_after_the_restoration(systemd: Systemd) -> None:
    begun, reply = systemd.place.begin(reloading(systemd))
    assert reply.code == 0
    (systemd.base / "active/postfix").unlink()
    assert systemd.place.end(begun, "restore").code == 0
    assert systemd.running() == {"postfix"}


def test_a_unit_that_stays_down_is_not_wholly_restored(systemd: Systemd) -> None:
    """Another fault than ours keeps it down; it is told all the same."""
    hurt = Action("hurt", do=f"touch {systemd.base}/hurt; exit 1", undo="true")
    _, reply = systemd.place.begin(reloading(systemd, actions=(hurt,)))
    assert reply.code == 30, reply
    assert reply.about("reload:").startswith("reload: postfix did not come back")
    assert reply.last.startswith("not wholly restored")
    assert (systemd.place.etc / "changed").read_bytes() == b"old\n" * 1000


def test_new_unit_files_are_known_before_anything_is_reloaded(systemd: Systemd) -> None:
    systemd.place.begin(reloading(systemd))
    calls = (systemd.base / "calls").read_text().splitlines()
    last_reading = len(calls) - 1 - calls[::-1].index("daemon-reload")
    enabled = next(n for n, line in enumerate(calls) if line.startswith("--quiet start"))
    assert enabled < last_reading < calls.index("reload-or-restart postfix")


JOURNAL = (*PARTS, "stood", "meta", "files", "looks", "made", "old", "old/0", "actions/0.undo", "running", "state")


def test_all_that_restoring_needs_is_on_disk_before_the_first_change(place: Place, systemd: Systemd) -> None:
    """The system calls tell: everything was synced before the first file was renamed over another."""
    if subprocess.run(["strace", "-V"], capture_output=True, check=False).returncode != 0:
        pytest.skip("strace is not installed")
    trace = place.base / "trace"
    tracer = ("strace", "-f", "-y", "-e", "trace=fsync,/^rename", "-o", str(trace))
    begun, reply = Place(place.base, session((*tracer, *systemd.prefix))).begin(wide_plan(place, reloads=("postfix",)))
    assert reply.code == 0, reply
    lines = trace.read_text().splitlines()
    swap = next(number for number, line in enumerate(lines) if f'"{place.etc}/changed"' in line)
    assert "rename" in lines[swap]
    synced = set(re.findall(r"fsync\(\d+<([^>]*)>\) += 0", "\n".join(lines[:swap])))
    unit = f"/etc/systemd/system/baseline-revert-{begun.id}"
    staged = f"{place.etc}/.changed.baseline-{begun.id}"
    new = f"{place.etc}/sub/dir/.new.baseline-{begun.id}/created"
    needed = {
        begun.directory,
        staged,
        new,
        f"{unit}.timer",
        f"{unit}.service",
        *(f"{begun.directory}/{n}" for n in JOURNAL),
    }
    assert needed - synced == set()
