"""The daily checklist as it stands: items that were filled and ticked, the day they make up, and a month of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from baseline.classes import dataclass
from baseline.model.evidence import DONE, ItemResult

DayStanding = Literal["closed", "late", "open", "missed", "ahead", "before"]
"""How a day stands: closed in time or late, open still, missed (due, and nobody closed it), to come, or before the
first list of the site."""


@dataclass(frozen=True)
class Tick:
    """What a person says of one item on one day.

    `at` is when it was done, `entered` when that was entered. `signature` is one in the format of OpenSSH over
    `signed_content`, or empty.
    """

    site: str
    day: date
    item: str
    result: Literal["ok", "failed"]
    operator: str
    at: datetime
    entered: datetime
    evidence: str = ""
    signature: str = ""

    @property
    def unsigned(self) -> Tick:
        """The tick without its signature, which is what that is over."""
        return replace(self, signature="")

    def to_dict(self) -> dict[str, Any]:
        """The tick as JSON, days and moments in ISO 8601."""
        told = {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}
        return {name: value for name, value in told.items() if name != "signature" or value}


@dataclass(frozen=True)
class FilledItem:
    """One item of a day. `result` is `open` while the day is not over and nothing is known of it.

    `operator` is who did it, a person or this program; `at` is when. `why` says what was found, or what lacks.
    `signed` names who signed the tick, where that is known.
    """

    item: str
    result: ItemResult | Literal["open"]
    operator: str = ""
    at: datetime | None = None
    evidence: str = ""
    why: str = ""
    signed: str = ""

    @property
    def done(self) -> bool:
        """Whether it was done, whatever it found."""
        return self.result in DONE


@dataclass(frozen=True)
class ChecklistDay:
    """The list of one day. `record` is the id of its record in the register, `link` what the next day's list names."""

    day: date
    standing: DayStanding
    items: tuple[FilledItem, ...] = ()
    record: str = ""
    closed_by: str = ""
    closed_at: datetime | None = None
    link: str = ""

    @property
    def lacking(self) -> tuple[FilledItem, ...]:
        """What was not done, and is not open any more."""
        return tuple(one for one in self.items if one.result in ("missed", "unknown"))

    def to_dict(self) -> dict[str, Any]:
        """The day as JSON, moments in UTC."""
        return {
            "day": self.day.isoformat(),
            "standing": self.standing,
            "record": self.record,
            "closed_by": self.closed_by,
            "closed_at": _utc(self.closed_at),
            "link": self.link,
            "items": [{**asdict(one), "at": _utc(one.at)} for one in self.items],
        }


@dataclass(frozen=True)
class ChecklistMonth:
    """The lists of one site in one month. `items` are the columns; `needed` are those that the mandate wants.

    `utc_offset` is the zone that days are counted in, `broken` what is wrong with the chain of all lists of the site.
    """

    site: str
    first: date
    days: tuple[ChecklistDay, ...]
    items: tuple[str, ...]
    needed: tuple[str, ...]
    utc_offset: str
    broken: tuple[str, ...] = ()

    @property
    def by_standing(self) -> Mapping[DayStanding, int]:
        """How many days stand how."""
        return {name: sum(one.standing == name for one in self.days) for name in _STANDINGS}

    def to_dict(self) -> dict[str, Any]:
        """The month as JSON."""
        return {
            "site": self.site,
            "month": f"{self.first:%Y-%m}",
            "utc_offset": self.utc_offset,
            "items": list(self.items),
            "needed": list(self.needed),
            "days_by_standing": dict(self.by_standing),
            "broken": list(self.broken),
            "days": [one.to_dict() for one in self.days],
        }


_STANDINGS: tuple[DayStanding, ...] = ("closed", "late", "open", "missed", "ahead", "before")


def _utc(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
