"""How often and how many at once one server is asked: what its operator would call polite, however many look.

A server is an address and a port. It is asked so many things at once, and so many a minute after a first handful. The
distance between two varies, so that many looks that began together do not come together for ever.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import field
from threading import Condition, Lock

from baseline.classes import dataclass


@dataclass(frozen=True)
class Manners:
    """What one server is asked at most: `at_once`, `first` without any wait, and `per_minute` from then on."""

    at_once: int
    first: int
    per_minute: int


CONNECTIONS = Manners(at_once=5, first=60, per_minute=60)
"""By TCP. Mail servers take 10 to 50 connections of one client at once before they refuse it."""

QUESTIONS = Manners(at_once=16, first=200, per_minute=6_000)
"""Of a name server of somebody's zone."""

RESOLVER = Manners(at_once=64, first=1_000, per_minute=600_000)
"""Of the site's own resolver, which is there to be asked."""


@dataclass
class _Server:
    """`asked_until` is when the pace of a minute would be through with all that was asked (monotonic seconds)."""

    freed: Condition
    busy: int = 0
    asked_until: float = 0.0


@dataclass
class Turns:
    """Whose turn it is. Shared by all looks of a run, and safe to use from any thread.

    `jitter` gives the factor by which a distance is longer or shorter than the mean.
    """

    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = field(default=lambda: random.uniform(0.5, 1.5))
    _servers: dict[tuple[str, Manners], _Server] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, server: str, manners: Manners, seconds: float) -> bool:
        """Whether it is one's turn, now or within so many seconds. Who had one gives it back by `give_back`."""
        with self._lock:
            mine = self._servers.setdefault((server, manners), _Server(Condition(self._lock)))
            distance = 60 / manners.per_minute
            if mine.busy >= manners.at_once:
                mine.freed.wait(seconds)
            early = mine.asked_until - (manners.first - 1) * distance - self.clock()
            if mine.busy >= manners.at_once:
                return False
            if early > 0:
                mine.freed.wait(min(early, seconds))
                return False
            mine.busy += 1
            mine.asked_until = max(mine.asked_until, self.clock()) + distance * self.jitter()
            return True

    def give_back(self, server: str, manners: Manners) -> None:
        """A turn is over."""
        with self._lock:
            mine = self._servers[server, manners]
            mine.busy -= 1
            mine.freed.notify()
