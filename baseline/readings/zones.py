"""Where a host's BIND keeps the zone of a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.formats import named, names
from baseline.model import Scalar
from baseline.readings.answers import ask, text

if TYPE_CHECKING:
    from testinfra.host import Host


NAMED = "named-checkconf -px"
"""The configuration with its includes, secrets left out."""


IN_A_FILE = "in a file"


ZONE_FILES = (
    "/etc/bind/db.{zone}",
    "/etc/bind/{zone}.zone",
    "/etc/bind/{zone}.db",
    "/etc/bind/zones/db.{zone}",
    "/etc/bind/zones/{zone}",
    "/etc/bind/zones/{zone}.zone",
    "/etc/bind/zones/{zone}.db",
    "/var/lib/bind/db.{zone}",
    "/var/lib/bind/{zone}.zone",
    "/var/lib/bind/{zone}.hosts",
    "/var/cache/bind/db.{zone}",
    "/var/cache/bind/{zone}.zone",
)
"""Where zone files usually stand: an edit needs its file read in the first look, before named told the path."""


def zone_paths(patterns: Iterable[str], name: str) -> tuple[str, ...]:
    """The paths that the usual patterns and these give for a name and for the zones that it may be in."""
    zones = [one for one in names.upwards(name) if "." in one]
    places = dict.fromkeys((*ZONE_FILES, *patterns))
    return tuple(pattern.replace("{zone}", one) for one in zones for pattern in places)


def named_configuration(host: Host) -> named.NamedConf | None:
    """What this host's named is configured to do; None without BIND. Raises `CannotTell`."""
    (answer,) = ask(host, NAMED)
    if answer.rc == 127:
        return None
    try:
        return named.read(text(answer))
    except ValueError as error:
        raise CannotTell(f"`{NAMED}` printed what is not understood: {error}") from None


def zone_configuration(host: Host, name: str) -> tuple[named.NamedConf | None, dict[str, Scalar]]:
    """named's configuration, and where this host keeps the zone of a name. Raises `CannotTell`."""
    conf = named_configuration(host)
    if conf is None:
        return None, {"zone": None, "zone file": None, "zone kept": "not by BIND on this host"}
    return conf, kept_state(conf, name)


def kept_state(conf: named.NamedConf, name: str) -> dict[str, Scalar]:
    """The same, from the configuration."""
    found = conf.zone(name)
    if found is None or "." not in found.name:
        return {"zone": None, "zone file": None, "zone kept": "not on this host"}
    path = found.file if found.file.startswith("/") or not found.file else f"{conf.directory}/{found.file}"
    kept = IN_A_FILE
    if found.type not in named.PRIMARY:
        kept = f"by another server: this one is its {found.type}"
    elif found.dynamic:
        kept = "by named itself: it takes dynamic updates"
    elif found.signed:
        kept = "by named itself: it signs the zone"
    elif conf.views:
        kept = "in views"
    elif not found.file:
        kept = "in no file"
    return {"zone": found.name, "zone file": path or None, "zone kept": kept}
