"""What waits for each channel is sent, all channels at once, each in bounded time; what was delivered is noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from baseline.alerting.failing import NotSent
from baseline.alerting.sending import beat, send
from baseline.alerting.wording import Message, clean
from baseline.classes import dataclass
from baseline.crew import Task, work_through
from baseline.deadline import Deadline
from baseline.load.alerts import Channel, Heartbeat
from baseline.model.told import Told

MOST_WAITING = 20
"""Messages that wait for a channel; of more the oldest are given up, and their number told."""

_PATIENCE = 5.0
"""Seconds that a channel may take beyond those of each message, before it is left alone."""

HEARTBEAT = "heartbeat"


@dataclass(frozen=True)
class Waiting:
    """What waits for one channel: messages, oldest first, and how many were given up before them."""

    messages: tuple[Message, ...] = ()
    lost: int = 0

    def with_one(self, message: Message) -> Waiting:
        """One more at the end; where there are too many, the oldest goes."""
        messages = (*self.messages, message)
        beyond = max(len(messages) - MOST_WAITING, 0)
        return Waiting(messages[beyond:], self.lost + beyond)

    def to_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {"messages": [one.to_dict() for one in self.messages], "lost": self.lost}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Waiting:
        """The opposite of `to_dict`. Raises KeyError for another document."""
        return cls(tuple(map(Message.from_dict, document["messages"])), document["lost"])


@dataclass
class _Channel:
    """One channel at work: what it has delivered up to now is known also when it is left alone."""

    channel: Channel
    waiting: Sequence[Message]
    delivered: Callable[[str, str], None]
    sent: int = 0
    words: list[str] = field(default_factory=list)

    def work(self, deadline: Deadline) -> Told:
        for message in self.waiting:
            if deadline.why:
                break
            try:
                send(self.channel.way, message)
            except NotSent as error:
                self.words.append(str(error))
                if not error.delivered:
                    break
            self.sent += 1
            self.delivered(self.channel.name, message.id)
        return self.told("")

    def lost(self, deadline: Deadline) -> Told:
        return self.told(deadline.why)

    def told(self, why: str) -> Told:
        trouble = clean("; ".join([*self.words, *([why] if why else [])]))
        return Told(self.channel.name, self.sent, len(self.waiting) - self.sent, trouble)


def deliver(
    channels: Sequence[Channel],
    waiting: Mapping[str, Waiting],
    delivered: Callable[[str, str], None],
    heart: Heartbeat | None = None,
) -> tuple[Told, ...]:
    """Send what waits for each channel, and leave a sign of life. `delivered` is called with channel and message's id.

    It is called from many threads. A channel that does not end is left alone: what it takes later goes out once more.
    """
    tasks: list[Task[Told]] = []
    for channel in channels:
        messages = waiting.get(channel.name, Waiting()).messages
        one = _Channel(channel, messages, delivered)
        seconds = channel.way.seconds * max(len(messages), 1) + _PATIENCE
        tasks.append(Task(one.work, one.lost, seconds, f"it does not end within {channel.way.seconds} seconds"))
    if heart is not None:
        tasks.append(Task(_beating(heart), _not_beaten, heart.seconds + _PATIENCE, "it does not end"))
    return tuple(work_through(tasks, max(len(tasks), 1), over=Deadline()))


def _beating(heart: Heartbeat) -> Callable[[Deadline], Told]:
    def work(deadline: Deadline) -> Told:
        del deadline
        try:
            beat(heart)
        except NotSent as error:
            return Told(HEARTBEAT, 0, 0, clean(str(error)))
        return Told(HEARTBEAT, 1, 0, "")

    return work


def _not_beaten(deadline: Deadline) -> Told:
    return Told(HEARTBEAT, 0, 0, clean(deadline.why))
