"""The ground of the race: hosts of a lab, and a network namespace of its own from which they are reached."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from baseline import lab
from baseline.lab.network import BRIDGE, in_switch
from baseline.lab.place import here
from tests.bench.race import measuring, work
from tests.bench.race.tools import SSH_CONFIG, Endpoint, Ways

PYTHON = "libpython3.11-stdlib"
"""The package of Debian 12 with most of Python's modules."""

_NEAR, _FAR = "near", "far"


class GroundError(Exception):
    """What a host said that should have done as it was told."""


def ways(folder: Path) -> Ways:
    """How the lab's hosts are reached."""
    files = lab.directory()
    config = folder / "ssh_config"
    made = Ways("ops", files / "id_ed25519", files / "known_hosts", config)
    config.write_text(SSH_CONFIG.format(user=made.user, key=made.key, known_hosts=made.known_hosts))
    return made


def endpoints(count: int) -> list[Endpoint]:
    """The first hosts of the lab. Raises `GroundError` where fewer are up."""
    found = [Endpoint(host.name, host.address) for host in lab.hosts()[:count]]
    if len(found) < count:
        raise GroundError(f"{len(found)} hosts of the lab are up, and {count} are needed")
    return found


def told(hosts: Sequence[Endpoint], script: bytes) -> None:
    """Have every host run a script as root, not over the network. Raises `GroundError` where it does not say `done`."""
    running = [
        (one, subprocess.Popen([*lab.enter(one.name), "sh", "-s"], stdin=-1, stdout=-1, stderr=subprocess.STDOUT))
        for one in hosts
    ]
    wrong = []
    for one, process in running:
        said, _ = process.communicate(script, timeout=300)
        if said.split()[-1:] != [b"done"]:
            wrong.append(f"{one.name}: {said[-300:].decode('utf-8', 'replace')}")
    if wrong:
        raise GroundError("; ".join(wrong[:3]))


def reset(hosts: Sequence[Endpoint]) -> None:
    """Take back what was done to the hosts."""
    told(hosts, work.reset_script())


def quiet(hosts: Sequence[Endpoint]) -> None:
    """Disable what the hosts do by themselves, but Postfix: forty mail servers on one machine have work of their own.

    What is disabled no check tries, either: Rspamd's own takes more of a processor than all that is raced here.
    """
    units = "dovecot rspamd redis-server named fail2ban clamav-freshclam cron"
    told(hosts, f"for unit in {units}; do systemctl disable --now $unit 2>/dev/null; done; echo done\n".encode())


def with_python(hosts: Sequence[Endpoint], folder: Path) -> None:
    """Give the hosts the rest of Python, which Ansible needs there and nothing else does. Raises `GroundError`."""
    found = [*folder.glob(f"{PYTHON}_*.deb")]
    if not found:
        done = subprocess.run(["apt-get", "download", PYTHON], cwd=folder, capture_output=True, check=False)
        found = [*folder.glob(f"{PYTHON}_*.deb")]
        if not found:
            raise GroundError(f"{PYTHON} cannot be had: {done.stderr[-300:].decode('utf-8', 'replace')}")
    files = folder / "python.tar"
    with files.open("wb") as out:
        subprocess.run(["dpkg-deb", "--fsys-tarfile", str(found[0])], stdout=out, check=True)
    for one in hosts:
        with files.open("rb") as given:
            subprocess.run([*lab.enter(one.name), "tar", "-x", "-C", "/"], stdin=given, check=True)


@contextlib.contextmanager
def reached_after(milliseconds: int) -> Iterator[list[str]]:
    """The words before a command that put it so many milliseconds from the hosts and back, in a namespace of its own.

    Without a delay there are none: the machine has a card in the lab's network.
    """
    if not milliseconds:
        yield []
        return
    place = here()
    holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
    measuring.keep(holder.pid)
    ours = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{holder.pid}/ns/net").readlink() == ours:
        if holder.poll() is not None:
            raise GroundError("unshare --net does not work here")
    inside = ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]
    switch = in_switch(place)[2]
    seconds = str(milliseconds / 2000)
    names = [f"/proc/{holder.pid}/ns/net", _NEAR, f"/proc/{switch}/ns/net", _FAR, seconds]
    shuttle = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.race.delay", *names], stdout=-1, cwd=Path(__file__).parents[3]
    )
    measuring.keep(shuttle.pid)
    try:
        assert shuttle.stdout is not None
        if shuttle.stdout.readline() != b"ready\n":
            raise GroundError("the devices of the delay cannot be made")
        _run([*inside, "ip", "link", "set", "lo", "up"])
        _run([*inside, "ip", "address", "add", f"{place.machine_address.rpartition('.')[0]}.9/16", "dev", _NEAR])
        _run([*inside, "ip", "link", "set", _NEAR, "up"])
        _run(in_switch(place, "ip", "link", "set", _FAR, "master", BRIDGE, "up"))
        yield inside
    finally:
        for process in (shuttle, holder):
            process.kill()
            process.wait()
            measuring.forget(process.pid)


def _run(argv: Sequence[str]) -> None:
    subprocess.run(argv, check=True, capture_output=True)


def say(line: str) -> None:
    """Tell how it goes on."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def lab_of(count: int) -> contextlib.AbstractContextManager[None]:
    """A lab of so many hosts; the one that is up, where BASELINE_BENCH_LAB says so."""
    return _kept() if os.environ.get("BASELINE_BENCH_LAB") == "kept" else _made(count)


@contextlib.contextmanager
def _made(count: int) -> Iterator[None]:
    lab.down()
    try:
        lab.up(count, release=("bookworm",), say=say)
        yield
    finally:
        lab.down()


@contextlib.contextmanager
def _kept() -> Iterator[None]:
    yield
