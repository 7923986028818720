"""When a schedule makes its checks, as systemd and cron are told it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from baseline.classes import dataclass
from baseline.errors import UserError

DAY = timedelta(days=1)

_AT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MOST_SPLAY = timedelta(hours=1)


@dataclass(frozen=True)
class Timing:
    """Checks at some minutes of each day (from midnight, local time), each later by up to `splay` seconds.

    Where they are `weekly`, it is on Mondays.
    """

    minutes: tuple[int, ...]
    splay: int
    weekly: bool = False

    @property
    def every(self) -> timedelta:
        """The longest time from one check to the next."""
        if self.weekly:
            return 7 * DAY
        around = [*self.minutes, self.minutes[0] + 24 * 60]
        return timedelta(minutes=max(after - before for before, after in pairwise(around)))

    @property
    def words(self) -> str:
        """For people."""
        times = [f"{minute // 60:02}:{minute % 60:02}" for minute in self.minutes]
        often = "every Monday" if self.weekly else "every day"
        if len(times) > 4:
            return f"{often}, {len(times)} times, first at {times[0]}"
        return f"{often} at {', '.join(times)}"

    def calendar(self) -> tuple[str, ...]:
        """The times as systemd.time(7) writes them."""
        day = "Mon *-*-*" if self.weekly else "*-*-*"
        return tuple(f"{day} {minute // 60:02}:{minute % 60:02}:00" for minute in self.minutes)

    def cron(self) -> tuple[str, ...]:
        """The times as crontab(5) writes them."""
        day = "* * 1" if self.weekly else "* * *"
        return tuple(f"{minute % 60} {minute // 60} {day}" for minute in self.minutes)

    def sleep(self, machine: str) -> int:
        """The seconds that a machine waits where its cron cannot: its own, and the same every time."""
        digest = hashlib.sha256(f"baseline {machine}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % (self.splay + 1)


def timing(every: timedelta, at: Sequence[str], splay: timedelta | None) -> Timing:
    """When checks are made. Raises `UserError` for what no calendar can say, or would surprise.

    `every` divides a day, or is a week. With several times of a day it is these.
    """
    minutes = sorted({_minute(one) for one in at})
    week = every == 7 * DAY
    if len(minutes) > 1 and every != DAY:
        raise UserError("--every: several --at are the times of a day: leave --every away")
    if not week and (every > DAY or DAY % every):
        raise UserError(
            "--every: a schedule is every week (7d), every day (1d), or by a part of the day such as 12h, 6h, 1h or 15m"
        )
    step, first = int(every.total_seconds()) // 60, minutes[0] if minutes else 6 * 60
    if len(minutes) < 2:
        minutes = [first] if week else sorted((first + number * step) % (24 * 60) for number in range(DAY // every))
    made = Timing(tuple(minutes), 0, week)
    shortest = made.every if len(minutes) < 2 else timedelta(minutes=min(b - a for a, b in pairwise(minutes)))
    bounded = min(shortest / 10, _MOST_SPLAY / 4) if splay is None else splay
    if bounded > min(shortest / 2, _MOST_SPLAY):
        raise UserError("--splay: at most an hour, and half of the time between two checks")
    return Timing(tuple(minutes), int(bounded.total_seconds()), week)


def as_option(every: timedelta) -> str:
    """A length of time as `--every` takes it."""
    minutes = int(every.total_seconds()) // 60
    for unit, of in (("d", 24 * 60), ("h", 60)):
        if minutes % of == 0:
            return f"{minutes // of}{unit}"
    return f"{minutes}m"


def _minute(text: str) -> int:
    found = _AT.fullmatch(text)
    if found is None:
        raise UserError(f"--at: {text} is no time of a day, such as 06:30")
    return int(found[1]) * 60 + int(found[2])
