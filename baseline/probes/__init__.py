"""Looking from outside: sends the probes that kinds ask for, from the machine that runs this, and gives what was seen.

Nothing here judges. Every probe gets an answer; one that could not be had says why in its `trouble`.

What is here:

- `dns`: One DNS question to one server, or to the first resolver that answers.
- `https`: A small document over HTTPS, as a mail server fetches an MTA-STS policy (RFC 8461, section 3.3).
- `lines`: Dialogues by line with mail servers: SMTP, IMAP, POP3 and ManageSieve alike.
- `tls`: TCP and TLS as a client of any program would see them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from baseline.model.probes import Fetch, Handshake, Lookup, Port, Probe, Seen, Talk
from baseline.probes.dns import look_up
from baseline.probes.https import fetch
from baseline.probes.lines import TOO_LATE, talk
from baseline.probes.tls import Contexts, reach, shake

AT_ONCE = 16
"""How many probes are under way at the same time for one host: more looks like an attack to its limits."""

SECONDS = 10.0
"""How long a server is waited for, at each step."""


class Sender:
    """The world as this machine sees it."""

    def __init__(
        self, *, seconds: float = SECONDS, at_once: int = AT_ONCE, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._sleep = sleep
        self._seconds = seconds
        self._at_once = at_once
        self._contexts = Contexts()

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str]) -> Mapping[Probe, Seen]:
        """The answer to every probe. `resolvers` are asked for look-ups that name no server; empty: the system's."""
        seen = self._together(probes, resolvers)
        again = [probe for probe in probes if _worth_another_try(probe, seen[probe])]
        if again:
            # A daemon that has just been reloaded ends a connection now and then, or refuses one.
            self._sleep(1.5)
            seen |= self._together(again, resolvers)
        return seen

    def _together(self, probes: Sequence[Probe], resolvers: Sequence[str]) -> dict[Probe, Seen]:
        with ThreadPoolExecutor(max_workers=max(1, min(self._at_once, len(probes)))) as pool:
            seen = pool.map(lambda probe: self._one(probe, resolvers), probes)
            return dict(zip(probes, seen, strict=True))

    def _one(self, probe: Probe, resolvers: Sequence[str]) -> Seen:
        match probe:
            case Lookup():
                return look_up(probe, resolvers, self._seconds)
            case Talk():
                return talk(probe, self._contexts, self._seconds)
            case Handshake():
                return shake(probe, self._contexts, self._seconds)
            case Port():
                return reach(probe, self._seconds)
            case Fetch():
                return fetch(probe, resolvers, self._contexts, self._seconds)


def _worth_another_try(probe: Probe, seen: Seen) -> bool:
    """Whether a server said no, or broke off. One that did not answer in time has had its time."""
    return isinstance(probe, Talk | Handshake) and bool(seen.trouble) and TOO_LATE not in seen.trouble
