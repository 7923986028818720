"""Bringing a whole lab up and taking it down."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from baseline.lab.cgroup import hardware_cgroup, kill, lab_cgroup, processes, remove
from baseline.lab.directory import write_directory
from baseline.lab.errors import LabError
from baseline.lab.host import boot, create, release_file
from baseline.lab.keys import authority, client_key, host_keys
from baseline.lab.locks import cache_lock, lab_lock
from baseline.lab.machine import equip, preflight
from baseline.lab.network import remove_cable, start_switch
from baseline.lab.place import LabHost, LabPlace
from baseline.lab.root import ensure_root

SIZE_PATTERN = re.compile(r"[1-9][0-9]*[kmg]?")
BOOT_SECONDS = 120
BOOT_SECONDS_PER_HOST = 15


def raise_lab(
    place: LabPlace, releases: Sequence[str], *, disk: str, tmp: str, say: Callable[[str], None]
) -> list[LabHost]:
    """Bring a lab up with a host of each of the releases; on any failure nothing of it is left. Raises `LabError`."""
    preflight()
    wanted = [place.host(number, release) for number, release in enumerate(releases, 1)]
    if not wanted:
        raise LabError("A lab needs at least one host.")
    for name, size in (("disk", disk), ("tmp", tmp)):
        if not SIZE_PATTERN.fullmatch(size):
            raise LabError(f"The size {size!r} for {name!r} is no size; write a number and k, m or g, as in 512m.")
    with lab_lock(place):
        running = running_hosts(place)
        if place.complete_mark.exists() and running:
            raise LabError(
                f"The lab {place.name!r} is already up with {len(running)} host(s); take it down first "
                "(`baseline lab down`), or set BASELINE_LAB_NAME for a second lab."
            )
        equip(say)
        _clear(place)
        try:
            _raise_all(place, wanted, disk=disk, tmp=tmp, say=say)
        except BaseException:
            say("taking down what was already there")
            _clear(place)
            raise
        place.complete_mark.touch()
    return wanted


def clear_lab(place: LabPlace, say: Callable[[str], None]) -> None:
    """Take the lab down, however far it had come; nothing to do is no error. Raises `LabError`."""
    preflight()
    with lab_lock(place):
        count = len(running_hosts(place))
        _clear(place)
    say(f"lab {place.name!r} is down ({count} host(s))")


def running_hosts(place: LabPlace) -> list[LabHost]:
    """The hosts whose hardware is there, with the power on or off, by number."""
    numbers = [int(path.name[2:]) for path in lab_cgroup(place).glob("mx*")]
    hosts = [_as_made(place, place.host(number)) for number in sorted(numbers)]
    return [host for host in hosts if processes(hardware_cgroup(place, host))]


def _as_made(place: LabPlace, host: LabHost) -> LabHost:
    """The host with the release that it was made with."""
    noted = release_file(place, host)
    return replace(host, release=noted.read_text().strip()) if noted.exists() else host


def running_host(place: LabPlace, name: str) -> LabHost:
    """The host of that name. Raises `LabError` that names those there are."""
    running = running_hosts(place)
    for host in running:
        if host.name == name:
            return host
    known = ", ".join(host.name for host in running) or "none; bring some up with `baseline lab up 1`"
    raise LabError(f"There is no host {name!r} in the lab {place.name!r}; the hosts are: {known}.")


def _raise_all(place: LabPlace, hosts: Sequence[LabHost], *, disk: str, tmp: str, say: Callable[[str], None]) -> None:
    with cache_lock(place, say):
        client_key(place)
        roots = {host.release: ensure_root(place, host.release, authority(place), say) for host in hosts}
        for host in hosts:
            host_keys(place, host)
    write_directory(place, hosts)
    start_switch(place)
    timeout = BOOT_SECONDS + BOOT_SECONDS_PER_HOST * len(hosts)

    def raise_one(host: LabHost) -> LabHost:
        create(place, host, roots[host.release], disk=disk, tmp=tmp)
        boot(place, host, timeout)
        return host

    # More at once would only make every one of them wait for the processors.
    with ThreadPoolExecutor(max_workers=2 * (os.cpu_count() or 1)) as pool:
        futures = [pool.submit(raise_one, host) for host in hosts]
        try:
            _report(futures, say)
        except BaseException:
            # Whoever still waits for a host sees that it is gone, and gives up.
            pool.shutdown(wait=False, cancel_futures=True)
            kill(lab_cgroup(place))
            raise


def _report(futures: Sequence[Future[LabHost]], say: Callable[[str], None]) -> None:
    for future in as_completed(futures):
        host = future.result()
        say(f"{host.name} is ready: {host.address} {host.fqdn} ({host.release})")


def _clear(place: LabPlace) -> None:
    # The cgroup knows every process of the lab, and the namespaces, mounts and interfaces end with their processes.
    cgroup = lab_cgroup(place)
    kill(cgroup)
    remove(cgroup)
    remove_cable(place)
    _empty(place.runtime)


def _empty(directory: Path) -> None:
    if directory.exists():
        shutil.rmtree(directory)
