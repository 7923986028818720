"""Disposable real mail hosts on one Linux machine.

    from baseline import lab
    lab.up(2)

Each host runs systemd, sshd, Postfix, Dovecot, Rspamd, Redis and BIND as Debian 12 or 13 ships them, in namespaces of
its own: no container engine, nothing left on the machine after `down`. They are test hosts, not a security boundary:
root inside a host is root.

The environment selects the lab: BASELINE_LAB_NAME (default "lab"; every name is a lab of its own) and
BASELINE_LAB_CACHE (default /var/lib/baseline-lab: the built root and the keys).

What is here:

- `archive`: Where the root's packages come from: the machine's own mirrors of Debian, whichever release the machine
  has.
- `cgroup`: The lab's cgroup: every process of a lab is in it, so it tells what is ours and ends all of it at once.
- `command`: Run one program of the machine and complain in words when it fails.
- `directory`: The lab's directory for clients: inventory, rosters, register, what to probe, keys, the authority's
  certificate.
- `disk`: A host's disk as seen from outside: its size can be changed while the host runs.
- `errors`: The one error of the lab.
- `faults`: What can go wrong with a host, at will: every function takes a host's name, and most have one that mends it
  again.
- `hardware`: What a host stands on: the process that keeps its disk and its network card, and what can be seen through
  it.
- `host`: The life of one host: made, switched on, ready, entered.
- `keys`: Keys and certificates: made once, kept in the cache, so that a host is the same host at its next start.
- `lifecycle`: Bringing a whole lab up and taking it down.
- `locks`: File locks, so that two labs, or two commands on one lab, do not collide.
- `machine`: What the machine must be and have for a lab to run on it.
- `network`: The lab's network: one switch in a namespace of its own, a cable to the machine and one to every host.
- `outside`: The lab's document for `baseline probe`: the first host is an agency's, and the last one plays a provider
  outside.
- `place`: Which lab: its name, directories, cgroup, addresses, and the hosts it can have.
- `readiness`: When a host is ready: every service answers over the network, and systemd has no failed unit.
- `register`: The lab's register of evidence: every record says that it is made up, so that the lab can conform in
  tests.
- `releases`: The releases of Debian that a lab's hosts can have, and what of the lab's own recipe hangs on the release.
- `root`: The root file systems that hosts share, read-only, one for each release: built once, kept in the cache.
- `site`: What makes a freshly installed host a mail host of its domain: names, keys, zones and accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from baseline.lab import directory as _directory
from baseline.lab import hardware as _hardware
from baseline.lab import host as _host
from baseline.lab import lifecycle as _lifecycle
from baseline.lab import machine as _machine
from baseline.lab.errors import LabError
from baseline.lab.machine import preflight
from baseline.lab.place import LabHost, here
from baseline.lab.releases import releases_of

__all__ = [
    "LabError",
    "LabHost",
    "boot_log",
    "directory",
    "down",
    "enter",
    "hosts",
    "preflight",
    "ssh_command",
    "up",
]


def _quiet(_line: str) -> None:
    """Say nothing."""


def up(
    count: int,
    *,
    release: Sequence[str] = (),
    disk: str = "16g",
    tmp: str = "512m",
    say: Callable[[str], None] = _quiet,
) -> list[LabHost]:
    """Bring hosts mx1 to mx`count` up and wait until they are ready.

    `release` names releases of Debian ("bookworm", "trixie"), which the hosts have in turn; where none is named,
    that of this machine, or bookworm where no host can have it. `disk` and `tmp` are the sizes of a host's disk and of
    its /tmp, as mount(8) takes them ("16g", "512m"); `say` gets progress, a line at a time. The first `up` of a
    release on a machine builds its hosts' root, which takes a minute or two.
    Leftovers of a crashed `up` are cleared first; when this one fails or is interrupted, it leaves nothing. Raises
    `LabError`, also when this lab is already up.
    """
    return _lifecycle.raise_lab(here(), releases_of(count, release, _machine.release()), disk=disk, tmp=tmp, say=say)


def down(*, say: Callable[[str], None] = _quiet) -> None:
    """Take the lab down: no process, namespace, mount, interface or cgroup of it is left. Raises `LabError`.

    Nothing to take down is no error. An `unreachable` route for the lab's addresses stays on purpose.
    """
    _lifecycle.clear_lab(here(), say)


def hosts() -> list[LabHost]:
    """The hosts of the lab that is up, those without power too; empty when none is up."""
    return _lifecycle.running_hosts(here())


def directory() -> Path:
    """Where inventory.yml, roster-mxN.csv, known_hosts, id_ed25519 and lab-ca.pem lie while the lab is up.

    With two hosts or more also probes.yml, where the last one plays a mail system outside.
    """
    return here().runtime


def ssh_command(host: str) -> list[str]:
    """The words of an ssh to the host of that name as the account `ops`. Raises `LabError`."""
    return _directory.ssh_argv(here(), _lifecycle.running_host(here(), host))


def enter(host: str) -> list[str]:
    """The words before a command that make it run inside the host of that name as root. Raises `LabError`."""
    return _host.enter(here(), _lifecycle.running_host(here(), host))


def boot_log(host: str) -> Path:
    """The file with what the host's hardware and PID 1 said at their start. Raises `LabError`."""
    return _hardware.log_file(here(), _lifecycle.running_host(here(), host))
