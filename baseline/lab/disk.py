"""A host's disk as seen from outside: its size can be changed while the host runs."""

from __future__ import annotations

import os
from pathlib import Path

from baseline.lab.command import Words, run, succeeds
from baseline.lab.errors import LabError
from baseline.lab.hardware import hardware_process, on_hardware
from baseline.lab.place import LabHost, LabPlace

SHRINK_TRIES = 20


def fill_space(place: LabPlace, host: LabHost, leave: int) -> None:
    """Make the disk as small as its content plus `leave` bytes. Raises `LabError`."""
    for _ in range(SHRINK_TRIES):
        disk = _usage(place, host)
        used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        if _remounted(place, host, f"size={used + leave}"):
            return
    raise LabError(f"The disk of {host.name} grows faster than it can be filled; stop what writes to it.")


def fill_inodes(place: LabPlace, host: LabHost) -> None:
    """Let the disk hold no more files than it does. Raises `LabError`."""
    for _ in range(SHRINK_TRIES):
        disk = _usage(place, host)
        if _remounted(place, host, f"nr_inodes={disk.f_files - disk.f_ffree}"):
            return
    raise LabError(f"The disk of {host.name} gets files faster than it can be filled; stop what writes to it.")


def restore_space(place: LabPlace, host: LabHost) -> None:
    """Give the disk the size that the host was made with. Raises `LabError`."""
    size = (place.host_directory(host) / "disk.size").read_text().strip()
    run(_remount(place, host, f"size={size}"))


def restore_inodes(place: LabPlace, host: LabHost) -> None:
    """Let the disk take as many files as the host was made with. Raises `LabError`."""
    count = (place.host_directory(host) / "disk.inodes").read_text().strip()
    run(_remount(place, host, f"nr_inodes={count}"))


def remember(place: LabPlace, host: LabHost, size: str) -> None:
    """Note the measures of a new disk, for `restore_space` and `restore_inodes`."""
    directory = place.host_directory(host)
    (directory / "disk.size").write_text(f"{size}\n")
    (directory / "disk.inodes").write_text(f"{_usage(place, host).f_files}\n")


def _usage(place: LabPlace, host: LabHost) -> os.statvfs_result:
    # The disk is mounted in the hardware's namespace only; /proc leads there.
    disk = (place.host_directory(host) / "disk").relative_to("/")
    return os.statvfs(Path(f"/proc/{hardware_process(place, host)}/root") / disk)


def _remounted(place: LabPlace, host: LabHost, option: str) -> bool:
    # It fails when the host has written between our look and our deed.
    return succeeds(_remount(place, host, option))


def _remount(place: LabPlace, host: LabHost, option: str) -> Words:
    disk = place.host_directory(host) / "disk"
    return on_hardware(place, host, "mount", "-o", f"remount,{option}", disk)
