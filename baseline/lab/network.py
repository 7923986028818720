"""The lab's network: one switch in a namespace of its own, a cable to the machine and one to every host.

Nothing has a default route, so nothing can leave. A namespace lives as long as the process that holds it, so no name
and no mount of it can stay behind.
"""

from __future__ import annotations

import time
from pathlib import Path

from baseline.lab.cgroup import POLL_SECONDS, processes, switch_cgroup
from baseline.lab.command import launch, run, succeeds
from baseline.lab.errors import LabError
from baseline.lab.place import LabHost, LabPlace

BRIDGE = "bridge"
UPLINK = "machine"
FAULTS = "faults"
BRIDGE_FILTER = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
UNREACHABLE_METRIC = "4096"
START_SECONDS = 20


def start_switch(place: LabPlace) -> None:
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


def connect(place: LabPlace, host: LabHost, holder: int) -> None:
    """Lay a cable from the switch to the host whose network namespace the process `holder` keeps."""
    cable = ["type", "veth", "peer", "name", "eth0", "netns", str(holder)]
    run(in_switch(place, "ip", "link", "add", host.name, *cable))
    run(in_switch(place, "ip", "link", "set", host.name, "master", BRIDGE, "up"))
    inside = ["nsenter", "--target", str(holder), "--net"]
    for address in (host.address, host.second_address):
        run([*inside, "ip", "address", "add", f"{address}/16", "dev", "eth0"])


def set_port(place: LabPlace, host: LabHost, state: str) -> None:
    """Pull the host's cable ("down") or put it back ("up")."""
    run(in_switch(place, "ip", "link", "set", host.name, state))


def filter_port(place: LabPlace, host: LabHost, port: int, verdict: str) -> None:
    """Give every packet to a TCP port of the host a verdict of nft ("drop"), in the switch. Raises `LabError`."""
    _filter_bridge(place)
    chain = f"ip {FAULTS} {host.name}_{port}"
    rules = (
        f"add table ip {FAULTS}\n"
        f"add chain {chain} {{ type filter hook forward priority 0; }}\n"
        f"flush chain {chain}\n"
        f"add rule {chain} ip daddr {host.address} tcp dport {port} {verdict}\n"
    )
    run(in_switch(place, "nft", "-f", "-"), stdin=rules.encode())


def unfilter_port(place: LabPlace, host: LabHost, port: int) -> None:
    """Undo `filter_port`; one that was not done is no error. Raises `LabError`."""
    chain = f"ip {FAULTS} {host.name}_{port}"
    rules = f"add table ip {FAULTS}\nadd chain {chain}\nflush chain {chain}\ndelete chain {chain}\n"
    run(in_switch(place, "nft", "-f", "-"), stdin=rules.encode())


def _filter_bridge(place: LabPlace) -> None:
    """Let packets that are only bridged pass the filter of IP, which can answer with resets."""
    if not BRIDGE_FILTER.exists() and not succeeds(["modprobe", "br_netfilter"]):
        raise LabError("This kernel cannot filter on a bridge; load the module `br_netfilter` and try again.")
    run(in_switch(place, "sh", "-c", f"echo 1 >{BRIDGE_FILTER}"))
    # The resets that the switch sends have to find their way.
    run(in_switch(place, "ip", "route", "replace", place.network, "dev", BRIDGE))


def in_switch(place: LabPlace, *argv: str) -> list[str]:
    """The command as it runs inside the switch. Raises `LabError` when no switch is up."""
    holders = processes(switch_cgroup(place))
    if not holders:
        raise LabError(f"The lab {place.name!r} is not up; bring it up with `baseline lab up 1`.")
    return ["nsenter", "--target", str(holders[0]), "--net", *argv]


def remove_cable(place: LabPlace) -> None:
    """Take the machine's own network card of this lab away, if it is there."""
    # It also goes by itself some moments after the switch, so that it may vanish between two commands.
    if not succeeds(["ip", "link", "delete", place.interface]) and Path("/sys/class/net", place.interface).exists():
        run(["ip", "link", "delete", place.interface])
    keep_packets_here(place)


def keep_packets_here(place: LabPlace) -> None:
    """Make the lab's addresses unreachable while no lab is up.

    A client that still runs after `down` would otherwise send its packets out of the machine's default route. The
    route stays on purpose; the cable's route, having a lower metric, wins while a lab is up.
    """
    run(["ip", "route", "replace", "unreachable", place.network, "metric", UNREACHABLE_METRIC])


def _namespace_holder(cgroup: Path) -> int:
    """Wait until the process in the cgroup has left the machine's network, and return its id."""
    ours = Path("/proc/self/ns/net").readlink()
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for process in processes(cgroup):
            if Path(f"/proc/{process}/ns/net").readlink() != ours:
                return process
        time.sleep(POLL_SECONDS)
    raise LabError(f"The switch did not start within {START_SECONDS} s; may root make network namespaces here?")


def _refuse_taken_network(place: LabPlace) -> None:
    for line in run(["ip", "-4", "route", "show", place.network]).splitlines():
        if " dev " in line and place.interface not in line.split():
            raise LabError(
                f"The network {place.network} is in use on this machine ({line.strip()}); "
                "set BASELINE_LAB_NAME to another name to get another network."
            )
