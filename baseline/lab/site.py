"""What makes a freshly installed host a mail host of its domain: names, keys, zones and accounts."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from string import Template

from baseline.classes import dataclass
from baseline.lab.command import FILES
from baseline.lab.keys import SSH_KINDS, client_key, host_keys
from baseline.lab.place import MOST_HOSTS, PARENT_DOMAIN, LabHost, LabPlace
from baseline.lab.releases import RELEASES

STANDARD_ACCOUNTS = ("alice", "bob", "carol", "postmaster")
MANAGEMENT_ACCOUNTS = ("director",)
ACCOUNTS = (*STANDARD_ACCOUNTS, *MANAGEMENT_ACCOUNTS)


@dataclass(frozen=True)
class SiteFile:
    """One file to lay into a host; `owner` is user and group at once, by their name inside the host."""

    path: str
    content: bytes
    mode: int = 0o644
    owner: str = "root"


def site_archive(place: LabPlace, host: LabHost, tmp: str) -> bytes:
    """A tar of the files that a host gets before its first start; `tmp` is the size of its /tmp, as in "512m"."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for file in _files(place, host, tmp):
            entry = tarfile.TarInfo(file.path.lstrip("/"))
            entry.size, entry.mode = len(file.content), file.mode
            entry.uname = entry.gname = file.owner
            archive.addfile(entry, io.BytesIO(file.content))
    return buffer.getvalue()


def site_command(host: LabHost) -> list[str]:
    """How the script `files/site.sh`, given on standard input, is run inside the host's root."""
    return ["sh", "-s", host.fqdn, host.domain, RELEASES[host.release].root_hints, *ACCOUNTS]


def _files(place: LabPlace, host: LabHost, tmp: str) -> Iterator[SiteFile]:
    yield from _identity(place, host, tmp)
    yield from _zones(place, host)
    keys = host_keys(place, host)
    for kind in SSH_KINDS:
        name = f"ssh_host_{kind}_key"
        yield SiteFile(f"/etc/ssh/{name}", (keys / name).read_bytes(), 0o600)
        yield SiteFile(f"/etc/ssh/{name}.pub", (keys / f"{name}.pub").read_bytes())
    yield SiteFile("/etc/ssl/certs/lab-host.pem", (keys / "tls.pem").read_bytes())
    yield SiteFile("/etc/ssl/private/lab-host.key", (keys / "tls.key").read_bytes(), 0o640)
    authorized = client_key(place).with_suffix(".pub").read_bytes()
    yield SiteFile("/home/ops/.ssh/authorized_keys", authorized, 0o600, "ops")
    yield SiteFile("/etc/dovecot/conf.d/15-site.conf", (FILES / RELEASES[host.release].dovecot_site).read_bytes())


def _identity(place: LabPlace, host: LabHost, tmp: str) -> Iterator[SiteFile]:
    identity = sha256(f"{place.name}/{host.name}".encode()).hexdigest()[:32]
    yield SiteFile("/etc/machine-id", f"{identity}\n".encode(), 0o444)
    yield SiteFile("/etc/hostname", f"{host.name}\n".encode())
    yield SiteFile("/etc/mailname", f"{host.fqdn}\n".encode())
    yield SiteFile("/etc/resolv.conf", f"search {host.domain}\nnameserver 127.0.0.1\n".encode())
    yield SiteFile("/etc/hosts", _filled("hosts", name=host.name, fqdn=host.fqdn, address=host.address))
    yield SiteFile("/etc/fstab", _filled("fstab", tmp=tmp))
    # What plays with a lab host restarts its daemons more often than systemd lets any unit start: five times in 10 s.
    yield SiteFile("/etc/systemd/system.conf.d/lab.conf", b"[Manager]\nDefaultStartLimitBurst=1000\n")


def _zones(place: LabPlace, host: LabHost) -> Iterator[SiteFile]:
    prefix = host.address.rsplit(".", 2)[0]
    reverse = ".".join(reversed(prefix.split("."))) + ".in-addr.arpa"
    values = {
        "fqdn": host.fqdn,
        "domain": host.domain,
        "address": host.address,
        "second": host.second_address,
        "parent": PARENT_DOMAIN,
        "prefix": prefix,
        "reverse": reverse,
        "machine": place.machine_address,
        "most": str(MOST_HOSTS),
    }
    yield SiteFile("/etc/bind/named.conf.local", _filled("named.conf.local", **values))
    names = {"domain": host.domain, "parent": PARENT_DOMAIN, "reverse": reverse, "empty-root": "empty-root"}
    for kind, name in names.items():
        yield SiteFile(f"/etc/bind/db.{name}", _filled(f"zone-{kind}", **values))


def _filled(template: str, **values: str) -> bytes:
    return Template((FILES / template).read_text()).substitute(values).encode()
