"""Kind `mx_records`: a domain's MX records lead to hosts that take mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.formats import names
from baseline.judge import AtLeast, Equal, OneOf, Want, Wants
from baseline.kinds.base import Loosens
from baseline.kinds.domain import DomainControl
from baseline.model import Outcome, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Lookup, Port, View
from baseline.readings.dns import VANTAGE, resolve, told
from baseline.readings.senders import mail_hosts
from baseline.remedies.mending import faults
from baseline.remedies.remedy import Effects, Remedy
from baseline.remedies.zone_records import RecordSet, publish
from baseline.zone_edits import SetMailHosts

GOOD = "a host with addresses"
EXPLICIT = "MX records"
IMPLICIT = "the domain's own address"
NULL = "null MX: takes no mail"


class MxRecords(DomainControl):
    """Where mail for the domain goes: every target of its MX records is a host with an address, and no alias.

    Looked at: the MX records at a resolver and at each of the zone's own servers; of each target, CNAME, A and AAAA;
    and whether port 25 of its addresses is open from here. A port that is refused is a fail; one that stays silent
    makes the control unknown, since a network on the way may hold port 25 back.

    Applied: where the zone's file is on a host of the inventory, MX records for the inventory's hosts of role mta, by
    the name that the PTR record of their address has, in place of none, of a null MX, or of targets that are no
    hosts. Where one target of several is wrong, the plan says so, and a person decides.

    What can go wrong: a target without its last dot gets the zone's name behind it once more, and has no address
    then. A domain without MX but with an A record gets mail all the same (implicit MX): a warning. How to read it:
    the key of each target says what it lacks. Sources: RFC 5321 section 5.1; RFC 2181 section 10.3; RFC 7505;
    named-checkzone(8).
    """

    summary: ClassVar[str] = "A domain's MX records lead to hosts that take mail."
    loosens: ClassVar[Loosens] = {
        "min_mx": "lower",
        "advised_mx": "lower",
        "private": "change",
        "require_ipv6": "change",
    }
    in_zone: ClassVar[tuple[str, ...]] = ("records", "mail goes by", "targets", "target")
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because records are written only where no mail could follow those that are there",
        notice="Mail for the domain comes to the hosts of the inventory.",
    )

    kind: Literal["mx_records"]
    min_mx: Annotated[int, Field(ge=1, le=10, description="The fewest targets.")] = 1
    advised_mx: Annotated[int, Field(ge=1, le=10, description="Fewer targets than this are a warning.")] = 1
    require_ipv6: Annotated[bool, Field(description="Whether every target has to have an IPv6 address, too.")] = False
    private: Annotated[bool, Field(description="Whether addresses of a private network will do.")] = False
    preference: Annotated[int, Field(ge=0, le=65535, description="Of records that are written.")] = 10

    def expected(self, target: Target) -> Wants:
        """Enough targets, each a host with addresses."""
        del target
        wants: dict[str, Want] = {
            "mail goes by": OneOf((EXPLICIT,), warn=(IMPLICIT,)),
            "targets": AtLeast(self.advised_mx, floor=self.min_mx),
            "target *": Equal(GOOD),
            "port 25 of *": Equal("open"),
        }
        if self.require_ipv6:
            wants["IPv6 of *"] = Equal(value=True)
        return {**wants, **VANTAGE}

    def outside(self, view: View, state: State, target: Target) -> State:
        """The records and their targets."""
        del state
        here = told(view, target.subject, "MX")
        pairs = sorted((int(number), host) for number, _, host in (one.partition(" ") for one in here.records))
        hosts = [names.bare(host) for _, host in pairs]
        found: dict[str, Scalar] = {"records": "; ".join(f"{number} {host}" for number, host in pairs) or None}
        found |= {"mail goes by": EXPLICIT, "targets": len(set(hosts))}
        if hosts == [""]:
            found |= {"mail goes by": NULL, "targets": 0}
        elif not hosts:
            own = resolve(view, target.subject, "A").records or resolve(view, target.subject, "AAAA").records
            # Mail goes to the domain's own host then, which counts as a target of its own.
            found |= {"mail goes by": IMPLICIT if own else None, "targets": 1 if own else 0}
        hosts = [host for host in dict.fromkeys(hosts) if host]
        view.ahead(*(Lookup(host, kind) for host in hosts for kind in ("CNAME", "A", "AAAA")))
        reached: list[str] = []
        seen = Parts({**found, **here.state})
        for host in hosts:
            with seen.part():
                seen[f"target {host}"], ours = self._target(view, host)
                seen[f"IPv6 of {host}"] = any(":" in address for address in ours)
                reached += ours
        view.ahead(*(Port(address, 25) for address in reached))
        for address in dict.fromkeys(reached):
            with seen.part():
                seen[f"port 25 of {address}"] = _port(view, address)
        return seen

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """MX records for the inventory's hosts, where there are none that any mail could follow."""
        wrong = {key for key in faults(self.expected(target), state) if key not in VANTAGE}
        about_records = {key for key in wrong if key in ("mail goes by", "targets") or key.startswith("target ")}
        hosts = mail_hosts(target)
        if not about_records:
            return None
        if not hosts:
            return Remedy(advice="Give the hosts of role mta their full name in the inventory (`fqdn`).")
        if len(hosts) < self.min_mx:
            return Remedy(
                advice=f"{self.min_mx} MX targets are wanted, and the inventory has {len(hosts)} hosts of role mta."
            )
        sound = sum(key.startswith("target ") and value == Outcome.PASS for key, value in state.items())
        return publish(
            state,
            (self._wanted(target.subject, hosts),),
            lambda path, zone: (SetMailHosts(path, zone, target.subject, hosts, self.preference, sound),),
        )

    def wanted_records(self, target: Target) -> Sequence[RecordSet]:
        """MX records for the hosts of role mta that the inventory knows by their full name."""
        hosts = mail_hosts(target)
        return (self._wanted(target.subject, hosts),) if hosts else ()

    def _wanted(self, domain: str, hosts: Sequence[str]) -> RecordSet:
        return RecordSet(domain, "MX", tuple(f"{self.preference} {host}." for host in hosts))

    def _target(self, view: View, host: str) -> tuple[str, tuple[str, ...]]:
        """What is to be said of a target, and its addresses."""
        if names.is_address(host):
            return "an address, not a host", ()
        if not names.is_hostname(host):
            return "no name of a host", ()
        alias = resolve(view, host, "CNAME").records
        if alias:
            return f"an alias of {names.bare(alias[0])}", ()
        ours = tuple(one for kind in ("A", "AAAA") for one in resolve(view, host, kind).records)
        if not ours:
            twice = re.fullmatch(r"(.+)\.([^.]+(?:\.[^.]+)+)\.\2", host)
            return f"without address{': a last dot is missing in the zone' if twice else ''}", ()
        closed = [address for address in ours if names.is_private(address)]
        if closed and not self.private:
            return f"at an address that nobody outside reaches: {', '.join(closed)}", ours
        return GOOD, ours


def _port(view: View, address: str) -> str:
    """Whether port 25 is open or refused. Raises `CannotTell` where nobody answers."""
    seen = view.see(Port(address, 25))
    if seen.trouble or seen.state == "silent":
        raise CannotTell(f"port 25 of {address}: {seen.trouble or 'silent, or held back by a network on the way'}")
    return seen.state
