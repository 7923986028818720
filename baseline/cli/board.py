"""Which hosts are under way in a run, at what and since when, as one line for a terminal."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from baseline.reports.words import count, one_line

DONE = "done"
"""What the engine says of a host that it has left."""

SLOW_SECONDS = 10.0
"""How long a host may be under way before it is named as slow."""

_NAMED = 3
"""How many hosts are named; of more, it is said how many there are at each step."""


class Board:
    """What a run is at. Told from many threads; shown as often as the terminal likes, which then reads the clock."""

    def __init__(self, hosts: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._left = len(hosts), set(hosts)
        self._clock = clock
        self._at: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def tell(self, host: str, step: str) -> None:
        """A host, or a domain or a site, is at another step."""
        with self._lock:
            if step == DONE:
                self._at.pop(host, None)
                self._left.discard(host)
            else:
                since = self._at[host][1] if host in self._at else self._clock()
                self._at[host] = step, since

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Show the line as it is now; beside it stands a mark that moves."""
        del console
        yield self.line(options.max_width)

    def line(self, width: int) -> Text:
        """One line of at most so many columns: how many hosts are done, what is under way, and which are slow."""
        with self._lock:
            at, finished, now = dict(self._at), self._total - len(self._left), self._clock()
        parts = [f"{finished} of {count(self._total, 'host')} done"] if finished else []
        parts += self._under_way(at)
        if len(at) > _NAMED:
            parts += self._slow(at, now)
        line = Text("; ".join(parts) or "beginning")
        line.truncate(width, overflow="ellipsis")
        return line

    @staticmethod
    def _under_way(at: dict[str, tuple[str, float]]) -> list[str]:
        if len(at) <= _NAMED:
            named: dict[str, list[str]] = {}
            for host, (step, _) in at.items():
                named.setdefault(step, []).append(one_line(host))
            return [f"{step} {', '.join(names)}" for step, names in named.items()]
        steps = Counter(step for step, _ in at.values())
        return [f"{len(at)} under way: {', '.join(f'{number} {step}' for step, number in steps.most_common())}"]

    @staticmethod
    def _slow(at: dict[str, tuple[str, float]], now: float) -> list[str]:
        slow = sorted((since, host) for host, (_, since) in at.items() if now - since >= SLOW_SECONDS)
        if not slow:
            return []
        names = [f"{one_line(host)} for {now - since:.0f} s" for since, host in slow[:_NAMED]]
        more = f" and {len(slow) - _NAMED} more" if len(slow) > _NAMED else ""
        return [f"slow: {', '.join(names)}{more}"]
