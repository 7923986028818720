"""Connections that the look of a plan leaves open for the apply that follows it at once.

A login costs a host more than most questions do. Only a connection whose last exchange went well is handed over, once,
and not for long; all else is opened as ever.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from baseline.local import EXCHANGE_SECONDS, Session, Wrapping
from baseline.model import Target

RECENT_SECONDS = 60
"""How long what was looked at counts as just looked at, and a connection as just used."""

MOST_OPEN = 40
"""How many connections are left open at most."""

_Opens = Callable[[Target], Session]


@runtime_checkable
class StillOpen(Protocol):
    """A session that notices when its host has ended the connection."""

    @property
    def alive(self) -> bool:
        """Whether the connection still stands, as far as this side knows."""


class Handover:
    """Gives sessions for a look by `leaving`, and the same ones for an apply by `taking`."""

    def __init__(self, connect: _Opens, most: int = MOST_OPEN) -> None:
        self._connect, self._most = connect, most
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, Session]] = {}

    def leaving(self, target: Target) -> Session:
        """A session whose end leaves it open. Raises `Unreachable`."""
        return _Left(self._connect(target), lambda session: self._keep(target.name, session))

    def taking(self, target: Target) -> Session:
        """The session that was left open for this host, or another one. Raises `Unreachable`."""
        with self._lock:
            since, session = self._left.pop(target.name, (0.0, None))
        if session is not None:
            if time.monotonic() - since < RECENT_SECONDS and isinstance(session, StillOpen) and session.alive:
                return session
            session.close()
        return self._connect(target)

    def close(self) -> None:
        """End what nobody took."""
        with self._lock:
            left, self._left = self._left, {}
        for _, session in left.values():
            session.close()

    def _keep(self, name: str, session: Session) -> None:
        with self._lock:
            room = len(self._left) < self._most and name not in self._left
            if room:
                self._left[name] = (time.monotonic(), session)
        if not room:
            session.close()


class _Left(Wrapping):
    """A session that is handed over when it is closed, unless an exchange is under way or went wrong."""

    def __init__(self, session: Session, keep: Callable[[Session], None]) -> None:
        super().__init__(session)
        self._keep, self._well = keep, False

    def exchange(self, script: bytes, *, seconds: int = EXCHANGE_SECONDS) -> bytes:
        """See `Session.exchange`."""
        self._well = False
        reply = self._session.exchange(script, seconds=seconds)
        self._well = True
        return reply

    def close(self) -> None:
        """See `Session.close`."""
        well, self._well = self._well, False
        if well:
            self._keep(self._session)
        else:
            self._session.close()


@contextlib.contextmanager
def handing_over(connect: _Opens) -> Iterator[Handover]:
    """A handover; what nobody took is closed at its end."""
    made = Handover(connect)
    try:
        yield made
    finally:
        made.close()
