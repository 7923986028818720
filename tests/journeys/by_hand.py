"""Brings up three lab hosts and configures them as their admin did by hand, with the scripts that lie beside this."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from baseline import lab
from baseline.lab.place import here
from tests.journeys.mail import Site
from tests.lab.real import RealHost

SCRIPTS = ("all_in_one.sh", "relay.sh", "store.sh")
SECONDS = 180


def bring_up() -> Site:
    """The hosts, each configured by its script. Raises `LabError`."""
    hosts = [
        RealHost(host, tuple(lab.enter(host.name)), lab.directory())
        for host in lab.up(len(SCRIPTS), release=("bookworm",))
    ]
    all_in_one, relay, store = hosts
    peers = (relay, store, relay)
    with ThreadPoolExecutor(len(hosts)) as pool:
        list(pool.map(_configure, hosts, SCRIPTS, peers))
    return Site(all_in_one, relay, store)


def _configure(host: RealHost, name: str, peer: RealHost) -> None:
    script = (Path(__file__).parent / name).read_bytes()
    arguments = (host.lab.address, peer.lab.address, admin())
    command = [*host.inside, "sh", "-s", "--", *arguments]
    done = subprocess.run(command, input=script, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{name}: {(done.stdout + done.stderr).decode(errors='replace')[-2000:]}"


def admin() -> str:
    """This machine, as the hosts see it."""
    return here().network.replace("0.0/16", "0.1")
