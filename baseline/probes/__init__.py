"""Looking from outside: sends the probes that kinds ask for, from the machine that runs this, and gives what was seen.

Nothing here judges. Every probe gets an answer; one that could not be had says why in its `trouble`.

What is here:

- `dns`: One DNS question to one server, or to the first resolver that answers.
- `https`: A small document over HTTPS, as a mail server fetches an MTA-STS policy (RFC 8461, section 3.3).
- `lines`: Dialogues by line with mail servers: SMTP, IMAP, POP3 and ManageSieve alike.
- `patience`: How long a server is waited for: at each step of a probe, and for all of it.
- `sharing`: Answers that the looks of one run share: what one of them asks, no other asks again while the answer holds.
- `silence`: Name servers that leave questions without an answer: the first bound is waited for once, not once a
  question.
- `tls`: TCP and TLS as a client of any program would see them.
- `turns`: How often and how many at once one server is asked: what its operator would call polite, however many look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

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
from baseline.probes.dns import look_up_held
from baseline.probes.https import fetch
from baseline.probes.lines import talk
from baseline.probes.patience import TOO_LATE, WHOLE_SECONDS, Patience
from baseline.probes.sharing import FAILED_SECONDS, LONGEST_SECONDS, Lasting, Shared, shareable
from baseline.probes.silence import Silence
from baseline.probes.tls import Contexts, reach, shake
from baseline.probes.turns import Turns

AT_ONCE = 16
"""How many probes are under way at the same time for one host: more looks like an attack to its limits."""

SECONDS = 10.0
"""How long a server is waited for, at each step."""

_GRACE_SECONDS = 0.3
"""What a probe that was given up gets to end by itself: less than its host gets."""


class Sender:
    """The world as this machine sees it. `seconds` is for each step of a probe, `whole` for all of it.

    With `shared`, what was asked once is not asked again while the answer holds: not for looks of before a change and
    after it. `turns` keeps all looks together from asking one server too much.
    """

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        whole: float = WHOLE_SECONDS,
        at_once: int = AT_ONCE,
        sleep: Callable[[float], None] | None = None,
        shared: Shared | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._sleep = sleep
        self._seconds = seconds
        self._whole = whole
        self._at_once = at_once
        self._contexts = Contexts()
        self._silence = Silence()
        self._shared = shared
        self._turns = turns or Turns()

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        """The answer to every probe. `resolvers` are asked for look-ups that name no server; empty: the system's.

        What has no answer when the deadline is over, or given up, says so in its trouble.
        """
        servers = tuple(resolvers)
        seen = {probe: known for probe in probes if (known := self._known(probe, servers)) is not None}
        seen |= self._together([probe for probe in probes if probe not in seen], servers, deadline)
        again = [probe for probe in probes if _worth_another_try(probe, seen[probe])]
        if again and not deadline.why:
            # A daemon that has just been reloaded ends a connection now and then, or refuses one.
            try:
                (self._sleep or deadline.sleep)(1.5)
            except GivenUp:
                return seen
            seen |= self._together(again, servers, deadline)
        return seen

    def _known(self, probe: Probe, resolvers: tuple[str, ...]) -> Seen | None:
        """What another look of the run saw, and still holds."""
        return self._shared.known(_question(probe, resolvers)) if self._shared and shareable(probe) else None

    def _together(self, probes: Sequence[Probe], resolvers: tuple[str, ...], deadline: Deadline) -> dict[Probe, Seen]:
        def task(probe: Probe) -> Task[Seen]:
            return Task(
                work=lambda own: self._one(probe, resolvers, Patience(self._seconds, own, deadline, turns=self._turns)),
                lost=lambda own: unseen(probe, own.why),
                seconds=self._whole,
                words=TOO_LATE,
            )

        tasks = [task(probe) for probe in probes]
        return dict(zip(probes, work_through(tasks, self._at_once, over=deadline, grace=_GRACE_SECONDS), strict=True))

    def _one(self, probe: Probe, resolvers: tuple[str, ...], patience: Patience) -> Seen:
        if self._shared is None or not shareable(probe):
            return self._sent(probe, resolvers, patience).seen
        try:
            return self._shared.see(
                _question(probe, resolvers), patience, lambda: self._sent(probe, resolvers, patience)
            )
        except TimeoutError:
            return unseen(probe, TOO_LATE)

    def _sent(self, probe: Probe, resolvers: tuple[str, ...], patience: Patience) -> Lasting:
        """What a server says now. What is worth another try is good for nobody else."""
        seconds = LONGEST_SECONDS
        match probe:
            case Lookup():
                seen: Seen
                seen, seconds = look_up_held(probe, resolvers, patience, self._silence)
            case Talk():
                seen = talk(probe, self._contexts, patience)
            case Handshake():
                seen = shake(probe, self._contexts, patience)
            case Port():
                seen = reach(probe, patience)
            case Fetch():
                seen = fetch(
                    probe, lambda name: cast(Records, self._one(name, resolvers, patience)), self._contexts, patience
                )
        if _worth_another_try(probe, seen):
            seconds = 0
        elif seen.trouble or (isinstance(seen, Records) and seen.status not in ("noerror", "nxdomain")):
            seconds = FAILED_SECONDS
        return Lasting(seen, seconds)


def _question(probe: Probe, resolvers: tuple[str, ...]) -> tuple[Probe, tuple[str, ...]]:
    """What an answer is given to: whoever asks a server by its address asks no resolver."""
    alone = isinstance(probe, Talk | Handshake | Port) or (isinstance(probe, Lookup) and probe.server)
    return probe, () if alone else resolvers


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
