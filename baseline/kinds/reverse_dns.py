"""Kind `reverse_dns`: every address that a host sends from has a name, and the name has that address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.formats import names
from baseline.judge import AtLeast, AtMost, Equal, Want, Wants
from baseline.kinds.base import Control, Line, Loosens
from baseline.model import Location, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import View
from baseline.readings.dns import VANTAGE, addresses, told
from baseline.readings.outline import Outline
from baseline.readings.postfix import Postfix
from baseline.readings.zones import IN_A_FILE, kept_state, named_configuration, zone_paths
from baseline.remedies.mending import faults, helps
from baseline.remedies.remedy import Effects, Remedy
from baseline.remedies.zone_records import RecordSet, publish, together

if TYPE_CHECKING:
    from testinfra.host import Host

CONFIRMED = "confirmed"
_LEADS_TO = "the inventory's name leads to "


class ReverseDns(Control):
    """The PTR record of every outbound address, and whether the name that it gives leads back to the address.

    Receivers refuse or mark mail from addresses without a name, from addresses whose name does not lead back
    (forward-confirmed reverse DNS), and from names that are made of the address, as those of dial-up networks are.

    Looked at: the PTR record at a resolver and at the servers of the reverse zone, and A and AAAA of each name, for
    every address in `outbound` of the inventory, else the host's own. Applied: where this very host keeps the reverse
    zone in a file, a PTR record with the inventory's `fqdn`, if that name has the address. Elsewhere the plan
    prints the record: whoever gave you the address has to enter it.

    What can go wrong: behind NAT, or with a relay, the world sees another address: put that one into `outbound`. An
    IPv6 address without PTR breaks mail to large providers as soon as Postfix prefers IPv6. How to read it: `names of
    ADDRESS` 0 is no PTR record, more than 1 is a warning. Sources: RFC 1912 section 2.1; M3AAWG sending practices.
    """

    summary: ClassVar[str] = "Every address that a host sends from has a name, and the name has that address."
    nothing_to_judge: ClassVar[str] = "the inventory gives this host no outbound address"
    shows: ClassVar[tuple[str, ...]] = ("*",)
    loosens: ClassVar[Loosens] = {}

    decides_by: ClassVar[tuple[str, ...]] = (_LEADS_TO,)
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the PTR records that give way are the ones that are judged",
        notice="Nothing for users; servers elsewhere find the host's own name.",
    )

    kind: Literal["reverse_dns"]
    zone_files: Annotated[
        tuple[Line, ...], Field(description="More places where the zone's file may stand; `{zone}` is its name.")
    ] = ()

    def expected(self, target: Target) -> Wants:
        """One name for each address, and the address for that name."""
        wants: dict[str, Want] = {}
        for address in target.outbound:
            wants |= {
                f"names of {address}": AtLeast(1),
                f"{address}": Equal(CONFIRMED),
                f"number of names of {address}": AtMost(1, ceiling=10),
                **{f"{address} {key}": want for key, want in VANTAGE.items()},
            }
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """The host's own name, and where it keeps the reverse zones, if it is a name server."""
        postfix = Postfix(host)
        conf = named_configuration(host) if "dns" in target.roles else None
        state: dict[str, Scalar] = {"myhostname": postfix.setting("myhostname")}
        for address in target.outbound if conf else ():
            kept = kept_state(conf, names.reverse(address)) if conf else {}
            state |= {f"{key} of {address}": value for key, value in kept.items()}
        return state

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The zone's file of each address, where this host keeps it in one."""
        del written
        kept = {key.removeprefix("zone file of "): state[key] for key in state if key.startswith("zone file of ")}
        return {
            key: Location(str(file))
            for address, file in kept.items()
            if state.get(f"zone kept of {address}") == IN_A_FILE
            for key in (address, f"names of {address}", f"number of names of {address}")
            if key in state
        }

    def reads(self, target: Target) -> tuple[str, ...]:
        """The files that reverse zones may stand in, on a name server."""
        if "dns" not in target.roles:
            return ()
        return tuple(path for one in target.outbound for path in zone_paths(self.zone_files, names.reverse(one)))

    def outside(self, view: View, state: State, target: Target) -> State:
        """PTR records, and what their names lead to."""
        del state
        if not target.outbound:
            raise CannotTell("the inventory does not say from which addresses this host sends: give it `outbound`")
        found = Parts()
        for address in target.outbound:
            with found.part():
                found |= _seen(view, address)
        with found.part():
            back = addresses(view, target.fqdn) if target.fqdn else ()
            found |= {_LEADS_TO + address: address in back for address in target.outbound}
        return found

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The PTR record with the host's own name, where it leads back."""
        own, wrong = target.fqdn, faults(self.expected(target), state)
        remedies: list[Remedy] = []
        for address in target.outbound:
            if not wrong.keys() & {address, f"names of {address}", f"number of names of {address}"}:
                continue
            if not own:
                return Remedy(advice="Give the host its full name in the inventory (`fqdn`).")
            if not state.get(_LEADS_TO + address) or names.from_a_pool(own, address):
                return Remedy(advice=f"Give {own} the address {address}, and that address the PTR record {own}.")
            kept = {key: state.get(f"{key} of {address}") for key in ("zone", "zone file", "zone kept")}
            remedies.append(publish(kept, (RecordSet(names.reverse(address), "PTR", (f"{own}.",)),)))
        if not remedies or not helps(self.expected(target), state, lambda key: key.endswith(tuple(VANTAGE))):
            return None
        return together(remedies)


def _confirmed(view: View, address: str, pointers: list[str]) -> str | None:
    if not pointers:
        return None
    for name in pointers:
        if names.from_a_pool(name, address):
            return f"named after itself: {name}"
        if address in addresses(view, name):
            return CONFIRMED
    return f"its name leads elsewhere: {', '.join(pointers)}"


def _seen(view: View, address: str) -> State:
    """The names of one address, and what they lead to."""
    found: dict[str, Scalar] = {}
    here = told(view, names.reverse(address), "PTR")
    pointers = [names.bare(name) for name in here.records]
    found |= {f"names of {address}": len(pointers), f"number of names of {address}": len(pointers)}
    found[address] = _confirmed(view, address, pointers)
    found |= {f"{address} {key}": value for key, value in here.state.items()}
    return found
