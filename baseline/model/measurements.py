"""Measurements: what this tool saw itself from outside of a mail system, each dated, to be signed and kept.

A measurement stands in place of a record that a person would write of the same thing. Where the tool stood and who the
outside is belong to it, since mail that was submitted inside proves nothing of the way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, get_args

from baseline.classes import dataclass

Vantage = Literal["outside", "inside", "host"]
"""Where the tool stands: outside the agency's network, inside it, or on the mail host itself."""

StepName = Literal["smtp", "submission", "imap", "pop3", "sieve", "webmail"]
STEPS: tuple[StepName, ...] = get_args(StepName)

StepOutcome = Literal["ok", "wrong", "unreachable"]
"""Of a step: it went through; the server gave a wrong answer; or it gave none that counts within the tries."""


@dataclass(frozen=True)
class AccessStep:
    """One service, used as its users do: `account` is the agency's address, `seconds` how long it took.

    `tries` counts the attempts, of which the last one is told. `reason` is empty where the outcome is `ok`.
    """

    account: str
    step: StepName
    outcome: StepOutcome
    seconds: float
    reason: str = ""
    tries: int = 1
    tls: str = ""

    def __post_init__(self) -> None:
        if (self.outcome == "ok") != (not self.reason):
            raise ValueError("`reason` is given exactly when a step did not go through")
        if not 0 <= self.seconds < 86_400 or self.tries < 1:
            raise ValueError("a step takes from 0 seconds to a day, and at least one try")


@dataclass(frozen=True)
class AccessRun:
    """All steps of all accounts of a site, once: `at` is when it began, `vantage` where the tool stood."""

    at: datetime
    vantage: Vantage
    steps: tuple[AccessStep, ...]

    def __post_init__(self) -> None:
        _zoned(self.at)
        if not self.steps:
            raise ValueError("a run of access tests that tried nothing is none")

    @property
    def passed(self) -> bool:
        """Whether every step went through."""
        return all(step.outcome == "ok" for step in self.steps)


@dataclass(frozen=True)
class AccessTests:
    """Runs of access tests, one after another. `every` is in how many seconds the next was due; 0: none was."""

    runs: tuple[AccessRun, ...]
    every: int = 0

    def __post_init__(self) -> None:
        times = [run.at for run in self.runs]
        if not times or times != sorted(times):
            raise ValueError("runs of access tests are at least one, and stand in order")
        if self.every < 0:
            raise ValueError("`every` is below 0")

    @property
    def at(self) -> datetime:
        """When the last of them began."""
        return self.runs[-1].at


DeliveryOutcome = Literal["delivered", "delayed", "junk", "lost", "refused", "untested", "inside"]
"""Of a delivery test: it arrived in time and in a folder that counts; it arrived too late; it arrived in the junk
folder; it was not found in time; the receiver would not have it; nothing was tested, since the sender's own system
would not take it or could not be reached; or it did not come from outside, whatever the account says."""


NO_TLS = "none"
"""What is told of a hop that names a protocol for mail which has no TLS."""


@dataclass(frozen=True)
class ReceivedHop:
    """One line of `Received`, as its server wrote it: empty is what it does not say. `at` is None for no date.

    `tls` is a version and a cipher, `yes` where only the protocol tells, or `NO_TLS`.
    """

    by: str
    from_: str = ""
    with_: str = ""
    tls: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class AuthenticationResult:
    """What the receiver saw by one method, such as `spf` or `dkim`; `detail` is what it said about it."""

    method: str
    result: str
    detail: str = ""


@dataclass(frozen=True)
class DeliveryMeasured:
    """One mail between an outside account and the agency's. `out` is from outside to the agency, `back` the other way.

    `provider` is the outside's name, `identity` its account's address, `account` the agency's. `vantage` is where the
    mail came in from, as its path shows. `path` is the newest hop first, as it stands in the mail.
    """

    provider: str
    identity: str
    account: str
    vantage: Vantage
    direction: Literal["out", "back"]
    token: str
    sent_at: datetime
    submission_reply: str
    outcome: DeliveryOutcome
    reason: str = ""
    arrived_at: datetime | None = None
    folder: str = ""
    path: tuple[ReceivedHop, ...] = ()
    authentication: tuple[AuthenticationResult, ...] = ()
    tries: int = 1

    def __post_init__(self) -> None:
        _zoned(self.sent_at)
        arrived = self.arrived_at is not None
        if self.arrived_at is not None:
            _zoned(self.arrived_at)
            if self.arrived_at < self.sent_at:
                raise ValueError("it arrived before it was sent")
        if arrived != bool(self.folder):
            raise ValueError("`folder` is given exactly when a mail arrived")
        if not arrived and self.outcome in ("delivered", "delayed", "junk", "inside"):
            raise ValueError(f"a mail that is {self.outcome} has arrived: `arrived_at` is missing")
        if arrived and self.outcome in ("lost", "refused", "untested"):
            raise ValueError(f"a mail that is {self.outcome} has not arrived")
        if self.direction == "out" and (self.vantage == "outside") == (self.outcome == "inside"):
            raise ValueError("the outcome is `inside` exactly when the mail did not come from outside")

    @property
    def at(self) -> datetime:
        """When it was over: the arrival, or else when it was sent."""
        return self.arrived_at or self.sent_at

    @property
    def seconds(self) -> float | None:
        """From sending to arrival; None where it did not arrive."""
        return None if self.arrived_at is None else (self.arrived_at - self.sent_at).total_seconds()


Sort = Literal["access", "delivery"]
MeasuredFacts = AccessTests | DeliveryMeasured

_FACTS: Mapping[str, type[MeasuredFacts]] = {"access": AccessTests, "delivery": DeliveryMeasured}


@dataclass(frozen=True)
class Measurement:
    """What was measured about a site, with which version of which tool."""

    site: str
    tool: str
    version: str
    facts: MeasuredFacts

    @property
    def sort(self) -> Sort:
        """What it measured, in one word."""
        return "access" if isinstance(self.facts, AccessTests) else "delivery"

    @property
    def at(self) -> datetime:
        """When it was over, in UTC."""
        return self.facts.at.astimezone(UTC)

    def to_dict(self) -> dict[str, Any]:
        """The measurement as JSON carries it, its moments in UTC. `sort` says what `facts` are."""
        facts = _reader(self.sort).dump_python(self.facts, mode="json")
        return {"site": self.site, "sort": self.sort, "tool": self.tool, "version": self.version, "facts": facts}

    @classmethod
    def from_dict(cls, document: Any) -> Measurement:
        """The opposite of `to_dict`. Raises ValueError for another document."""
        known = {"site", "sort", "tool", "version", "facts"}
        if not isinstance(document, dict) or set(document) != known:
            raise ValueError(f"a measurement has the keys {', '.join(sorted(known))}")
        sort = document["sort"]
        if not isinstance(sort, str) or sort not in _FACTS:
            raise ValueError(f"a measurement of the sort {sort!r} is not known here")
        site, tool, version = (document[name] for name in ("site", "tool", "version"))
        if not all(isinstance(head, str) for head in (site, tool, version)):
            raise ValueError("`site`, `tool` and `version` are texts")
        reader = _reader(sort)
        facts = reader.validate_python(document["facts"])
        if reader.dump_python(facts, mode="json") != document["facts"]:
            raise ValueError("its facts have keys or values that are not known here")
        return cls(site, tool, version, facts)


@cache
def _reader(sort: str) -> Any:
    from pydantic import TypeAdapter  # What measures nothing need not import it.

    return TypeAdapter(_FACTS[sort])


def _zoned(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no zone")
