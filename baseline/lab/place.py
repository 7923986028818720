"""Which lab: its name, directories, cgroup, addresses, and the hosts it can have.

Two labs of different names share nothing but the cache, so they can run side by side.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

from baseline.classes import dataclass
from baseline.lab.errors import LabError
from baseline.lab.releases import DEFAULT

MOST_HOSTS = 250
FIRST_OCTET = 10
DEFAULT_SECOND_OCTET = 77
NAME_PATTERN = re.compile(r"[a-z][a-z0-9]{0,9}")
PARENT_DOMAIN = "lab.test"


@dataclass(frozen=True)
class LabHost:
    """One mail host: `name` is "mx1" and so on, `number` counts from 1, `address` is IPv4.

    `second_address` is in another network: the second name server of the domain answers there. `release` is that of
    Debian ("bookworm").
    """

    name: str
    number: int
    address: str
    fqdn: str
    domain: str
    second_address: str
    release: str = DEFAULT


@dataclass(frozen=True)
class LabPlace:
    """Where one lab lives. `runtime` is emptied by `down`; `cache` outlives it and is shared by all labs."""

    name: str
    cache: Path
    runtime: Path
    second_octet: int

    @property
    def network(self) -> str:
        return f"{FIRST_OCTET}.{self.second_octet}.0.0/16"

    @property
    def machine_address(self) -> str:
        """The machine's own address in the lab, from which it reaches the hosts."""
        return f"{FIRST_OCTET}.{self.second_octet}.0.1"

    @property
    def interface(self) -> str:
        """The machine's network card in the lab."""
        return f"{self.name}0"

    @property
    def lock_file(self) -> Path:
        return self.runtime.with_name(f"{self.name}.lock")

    @property
    def complete_mark(self) -> Path:
        """Exists while a lab is up that was brought up to the end."""
        return self.runtime / "complete"

    def host(self, number: int, release: str = DEFAULT) -> LabHost:
        """The host of that number, running or not. Raises `LabError` for a number that cannot be."""
        if not 1 <= number <= MOST_HOSTS:
            raise LabError(f"A lab has 1 to {MOST_HOSTS} hosts; {number} is not possible.")
        domain = f"d{number}.{PARENT_DOMAIN}"
        network = f"{FIRST_OCTET}.{self.second_octet}"
        addresses = (f"{network}.1.{number}", f"{network}.2.{number}")
        return LabHost(f"mx{number}", number, addresses[0], f"mx.{domain}", domain, addresses[1], release)

    def host_directory(self, host: LabHost) -> Path:
        return self.runtime / host.name


def here() -> LabPlace:
    """The lab that the environment selects: BASELINE_LAB_NAME (default "lab") and BASELINE_LAB_CACHE.

    Raises `LabError` for a name that cannot be part of an interface's name.
    """
    name = os.environ.get("BASELINE_LAB_NAME") or "lab"
    if not NAME_PATTERN.fullmatch(name):
        raise LabError(f"BASELINE_LAB_NAME is {name!r}; use a lower-case letter and then up to nine letters or digits.")
    cache = Path(os.environ.get("BASELINE_LAB_CACHE") or "/var/lib/baseline-lab")
    if name == "lab":
        octet = DEFAULT_SECOND_OCTET
    else:
        octet = DEFAULT_SECOND_OCTET + 1 + int(sha256(name.encode()).hexdigest(), 16) % 100
    return LabPlace(name, cache, Path("/run/baseline-lab") / name, octet)
