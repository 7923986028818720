"""The life of one host: made, switched on, ready, entered."""

from __future__ import annotations

import time
from pathlib import Path

from baseline.lab.cgroup import POLL_SECONDS, hardware_cgroup, processes, software_cgroup
from baseline.lab.command import FILES, launch, run, tail
from baseline.lab.errors import LabError
from baseline.lab.network import connect
from baseline.lab.place import LabHost, Place
from baseline.lab.readiness import wait_until_ready
from baseline.lab.site import site_archive, site_command

HARDWARE_SECONDS = 60


def create(place: Place, host: LabHost, root: Path, *, disk: str, tmp: str) -> None:
    """Make a host's disk and network card and lay the site's files on the disk; the power stays off.

    `disk` and `tmp` are sizes as mount(8) takes them ("16g"). Raises `LabError`.
    """
    directory = place.host_directory(host)
    (directory / "disk").mkdir(parents=True)
    (directory / "state").write_text("preparing\n")
    hardware, software = hardware_cgroup(place, host), software_cgroup(place, host)
    hardware.mkdir(parents=True)
    software.mkdir()
    namespaces = ["unshare", "--mount", "--net", "--propagation", "private"]
    machine = ["sh", FILES / "hardware.sh", directory, root, disk, software]
    launch([*namespaces, *machine], hardware, log_file(place, host))
    _wait_for_state(place, host, "off")
    connect(place, host, hardware_process(place, host))
    unpack = ["tar", "--extract", "--file", "-", "--directory", "/", "--no-overwrite-dir"]
    run(_on_disk(place, host, *unpack), stdin=site_archive(place, host, tmp))
    run(_on_disk(place, host, *site_command(host)), stdin=(FILES / "site.sh").read_bytes())


def boot(place: Place, host: LabHost, timeout: float) -> None:
    """Switch a host on and wait until it serves, at most `timeout` seconds. Raises `LabError`."""
    press_power(place, host)
    wait_until_ready(host, enter(place, host), timeout)


def press_power(place: Place, host: LabHost) -> None:
    """Switch a host on that is off, and wait until its PID 1 runs. Raises `LabError`."""
    _wait_for_state(place, host, "off")
    with (place.host_directory(host) / "power").open("w") as button:
        button.write("on\n")
    _wait_for_state(place, host, "on")
    wait_for_init(place, host)


def wait_for_init(place: Place, host: LabHost, other_than: int = 0) -> int:
    """The process id of the host's PID 1, as soon as it has one that is not `other_than`. Raises `LabError`."""
    deadline = time.monotonic() + HARDWARE_SECONDS
    while time.monotonic() < deadline:
        process = init_process(place, host)
        if process not in (None, other_than) and _is_systemd(process):
            return process
        if state(place, host) == "off":
            break
        time.sleep(POLL_SECONDS)
    raise LabError(f"{host.name} did not start its PID 1:\n{_log_tail(place, host)}")


def enter(place: Place, host: LabHost) -> list[str]:
    """The words before a command that make it run inside the host as root. Raises `LabError` when it is off."""
    process = init_process(place, host)
    if process is None:
        raise LabError(f"{host.name} is not running; see `baseline lab list`, and switch it on or bring the lab up.")
    spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"]
    return ["nsenter", "--target", str(process), *spaces, "env", "-i", f"PATH={HOST_PATH}", "HOME=/root"]


HOST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def on_hardware(place: Place, host: LabHost, *argv: str | Path) -> list[str | Path]:
    """The command as it runs beside the host's disk, outside of the host. Raises `LabError`."""
    return ["nsenter", "--target", str(hardware_process(place, host)), "--mount", *argv]


def hardware_process(place: Place, host: LabHost) -> int:
    """The process that keeps the host's disk and network card. Raises `LabError` when there is no such host."""
    found = processes(hardware_cgroup(place, host))
    if not found:
        raise LabError(f"There is no host {host.name} in the lab {place.name!r}; see `baseline lab list`.")
    return min(found)


def init_process(place: Place, host: LabHost) -> int | None:
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


def state(place: Place, host: LabHost) -> str:
    """ "preparing", "off" or "on"; "absent" when there is no such host."""
    try:
        return (place.host_directory(host) / "state").read_text().strip()
    except FileNotFoundError:
        return "absent"


def log_file(place: Place, host: LabHost) -> Path:
    """What the host's hardware and PID 1 said."""
    return place.host_directory(host) / "boot.log"


def _is_systemd(process: int) -> bool:
    """Whether PID 1 is past its firmware, so that its namespaces are complete and can be entered."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip() == "systemd"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _on_disk(place: Place, host: LabHost, *argv: str) -> list[str | Path]:
    root = place.host_directory(host) / "disk" / "root"
    return on_hardware(place, host, "chroot", root, "env", "-i", f"PATH={HOST_PATH}", *argv)


def _wait_for_state(place: Place, host: LabHost, wanted: str) -> None:
    deadline = time.monotonic() + HARDWARE_SECONDS
    while state(place, host) != wanted:
        if time.monotonic() > deadline:
            raise LabError(
                f"{host.name} is {state(place, host)!r} and did not become {wanted!r} within {HARDWARE_SECONDS} s:\n"
                f"{_log_tail(place, host)}"
            )
        time.sleep(POLL_SECONDS)


def _log_tail(place: Place, host: LabHost) -> str:
    log = log_file(place, host)
    return tail(log.read_text(errors="replace")) if log.exists() else "(it wrote no log)"
