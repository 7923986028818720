"""Looking from outside: sends the probes that kinds ask for, from the machine that runs this, and gives what was seen.

Nothing here judges. Every probe gets an answer; one that could not be had says why in its `trouble`.

What is here:

- `dns`: One DNS question to one server, or to the first resolver that answers.
- `https`: A small document over HTTPS, as a mail server fetches an MTA-STS policy (RFC 8461, section 3.3).
- `lines`: Dialogues by line with mail servers: SMTP, IMAP, POP3 and ManageSieve alike.
- `patience`: How long a server is waited for: at each step of a probe, and for all of it.
- `silence`: Name servers that leave questions without an answer: the first bound is waited for once, not once a
  question.
- `tls`: TCP and TLS as a client of any program would see them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from baseline.crew import Task, work_through
from baseline.deadline import Deadline
from baseline.errors import GivenUp
from baseline.model.probes import (
    Fetch,
    Fetched,
    Handshake,
    Lookup,
    Port,
    Presented,
    Probe,
    Reached,
    Records,
    Said,
    Seen,
    Talk,
)
from baseline.probes.dns import look_up
from baseline.probes.https import fetch
from baseline.probes.lines import talk
from baseline.probes.patience import TOO_LATE, WHOLE_SECONDS, Patience
from baseline.probes.silence import Silence
from baseline.probes.tls import Contexts, reach, shake

AT_ONCE = 16
"""How many probes are under way at the same time for one host: more looks like an attack to its limits."""

SECONDS = 10.0
"""How long a server is waited for, at each step."""

_GRACE_SECONDS = 0.3
"""What a probe that was given up gets to end by itself: less than its host gets."""


class Sender:
    """The world as this machine sees it. `seconds` is for each step of a probe, `whole` for all of it."""

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        whole: float = WHOLE_SECONDS,
        at_once: int = AT_ONCE,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._sleep = sleep
        self._seconds = seconds
        self._whole = whole
        self._at_once = at_once
        self._contexts = Contexts()
        self._silence = Silence()

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        """The answer to every probe. `resolvers` are asked for look-ups that name no server; empty: the system's.

        What has no answer when the deadline is over, or given up, says so in its trouble.
        """
        seen = self._together(probes, resolvers, deadline)
        again = [probe for probe in probes if _worth_another_try(probe, seen[probe])]
        if again and not deadline.why:
            # A daemon that has just been reloaded ends a connection now and then, or refuses one.
            try:
                (self._sleep or deadline.sleep)(1.5)
            except GivenUp:
                return seen
            seen |= self._together(again, resolvers, deadline)
        return seen

    def _together(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> dict[Probe, Seen]:
        def task(probe: Probe) -> Task[Seen]:
            return Task(
                work=lambda own: self._one(probe, resolvers, Patience(self._seconds, own, deadline)),
                lost=lambda own: unseen(probe, own.why),
                seconds=self._whole,
                words=TOO_LATE,
            )

        tasks = [task(probe) for probe in probes]
        return dict(zip(probes, work_through(tasks, self._at_once, over=deadline, grace=_GRACE_SECONDS), strict=True))

    def _one(self, probe: Probe, resolvers: Sequence[str], patience: Patience) -> Seen:
        match probe:
            case Lookup():
                return look_up(probe, resolvers, patience, self._silence)
            case Talk():
                return talk(probe, self._contexts, patience)
            case Handshake():
                return shake(probe, self._contexts, patience)
            case Port():
                return reach(probe, patience)
            case Fetch():
                return fetch(probe, resolvers, self._contexts, patience, self._silence)


def unseen(probe: Probe, why: str) -> Seen:
    """The answer to a probe that has none."""
    match probe:
        case Lookup():
            return Records(trouble=f"{probe.type} {probe.name}: {why}")
        case Talk():
            return Said(trouble=f"{probe.address} port {probe.port}: {why}")
        case Handshake():
            return Presented(trouble=f"{probe.address} port {probe.port}: {why}")
        case Port():
            return Reached(trouble=why)
        case Fetch():
            return Fetched(trouble=f"{probe.url}: {why}")


def _worth_another_try(probe: Probe, seen: Seen) -> bool:
    """Whether a server said no, or broke off. One that did not answer in time has had its time."""
    return isinstance(probe, Talk | Handshake) and bool(seen.trouble) and TOO_LATE not in seen.trouble
