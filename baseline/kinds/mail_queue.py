"""Kind `mail_queue`: how much mail waits in Postfix's queue, and for how long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.errors import CannotTell
from baseline.judge import Advised, AtMost, Equal, Wants
from baseline.kinds.base import ByHand, Control, Loosens
from baseline.model import Scalar, State, Target
from baseline.readings.answers import ask, shorten, text
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.host import Host

QUEUE = script("baseline.kinds", "mail_queue")

DAY = 24


class MailQueue(Control):
    """Mail that waits: how much, for how long, and whether any of it is beyond use.

    Looked at: `postqueue -j`, summed up on the host: the number of messages in each queue, and the arrival of the
    oldest deferred one against the host's own clock; and the files in the queue's folder `corrupt`. A queue so long
    that it is not listed within 20 seconds is `unknown`, with that reason. More than `deferred_warn` deferred messages
    warn, more than `deferred_fail` fail; the same holds for the hours that the oldest of them waits. Held mail is a
    warning: somebody, or a filter, put it there for somebody to look at. `bounces waiting` tells how much of it is
    mail from MAILER-DAEMON: many of them mean that this host bounces mail with forged senders (backscatter).

    Applied: nothing. Sources: postqueue(1); qmgr(8); RFC 5321 4.5.4.1, by which a sender gives up after 4 to 5 days.
    """

    summary: ClassVar[str] = "How much mail waits in Postfix's queue, and for how long."
    loosens: ClassVar[Loosens] = {
        "deferred_warn": "higher",
        "deferred_fail": "higher",
        "hours_warn": "higher",
        "hours_fail": "higher",
        "active_max": "higher",
    }
    by_hand: ClassVar[ByHand] = {
        "deferred": "See for whom mail waits (`qshape deferred`) and why (`postqueue -p`, the mail log).",
        "oldest deferred waits": (
            "See for whom mail waits (`qshape deferred`) and why (`postqueue -p`, the mail log)."
        ),
        "active": "See for whom mail waits (`qshape deferred`) and why (`postqueue -p`, the mail log).",
        "corrupt": "Files in the queue's folder `corrupt` are damaged: look for a full or failing disk.",
        "hold": "Look at held mail (`postcat -q ID`), then release it (`postsuper -H ID`) or delete it.",
    }

    kind: Literal["mail_queue"]
    deferred_warn: Annotated[int, Field(ge=0, description="Deferred messages above which it warns.")] = 500
    deferred_fail: Annotated[int, Field(ge=0, description="Deferred messages above which it fails.")] = 2000
    hours_warn: Annotated[int, Field(ge=1, description="Hours that the oldest may wait without a warning.")] = DAY
    hours_fail: Annotated[int, Field(ge=1, le=120, description="Hours above which it fails.")] = 4 * DAY
    active_max: Annotated[int, Field(ge=1, description="Messages in delivery, at most.")] = 1000

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for low, high in (("deferred_warn", "deferred_fail"), ("hours_warn", "hours_fail")):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} ({getattr(self, low)}) is above {high} ({getattr(self, high)})")
        return self

    def expected(self, target: Target) -> Wants:
        """Little waiting, none of it for days."""
        del target
        return {
            "deferred": AtMost(self.deferred_warn, self.deferred_fail, "messages"),
            "oldest deferred waits": AtMost(self.hours_warn, self.hours_fail, "hours"),
            "active": AtMost(self.active_max, unit="messages"),
            "corrupt": Equal(0),
            "hold": Advised(Equal(0)),
        }

    def actual(self, host: Host, target: Target) -> State:
        """Messages by queue, and the age of the oldest deferred one."""
        del target
        (answer,) = ask(host, QUEUE)
        said = text(answer)
        found = re.findall(r"(?m)^(now|corrupt|bounces|unread|ended) +(\d+)$", said)
        numbers = {name: int(number) for name, number in found}
        queues = {name: (int(count), int(since)) for name, count, since in re.findall(_QUEUE, said)}
        lacking = {"now", "corrupt", "bounces", "unread", "ended"} - numbers.keys()
        if numbers.get("ended") == 124:
            raise CannotTell("`postqueue -j` did not come to an end within 20 seconds: the queue is long, or stuck")
        if lacking or numbers["ended"] or numbers["unread"]:
            raise CannotTell(f"`postqueue -j` cannot be read: {shorten(said)}")
        deferred, oldest = queues.get("deferred", (0, numbers["now"]))
        state: dict[str, Scalar] = {
            "deferred": deferred,
            "oldest deferred waits": round(max(0, numbers["now"] - oldest) / 3600, 1),
            "corrupt": numbers["corrupt"],
            "bounces waiting": numbers["bounces"],
        }
        return state | {name: queues.get(name, (0, 0))[0] for name in ("active", "hold", "incoming", "maildrop")}


_QUEUE = r"(?m)^queue ([a-z]+) (\d+) (\d+)$"
