"""What can go wrong with a host, at will: every function takes a host's name, and most have one that mends it again.

All raise `LabError` when there is no such host, or when a step fails. What is done from outside (network, disk, power)
cannot be seen or undone from inside the host.

    link_down       link_up             the cable is pulled
    refuse          unrefuse            a port answers with a reset
    drop            undrop              a port swallows packets, in the middle of a connection too
    kill_sessions                       every SSH session ends at once
    stop_sshd       start_sshd          no SSH at all
    fill            unfill              the disk is full
    inodes          restore_inodes      the disk takes no new file
    read_only       writable            a path cannot be written
    immutable       mutable             a path cannot be changed, by root neither
    freeze          thaw                the host stands still; TCP connects, nothing answers
    crash           power_on            power cut; the disk stays as it was
    reboot                              the host restarts
    new_hostkey     old_hostkey         the host shows another SSH key
"""

from __future__ import annotations

import shlex
from pathlib import Path

from baseline.lab import cgroup, disk, network
from baseline.lab import host as machine
from baseline.lab.command import run
from baseline.lab.keys import SSH_KINDS, host_keys
from baseline.lab.lifecycle import running_host
from baseline.lab.place import LabHost, LabPlace, here

BOOT_SECONDS = 120
SSH_PORT = 22
SSHD = ("sshd", "sshd-auth", "sshd-session")
"""What sshd's processes are called: the two last from OpenSSH 9.8 on, which has programs of their own for sessions."""


def link_down(host: str) -> None:
    """Pull the host's cable: packets vanish, both ways."""
    network.set_port(here(), _find(host), "down")


def link_up(host: str) -> None:
    """Put the cable back."""
    network.set_port(here(), _find(host), "up")


def refuse(host: str, port: int = SSH_PORT) -> None:
    """Answer every packet to the port with a TCP reset, so that connections are refused and open ones break."""
    network.filter_port(here(), _find(host), port, "reject with tcp reset")


def unrefuse(host: str, port: int = SSH_PORT) -> None:
    """Let the port be reached again."""
    network.unfilter_port(here(), _find(host), port)


def drop(host: str, port: int = SSH_PORT) -> None:
    """Swallow every packet to the port; a connection that is open stalls, and goes on after `undrop`."""
    network.filter_port(here(), _find(host), port, "drop")


def undrop(host: str, port: int = SSH_PORT) -> None:
    """Let the port be reached again."""
    network.unfilter_port(here(), _find(host), port)


def kill_sessions(host: str) -> int:
    """Kill the processes of all SSH sessions, not the daemon that listens; returns how many processes that were."""
    place, found = here(), _find(host)
    sessions = _session_processes(place, found)
    for process in sessions:
        cgroup.kill_member(cgroup.software_cgroup(place, found), process)
    return len(sessions)


def stop_sshd(host: str) -> None:
    """Stop sshd for good; sessions that are open go on."""
    _inside(host, "systemctl", "stop", "ssh.service")


def start_sshd(host: str) -> None:
    """Start sshd again."""
    _inside(host, "systemctl", "start", "ssh.service")


def fill(host: str, leave: int = 0) -> None:
    """Make the disk as small as what is on it, plus `leave` bytes: writing fails with "No space left on device"."""
    disk.fill_space(here(), _find(host), leave)


def unfill(host: str) -> None:
    """Give the disk its size back."""
    disk.restore_space(here(), _find(host))


def inodes(host: str) -> None:
    """Let the disk take no new file, though it has space: creating one fails with "No space left on device"."""
    disk.fill_inodes(here(), _find(host))


def restore_inodes(host: str) -> None:
    """Let the disk take files again."""
    disk.restore_inodes(here(), _find(host))


def read_only(host: str, path: str) -> None:
    """Make a file or a directory read-only by a mount over itself: "Read-only file system"."""
    _inside(host, "mount", "--bind", path, path)
    _inside(host, "mount", "-o", "remount,bind,ro", path)


def writable(host: str, path: str) -> None:
    """Undo `read_only` for the same path; waits for nobody who still uses it."""
    _inside(host, "umount", "--lazy", path)


def immutable(host: str, path: str) -> None:
    """Set the immutable attribute: "Operation not permitted", for root too."""
    # A file of the shared root has flags of another file system, which chattr would set again in vain. Writing its own
    # time to it makes it the host's own file first.
    _inside(host, "touch", "--no-create", "-m", "--reference", path, path)
    _inside(host, "chattr", "+i", path)


def mutable(host: str, path: str) -> None:
    """Undo `immutable` for the same path."""
    _inside(host, "chattr", "-i", path)


def freeze(host: str) -> None:
    """Stop every process of the host; its kernel still accepts connections, but no program answers."""
    cgroup.freeze(cgroup.software_cgroup(here(), _find(host)), True)


def thaw(host: str) -> None:
    """Let the host go on."""
    cgroup.freeze(cgroup.software_cgroup(here(), _find(host)), False)


def crash(host: str) -> None:
    """Cut the power: the host is silent at once, and its disk stays as it is at this moment."""
    place, found = here(), _find(host)
    # The cable goes first, or the dying connections would still say goodbye.
    network.set_port(place, found, "down")
    machine.cut_power(place, found)


def power_on(host: str) -> None:
    """Switch a host on that crashed or was powered off, and wait until it is ready (at most 120 seconds)."""
    place, found = here(), _find(host)
    network.set_port(place, found, "up")
    machine.boot(place, found, BOOT_SECONDS)


def reboot(host: str) -> None:
    """Restart the host as `systemctl reboot` does, and wait until it is ready again (at most 120 seconds)."""
    place, found = here(), _find(host)
    before = machine.wait_for_init(place, found)
    _inside(host, "systemctl", "reboot")
    machine.wait_for_init(place, found, other_than=before)
    machine.wait_for_services(place, found, BOOT_SECONDS)


def new_hostkey(host: str) -> None:
    """Give the host SSH keys that no client knows."""
    _inside(host, "sh", "-c", "rm /etc/ssh/ssh_host_*_key* && ssh-keygen -q -A && systemctl reload ssh.service")


def old_hostkey(host: str) -> None:
    """Give the host the SSH keys back that the lab's known_hosts names."""
    keys = host_keys(here(), _find(host))
    for kind in SSH_KINDS:
        name = f"ssh_host_{kind}_key"
        for file, mode in ((name, "600"), (f"{name}.pub", "644")):
            target = shlex.quote(f"/etc/ssh/{file}")
            lay = f"cat >{target} && chmod {mode} {target}"
            _inside(host, "sh", "-c", lay, stdin=(keys / file).read_bytes())
    _inside(host, "systemctl", "reload", "ssh.service")


def _find(name: str) -> LabHost:
    return running_host(here(), name)


def _inside(name: str, *argv: str, stdin: bytes = b"") -> str:
    place = here()
    return run([*machine.enter(place, running_host(place, name)), *argv], stdin=stdin)


def _session_processes(place: LabPlace, host: LabHost) -> list[int]:
    """Every sshd but the one that listens, whose parent is not an sshd."""
    inside = cgroup.processes_below(cgroup.software_cgroup(place, host))
    daemons = {process for process in inside if _status(process).get("Name") in SSHD}
    return [process for process in daemons if int(_status(process).get("PPid", "0")) in daemons]


def _status(process: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
