"""The hosts that send and take a domain's mail, as the inventory names them."""

from __future__ import annotations

from baseline.errors import CannotTell
from baseline.model import Peer, Target


def senders(target: Target) -> tuple[Peer, ...]:
    """The hosts of the inventory that send a domain's mail."""
    return tuple(peer for peer in target.peers if "mta" in peer.roles and target.subject in peer.domains)


def outbound(target: Target) -> tuple[str, ...]:
    """The addresses that a domain's mail is sent from. Raises `CannotTell` where the inventory does not say."""
    for peer in senders(target):
        if not peer.outbound:
            raise CannotTell(f"the inventory does not say from which addresses {peer.name} sends: give it `outbound`")
    return tuple(dict.fromkeys(address for peer in senders(target) for address in peer.outbound))


def mail_hosts(target: Target) -> tuple[str, ...]:
    """The full names of the hosts that send a domain's mail, and so take it, as the inventory has them."""
    return tuple(peer.fqdn for peer in senders(target) if peer.fqdn)
