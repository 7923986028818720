"""What the machine must be and have for a lab to run on it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from baseline.lab.command import run, succeeds
from baseline.lab.errors import LabError
from baseline.lab.releases import machines_own

PACKAGE_OF = {
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "nft": "nftables",
    "openssl": "openssl",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "setsid": "util-linux",
    "mount": "mount",
}
INOTIFY_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_INOTIFY_INSTANCES = 8192


def release() -> str:
    """The release of Debian that this machine has, where a lab's hosts can have it; else bookworm."""
    try:
        return machines_own(platform.freedesktop_os_release())
    except OSError:
        return machines_own({})


def preflight() -> None:
    """Raise `LabError` when this machine cannot run a lab; changes nothing."""
    if sys.platform != "linux":
        raise LabError(f"A lab needs Linux, and this machine runs {sys.platform}; use a Debian machine.")
    if os.geteuid() != 0:
        raise LabError("A lab makes namespaces and mounts, which only root may; run it again with sudo.")
    filesystems = Path("/proc/filesystems").read_text().split()
    if "overlay" not in filesystems and not succeeds(["modprobe", "overlay"]):
        raise LabError("This kernel has no overlayfs; load the module `overlay` or use another kernel.")
    cgroup_mount()
    missing = _missing_programs()
    if missing and shutil.which("apt-get") is None:
        raise LabError(f"These programs are missing: {', '.join(missing)}; install them and try again.")


def cgroup_mount() -> Path:
    """Where the version 2 cgroup tree is mounted. Raises `LabError` when it is not, or not for writing."""
    mounts = Path("/proc/self/mountinfo")
    if not mounts.exists():
        raise LabError("This machine has no /proc, so it cannot run a lab; use a Debian machine.")
    for line in mounts.read_text().splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            mount = Path(before.split()[4])
            break
    else:
        raise LabError("No cgroup2 is mounted; run: mount -t cgroup2 none /sys/fs/cgroup/unified")
    if not os.access(mount, os.W_OK) or os.statvfs(mount).f_flag & os.ST_RDONLY:
        raise LabError(f"{mount} is read-only, as in an unprivileged container; run the lab on the machine itself.")
    return mount


def equip(say: Callable[[str], None]) -> None:
    """Install the programs that are missing and raise the limits that many hosts need.

    Raises `LabError` when a package cannot be installed.
    """
    missing = _missing_programs()
    if missing:
        packages = sorted({PACKAGE_OF[program] for program in missing})
        say(f"installing on this machine: {' '.join(packages)}")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update"], timeout=300, environment=environment)
        install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        run(install, timeout=600, environment=environment)
    # Every systemd watches many files, and the limit counts for root of the whole machine.
    if int(INOTIFY_INSTANCES.read_text()) < ENOUGH_INOTIFY_INSTANCES:
        INOTIFY_INSTANCES.write_text(f"{ENOUGH_INOTIFY_INSTANCES}\n")


def _missing_programs() -> list[str]:
    return [program for program in PACKAGE_OF if shutil.which(program) is None]
