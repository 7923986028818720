"""A lab host as the fault suite sees it: from outside, through /proc, so that what is broken inside hides nothing."""

from __future__ import annotations

import os
import shutil
import smtplib
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from baseline import lab
from baseline.lab import cgroup
from baseline.lab.machine import cgroup_mount
from baseline.lab.place import here
from baseline.load import load_inventory
from baseline.model import Target
from tests.faults import site
from tests.lab.real import RealHost, eventually

HOST = "mx1"
STATE = "/var/lib/baseline"
FILES = ("/etc/postfix/master.cf", site.CHANGED, site.DELETED, site.CREATED, f"{STATE}/manifest")
"""What the plan touches, with the record of what was applied."""

_DIRECTORIES = ("/etc/site/made", "/etc/site/made/here")
_KEPT = "/root/kept"
_GATE = "/run/gate"
_GUARDED = ("base64", "chown", "cp", "ln", "mv", "postconf", "rm", "sync", "systemctl", "touch")

_GUARD = """\
#!/bin/sh
# Stands before {real}: stops once where the gate says, until it is opened.
words="{name} $*"
if read -r pattern 2>/dev/null <{gate}/pattern; then
  case $words in
  $pattern) mkdir {gate}/reached 2>/dev/null && while [ ! -e {gate}/open ]; do /bin/sleep 0.02; done ;;
  esac
fi
exec {real} "$@"
"""

_RESET = f"""\
systemctl --quiet stop 'baseline-revert-*'
rm -f /etc/systemd/system/timers.target.wants/baseline-revert-*
rm -rf /etc/systemd/system/baseline-revert-* {STATE} /etc/site {site.MARK} {_GATE} /run/baseline.*
rm -f /usr/local/sbin/*
cp -a {_KEPT}/site /etc/site
cp -a {_KEPT}/master.cf /etc/postfix/master.cf
find /etc -name '.*.baseline-*' -prune -exec rm -rf {{}} +
cat {_KEPT}/orders >{site.ORDERS}
systemctl daemon-reload
systemctl reset-failed
systemctl start {site.UNIT}
systemctl reload-or-restart postfix
"""

_LEFTOVERS = f"""\
find / -xdev -name '*.baseline-*' 2>/dev/null
find /run /dev/shm /tmp /var/tmp -maxdepth 1 -name 'baseline.*'
ls -d {STATE}/lock {STATE}/tx/*/lock 2>/dev/null
ls -d {STATE}/tx/*/armed 2>/dev/null
ls -d {STATE}/tx/*/tree 2>/dev/null
systemctl list-units --all --plain --no-legend 'baseline-revert*'
systemctl list-timers --all --no-legend 'baseline-revert*'
systemctl --failed --plain --no-legend
"""

Entry = tuple[object, ...]


@dataclass(frozen=True)
class Picture:
    """Everything of the plan on the host: files with owner, mode, attributes and bytes, and the action's mark."""

    entries: tuple[tuple[str, Entry | None], ...]

    def differences(self, other: Picture) -> list[str]:
        """The paths in which two pictures differ."""
        theirs = dict(other.entries)
        return [path for path, entry in self.entries if theirs[path] != entry]


class SiteHost(RealHost):
    """The host of the fault suite."""

    def prepare(self) -> None:
        """Make it the host that the plan is for, and keep what `reset` puts back."""
        self.root(site.PREPARE)
        self.root(
            f"mkdir -p {_KEPT} && cp -a /etc/site {_KEPT}/site && cp -a /etc/postfix/master.cf {_KEPT}/master.cf && "
            f"cp -a {site.ORDERS} {_KEPT}/orders"
        )

    def reset(self) -> None:
        """As it was prepared, whatever a test did to it."""
        self.kill_work()
        self.root(_RESET)
        assert eventually(lambda: self.announced() == site.LIMIT_BEFORE), "Postfix does not come back"

    def target(self) -> Target:
        """The host as its inventory has it."""
        (target,) = load_inventory(self.directory / "inventory.yml").targets
        return target

    # --- looking ---

    def root(self, command: str, *, seconds: float = 60, fine: bool = True) -> str:
        """See `RealHost.root`. The way inside is looked for anew: a host may have been restarted."""
        argv = [*lab.enter(HOST), "sh", "-c", command]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        assert not fine or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def path(self, name: str) -> Path:
        """A path of the host as this machine reaches it. The host must be on."""
        return Path(f"/proc/{lab.enter(HOST)[2]}/root") / name.lstrip("/")

    def exists(self, name: str) -> bool:
        """Whether something stands at a path of the host; a host that is off has nothing."""
        try:
            return os.path.lexists(self.path(name))
        except lab.LabError:
            return False

    def picture(self) -> Picture:
        """What stands there now."""
        names = (*FILES, *_DIRECTORIES, site.MARK)
        return Picture(tuple((name, _entry(self.path(name))) for name in names))

    def announced(self) -> int:
        """The size limit that Postfix announces: what the daemon has, not what its file says. -1 without an answer."""
        try:
            with smtplib.SMTP(self.lab.address, 25, "client.lab.test", timeout=10) as client:
                client.ehlo()
                return int(client.esmtp_features.get("size", "0"))
        except (OSError, smtplib.SMTPException):
            return -1

    def busy(self) -> list[int]:
        """Processes of a transaction: those whose command line names a journal, and what waits at a gate."""
        return [process for process in self._inside() if f"{STATE}/tx/".encode() in _command(process)]

    def settled(self) -> bool:
        """Whether nobody works on, watches or holds anything any more."""
        if self.busy() or self.exists(f"{STATE}/lock"):
            return False
        return not list(self.path("/etc/systemd/system").glob("baseline-revert-*"))

    def leftovers(self) -> list[str]:
        """What a transaction that has ended must not leave, units that failed included."""
        return self.root(_LEFTOVERS, fine=False).splitlines()

    def state_of_affairs(self) -> str:
        """For the message of a test that fails."""
        return self.root(
            f"ls -la {STATE} {STATE}/tx/* /etc/systemd/system/baseline-revert*; cat {STATE}/tx/*/state; "
            "systemctl status 'baseline-revert*'; ps axf",
            fine=False,
        )

    # --- gates ---

    def gate(self, pattern: str) -> None:
        """Stop the next program whose command line fits the shell pattern, before it does anything."""
        place = self.path(_GATE)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        (place / "pattern").write_text(f"{pattern}\n")
        for name in _GUARDED:
            guard = self.path(f"/usr/local/sbin/{name}")
            if not guard.exists():
                real = "/usr/sbin" if name == "postconf" else "/usr/bin"
                guard.write_text(_GUARD.format(name=name, real=f"{real}/{name}", gate=_GATE))
                guard.chmod(0o755)

    def reached(self, seconds: float = 20) -> bool:
        """Whether something comes to the gate within the time."""
        return eventually(lambda: self.exists(f"{_GATE}/reached"), seconds)

    def open_gate(self) -> None:
        """Let whoever waits go on. A host that was restarted has no gate."""
        if self.exists(_GATE):
            (self.path(_GATE) / "open").touch()

    # --- breaking ---

    def kill_work(self) -> int:
        """Kill everything that runs in SSH sessions but sshd itself, as the kernel does when it lacks memory."""
        killed = 0
        for process in self._inside():
            place = _cgroup(process)
            if "/session-" in place and not _command(process).startswith(b"sshd"):
                cgroup.kill_member(cgroup_mount() / place.lstrip("/"), process)
                killed += 1
        return killed

    def restorers(self) -> list[int]:
        """The processes of a dead-man that has come."""
        return [process for process in self._inside() if "baseline-revert" in _cgroup(process)]

    def _inside(self) -> list[int]:
        """Every process of the host. Control groups come and go while they are listed."""
        walk = os.walk(cgroup.software_cgroup(here(), self.lab))
        return [process for directory, _, _ in walk for process in cgroup.processes(Path(directory))]

    def kill_listener(self) -> None:
        """Kill the sshd that listens; systemd starts it again."""
        pid = self.root("systemctl show -P MainPID ssh.service").strip()
        self.root(f"kill -KILL {pid}")


Deed = Callable[[SiteHost], object]


def wait_until(moment: float) -> None:
    """Sleep until a moment of the monotonic clock."""
    time.sleep(max(0.0, moment - time.monotonic()))


def _entry(path: Path) -> Entry | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    kept: Entry = (stat.filemode(status.st_mode), status.st_uid, status.st_gid)
    if stat.S_ISLNK(status.st_mode):
        return (*kept, str(path.readlink()))
    if not stat.S_ISREG(status.st_mode):
        return kept
    marks = tuple((name, os.getxattr(path, name)) for name in sorted(os.listxattr(path)))
    return (*kept, marks, path.read_bytes())


def _command(process: int) -> bytes:
    return _proc(process, "cmdline")


def _cgroup(process: int) -> str:
    """The path in the unified hierarchy; empty for a process that has ended."""
    lines = _proc(process, "cgroup").decode().splitlines()
    return next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "")


def _proc(process: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
