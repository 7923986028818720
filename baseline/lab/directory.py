"""The lab's directory for clients: inventory, rosters, register, what to probe, keys, the authority's certificate."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from baseline.lab import register
from baseline.lab.keys import SSH_KINDS, authority, client_key, host_keys
from baseline.lab.outside import write_probes
from baseline.lab.place import LabHost, LabPlace
from baseline.lab.site import MANAGEMENT_ACCOUNTS, STANDARD_ACCOUNTS

USER = "ops"
CREATED = "2024-01-15"
TRAINED = "2024-01-10"


def write_directory(place: LabPlace, hosts: Sequence[LabHost]) -> None:
    """Write all files that a client needs to reach the hosts."""
    place.runtime.mkdir(parents=True, exist_ok=True)
    private = key_file(place)
    shutil.copyfile(client_key(place), private)
    private.chmod(0o600)
    shutil.copyfile(authority(place), place.runtime / "lab-ca.pem")
    known_hosts_file(place).write_text("".join(_known(place, host) for host in hosts))
    for host in hosts:
        (place.runtime / roster_name(host)).write_text(_roster(host))
    (place.runtime / "register.txt").write_bytes(register.DOCUMENT)
    (place.runtime / "register.yml").write_text(register.register_text(datetime.now(UTC)))
    (place.runtime / "inventory.yml").write_text(_inventory(place, hosts))
    if len(hosts) > 1:
        write_probes(place.runtime, hosts[0], hosts[-1])


def ssh_argv(place: LabPlace, host: LabHost) -> list[str]:
    """An ssh to the host as `ops` that reads no settings but these."""
    options = [
        *("-F", "none", "-i", str(key_file(place))),
        *("-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"),
        *("-o", f"UserKnownHostsFile={known_hosts_file(place)}", "-o", "GlobalKnownHostsFile=/dev/null"),
    ]
    return ["ssh", *options, f"{USER}@{host.address}"]


def key_file(place: LabPlace) -> Path:
    return place.runtime / "id_ed25519"


def known_hosts_file(place: LabPlace) -> Path:
    return place.runtime / "known_hosts"


def roster_name(host: LabHost) -> str:
    return f"roster-{host.name}.csv"


def _known(place: LabPlace, host: LabHost) -> str:
    lines = []
    for kind in SSH_KINDS:
        algorithm, key = (host_keys(place, host) / f"ssh_host_{kind}_key.pub").read_text().split()[:2]
        lines.append(f"{host.address},{host.fqdn} {algorithm} {key}\n")
    return "".join(lines)


def _roster(host: LabHost) -> str:
    lines = ["address,class,created,trained"]
    lines += [f"{account}@{host.domain},standard,{CREATED},{TRAINED}" for account in STANDARD_ACCOUNTS]
    lines += [f"{account}@{host.domain},top_management,{CREATED},{TRAINED}" for account in MANAGEMENT_ACCOUNTS]
    return "\n".join(lines) + "\n"


def _inventory(place: LabPlace, hosts: Sequence[LabHost]) -> str:
    lines = ["lab:", "  hosts:"]
    for host in hosts:
        lines += [
            f"    {host.name}:",
            f"      ansible_host: {host.address}",
            f"      ansible_user: {USER}",
            "      ansible_become: true",
            f"      ansible_ssh_private_key_file: {key_file(place)}",
            f'      ansible_ssh_common_args: "-o UserKnownHostsFile={known_hosts_file(place)}"',
            "      roles: [mta, mailstore, antispam, dns]",
            f"      fqdn: {host.fqdn}",
            f"      domains: [{host.domain}]",
            f"      resolvers: [{host.address}]",
            "      private_addresses: true",
            f"      roster: {roster_name(host)}",
            f"      site: {register.SITE}",
            "      register: register.yml",
            f"      admin_sources: [{place.machine_address}]",
        ]
    return "\n".join(lines) + "\n"
