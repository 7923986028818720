"""What a receiver makes of an SPF record: `check_host` of RFC 7208, and what a record costs in look-ups.

Asks through a function, so it works over any view of DNS. That function raises `CannotTell` where DNS does not answer:
a receiver would call it `temperror`, and here it is `unknown`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import field

from baseline.classes import dataclass
from baseline.formats import names, spf
from baseline.formats.spf import Directive, ParsedSpf, SpfError
from baseline.model.probes import Records

MOST_LOOKUPS = 10
MOST_VOID = 2
MOST_NAMES = 10
"""Of one `mx` or `ptr` (4.6.4)."""

AskDns = Callable[[str, str], Records]
"""Name and type to what DNS has. Raises `CannotTell`."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Evaluation:
    """The result for one sender, and why: the term that matched, or what is wrong."""

    result: str
    why: str


@dataclass
class Cost:
    """What all terms of a record, includes and redirects followed, cost. `faults` are permanent errors."""

    lookups: int = 0
    void: int = 0
    faults: dict[str, None] = field(default_factory=dict)
    uses_ptr: bool = False


def records_of(ask: AskDns, domain: str) -> tuple[str, ...]:
    """The SPF records of a domain: all its TXT records that are such."""
    return tuple(text for text in ask(domain, "TXT").records if spf.is_spf(text))


def check_host(ask: AskDns, address: str, domain: str, sender: str, helo: str) -> Evaluation:
    """The result for mail from `sender`, seen from `address`, of the record at `domain` (RFC 7208 section 4)."""
    return _Check(ask, ipaddress.ip_address(address), sender, helo).of(domain)


def cost(ask: AskDns, domain: str) -> Cost:
    """What evaluating the record costs at most: every term counted, whether a term before it matches or not."""
    found = Cost()
    _count(ask, domain, found, ())
    return found


class _Check:
    def __init__(self, ask: AskDns, address: Address, sender: str, helo: str) -> None:
        self.ask, self.helo, self.sender = ask, helo, sender
        self.address = (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address
        self.type = "A" if self.address.version == 4 else "AAAA"
        self.lookups = self.void = 0

    def of(self, domain: str) -> Evaluation:
        """`check_host` itself."""
        if not _is_domain(domain):
            return Evaluation("none", f"{domain} is no domain name")
        found = records_of(self.ask, domain)
        if not found:
            return Evaluation("none", f"{domain} has no SPF record")
        if len(found) > 1:
            return Evaluation("permerror", f"{domain} has {len(found)} SPF records")
        try:
            return self._of(spf.parse(found[0]), domain)
        except SpfError as error:
            return Evaluation("permerror", f"{domain}: {error}")

    def _of(self, record: ParsedSpf, domain: str) -> Evaluation:
        for one in record.directives:
            if one.mechanism in spf.COUNTED:
                self._spend()
            if self._matches(one, domain):
                return Evaluation(one.result, f"{one.qualifier}{one.mechanism} of {domain}")
        if record.redirect is not None and not any(one.mechanism == "all" for one in record.directives):
            self._spend()
            target = self._named(record.redirect, domain)
            found = self.of(target)
            if found.result == "none":
                raise SpfError(f"redirect={target}, which has no SPF record")
            return found
        return Evaluation("neutral", f"nothing in the record of {domain} matches")

    def _matches(self, one: Directive, domain: str) -> bool:
        if one.mechanism == "all":
            return True
        if one.network is not None:
            return self.address.version == one.network.version and self.address in one.network
        target = self._named(one.domain, domain) if one.domain else domain
        match one.mechanism:
            case "include":
                return self._included(target)
            case "exists":
                return bool(self._seen(target, "A").records)
            case "a":
                return self._among(self._seen(target, self.type).records, one)
            case "mx":
                hosts = [_mx_name(text) for text in self._seen(target, "MX").records]
                if len(hosts) > MOST_NAMES:
                    raise SpfError(f"mx:{target} has more than {MOST_NAMES} hosts")
                return any(self._among(self._seen(host, self.type).records, one) for host in hosts if host)
            case _:
                return self._pointed(target)

    def _included(self, target: str) -> bool:
        found = self.of(target)
        if found.result in ("none", "permerror"):
            raise SpfError(f"include:{target}: {found.why}")
        return found.result == "pass"

    def _pointed(self, target: str) -> bool:
        pointers = self._seen(names.reverse(str(self.address)), "PTR").records[:MOST_NAMES]
        hosts = [names.bare(name) for name in pointers if names.inside(name, target)]
        return any(self._is_one_of(self.ask(host, self.type).records) for host in hosts)

    def _among(self, addresses: Iterable[str], one: Directive) -> bool:
        prefix = one.cidr4 if self.address.version == 4 else one.cidr6
        networks = (ipaddress.ip_network(f"{address}/{prefix}", strict=False) for address in addresses)
        return any(self.address in network for network in networks)

    def _is_one_of(self, addresses: Iterable[str]) -> bool:
        return any(self.address == ipaddress.ip_address(address) for address in addresses)

    def _seen(self, name: str, kind: str) -> Records:
        found = self.ask(names.bare(name), kind)
        if not found.records:
            self.void += 1
            if self.void > MOST_VOID:
                raise SpfError(f"more than {MOST_VOID} look-ups find nothing, the last for {name}")
        return found

    def _spend(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise SpfError(f"needs more than {MOST_LOOKUPS} look-ups")

    def _named(self, spec: str, domain: str) -> str:
        local, _, sender_domain = self.sender.rpartition("@")
        v6 = ".".join(self.address.exploded.replace(":", "")) if self.address.version == 6 else ""
        values = {
            "s": f"{local or 'postmaster'}@{sender_domain}",
            "l": local or "postmaster",
            "o": sender_domain,
            "d": domain,
            "i": v6 or str(self.address),
            "p": "unknown",
            "h": self.helo,
            "v": "ip6" if v6 else "in-addr",
            "c": str(self.address),
            "r": "unknown",
            "t": "0",
        }
        return names.bare(spf.shortened(spf.expand(spec, values)))


def _count(ask: AskDns, domain: str, found: Cost, above: tuple[str, ...]) -> None:
    if domain in above:
        found.faults[f"{domain} includes itself"] = None
        return
    texts = records_of(ask, domain)
    if len(texts) != 1:
        found.faults[f"{domain} has {len(texts) or 'no'} SPF record{'s' if len(texts) > 1 else ''}"] = None
        return
    try:
        record = spf.parse(texts[0])
    except SpfError as error:
        found.faults[f"{domain}: {error}"] = None
        return
    final = any(one.mechanism == "all" for one in record.directives)
    for one in record.directives:
        found.lookups += one.mechanism in spf.COUNTED
        found.uses_ptr |= one.mechanism == "ptr"
        # What a macro stands for is known only of one message.
        if "%" not in one.domain:
            _count_one(ask, one, names.bare(one.domain) or domain, found, (*above, domain))
        if one.mechanism == "all" or found.lookups > 2 * MOST_LOOKUPS:
            break
    if record.redirect is not None and not final:
        found.lookups += 1
        if "%" not in record.redirect and found.lookups <= 2 * MOST_LOOKUPS:
            _count(ask, names.bare(record.redirect), found, (*above, domain))


def _count_one(ask: AskDns, one: Directive, target: str, found: Cost, above: tuple[str, ...]) -> None:
    if one.mechanism == "include":
        _count(ask, target, found, above)
    elif one.mechanism == "a":
        # Void for one family is usual; void for both means that nothing is there.
        found.void += not (ask(target, "A").records or ask(target, "AAAA").records)
    elif one.mechanism == "exists":
        found.void += not ask(target, "A").records
    elif one.mechanism == "mx":
        hosts = ask(target, "MX").records
        found.void += not hosts
        if len(hosts) > MOST_NAMES:
            found.faults[f"mx:{target} has {len(hosts)} hosts, more than {MOST_NAMES}"] = None


def _mx_name(text: str) -> str:
    return names.bare(text.split()[-1])


def _is_domain(name: str) -> bool:
    labels = name.split(".")
    return len(name) <= 253 and len(labels) >= 2 and all(0 < len(label) <= 63 for label in labels)
