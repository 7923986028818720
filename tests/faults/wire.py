"""The way between an apply and its host, with things that happen on it.

The exchanges of an apply: 1 the look, 2 the transaction, 3 the second look, 4 the confirmation; from the first failure
on, what follows are words to restore, and the look that verifies it. They are counted over all connections.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from baseline.errors import Unreachable
from baseline.model import Target
from baseline.session import Session
from baseline.visit import Connect
from tests.faults.host import Deed, SiteHost

LOOK, BEGIN, LOOK_AGAIN, CONFIRM = 1, 2, 3, 4
RESTORE, LAST_LOOK = 4, 5
"""What follows instead when the second look fails."""


@dataclass(frozen=True)
class Event:
    """Something that happens at the `exchange`th exchange.

    `before` is done before it, `after` once its reply is there. `request` and `reply` alter what travels; `reply` may
    raise `HostError` to lose it. At the `gate`, a shell pattern of a command line, the host is stopped; `meanwhile` is
    done then, and the host goes on. With `lost` the controller's kernel tells it then that the connection is gone; it
    would not notice by itself that a host fell silent, until the time limit of the exchange.
    """

    exchange: int
    before: Deed | None = None
    request: Callable[[bytes], bytes] | None = None
    gate: str = ""
    meanwhile: Deed | None = None
    reply: Callable[[bytes, bytes], bytes] | None = None
    after: Deed | None = None
    lost: bool = False


@dataclass
class Wire:
    """Opens connections on which the events happen. `trouble` is what a test must not overlook."""

    host: SiteHost
    way: Connect
    events: Sequence[Event]
    exchanges: int = 0
    trouble: list[str] = field(default_factory=list)
    _waiting: list[threading.Thread] = field(default_factory=list)
    _open: list[Session] = field(default_factory=list)

    def connect(self, target: Target) -> Session:
        """A connection like any other. What happens at a gate is over by then: a power cut takes as long as a start."""
        for thread in self._waiting:
            thread.join(60)
        session = self.way(target)
        self._open.append(session)
        return Wired(self, session)

    def lose(self) -> Callable[[], None]:
        """What makes all connections of this moment go, the controller's kernel saying so."""
        sessions, self._open = self._open, []

        def close() -> None:
            for session in sessions:
                session.close()

        return close

    def finish(self) -> None:
        """Wait for whatever still happens. Fails the test for a gate that nobody came to."""
        for thread in self._waiting:
            thread.join()
        assert not self.trouble, self.trouble

    def watch(self, event: Event) -> None:
        """Stop the host at the event's gate, and do what is to be done meanwhile."""
        self.host.gate(event.gate)
        thread = threading.Thread(target=self._at_gate, args=(event,))
        self._waiting.append(thread)
        thread.start()

    def _at_gate(self, event: Event) -> None:
        lose = self.lose() if event.lost else lambda: None
        try:
            if not self.host.reached():
                self.trouble.append(f"nobody came to the gate {event.gate}")
            elif event.meanwhile is not None:
                event.meanwhile(self.host)
            lose()
        except Exception as error:  # noqa: BLE001 -- told to the test, which runs in another thread
            self.trouble.append(f"{type(error).__name__}: {error}")
        finally:
            self.host.open_gate()


@dataclass
class Wired:
    """One connection."""

    wire: Wire
    inner: Session

    def exchange(self, script: bytes, *, seconds: int = 900) -> bytes:
        """See `Session.exchange`."""
        wire = self.wire
        wire.exchanges += 1
        events = [event for event in wire.events if event.exchange == wire.exchanges]
        for event in events:
            if event.before is not None:
                event.before(wire.host)
            if event.lost and not event.gate:
                wire.lose()()
            if event.gate:
                wire.watch(event)
        sent = script
        for event in events:
            sent = event.request(sent) if event.request else sent
        try:
            reply = self.inner.exchange(sent, seconds=seconds)
        except AttributeError:
            # The transport of a connection that `lose` has closed.
            raise Unreachable("the connection broke") from None
        for event in events:
            if event.after is not None:
                event.after(wire.host)
            reply = event.reply(script, reply) if event.reply else reply
        return reply

    def close(self) -> None:
        """See `Session.close`."""
        self.inner.close()
