"""Whether a mail came in from outside, as its path shows: the account that it was sent from does not show that.

The newest hop was written by the server that keeps the mailbox, which is believed. A hop whose client has an address
of the agency's own hands the word to that client, and so on to the hop at which somebody else handed the mail in: the
border. Whatever stands below it was written by others, and can only make the mail count less.
"""

from __future__ import annotations

from collections.abc import Sequence

from baseline.classes import dataclass
from baseline.delivery.received import addresses, logged_in
from baseline.formats.networks import IPAddress, IPNetwork
from baseline.model.measurements import ReceivedHop

NOBODY = "no server of others handed it in"
NO_PATH = "it has no path at all"


@dataclass(frozen=True)
class Own:
    """What is the agency's own: its domains, the names of its hosts, and its networks.

    Addresses of private networks are its own too, but for those of `others`, as in a network that agencies share.
    """

    domains: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    networks: tuple[IPNetwork, ...] = ()
    others: tuple[IPNetwork, ...] = ()

    def has_address(self, address: IPAddress) -> bool:
        """Whether an address is the agency's own."""
        if address.is_loopback or any(address in network for network in self.networks):
            return True
        return not address.is_global and not any(address in network for network in self.others)

    def has_name(self, name: str) -> bool:
        """Whether the name of a host is one of the agency's, or lies in a domain of its."""
        said = name.rstrip(".").casefold()
        domains = [domain.casefold() for domain in self.domains]
        return said in {host.casefold() for host in self.hosts} or any(
            said == domain or said.endswith(f".{domain}") for domain in domains
        )


@dataclass(frozen=True)
class WayIn:
    """Whether it came from outside; if not, `reason` says what shows that. `border` is the number of the hop."""

    outside: bool
    border: int
    reason: str = ""


def way_of(hops: Sequence[ReceivedHop], own: Own) -> WayIn:
    """The way that a mail came in, the newest hop first."""
    border = next((at for at, hop in enumerate(hops) if _handed_in(hop, own)), None)
    if border is None:
        return WayIn(False, max(len(hops) - 1, 0), NOBODY if hops else NO_PATH)
    if logged_in(hops[border]):
        return WayIn(False, border, f"it was submitted to {_by(hops[border])}, with a login")
    back = next((hop for hop in hops[border + 1 :] if own.has_name(_by(hop))), None)
    if back is not None:
        return WayIn(False, border, f"it had been at the agency's own {_by(back)} before it came in")
    return WayIn(True, border)


def _handed_in(hop: ReceivedHop, own: Own) -> bool:
    """Whether all that the hop names its client with are addresses of others, and there is one."""
    found = addresses(hop.from_)
    return bool(found) and not any(own.has_address(address) for address in found)


def _by(hop: ReceivedHop) -> str:
    return hop.by.partition(" ")[0]
