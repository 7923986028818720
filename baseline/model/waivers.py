"""Waivers: that a control is not met for a while, who answers for it, and until which instant.

A waiver hides nothing: what it covers is looked at, judged and shown as what it is. It only does not count against the
run. An annotation is a waiver of its own kind: not that a failing is borne, but that the verdict is wrong, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from baseline.classes import dataclass
from baseline.model.words import Outcome

if TYPE_CHECKING:
    from baseline.model.action_plan import ActionItem

WaiverKind = Literal["waiver", "annotation"]
WaiverState = Literal["not begun", "in force", "expiring", "expired"]

NOTICE_DAYS = 30
"""Days before its end from which on a waiver is told to be expiring, unless the inventory says otherwise."""

LONGEST_DAYS = 366
"""Days ahead that a waiver may end at most, unless the inventory says otherwise: a year, whether it leaps or not."""


def written(instant: datetime) -> str:
    """An instant as people read it and as it can be written again: `2027-04-01T00:00+08:00`."""
    return instant.isoformat(timespec="seconds" if instant.second else "minutes")


@dataclass(frozen=True)
class Waiver:
    """One waiver. `control` and `limit` are what it covers as written; `controls` and `hosts` what that is by name.

    Among `hosts` are domains and sites as well, which findings can be about. `begins` is None for one that always
    held. It is in force from `begins` on, and from `expires` on no more. `place` is where it stands.
    """

    control: str
    limit: str
    controls: frozenset[str]
    hosts: frozenset[str]
    reason: str
    approver: str
    expires: datetime
    begins: datetime | None = None
    kind: WaiverKind = "waiver"
    compensating: str = ""
    ticket: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        """What it is known by from one run to the next, also when it is prolonged."""
        begins = f" from {written(self.begins)}" if self.begins else ""
        return f"{self.kind} {self.control} on {self.limit}{begins}"

    @property
    def words(self) -> str:
        """Until when, by whom and why: what stands at each finding that it waives."""
        instead = f"instead: {self.compensating}" if self.compensating else ""
        ticket = f" ({self.ticket})" if self.ticket else ""
        why = "; ".join(part for part in (self.reason, instead) if part) + ticket
        if self.kind == "annotation":
            return f"said to be wrong, until {written(self.expires)}, by {self.approver}: {why}"
        return f"until {written(self.expires)}, by {self.approver}: {why}"

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return (self.begins is None or self.begins <= at) and at < self.expires

    def state(self, at: datetime, notice: timedelta) -> WaiverState:
        """How it stands at an instant; it is expiring when less than `notice` is left."""
        if at >= self.expires:
            return "expired"
        if not self.holds(at):
            return "not begun"
        return "expiring" if self.expires - at <= notice else "in force"

    def to_dict(self) -> dict[str, Any]:
        """The waiver as JSON carries it; `begins` is null where it always held."""
        return {
            "kind": self.kind,
            "control": self.control,
            "hosts": self.limit,
            "covers": {"controls": sorted(self.controls), "hosts": sorted(self.hosts)},
            "reason": self.reason,
            "approver": self.approver,
            "begins": written(self.begins) if self.begins else None,
            "expires": written(self.expires),
            "compensating": self.compensating,
            "ticket": self.ticket,
            "place": self.place,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Waiver:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        if document["kind"] not in get_args(WaiverKind):
            raise ValueError(f"{document['kind']!r} is no kind of waiver")
        return cls(
            control=document["control"],
            limit=document["hosts"],
            controls=frozenset(document["covers"]["controls"]),
            hosts=frozenset(document["covers"]["hosts"]),
            reason=document["reason"],
            approver=document["approver"],
            expires=datetime.fromisoformat(document["expires"]),
            begins=datetime.fromisoformat(document["begins"]) if document["begins"] else None,
            kind=document["kind"],
            compensating=document["compensating"],
            ticket=document["ticket"],
            place=document["place"],
        )


@dataclass(frozen=True)
class Waivers:
    """All waivers that a run minds. `notice` is how long before its end one is told to be expiring.

    `actions` are what an action plan has besides: who mends what until when, which waives nothing.
    """

    waivers: tuple[Waiver, ...] = ()
    notice: timedelta = timedelta(days=NOTICE_DAYS)
    actions: tuple[ActionItem, ...] = ()


@dataclass(frozen=True)
class WaiverTold:
    """A waiver as a run found it: how it stood, and how many findings it waived.

    It is not `needed` where all that it covers was looked at and nothing of that fails or warns, or could not be told.
    """

    waiver: Waiver
    state: WaiverState
    waives: int = 0
    needed: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The waiver with how it stood, as JSON carries it."""
        return {**self.waiver.to_dict(), "state": self.state, "waives": self.waives, "needed": self.needed}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> WaiverTold:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        if document["state"] not in get_args(WaiverState):
            raise ValueError(f"{document['state']!r} is no state of a waiver")
        return cls(Waiver.from_dict(document), document["state"], document["waives"], document["needed"])


CAN_BE_WAIVED = (Outcome.FAIL, Outcome.WARN)
"""What was not looked at cannot be waived: nobody knows what there would be to bear."""
