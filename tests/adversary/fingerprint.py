"""All that a look may have left on a lab host: every file, the units of systemd, the processes of logins.

It is taken from the machine, through /proc/PID/root: no process in the host, no login, no time of reading.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab.real import RealHost, eventually

LOGS = ("/var/log/*", "/run/log/*")
KERNEL = ("/proc", "/sys")
DAEMONS = {
    "/var/lib/rspamd/rspamd.rrd": "Rspamd writes its counts into it every second",
    "/var/lib/rspamd/stats.ucl": "Rspamd keeps its counts every minute",
    "/var/lib/fail2ban/fail2ban.sqlite3": "fail2ban notes what the mail log says of attempts to relay",
    "/run/motd.dynamic": "pam_motd writes it anew for every login",
    "/run/systemd/journal/streams/*": "where the journal listens to units that write to it",
}
"""Files that daemons write whether somebody looks or not, or at any login."""

Entry = tuple[object, ...]


@dataclass(frozen=True)
class Fingerprint:
    """What a host has, by name: files by path, units, and processes of logins by number."""

    entries: Mapping[str, Entry]

    def differences(self, other: Fingerprint) -> dict[str, tuple[Entry | None, Entry | None]]:
        """What is another than in `other`, as it is here and there."""
        names = sorted({*self.entries, *other.entries})
        both = {name: (self.entries.get(name), other.entries.get(name)) for name in names}
        return {name: (one, another) for name, (one, another) in both.items() if one != another}


def fingerprint(host: RealHost) -> Fingerprint:
    """The host as it is now."""
    root = f"/proc/{host.inside[host.inside.index('--target') + 1]}/root"
    files = {path[len(root) :]: entry for path, entry in _files(root, root)}
    kept = {path: entry for path, entry in files.items() if not _left_out(path)}
    # A session of a login ends some seconds after it, and so does what systemd starts for one question.
    units = host.root("systemctl list-units --all --plain --no-legend --full | awk '{ print $1, $2, $3, $4 }'")
    states = {f"unit {line.split()[0]}": tuple(line.split()[1:]) for line in units.splitlines()}
    left = host.root("cat $(find /sys/fs/cgroup/user.slice -name cgroup.procs 2>/dev/null) </dev/null || :")
    return Fingerprint({**kept, **states, **{f"process {pid} of a login": () for pid in left.split()}})


def same_again(
    host: RealHost, before: Fingerprint, seconds: float = 90
) -> dict[str, tuple[Entry | None, Entry | None]]:
    """What stays different from before, however long one waits: empty when the host comes to be as it was."""
    deadline = time.monotonic() + seconds
    while (different := before.differences(fingerprint(host))) and time.monotonic() < deadline:
        time.sleep(4)
    return different


def settled(host: RealHost, seconds: float = 5) -> Fingerprint:
    """The host once nothing of it changes any more for some seconds.

    A minute and a half after its start a worker of Rspamd writes compiled patterns of its own.
    """
    assert eventually(lambda: int(host.root("ps -C rspamd -o etimes= | sort -n | head -n 1")) > 120, 150)
    now = fingerprint(host)
    for _ in range(30):
        time.sleep(seconds)
        before, now = now, fingerprint(host)
        if not before.differences(now):
            return now
    raise AssertionError(f"the host does not come to rest: {before.differences(now)}")


def _left_out(path: str) -> bool:
    return any(fnmatch.fnmatchcase(path, name) for name in (*LOGS, *DAEMONS))


def _files(root: str, folder: str) -> Iterator[tuple[str, Entry]]:
    for one in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if one.path[len(root) :] in KERNEL:
            continue
        try:
            yield one.path, _entry(one.path)
            if one.is_dir(follow_symlinks=False):
                yield from _files(root, one.path)
        except (FileNotFoundError, NotADirectoryError):
            continue


def _entry(path: str) -> Entry:
    """Type, mode, owner and group, extended attributes; of a regular file links, time of writing and content."""
    status = os.lstat(path)
    names = sorted(os.listxattr(path, follow_symlinks=False))
    seen: Entry = (
        stat.filemode(status.st_mode),
        status.st_uid,
        status.st_gid,
        *((name, os.getxattr(path, name, follow_symlinks=False)) for name in names),
    )
    if stat.S_ISLNK(status.st_mode):
        return (*seen, str(Path(path).readlink()))
    if not stat.S_ISREG(status.st_mode):
        return seen
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOATIME)) as file:
        return (*seen, status.st_nlink, status.st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest())
