"""A look from outside at all domains of the made-up Internet, inside of its namespace; says what it found and cost.

python -m tests.outside.look DOMAINS FOLDER FORKS [SECONDS WHOLE]

With SECONDS, which is how long a step of a probe may take, and WHOLE, for all of one, a server of each manner is there.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

import yaml

from baseline import check_all, load_baseline, load_inventory
from baseline.outside import LocalOutlook, Outlook
from baseline.probes import Sender
from baseline.probes.sharing import Shared
from tests.outside.internet import RESOLVER, Internet, internet
from tests.outside.place import heard, serving

CONTROLS = ("MEL-A-*", "MEL-D-*", "MEL-S-*")


def inventory(world: Internet) -> str:
    """The mail servers of the world with their domains, as an inventory."""
    hosts = {
        world.exchangers[address][0]: {"ansible_host": address, "roles": ["mta"], "domains": kept}
        for address, kept in world.kept_by.items()
    }
    shared = {"resolvers": [RESOLVER], "outside_only": True, "closed_ports": ["465/tcp", "587/tcp"]}
    return yaml.safe_dump({"all": {"hosts": hosts, "vars": shared}})


def look(world: Internet, folder: Path, forks: int, outlook: Outlook) -> dict[str, object]:
    """What came of it: outcomes by domain or host, and what it cost."""
    (folder / "hosts.yml").write_text(inventory(world))
    targets = load_inventory(folder / "hosts.yml").select(None)
    baseline = load_baseline("mampu-2007").only(controls=CONTROLS)
    began, before = time.monotonic(), _cpu()
    report = check_all(targets, baseline, forks=forks, outlook=outlook)
    outcomes: dict[str, dict[str, str]] = {}
    for one in report.findings:
        outcomes.setdefault(one.host, {})[one.control] = f"{one.outcome.value}: {one.reason}"
    return {
        "seconds": time.monotonic() - began,
        "cpu": _cpu() - before,
        "MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "hosts": len(targets),
        "outcomes": outcomes,
    }


def _cpu() -> float:
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def main(arguments: list[str]) -> None:
    """Look, and write `found.json` into the folder."""
    domains, folder, forks, *times = int(arguments[0]), Path(arguments[1]), int(arguments[2]), *arguments[3:]
    every = bool(times)
    outlook: Outlook = LocalOutlook(sharing=True)
    with serving(domains, folder, every=every) as authority:
        os.environ["SSL_CERT_FILE"] = str(authority)
        if every:
            outlook = Sender(seconds=float(times[0]), whole=float(times[1]), shared=Shared())
        found = look(internet(domains, every=every), folder, forks, outlook)
    (folder / "found.json").write_text(json.dumps({**found, "heard": heard(folder)}))


if __name__ == "__main__":
    main(sys.argv[1:])
