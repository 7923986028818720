"""Answers that the looks of one run share: what one of them asks, no other asks again while the answer holds.

An answer belongs to exactly the question that it was given to: the same name, type, server and flags, through the same
resolvers. What else a server sends along fills nothing, so that no zone speaks for the names of another one.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import field
from threading import Event, Lock

from baseline.classes import dataclass
from baseline.model.probes import Probe, Seen, Talk
from baseline.probes.patience import Patience

MOST_ANSWERS = 50_000
"""How many answers are kept; the one that was not asked for longest goes first."""

LONGEST_SECONDS = 300.0
"""How long any answer is kept, whatever its TTL says: a check tells what is, and not what was."""

FAILED_SECONDS = 30.0
"""How long it is kept that there is no answer. RFC 9520 wants at least 1 s and at most 300 of resolvers (3.2)."""


@dataclass(frozen=True)
class Lasting:
    """An answer, and for how many seconds it is good."""

    seen: Seen
    seconds: float


@dataclass
class _UnderWay:
    """A question that somebody asks just now, and the answer once it is there."""

    patience: Patience
    answered: Event = field(default_factory=Event)
    seen: Seen | None = None

    def ended(self, seconds: float) -> bool:
        """Whether there is nothing to wait for any more, now or within so many seconds."""
        return self.answered.wait(seconds) or self.patience.over


@dataclass
class Shared:
    """The answers of a run. Safe to use from any thread."""

    clock: Callable[[], float] = time.monotonic
    most: int = MOST_ANSWERS
    _kept: OrderedDict[Hashable, tuple[float, Seen]] = field(default_factory=OrderedDict)
    _under_way: dict[Hashable, _UnderWay] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def known(self, key: Hashable) -> Seen | None:
        """The answer that holds now; None where there is none."""
        with self._lock:
            return self._known(key)

    def see(self, key: Hashable, patience: Patience, ask: Callable[[], Lasting]) -> Seen:
        """The answer that holds, or that of who asks the same just now, or else that of `ask`.

        Raises `TimeoutError` when there was no time to wait for who asks.
        """
        mine = _UnderWay(patience)
        while True:
            with self._lock:
                seen = self._known(key)
                other = self._under_way.get(key)
                if seen is None and (other is None or other.patience.over):
                    self._under_way[key] = mine
                    break
            if seen is None and other is not None:
                patience.put_off(other.ended)
                seen = other.seen
            if seen is not None:
                return seen
        try:
            return self._learnt(key, mine, ask())
        finally:
            with self._lock:
                if self._under_way.get(key) is mine:
                    del self._under_way[key]
            mine.answered.set()

    def _learnt(self, key: Hashable, mine: _UnderWay, held: Lasting) -> Seen:
        """Who ran out of the time of its host has learnt nothing of the server, and tells nobody else."""
        if not mine.patience.given_up:
            mine.seen = held.seen
            with self._lock:
                self._kept[key] = (self.clock() + min(held.seconds, LONGEST_SECONDS), held.seen)
                self._kept.move_to_end(key)
                while len(self._kept) > self.most:
                    self._kept.popitem(last=False)
        return held.seen

    def _known(self, key: Hashable) -> Seen | None:
        until, seen = self._kept.get(key, (0.0, None))
        if seen is None or self.clock() >= until:
            self._kept.pop(key, None)
            return None
        self._kept.move_to_end(key)
        return seen


def shareable(probe: Probe) -> bool:
    """Whether what one look sees is what another one would: a dialogue with commands of its own is held by each."""
    return not isinstance(probe, Talk) or not (probe.body or probe.commands)
