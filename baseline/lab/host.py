"""The life of one host: made, switched on, ready, entered."""

from __future__ import annotations

import os
import time
from pathlib import Path

from baseline.lab.cgroup import POLL_SECONDS, freeze, hardware_cgroup, kill, software_cgroup
from baseline.lab.command import FILES, Words, launch, run
from baseline.lab.disk import remember
from baseline.lab.errors import LabError
from baseline.lab.hardware import (
    hardware_process,
    has_hardware,
    init_process,
    log_file,
    log_tail,
    on_hardware,
    state,
)
from baseline.lab.network import connect
from baseline.lab.place import LabHost, LabPlace
from baseline.lab.readiness import wait_until_ready
from baseline.lab.site import site_archive, site_command

HARDWARE_SECONDS = 60
HOST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def create(place: LabPlace, host: LabHost, root: Path, *, disk: str, tmp: str) -> None:
    """Make a host's disk and network card and lay the site's files on the disk; the power stays off.

    `disk` and `tmp` are sizes as mount(8) takes them ("16g"). Raises `LabError`.
    """
    directory = place.host_directory(host)
    (directory / "disk").mkdir(parents=True)
    (directory / "state").write_text("preparing\n")
    release_file(place, host).write_text(f"{host.release}\n")
    hardware, software = hardware_cgroup(place, host), software_cgroup(place, host)
    hardware.mkdir(parents=True)
    software.mkdir()
    namespaces = ["unshare", "--mount", "--net", "--propagation", "private"]
    machine: Words = ["sh", FILES / "hardware.sh", directory, root, disk, software]
    launch([*namespaces, *machine], hardware, log_file(place, host))
    _wait_for_disk(place, host)
    remember(place, host, disk)
    connect(place, host, hardware_process(place, host))
    unpack = ["tar", "--extract", "--file", "-", "--directory", "/", "--no-overwrite-dir"]
    run(_on_disk(place, host, *unpack), stdin=site_archive(place, host, tmp))
    run(_on_disk(place, host, *site_command(host)), stdin=(FILES / "site.sh").read_bytes())


def release_file(place: LabPlace, host: LabHost) -> Path:
    """Where it is noted which release the host was made with."""
    return place.host_directory(host) / "release"


def boot(place: LabPlace, host: LabHost, timeout: float) -> None:
    """Switch a host on and wait until it serves, at most `timeout` seconds. Raises `LabError`."""
    press_power(place, host)
    wait_for_services(place, host, timeout)


def press_power(place: LabPlace, host: LabHost) -> None:
    """Switch a host on that is off, and wait until its PID 1 runs. Raises `LabError`."""
    if state(place, host) != "off":
        raise LabError(f"{host.name} is {state(place, host)!r}; only a host that is off can be switched on.")
    # Ours until the hardware says "on", so that a host that dies at once is not taken for one not yet started.
    (place.host_directory(host) / "state").write_text("pressed\n")
    _push_button(place, host)
    wait_for_init(place, host)


def _push_button(place: LabPlace, host: LabHost) -> None:
    """Write to the FIFO that the hardware reads, without waiting for a reader that an interrupt has taken away."""
    deadline = time.monotonic() + HARDWARE_SECONDS
    while time.monotonic() < deadline and has_hardware(place, host):
        try:
            button = os.open(place.host_directory(host) / "power", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            # No reader yet.
            time.sleep(POLL_SECONDS)
            continue
        os.write(button, b"on\n")
        os.close(button)
        return
    raise LabError(f"{host.name} has no hardware any more that could be switched on:\n{log_tail(place, host)}")


def cut_power(place: LabPlace, host: LabHost) -> None:
    """End everything in the host at once, as a power cut does; the disk stays. Raises `LabError`."""
    software = software_cgroup(place, host)
    kill(software)
    # A host that was frozen must not be so at its next start.
    freeze(software, False)
    deadline = time.monotonic() + HARDWARE_SECONDS
    while state(place, host) != "off":
        if time.monotonic() > deadline:
            raise LabError(f"{host.name} does not switch off:\n{log_tail(place, host)}")
        time.sleep(POLL_SECONDS)


def wait_for_init(place: LabPlace, host: LabHost, other_than: int = 0) -> int:
    """The process id of the host's PID 1, as soon as it has one that is not `other_than`. Raises `LabError`."""
    deadline = time.monotonic() + HARDWARE_SECONDS
    while time.monotonic() < deadline and state(place, host) != "off" and has_hardware(place, host):
        process = init_process(place, host)
        if process is not None and process != other_than and _is_systemd(process):
            return process
        time.sleep(POLL_SECONDS)
    raise LabError(f"{host.name} did not start its PID 1:\n{log_tail(place, host)}")


def wait_for_services(place: LabPlace, host: LabHost, timeout: float) -> None:
    """Wait until a host that is on serves, at most `timeout` seconds. Raises `LabError`."""
    process = wait_for_init(place, host)
    wait_until_ready(host, enter(place, host), lambda: init_process(place, host) == process, timeout)


def enter(place: LabPlace, host: LabHost) -> list[str]:
    """The words before a command that make it run inside the host as root. Raises `LabError` when it is off."""
    process = init_process(place, host)
    if process is None:
        raise LabError(f"{host.name} is not running; see `baseline lab list`, and switch it on or bring the lab up.")
    spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"]
    return ["nsenter", "--target", str(process), *spaces, "env", "-i", f"PATH={HOST_PATH}", "HOME=/root"]


def _is_systemd(process: int) -> bool:
    """Whether PID 1 is past its firmware, so that its namespaces are complete and can be entered."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip() == "systemd"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _on_disk(place: LabPlace, host: LabHost, *argv: str) -> Words:
    root = place.host_directory(host) / "disk" / "root"
    return on_hardware(place, host, "chroot", root, "env", "-i", f"PATH={HOST_PATH}", *argv)


def _wait_for_disk(place: LabPlace, host: LabHost) -> None:
    begun = False
    deadline = time.monotonic() + HARDWARE_SECONDS
    while state(place, host) != "off":
        alive = has_hardware(place, host)
        if (begun and not alive) or time.monotonic() > deadline:
            raise LabError(f"{host.name} got no disk:\n{log_tail(place, host)}")
        begun = begun or alive
        time.sleep(POLL_SECONDS)
