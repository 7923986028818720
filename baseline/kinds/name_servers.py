"""Kind `name_servers`: a domain's zone is served by more than one server, alike, and with sane times."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.formats import names, zone
from baseline.judge import Advised, AtLeast, Between, Equal, OneOf, Want, Wants
from baseline.kinds.base import ByHand, Loosens
from baseline.kinds.domain import DomainControl
from baseline.model import Scalar, State, Target
from baseline.model.probes import Lookup, Records, View
from baseline.readings.dns import Server, answered, apex, ask, no_answer, resolve, serial_of, servers
from baseline.readings.zones import IN_A_FILE, zone_configuration
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy
from baseline.zone_edits import AllowTransfers

if TYPE_CHECKING:
    from testinfra.host import Host

OPTIONS = "/etc/bind/named.conf.options"
AUTHORITATIVE = "authoritative"


class NameServers(DomainControl):
    """The servers of the domain's zone, as its parent and the zone itself name them, and what each of them answers.

    Looked at: the NS records at the parent's servers and in the zone; of every address of every server, the SOA
    record without recursion; the times in it; the TTL of MX and A records; whether a transfer of the whole zone is
    given to a stranger. A server that answers without authority is lame: a fail. One that does not answer makes the
    control unknown. A server that the zone names by an IPv6 address that cannot be reached from here is passed over
    when it answers at an IPv4 address.

    Applied: `allow-transfer` in the options of the host that keeps the zone: to the other servers of the zone, or
    none. BIND 9.18 gives the whole zone to everybody unless told otherwise. A second server, delegations and the
    times in the SOA record are for a person.

    What can go wrong: secondaries that are not named in the zone (hidden ones) need a transfer, too: name them
    in the zone statement itself, whose `allow-transfer` is stronger. After a change, secondaries have an older serial
    for a while: a warning; one that is days behind, by serials that are dates, is a fail. How to read it: `server NAME
    ADDRESS` is `lame` where that server does not know the zone. Sources: RFC 1034 section 4.1; RFC 1912 section 2.2;
    RFC 2181 section 10.3; RFC 2182 sections 3.1 and 5; RFC 2308 section 5.
    """

    summary: ClassVar[str] = "A domain's zone is served by more than one server, alike, and with sane times."
    loosens: ClassVar[Loosens] = {
        "min_ns": "lower",
        "advised_ns": "lower",
        "min_refresh": "lower",
        "max_refresh": "higher",
        "min_expire": "lower",
        "max_expire": "higher",
        "min_negative": "lower",
        "max_negative": "higher",
        "min_ttl": "lower",
        "max_ttl": "higher",
    }
    in_zone: ClassVar[tuple[str, ...]] = (
        "addresses",
        "alias",
        "refresh",
        "retry below refresh",
        "expire",
        "negative TTL",
        "TTL of",
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because an allow-transfer of the site's own is left as it is; only none, or `any`, "
        "gives way",
        notice="Nothing; strangers can no longer copy the whole zone.",
    )
    by_hand: ClassVar[ByHand] = {
        "zone": "Have the parent delegate the domain to servers that answer for it.",
        "addresses": "Name a second server for the domain, in the zone (NS) and at its parent.",
        "networks": "Put one of the name servers on another network, best at another provider.",
        "server *": "Have {rest} serve the zone, or take it out of the NS records and at the parent.",
        "alias *": "Give {rest} an address of its own: the target of NS may be no alias.",
        "delegation": "Have the parent name the servers that the zone names.",
        "serials": "Find out why the secondaries do not fetch the zone, in their logs and in that of the primary.",
        "refresh": "Set refresh of the SOA record within {wanted}, and raise the serial.",
        "retry below refresh": "Set retry of the SOA record below refresh, and raise the serial.",
        "expire": "Set expire of the SOA record within {wanted}, and raise the serial.",
        "negative TTL": "Set the last number of the SOA record within {wanted}, and raise the serial.",
        "TTL of *": "Set the TTL of {rest} within {wanted}, and raise the serial.",
    }

    kind: Literal["name_servers"]
    min_ns: Annotated[int, Field(ge=1, le=13, description="The fewest addresses that answer.")] = 2
    advised_ns: Annotated[int, Field(ge=1, le=13, description="Fewer are a warning.")] = 2
    min_refresh: Annotated[int, Field(ge=60, description="Seconds.")] = 1200
    max_refresh: Annotated[int, Field(ge=60, description="Seconds.")] = 43200
    min_expire: Annotated[int, Field(ge=3600, description="Seconds.")] = 1209600
    max_expire: Annotated[int, Field(ge=3600, description="Seconds.")] = 2419200
    min_negative: Annotated[int, Field(ge=0, description="Seconds for which what is not there is remembered.")] = 300
    max_negative: Annotated[int, Field(ge=0, description="Seconds for which what is not there is remembered.")] = 86400
    min_ttl: Annotated[int, Field(ge=0, description="Seconds, of MX and A records.")] = 300
    max_ttl: Annotated[int, Field(ge=0, description="Seconds, of MX and A records.")] = 86400

    def expected(self, target: Target) -> Wants:
        """Enough servers that answer alike, sane times, no transfer to strangers."""
        del target
        wants: dict[str, Want] = {
            "zone": OneOf(("found",)),
            "addresses": AtLeast(self.advised_ns, floor=self.min_ns),
            "networks": Advised(AtLeast(2)),
            "server *": Equal(AUTHORITATIVE),
            "alias *": Equal(None),
            "delegation": Equal("as the zone says"),
            "serials": OneOf(("equal",), warn=("not all transferred yet",)),
            "refresh": Between(self.min_refresh, self.max_refresh, "s"),
            "retry below refresh": Equal(value=True),
            "expire": Between(self.min_expire, self.max_expire, "s"),
            "negative TTL": Between(self.min_negative, self.max_negative, "s"),
            "TTL of *": Between(self.min_ttl, self.max_ttl, "s"),
            "transfer by *": Equal("refused"),
        }
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """Where the zone is kept, and whom the configuration lets transfer it."""
        conf, state = zone_configuration(host, target.subject)
        found = conf.zone(target.subject) if conf else None
        state["allow-transfer"] = None if found is None or found.transfer is None else " ".join(found.transfer)
        # The zone's name comes from outside here; it is the same name.
        state["zone on host"] = state.pop("zone")
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The options of named, and the files that the zone may stand in, which name its servers."""
        return (OPTIONS, *super().reads(target))

    def outside(self, view: View, state: State, target: Target) -> State:
        """What parent and servers say."""
        del state
        domain = apex(view, target.subject)
        if domain is None or "." not in domain:
            return {"zone": None, "addresses": 0}
        ours = servers(view, domain)
        hosts = sorted({names.bare(host) for host in resolve(view, domain, "NS").records})
        found: dict[str, Scalar] = {"zone": "found", "zone name": domain}
        found |= {f"alias {host}": _alias(view, host) for host in hosts}
        answers = _answers(view, domain, ours)
        good = [server for server, soa in answers.items() if serial_of(soa) is not None]
        found["addresses"] = len({server.address for server in good})
        found["networks"] = len({_network(server.address) for server in good})
        found |= {f"server {one.name} {one.address}": _standing(soa) for one, soa in answers.items()}
        found["delegation"] = _delegation(view, domain, hosts)
        found |= _serials({server: answers[server] for server in good})
        if good:
            found |= _times(answers[good[0]].records[0])
        found |= _ttls(view, target.subject, good)
        view.ahead(*(Lookup(domain, "AXFR", one.address, recurse=False) for one in good))
        found |= {f"transfer by {one.name} {one.address}": _transfer(view, domain, one) for one in good}
        return found

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Transfers to the zone's own servers alone, where this host keeps it and nothing else is wrong."""
        mine = {address for peer in target.peers if peer.name == target.name for address in peer.outbound}
        ours = state.get("zone on host") is not None and state.get("allow-transfer") in (None, "any")
        if not ours or not helps(self.expected(target), state, lambda key: not key.startswith("transfer by ")):
            return None
        if state["zone kept"] != IN_A_FILE:
            return Remedy(advice=f"The zone is kept {state['zone kept']}: set allow-transfer there.")
        zone, file = str(state["zone on host"]), str(state["zone file"])
        known = tuple((peer.fqdn, peer.outbound) for peer in target.peers if peer.fqdn)
        return Remedy(edits=(AllowTransfers(zone, file, known, tuple(sorted(mine)), OPTIONS),), reloads=("named",))

    def advice(self, state: State) -> str:
        """Where no remedy can name the secondaries."""
        del state
        return "Let named give the zone to its secondaries alone: `allow-transfer { ADDRESS; };`."


def _answers(view: View, domain: str, ours: tuple[Server, ...]) -> dict[Server, Records]:
    """The SOA record of every address. Raises `CannotTell` for a server that answers nowhere."""
    questions = {one: Lookup(domain, "SOA", one.address, recurse=False) for one in ours}
    view.ahead(*questions.values())
    seen = {one: view.see(question) for one, question in questions.items()}
    silent = {one for one, soa in seen.items() if soa.trouble or soa.status == "servfail"}
    for one in silent:
        if ":" not in one.address or all(other in silent for other in ours if other.name == one.name):
            raise CannotTell(no_answer(questions[one], seen[one]))
    return {one: soa for one, soa in seen.items() if one not in silent}


def _standing(soa: Records) -> str:
    if serial_of(soa) is not None:
        return AUTHORITATIVE
    return "lame: answers without authority" if answered(soa) else f"lame: answers {soa.status.upper()}"


def _alias(view: View, host: str) -> str | None:
    found = resolve(view, host, "CNAME").records
    return names.bare(found[0]) if found else None


def _network(address: str) -> str:
    return str(ipaddress.ip_network(f"{address}/{24 if ':' not in address else 48}", strict=False))


def _delegation(view: View, domain: str, hosts: list[str]) -> str:
    """What the servers of the parent say of the zone's servers."""
    parent = apex(view, domain.partition(".")[2])
    above = servers(view, parent) if parent else ()
    reachable = [one for one in above if ":" not in one.address] or list(above)
    if not reachable:
        return "as the zone says"
    seen = [ask(view, Lookup(domain, "NS", one.address, recurse=False)) for one in reachable[:1]]
    given = sorted({names.bare(host) for host in seen[0].records})
    if given == hosts:
        return "as the zone says"
    return f"the parent names {', '.join(given) or 'no server'}, the zone {', '.join(hosts)}"


def _serials(soas: Mapping[Server, Records]) -> dict[str, Scalar]:
    numbers = {server: number for server, soa in soas.items() if (number := serial_of(soa)) is not None}
    if len(set(numbers.values())) <= 1:
        return {"serials": "equal"}
    newest = next(iter(numbers.values()))
    for number in numbers.values():
        newest = number if zone.newer(number, newest) else newest
    late = [f"{server} has {number}" for server, number in numbers.items() if number != newest]
    days = [zone.days_between(number, newest) for number in numbers.values()]
    long = any(gap is not None and gap > 1 for gap in days)
    return {
        "serials": "not transferred for days" if long else "not all transferred yet",
        "older serials": f"{', '.join(late)}; the newest is {newest}",
    }


def _times(soa: str) -> dict[str, Scalar]:
    _, _, _, refresh, retry, expire, negative = soa.split()
    return {
        "refresh": int(refresh),
        "retry below refresh": int(retry) < int(refresh),
        "expire": int(expire),
        "negative TTL": int(negative),
    }


def _ttls(view: View, domain: str, good: list[Server]) -> dict[str, Scalar]:
    """Of MX and A records, as a server of the zone gives them: a resolver's have run down."""
    found: dict[str, Scalar] = {}
    for server in good[:1]:
        for kind in ("MX", "A"):
            seen = ask(view, Lookup(domain, kind, server.address, recurse=False))
            if seen.records and not seen.aliases:
                found[f"TTL of {kind}"] = seen.ttl
    return found


def _transfer(view: View, domain: str, server: Server) -> str:
    question = Lookup(domain, "AXFR", server.address, recurse=False)
    seen = view.see(question)
    if seen.status in ("refused", "notauth") and not seen.trouble:
        return "refused"
    if not answered(seen):
        raise CannotTell(no_answer(question, seen))
    return "given to strangers" if seen.status == "noerror" else "refused"
