"""A domain, its host and its world as DNS has them, for the tests of the kinds about DNS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baseline.edits import compose, present_in
from baseline.formats import zone
from baseline.judge import Verdict
from baseline.kinds.base import Control
from baseline.load import load_baseline
from baseline.model import FileState, Peer, State, Target
from baseline.model.looks import Parts, unseen_of
from baseline.model.probes import Lookup, Port, Reached, Records
from baseline.remedies.barrier import mendable
from baseline.remedies.remedy import Remedy
from baseline.zone_edits import SetRecords
from tests.kinds.hosts import judged, whole
from tests.kinds.views import World

SOA = "ns1.d.example. hostmaster.d.example. {} 3600 600 1209600 300"
WORLD: Mapping[tuple[str, str], Any] = {
    ("example", "NS"): ("a.nic.example.",),
    ("example", "SOA"): (SOA.format(9),),
    ("a.nic.example", "A"): ("198.51.100.1",),
    ("d.example", "SOA"): (SOA.format(5),),
    ("d.example", "NS"): ("ns1.d.example.", "ns2.d.example."),
    ("ns1.d.example", "A"): ("192.0.2.53",),
    ("ns2.d.example", "A"): ("198.51.100.53",),
    ("d.example", "A"): ("192.0.2.25",),
    ("d.example", "MX"): ("10 mail.d.example.",),
    ("d.example", "TXT"): ("v=spf1 ip4:192.0.2.25 -all", "site=1"),
    ("mail.d.example", "A"): ("192.0.2.25",),
    ("mail.d.example", "TXT"): ("v=spf1 a -all",),
    ("_dmarc.d.example", "TXT"): ("v=DMARC1; p=quarantine; rua=mailto:postmaster@d.example",),
    ("2.0.192.in-addr.arpa", "NS"): ("ns1.d.example.",),
    ("2.0.192.in-addr.arpa", "SOA"): (SOA.format(1),),
    ("25.2.0.192.in-addr.arpa", "PTR"): ("mail.d.example.",),
}
MAIL = "192.0.2.25"
HOST = Peer("mail.d.example", MAIL, frozenset({"mta", "antispam", "dns"}), ("d.example",), (MAIL,), "mail.d.example")
TARGET = Target(
    HOST.name,
    MAIL,
    roles=HOST.roles,
    domains=HOST.domains,
    outbound=HOST.outbound,
    peers=(HOST,),
    subject="d.example",
    fqdn=HOST.fqdn,
    vars={"private_addresses": True},
)
IN_FILE: State = {"zone": "d.example", "zone file": "/etc/bind/db.d.example", "zone kept": "in a file"}
CONTROLS = {control.id: control for control in load_baseline("mampu-2007").controls_for(TARGET)}
SEEN: dict[Any, Any] = {
    Port(MAIL, 25): Reached("open"),
    **{
        Lookup("d.example", "AXFR", address, recurse=False): Records("refused")
        for address in ("192.0.2.53", "198.51.100.53")
    },
}


def view(changes: Mapping[tuple[str, str], Any], at: Any = None, seen: Any = None) -> World:
    return World({**WORLD, **changes}, at, {**SEEN, **(seen or {})})


def looked(control: Control, world: World, state: State = IN_FILE, target: Target = TARGET) -> tuple[Verdict, State]:
    seen = control.outside(world, state, target)
    found = whole(control, Parts({**state, **seen}, unseen_of(seen)), target)
    return judged(control, found, target), found


def found(id_: str, changes: Mapping[tuple[str, str], Any], at: Any = None, seen: Any = None) -> tuple[str, str]:
    verdict, _ = looked(CONTROLS[id_], view(changes, at, seen))
    return verdict.outcome.value, verdict.reason


def planned(id_: str, changes: Mapping[tuple[str, str], Any], state: State = IN_FILE) -> Remedy | None:
    _, after = looked(CONTROLS[id_], view(changes), state)
    return CONTROLS[id_].remedy(mendable(CONTROLS[id_], state, after, TARGET), TARGET)


def lines(remedy: Remedy | None) -> list[tuple[str, str, tuple[str, ...]]]:
    assert remedy is not None
    return [(one.owner, one.type, one.records) for one in remedy.edits if isinstance(one, SetRecords)]


def zone_file(*records: str, origin: str = "d.example") -> str:
    """A zone file with these records besides what every zone has."""
    head = (f"$ORIGIN {origin}.", "$TTL 3600", "@ IN SOA ns1.d.example. hostmaster.d.example. 5 3600 600 1209600 300")
    return "".join(f"{line}\n" for line in (*head, *records))


def rewritten(remedy: Remedy | None, *records: str, kind: str, owner: str = "d.example") -> tuple[str, ...]:
    """The records of one type that stand in the zone file when the edits of a remedy are made."""
    assert remedy is not None
    files = {edit.path: FileState(zone_file(*records).encode()) for edit in remedy.edits}
    changes = compose([("", edit) for edit in remedy.edits], present_in(files))
    text = (changes[0].after.content if changes else files[remedy.edits[0].path].content) or b""
    return zone.texts(text.decode(), "d.example", owner, kind)


D = "d.example"
GONE: tuple[str, ...] = ()
