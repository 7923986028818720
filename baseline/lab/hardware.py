"""What a host stands on: the process that keeps its disk and its network card, and what can be seen through it."""

from __future__ import annotations

from pathlib import Path

from baseline.lab.cgroup import hardware_cgroup, processes, software_cgroup
from baseline.lab.command import Words, tail
from baseline.lab.errors import LabError
from baseline.lab.place import LabHost, LabPlace


def on_hardware(place: LabPlace, host: LabHost, *argv: str | Path) -> Words:
    """The command as it runs beside the host's disk, outside of the host. Raises `LabError`."""
    return ["nsenter", "--target", str(hardware_process(place, host)), "--mount", *argv]


def hardware_process(place: LabPlace, host: LabHost) -> int:
    """The process that keeps the host's disk and network card. Raises `LabError` when there is no such host."""
    found = processes(hardware_cgroup(place, host))
    if not found:
        raise LabError(f"There is no host {host.name} in the lab {place.name!r}; see `baseline lab list`.")
    return min(found)


def init_process(place: LabPlace, host: LabHost) -> int | None:
    """The host's PID 1 as the machine counts it, or None while the host is off."""
    try:
        machine = int((place.host_directory(host) / "machine.pid").read_text())
        # A number in a file may be another's process by now; membership in our cgroup proves that it is ours.
        if machine not in processes(software_cgroup(place, host)):
            return None
        children = Path(f"/proc/{machine}/task/{machine}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return int(children[0]) if children else None


def state(place: LabPlace, host: LabHost) -> str:
    """One word: preparing, off, pressed (about to start) or on; absent when there is no such host."""
    try:
        return (place.host_directory(host) / "state").read_text().strip()
    except FileNotFoundError:
        return "absent"


def has_hardware(place: LabPlace, host: LabHost) -> bool:
    """Whether the process that keeps the disk is there."""
    return bool(processes(hardware_cgroup(place, host)))


def log_file(place: LabPlace, host: LabHost) -> Path:
    """What the host's hardware and PID 1 said."""
    return place.host_directory(host) / "boot.log"


def log_tail(place: LabPlace, host: LabHost) -> str:
    """The last lines of that, for a message."""
    log = log_file(place, host)
    return tail(log.read_text(errors="replace")) if log.exists() else "(it wrote no log)"
