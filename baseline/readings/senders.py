"""The hosts that send and take a domain's mail, as inventory and DNS name them."""

from __future__ import annotations

from dataclasses import dataclass

from baseline.errors import CannotTell
from baseline.formats import names
from baseline.model import Peer, Target
from baseline.model.probes import View
from baseline.readings.dns import addresses, resolve


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
