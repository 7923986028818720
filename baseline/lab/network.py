"""The lab's network: one switch in a namespace of its own, a cable to the machine and one to every host.

Nothing has a default route, so nothing can leave. A namespace lives as long as the process that holds it, so no name
and no mount of it can stay behind.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from baseline.lab.cgroup import POLL_SECONDS, processes, switch_cgroup
from baseline.lab.command import launch, run, succeeds
from baseline.lab.errors import LabError
from baseline.lab.place import LabHost, Place

BRIDGE = "bridge"
UPLINK = "machine"
UNREACHABLE_METRIC = "4096"
START_SECONDS = 20


def start_switch(place: Place) -> None:
    """Make the switch and connect the machine to it. Raises `LabError`."""
    _refuse_taken_network(place)
    cgroup = switch_cgroup(place)
    cgroup.mkdir(parents=True)
    launch(["unshare", "--net", "sleep", "infinity"], cgroup)
    holder = str(_namespace_holder(cgroup))
    run(["ip", "link", "add", place.interface, "type", "veth", "peer", "name", UPLINK, "netns", holder])
    run(in_switch(place, "ip", "link", "add", BRIDGE, "type", "bridge"))
    for card in (BRIDGE, UPLINK):
        run(in_switch(place, "ip", "link", "set", card, "up"))
    run(in_switch(place, "ip", "link", "set", UPLINK, "master", BRIDGE))
    run(["ip", "address", "add", f"{place.machine_address}/16", "dev", place.interface])
    run(["ip", "link", "set", place.interface, "up"])
    keep_packets_here(place)


def connect(place: Place, host: LabHost, holder: int) -> None:
    """Lay a cable from the switch to the host whose network namespace the process `holder` keeps."""
    cable = ["type", "veth", "peer", "name", "eth0", "netns", str(holder)]
    run(in_switch(place, "ip", "link", "add", host.name, *cable))
    run(in_switch(place, "ip", "link", "set", host.name, "master", BRIDGE, "up"))
    run(["nsenter", "--target", str(holder), "--net", "ip", "address", "add", f"{host.address}/16", "dev", "eth0"])


def set_port(place: Place, host: LabHost, state: str) -> None:
    """Pull the host's cable ("down") or put it back ("up")."""
    run(in_switch(place, "ip", "link", "set", host.name, state))


def in_switch(place: Place, *argv: str) -> list[str]:
    """The command as it runs inside the switch. Raises `LabError` when no switch is up."""
    holders = processes(switch_cgroup(place))
    if not holders:
        raise LabError(f"The lab {place.name!r} is not up; bring it up with `baseline lab up 1`.")
    return ["nsenter", "--target", str(holders[0]), "--net", *argv]


def remove_cable(place: Place) -> None:
    """Take the machine's own network card of this lab away, if it is there."""
    if succeeds(["ip", "link", "show", place.interface]):
        run(["ip", "link", "delete", place.interface])
    keep_packets_here(place)


def keep_packets_here(place: Place) -> None:
    """Make the lab's addresses unreachable while no lab is up.

    A client that still runs after `down` would otherwise send its packets out of the machine's default route. The
    route stays on purpose; the cable's route, having a lower metric, wins while a lab is up.
    """
    run(["ip", "route", "replace", "unreachable", place.network, "metric", UNREACHABLE_METRIC])


def _namespace_holder(cgroup: Path) -> int:
    """Wait until the process in the cgroup has left the machine's network, and return its id."""
    ours = os.readlink("/proc/self/ns/net")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for process in processes(cgroup):
            if os.readlink(f"/proc/{process}/ns/net") != ours:
                return process
        time.sleep(POLL_SECONDS)
    raise LabError(f"The switch did not start within {START_SECONDS} s; may root make network namespaces here?")


def _refuse_taken_network(place: Place) -> None:
    for line in run(["ip", "-4", "route", "show", place.network]).splitlines():
        if " dev " in line and place.interface not in line.split():
            raise LabError(
                f"The network {place.network} is in use on this machine ({line.strip()}); "
                "set BASELINE_LAB_NAME to another name to get another network."
            )
