"""What a mail that arrived shows of its way: path, border, what the receiver saw, and whether it counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from baseline.classes import dataclass
from baseline.delivery.authentication import seen_by
from baseline.delivery.leg import Leg
from baseline.delivery.mailbox import FoundMail
from baseline.delivery.received import addresses, path
from baseline.delivery.way import Own, WayIn, way_of
from baseline.model.measurements import AuthenticationResult, DeliveryOutcome, ReceivedHop


@dataclass(frozen=True)
class Arrival:
    """What one mail shows."""

    outcome: DeliveryOutcome
    reason: str
    folder: str
    path: tuple[ReceivedHop, ...]
    authentication: tuple[AuthenticationResult, ...]


def arrival(leg: Leg, mail: FoundMail, own: Own, late: bool) -> Arrival:
    """Judge a mail that was found: by its way first, then by the folder, then by its time."""
    hops = hops_of(mail)
    way = _way_in(hops, own) if leg.direction == "out" else _way_out(hops, own)
    name = leg.receiver.authserv_id or leg.imap.server_name
    outcome, reason = _judged(leg, mail, way, late)
    return Arrival(outcome, reason, mail.folder.name, hops, seen_by(name, mail.headers, way.border))


def hops_of(mail: FoundMail) -> tuple[ReceivedHop, ...]:
    """The path of a mail, the newest hop first."""
    return path([value for name, value in mail.headers if name.lower() == "received"])


def arrived_at(now: datetime, looked: datetime, hops: Sequence[ReceivedHop], usual: timedelta) -> datetime:
    """When a mail arrived that is found `now`, and was not there when it was last `looked` for.

    Where nobody could look for longer than is `usual`, the time counts that the receiver's server wrote, as far as it
    lies in between: that the mailbox could not be reached does not make the mail late.
    """
    written = hops[0].at if hops else None
    if now - looked <= usual or written is None:
        return now
    return min(max(written, looked), now)


def _judged(leg: Leg, mail: FoundMail, way: WayIn, late: bool) -> tuple[DeliveryOutcome, str]:
    if not way.outside:
        return "inside", way.reason
    if not leg.counts(mail.folder):
        junk = "its folder is for junk" if leg.is_junk(mail.folder) else "its folder is none of those that count"
        return "junk", junk
    return ("delayed", "it came too late") if late else ("delivered", "")


_way_in = way_of


def _way_out(hops: tuple[ReceivedHop, ...], own: Own) -> WayIn:
    """Whether a mail has left the agency: some server of others took it from an address of the agency's.

    A provider's own network is not known, so that the border is where such an address stands, or else where any does.
    """
    others = [at for at, hop in enumerate(hops) if hop.by and not own.has_name(hop.by.partition(" ")[0])]
    if not others:
        return WayIn(False, 0, "no server of others took it")
    told = [at for at in others if any(own.has_address(one) for one in addresses(hops[at].from_))]
    some = [at for at in others if addresses(hops[at].from_)]
    return WayIn(True, (told or some or others)[0])
