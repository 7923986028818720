"""Name servers that leave questions without an answer: the first bound is waited for once, not once a question."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

SECONDS = 60.0
"""How long a server that answered nothing is not asked again. A run over many hosts may be longer than its trouble."""


class Silence:
    """Which servers answered, and which let a question wait for nothing. Shared by all looks of a run."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._answered: set[str] = set()
        self._until: dict[str, float] = {}

    def answered(self, server: str) -> None:
        """A server gave an answer: what it leaves open from now on is one question, and not the server."""
        with self._lock:
            self._answered.add(server)
            self._until.pop(server, None)

    def waited_for(self, server: str) -> None:
        """A question to a server had all its tries and all their time."""
        with self._lock:
            if server not in self._answered:
                self._until[server] = self._clock() + SECONDS

    def of(self, server: str) -> bool:
        """Whether a server is not worth another question now."""
        with self._lock:
            return self._clock() < self._until.get(server, 0.0)
