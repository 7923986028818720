"""The lab's cgroup: every process of a lab is in it, so it tells what is ours and ends all of it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from baseline.lab.errors import LabError
from baseline.lab.machine import cgroup_mount
from baseline.lab.place import LabHost, LabPlace

POLL_SECONDS = 0.02


def lab_cgroup(place: LabPlace) -> Path:
    return cgroup_mount() / f"baseline-{place.name}"


def switch_cgroup(place: LabPlace) -> Path:
    return lab_cgroup(place) / "switch"


def hardware_cgroup(place: LabPlace, host: LabHost) -> Path:
    """Holds the process that keeps a host's disk and network card."""
    return lab_cgroup(place) / host.name / "hardware"


def software_cgroup(place: LabPlace, host: LabHost) -> Path:
    """Holds everything that runs inside a host, from its PID 1 on."""
    return lab_cgroup(place) / host.name / "software"


def processes(cgroup: Path) -> list[int]:
    """The process ids directly in a cgroup, none when it does not exist; 0 (another namespace's) is left out."""
    try:
        return [int(word) for word in (cgroup / "cgroup.procs").read_text().split() if word != "0"]
    except (FileNotFoundError, OSError):
        return []


def processes_below(cgroup: Path) -> list[int]:
    """The process ids in a cgroup and all below it."""
    return [process for below in (cgroup, *cgroup.rglob("*/")) for process in processes(below)]


def kill_member(cgroup: Path, process: int) -> None:
    """Kill one process, provided that it is in or below the cgroup; one that has ended already is no error."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        # Looked up after the handle is held: from here on the number cannot pass to another process.
        if process in processes_below(cgroup):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)


def populated(cgroup: Path) -> bool:
    """Whether any process lives in the cgroup or below it."""
    try:
        return "populated 1" in (cgroup / "cgroup.events").read_text()
    except (FileNotFoundError, OSError):
        return False


def kill(cgroup: Path, timeout: float = 60) -> None:
    """End every process in and below the cgroup, frozen ones too; waits up to `timeout` seconds.

    Raises `LabError` when some cannot be ended.
    """
    if not cgroup.exists():
        return
    deadline = time.monotonic() + timeout
    while populated(cgroup):
        (cgroup / "cgroup.kill").write_text("1")
        if time.monotonic() > deadline:
            raise LabError(f"Processes in {cgroup} do not end (see its cgroup.procs); restart the machine.")
        time.sleep(POLL_SECONDS)


def remove(cgroup: Path) -> None:
    """Remove an empty cgroup and all below it."""
    if not cgroup.exists():
        return
    for below in (*sorted(cgroup.rglob("*/"), reverse=True), cgroup):
        with contextlib.suppress(FileNotFoundError):
            below.rmdir()


def freeze(cgroup: Path, frozen: bool, timeout: float = 10) -> None:
    """Stop or continue every process in the cgroup; waits up to `timeout` seconds. Raises `LabError`."""
    wanted = f"frozen {int(frozen)}"
    (cgroup / "cgroup.freeze").write_text(str(int(frozen)))
    deadline = time.monotonic() + timeout
    while wanted not in (cgroup / "cgroup.events").read_text():
        if time.monotonic() > deadline:
            raise LabError(f"{cgroup} did not reach the state `{wanted}` within {timeout:g} s.")
        time.sleep(POLL_SECONDS)
