"""Instants as people write them: a date or a time, always with its zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_WRITTEN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?))?"
    r"(?P<zone> ?(?:Z|[+-]\d\d:\d\d)| [A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*)?",
    re.ASCII,
)
_EXAMPLE = "write it as 2027-03-31T17:00+08:00, or 2027-03-31+08:00 for the whole day"
_FARTHEST = timedelta(hours=14)
"""Hours from UTC that a zone has at most."""


def instant(text: str, *, ends: bool) -> datetime:
    """The instant that a text means, in the offset from UTC that it has there.

    A date alone means the whole day: its end, the midnight after it, when something `ends`, else its beginning. Zones
    are offsets (`+08:00`, `Z`) or names (`Asia/Kuala_Lumpur`). Raises ValueError with what to write instead.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"`{text}` is no date or time with its zone: {_EXAMPLE}")
    if found["zone"] is None:
        raise ValueError(f"`{text}` has no zone: write {text.strip()}+08:00, or the zone that is meant")

    try:
        day = date.fromisoformat(found["day"])
        clock = time.fromisoformat(found["time"]) if found["time"] else None
    except ValueError:
        raise ValueError(f"there is no {found['day']} {found['time'] or ''}".rstrip() + f": {_EXAMPLE}") from None
    zone = _zone(found["zone"].strip())
    try:
        if clock is None:
            return _fixed(datetime.combine(day + timedelta(days=ends), time(), zone))
        return _fixed(_once(datetime.combine(day, clock), zone, text.strip()))
    except OverflowError:
        raise ValueError(f"`{text}` is beyond all calendars: {_EXAMPLE}") from None


def _zone(name: str) -> tzinfo:
    if name == "Z":
        return UTC
    if name[0] in "+-":
        hours, minutes = map(int, name[1:].split(":"))
        offset = timedelta(hours=hours, minutes=minutes)
        if minutes > 59 or offset > _FARTHEST:
            raise ValueError(f"no zone is {name} from UTC: Kuala Lumpur is +08:00")
        return timezone(-offset if name[0] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name} here: write the offset, such as +08:00") from None


def _once(local: datetime, zone: tzinfo, text: str) -> datetime:
    """A local time in its zone. Raises ValueError where the zone's clocks pass it over, or show it twice."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    there = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    why = "comes twice" if there else "does not come"
    raise ValueError(f"`{text}` {why}, since clocks change there then: write the offset, such as +08:00")


def _fixed(moment: datetime) -> datetime:
    """The same instant with its offset alone: what a zone's rules become later changes it no more."""
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta()), fold=0)
