"""Reading DNS twice: at a resolver, and at each of the zone's own servers, so that stale copies show.

NXDOMAIN and an empty answer are answers. SERVFAIL, REFUSED and silence are none: they raise `CannotTell`. Where another
server of the same zone has answered, what that one has is judged; but nobody knows then that all have the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats import names, zone
from baseline.judge import Advised, Equal, Wants
from baseline.model import Scalar
from baseline.model.probes import Lookup, Records, View
from baseline.readings.answers import shorten

ALIKE = "alike"
_ADDRESSES = ("A", "AAAA")

VANTAGE: Wants = {
    "at the name servers": Equal(ALIKE),
    "at servers with an older copy": Advised(Equal(ALIKE)),
    "at the resolver": Advised(Equal(ALIKE)),
}
"""What is wanted of the keys that `Published.state` gives."""


@dataclass(frozen=True)
class Server:
    """One address of one authoritative server."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"


@dataclass(frozen=True)
class Published:
    """A record set as the zone's servers have it, and who has it otherwise.

    `unseen` says which servers answered at none of their addresses: they may have another one. What all servers have is
    not in `state` then, so that what is alike at the others is unknown and no pass.
    """

    records: tuple[str, ...]
    ttl: int
    state: dict[str, Scalar]
    unseen: str = ""

    def whole(self) -> tuple[str, ...]:
        """The records, where all servers have answered. Raises `CannotTell`."""
        if self.unseen:
            raise CannotTell(self.unseen)
        return self.records


def answered(records: Records) -> bool:
    """Whether this is an answer."""
    return not records.trouble and records.status in ("noerror", "nxdomain")


def ask(view: View, lookup: Lookup) -> Records:
    """The answer to one question. Raises `CannotTell` where there is none."""
    found = view.see(lookup)
    if answered(found):
        return found
    raise CannotTell(no_answer(lookup, found))


def no_answer(lookup: Lookup, found: Records) -> str:
    """Why a question has no answer, for a reason."""
    whom = lookup.server or "the resolver"
    return f"{lookup.type} of {lookup.name}: {shorten(found.trouble) or f'{whom} answers {found.status.upper()}'}"


def resolve(view: View, name: str, kind: str) -> Records:
    """What the resolver has. Raises `CannotTell`."""
    return ask(view, Lookup(names.bare(name), kind))


def resolver(view: View) -> Callable[[str, str], Records]:
    """The resolver as a function of name and type."""
    return lambda name, kind: resolve(view, name, kind)


def resolver_but(view: View, name: str, kind: str, records: tuple[str, ...]) -> Callable[[str, str], Records]:
    """The resolver, but with one record set as the zone's own servers have it: the resolver's copy may be older."""
    known = Records("noerror", records)
    return lambda one, other: (
        known if (names.bare(one), other) == (names.bare(name), kind) else resolve(view, one, other)
    )


def addresses(view: View, name: str) -> tuple[str, ...]:
    """The addresses of a host, IPv4 before IPv6. Raises `CannotTell`."""
    view.ahead(*(Lookup(names.bare(name), kind) for kind in _ADDRESSES))
    return tuple(address for kind in _ADDRESSES for address in resolve(view, name, kind).records)


def apex(view: View, name: str) -> str | None:
    """The name of the zone that a name is in: the nearest name upwards that has name servers. Raises `CannotTell`."""
    view.ahead(*(Lookup(one, "NS") for one in names.upwards(name)))
    for one in names.upwards(name):
        found = resolve(view, one, "NS")
        if found.records and not found.aliases:
            return one
    return None


def servers(view: View, domain: str) -> tuple[Server, ...]:
    """Every address of every name server that a zone names. Raises `CannotTell`."""
    hosts = sorted(names.bare(host) for host in resolve(view, domain, "NS").records)
    view.ahead(*(Lookup(host, kind) for host in hosts for kind in _ADDRESSES))
    return tuple(Server(host, address) for host in hosts for address in addresses(view, host))


def told(view: View, name: str, kind: str, counts: Callable[[str], bool] = lambda _: True) -> Published:
    """The records of which `counts` is true, at the resolver and at every authoritative server.

    The servers with the newest serial decide. Raises `CannotTell` when the resolver, or no server, answers.
    """
    name = names.bare(name)
    here = resolve(view, name, kind)
    ours = _sorted(here.records, counts)
    domain = apex(view, name)
    if domain is None or here.aliases:
        # An alias leads into another zone, whose servers are not those of this one.
        state: dict[str, Scalar] = dict.fromkeys(VANTAGE, ALIKE)
        return Published(ours, here.ttl, {**state, "alias of": here.aliases[-1] if here.aliases else None})
    asked = servers(view, domain)
    questions = [Lookup(name, kind, one.address, recurse=False) for one in asked]
    serials = [Lookup(domain, "SOA", one.address, recurse=False) for one in asked]
    view.ahead(*questions, *serials)
    silent: dict[Server, str] = {}
    copies = []
    for server, question, serial in zip(asked, questions, serials, strict=True):
        found, soa = view.see(question), view.see(serial)
        number = serial_of(soa)
        if answered(found) and number is not None:
            copies.append((server, number, _sorted(found.records, counts), found.ttl))
        else:
            why = no_answer(serial, soa) if answered(found) else no_answer(question, found)
            silent[server] = f"{server} has no authority" if answered(soa) and answered(found) else why
    if not copies:
        raise CannotTell("; ".join(silent.values()) or f"the name servers of {domain} have no addresses")
    heard = {server.name for server, _, _, _ in copies}
    unseen = "; ".join(why for server, why in silent.items() if server.name not in heard)
    newest = copies[0][1]
    for _, number, _, _ in copies:
        newest = number if zone.newer(number, newest) else newest
    first = next(copy for copy in copies if copy[1] == newest)
    older = [(server, records) for server, number, records, _ in copies if number != newest]
    same = [(server, records) for server, number, records, _ in copies if number == newest]
    state = {
        "at the name servers": _differing(same, first[2]),
        "at servers with an older copy": _differing(older, first[2]),
        "at the resolver": ALIKE if ours == first[2] else f"otherwise, for at most {here.ttl} s: {_listed(ours)}",
        "servers that did not answer": "; ".join(silent.values()) or None,
        "serial": newest,
    }
    if unseen and state["at the name servers"] == ALIKE:
        del state["at the name servers"]
    return Published(first[2], first[3], state, unseen)


def serial_of(soa: Records) -> int | None:
    """The serial in the answer of an authoritative server; None when it has no authority, or did not answer."""
    if not answered(soa) or not soa.authoritative or not soa.records:
        return None
    fields = soa.records[0].split()
    return int(fields[2]) if len(fields) == 7 and fields[2].isdigit() else None


def _sorted(records: Iterable[str], counts: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(sorted(record for record in records if counts(record)))


def _differing(copies: Iterable[tuple[Server, tuple[str, ...]]], wanted: tuple[str, ...]) -> str:
    other = [f"{server} has {_listed(records)}" for server, records in copies if records != wanted]
    return "; ".join(other) or ALIKE


def _listed(records: tuple[str, ...]) -> str:
    return shorten(" and ".join(records)) or "nothing"
