"""What all kinds about a domain's records share: the zone on the host that keeps it, and how records get there."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from baseline.edits import Edit
from baseline.errors import CannotTell
from baseline.formats import named, names, zone
from baseline.kinds.base import Control, Line, Remedy
from baseline.kinds.dns_reading import addresses, resolve
from baseline.kinds.reading import ask, text
from baseline.model import About, Action, Peer, Scalar, State, Target
from baseline.model.probes import View
from baseline.zone_edits import SetRecords

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


@dataclass(frozen=True)
class RecordSet:
    """Records that are wanted at one name. `mine` tells which records there give way: see `SetRecords`."""

    owner: str
    type: str
    records: tuple[str, ...]
    mine: str = ""

    def lines(self) -> list[str]:
        """As lines of a zone file."""
        return [zone.line(self.owner, self.type, record).rstrip() for record in self.records]


def txt(owner: str, record: str, mine: str) -> RecordSet:
    """One TXT record."""
    return RecordSet(owner, "TXT", (zone.quoted(record),), mine)


class DomainControl(Control):
    """A control about a mail domain. The domain's zone is edited where a host of role dns keeps it in a plain file."""

    about: ClassVar[About] = "domain"

    zone_files: Annotated[
        tuple[Line, ...],
        Field(description="More places than the usual ones where the zone's file may stand; `{zone}` is its name."),
    ] = ()

    def actual(self, host: Host, target: Target) -> State:
        """Where the host keeps the zone that the domain is in."""
        return zone_configuration(host, target.subject)[1]

    def reads(self, target: Target) -> tuple[str, ...]:
        """The files that the zone may stand in."""
        return zone_paths(self.zone_files, target.subject)

    def wanted_records(self, target: Target) -> Sequence[RecordSet]:
        """Records that this control wants, as far as the inventory alone tells; for people whose DNS is elsewhere."""
        del target
        return ()


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


def publish(state: State, sets: Sequence[RecordSet], *, also: Sequence[Edit] = ()) -> Remedy:
    """The remedy that brings records into their zone: edits of its file, or the lines for a person to enter."""
    lines = "; ".join(line for one in sets for line in one.lines())
    if state.get("zone kept") != IN_A_FILE:
        where = str(state.get("zone kept") or "not on a host of the inventory")
        return Remedy(advice=f"the zone is kept {where}, so publish by hand: {lines}")
    name, path = str(state["zone"]), str(state["zone file"])
    outside = [one.owner for one in sets if not names.inside(one.owner, name)]
    if outside:
        return Remedy(advice=f"{', '.join(outside)} is in another zone than {name}: publish by hand: {lines}")
    edits = [SetRecords(path, name, one.owner, one.type, one.records, one.mine) for one in sets]
    return Remedy(edits=(*edits, *also), actions=(load_zone(name, path),), reloads=("named",))


def load_zone(name: str, path: str) -> Action:
    """Have BIND load a zone now, and wait until its secondaries have it, so that what is judged next is the new zone.

    A secondary that does not follow within the time is told by what is judged, and fails no apply.

    A file that is put back has its former time again, and named takes a zone for loaded already whose file is older
    than its last load. So when an apply is restored, named is stopped here; the restoration starts what was running.
    In a rollback to a generation, where this is no undoing but an action of its own, files are new, and a reload will
    do.
    """
    do = (
        f"z={shlex.quote(name)} f={shlex.quote(path)}\n"
        'want=$(named-checkzone -q -i none -o - -s full "$z" "$f" | awk \'$4 == "SOA" { print $7; exit }\')\n'
        '[ -n "$want" ] || { echo "$f cannot be loaded"; exit 1; }\n'
        'rndc reload "$z" >/dev/null 2>&1 || rndc reload || exit 1\n'
        "has() { rndc zonestatus \"$z\" 2>/dev/null | sed -n 's/^serial: //p'; }\n"
        'n=0; until [ "$(has)" = "$want" ]; do\n'
        '  n=$((n + 1)); [ $n -le 40 ] || { echo "named does not serve $z with serial $want"; exit 1; }; sleep 0.25\n'
        "done\n"
        "command -v dig >/dev/null || exit 0\n"
        'q() { dig +short +norecurse +time=1 +tries=1 "$@" 2>/dev/null; }\n'
        "n=0; while [ $n -lt 15 ]; do\n"
        '  late=; for ns in $(q @127.0.0.1 "$z" NS); do\n'
        '    s=$(q "@$ns" "$z" SOA | cut -d" " -f3); [ -z "$s" ] || [ "$s" = "$want" ] || late=$ns\n'
        '  done; [ -n "$late" ] || exit 0; n=$((n + 1)); sleep 1\n'
        "done\n"
    )
    return Action(f"load the zone {name} and wait for its secondaries", do, _UNLOAD)


_UNLOAD = "case $0 in *.undo) systemctl stop named ;; esac"
"""Run by the transaction from a file of its own, whose name tells a restoration from a rollback."""


@dataclass(frozen=True)
class MailHost:
    """A host that sends or receives a domain's mail, by the name that DNS has for it."""

    name: str
    addresses: tuple[str, ...]


def senders(target: Target) -> tuple[Peer, ...]:
    """The hosts of the inventory that send a domain's mail."""
    return tuple(peer for peer in target.peers if "mta" in peer.roles and target.subject in peer.domains)


def outbound(target: Target) -> tuple[str, ...]:
    """The addresses that a domain's mail is sent from. Raises `CannotTell` where the inventory does not say."""
    for peer in senders(target):
        if not peer.outbound:
            raise CannotTell(f"the inventory does not say from which addresses {peer.name} sends: give it `outbound`")
    return tuple(dict.fromkeys(address for peer in senders(target) for address in peer.outbound))


def mail_hosts(view: View, target: Target) -> tuple[MailHost, ...]:
    """The hosts that take a domain's mail, each by the name that its address has in DNS, or by the inventory's.

    One that has neither a full name in the inventory nor a PTR record is left out.
    """
    found = []
    for peer in senders(target):
        name = _full_name(view, peer)
        if name:
            found.append(MailHost(name, addresses(view, name)))
    return tuple(found)


def _full_name(view: View, peer: Peer) -> str | None:
    own = [address for address in (peer.address, *peer.outbound) if names.is_address(address)]
    for address in own:
        pointers = resolve(view, names.reverse(address), "PTR").records
        if len(pointers) == 1 and address in addresses(view, pointers[0]):
            return names.bare(pointers[0])
    given = [name for name in (peer.name, peer.address) if names.is_full(name)]
    return names.bare(given[0]) if given else None
