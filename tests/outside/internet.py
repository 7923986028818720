"""A world as data: mail domains, the servers of their zones and of their mail, and how these behave.

Made from a seed, in shares as they are found outside: most domains have their zones and their mail at a few providers,
the rest at servers of their own, of which some are dead, slow, or mean harm.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

Manner = Literal["well", "slow", "no TLS", "broken TLS", "refusing", "dead", "endless", "flooding"]
"""How a mail server behaves. `endless` sends lines of its greeting for ever, `flooding` as fast as they are taken."""

RESOLVER = "11.0.0.53"
TOP, PARENT = "test", "gov.test"
_PARENTS = ("11.0.1.1", "11.0.1.2")
_OWN_MAIL: tuple[tuple[Manner, int], ...] = (
    ("well", 78),
    ("slow", 5),
    ("no TLS", 4),
    ("broken TLS", 2),
    ("refusing", 3),
    ("dead", 4),
    ("endless", 3),
    ("flooding", 1),
)
_MAIL_PROVIDERS, _ZONE_PROVIDERS = 4, 6
SOA = "ns1.{0}. hostmaster.{0}. 2026010101 7200 3600 1209600 300"


@dataclass
class Internet:
    """`zones` have the addresses of their servers; those in `dead` never answer, those in `lame` know no zone."""

    zones: dict[str, tuple[str, ...]] = field(default_factory=dict)
    records: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    signed: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)
    lame: set[str] = field(default_factory=set)
    mail: dict[str, Manner] = field(default_factory=dict)
    web: set[str] = field(default_factory=set)
    exchangers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Address of a mail server -> its names."""
    domains: list[str] = field(default_factory=list)
    kept_by: dict[str, list[str]] = field(default_factory=dict)
    """Address of a mail server -> the domains whose mail it takes."""

    def zone_of(self, name: str) -> str:
        """The nearest zone that a name is in; empty for the root."""
        return next((one for one in upwards(name) if one in self.zones), "")


def upwards(name: str) -> Iterator[str]:
    """A name and all names above it."""
    labels = name.split(".")
    for number in range(len(labels)):
        yield ".".join(labels[number:])


def internet(number: int, seed: int = 1, *, every: bool = False) -> Internet:
    """A world of so many mail domains. With `every`, the first of them are at home at a server of each manner."""
    dice = random.Random(seed)
    made = Internet()
    _zone(made, TOP, _PARENTS, f"ns{{}}.{TOP}")
    _zone(made, PARENT, _PARENTS, f"ns{{}}.{PARENT}")
    zone_servers = [_zone_provider(made, number) for number in range(_ZONE_PROVIDERS)]
    mail_servers = [_mail_provider(made, number) for number in range(_MAIL_PROVIDERS)]
    for one in range(number):
        domain = f"d{one}.{PARENT}"
        made.domains.append(domain)
        _zone(made, domain, *_servers_of(made, domain, one, zone_servers, dice))
        if dice.random() < 0.2:
            made.signed.add(domain)
        if every and one < len(_OWN_MAIL):
            _at_home(made, domain, one, _OWN_MAIL[one][0], dice)
        elif dice.random() < 0.65:
            _at_a_provider(made, domain, one, dice.choice(mail_servers))
        else:
            (manner,) = dice.choices([one for one, _ in _OWN_MAIL], [share for _, share in _OWN_MAIL])
            _at_home(made, domain, one, manner, dice)
        _policies(made, domain, one, dice)
    return made


def _zone(made: Internet, zone: str, addresses: Sequence[str], names: str) -> None:
    made.zones[zone] = tuple(addresses)
    made.records[zone, "SOA"] = (SOA.format(zone),)
    made.records[zone, "NS"] = tuple(f"{names.format(n)}." for n in range(1, len(addresses) + 1))
    for n, address in enumerate(addresses, 1):
        made.records[names.format(n), "A"] = (address,)


def _zone_provider(made: Internet, number: int) -> tuple[tuple[str, ...], str]:
    addresses = (f"11.0.{10 + number}.1", f"11.0.{30 + number}.1")
    _zone(made, f"dns{number}.test", addresses, f"ns{{}}.dns{number}.test")
    return addresses, f"ns{{}}.dns{number}.test"


def _mail_provider(made: Internet, number: int) -> tuple[str, tuple[str, ...]]:
    """A provider of mail: its zone, and the addresses of its servers."""
    zone, addresses = f"mail{number}.test", tuple(f"11.0.{50 + number}.{n}" for n in (1, 2))
    _zone(made, zone, (f"11.0.{70 + number}.1", f"11.0.{70 + number}.2"), f"ns{{}}.{zone}")
    made.signed.add(zone)
    made.records[f"spf.{zone}", "TXT"] = (f"v=spf1 ip4:11.0.{50 + number}.0/24 -all",)
    for n, address in enumerate(addresses, 1):
        _exchanger(made, f"mx{n}.{zone}", address, "well")
        if number == 0:
            made.records[f"_25._tcp.mx{n}.{zone}", "TLSA"] = ("3 1 1 KEY",)
    return zone, addresses


def _exchanger(made: Internet, name: str, address: str, manner: Manner) -> None:
    made.records[name, "A"] = (address,)
    made.exchangers[address] = (*made.exchangers.get(address, ()), name)
    made.mail[address] = manner
    back = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
    if (back, "PTR") not in made.records:
        made.records[back, "PTR"] = (f"{name}.",)
        zone = back.partition(".")[2]
        if zone not in made.zones:
            _zone(made, zone, _PARENTS, f"ns{{}}.{PARENT}")


def _servers_of(
    made: Internet, domain: str, number: int, providers: Sequence[tuple[tuple[str, ...], str]], dice: random.Random
) -> tuple[tuple[str, ...], str]:
    """Addresses and names of the servers of a domain's zone."""
    draw = dice.random()
    if draw < 0.85:
        return dice.choice(providers)
    own = (f"11.1.{number // 200}.{1 + number % 200}", f"11.2.{number // 200}.{1 + number % 200}")
    if draw < 0.87:
        made.dead |= set(own)
    elif draw < 0.90:
        made.dead.add(own[1])
    elif draw < 0.92:
        made.lame.add(own[1])
    return own, f"ns{{}}.{domain}"


def _at_a_provider(made: Internet, domain: str, number: int, provider: tuple[str, tuple[str, ...]]) -> None:
    """Some providers have names for their servers that are the same for all, others one for each of their domains."""
    zone, addresses = provider
    if zone == "mail3.test":
        name = f"d{number}.in.{zone}"
        made.records[name, "A"] = addresses
        made.records[domain, "MX"] = (f"10 {name}.",)
        made.exchangers[addresses[0]] = (*made.exchangers[addresses[0]], name)
    else:
        made.records[domain, "MX"] = tuple(f"{10 * n} mx{n}.{zone}." for n in (1, 2))
    made.records[domain, "TXT"] = (f"v=spf1 include:spf.{zone} -all", "site-verification=1234")
    made.records[domain, "A"] = ("11.0.2.1",)
    for address in addresses:
        made.kept_by.setdefault(address, []).append(domain)


def _at_home(made: Internet, domain: str, number: int, manner: Manner, dice: random.Random) -> None:
    address = f"11.{9 if manner == 'dead' else 3}.{number // 200}.{1 + number % 200}"
    _exchanger(made, f"mx.{domain}", address, manner)
    made.records[domain, "MX"] = (f"10 mx.{domain}.",)
    made.records[domain, "TXT"] = ("v=spf1 mx -all",)
    made.records[domain, "A"] = (address,)
    made.kept_by[address] = [domain]
    if dice.random() < 0.2:
        made.records[f"_25._tcp.mx.{domain}", "TLSA"] = ("3 1 1 KEY",)


def _policies(made: Internet, domain: str, number: int, dice: random.Random) -> None:
    draw = dice.random()
    if number % 97 == 13:
        # A name that leads to itself by way of another one.
        made.records[f"_dmarc.{domain}", "CNAME"] = (f"_other.{domain}.",)
        made.records[f"_other.{domain}", "CNAME"] = (f"_dmarc.{domain}.",)
    elif draw < 0.7:
        made.records[f"_dmarc.{domain}", "TXT"] = (f"v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}",)
    if number % 97 == 14:
        made.records[domain, "TXT"] = tuple(f"{n} {'x' * 2_000}" for n in range(30))
    if dice.random() < 0.15:
        address = f"11.4.{number // 200}.{1 + number % 200}"
        made.records[f"_mta-sts.{domain}", "TXT"] = ("v=STSv1; id=1",)
        made.records[f"mta-sts.{domain}", "A"] = (address,)
        made.records[f"_smtp._tls.{domain}", "TXT"] = (f"v=TLSRPTv1; rua=mailto:tls@{domain}",)
        made.web.add(address)
    if dice.random() < 0.3:
        made.records[domain, "CAA"] = ('0 issue "ca.test"',)
