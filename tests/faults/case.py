"""What one case of the suite is: data, and a few deeds on a host."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.faults.host import Deed
from tests.faults.wire import Event

if TYPE_CHECKING:
    from tests.faults.bench import Bench
    from tests.faults.wire import Wire

AS_BEFORE, AS_PLANNED = "as before", "as planned"
NO_REPORT, NO_APPLY = "no report", "no apply"
"""Outcomes beside those of an apply: the controller died, or it never came to applying."""


@dataclass(frozen=True)
class Said:
    """What the controller reported. `restored` as in `HostApply`."""

    outcome: str
    exit_code: int | None = None
    reason: str = ""
    restored: bool | None = None


@dataclass(frozen=True)
class Ended:
    """What a case came to."""

    outcome: str
    exit_code: int | None
    reason: str
    host: str
    next: str


Controller = Callable[["Bench", "Case", "Wire"], Said]


@dataclass(frozen=True)
class Case:
    """One fault at one moment of an apply, and what has to come of it.

    `given` is done before the apply, `then` right after its report, `mend` once the host has settled. `host` is how it
    settles; `reason` is a regular expression for the report's reason. `next` is what the next apply does, and `leaves`
    are regular expressions for what may be left until then. With `past_deadline` the host is looked at only once its
    time to be confirmed is over. `vague` stands in the table for a reason that differs from run to run. `edited` are
    paths that somebody else changes in this case.
    """

    name: str
    fault: str
    moment: str
    outcome: str
    exit_code: int | None
    reason: str
    host: str
    events: tuple[Event, ...] = ()
    given: tuple[Deed, ...] = ()
    then: tuple[Deed, ...] = ()
    mend: tuple[Deed, ...] = ()
    next: str = ""
    controller: Controller | None = None
    confirm_within: int = 60
    restored: bool | None = None
    past_deadline: bool = False
    short_limits: bool = False
    shipped_validators: bool = False
    vague: str = ""
    edited: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()

    @property
    def expected_next(self) -> str:
        """What the next apply is to do: all of it on a host as before, nothing on one as planned."""
        return self.next or ("nothing" if self.host == AS_PLANNED else "applied")


def applied(name: str, fault: str, moment: str, reason: str, *events: Event, **more: Any) -> Case:
    """The plan stays, and the report says so."""
    return Case(name, fault, moment, "applied", 0, reason, AS_PLANNED, events, **more)


def rolled_back(name: str, fault: str, moment: str, reason: str, *events: Event, **more: Any) -> Case:
    """The host went back, and was looked at to be sure of it."""
    code = 4 if more.setdefault("restored", True) else 6
    return Case(name, fault, moment, "rolled_back", code, reason, AS_BEFORE, events, **more)


def refused(name: str, fault: str, moment: str, reason: str, *events: Event, **more: Any) -> Case:
    """Nothing was changed. `restored` is set when that was asked of the host after a broken exchange."""
    return Case(name, fault, moment, "refused", 1, reason, AS_BEFORE, events, **more)


def unknown(name: str, fault: str, moment: str, reason: str, *events: Event, **more: Any) -> Case:
    """The controller cannot know, says so, and the host settles by itself."""
    more.setdefault("host", AS_BEFORE)
    return Case(name, fault, moment, "unknown", 3, reason, events=events, **more)


def no_apply(name: str, fault: str, moment: str, reason: str, *events: Event, **more: Any) -> Case:
    """It never came to an apply: every control is unknown."""
    return Case(name, fault, moment, NO_APPLY, 3, reason, AS_BEFORE, events, **more)


def no_report(name: str, fault: str, moment: str, host: str, controller: Controller, **more: Any) -> Case:
    """The controller is gone, and the host settles by itself."""
    return Case(name, fault, moment, NO_REPORT, None, "", host, controller=controller, **more)


def plain(reason: str) -> str:
    """A reason without what differs from run to run."""
    for pattern, word in (
        (r"\d{8}T\d{6}Z-[0-9a-f]{8}", "ID"),
        (r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME"),
        (r"10\.\d+\.1\.1", "ADDRESS"),
        (r"/baseline\.[A-Za-z0-9]{10}", "/baseline.TEMP"),
        # How a connection ends is for the network to say, in words of paramiko or of the kernel.
        (r"the connection broke(: [^;)]*)?", "the connection broke"),
        (r"cannot be reached: [^;)]*", "cannot be reached"),
        (r"(another apply holds this host): \S+,", r"\1: WHO,"),
        (r"sh: \d+: Syntax error[^;]*", "SYNTAX ERROR"),
        (r"sh: \d+: ", "sh: "),
    ):
        reason = re.sub(pattern, word, reason)
    return " ".join(reason.split())
