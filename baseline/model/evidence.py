"""Evidence: dated records for what no machine sees on a host, each with the facts that its control asks for.

Every moment carries its zone; what day it was is for the control to say, which knows where the agency is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, Literal

from baseline.classes import dataclass

EVERY_SITE = "*"
"""The subject of a record that speaks of all sites."""


@dataclass(frozen=True)
class Interruption:
    """A time in which nobody watched (`gap`), or in which a service was seen not to serve (`outage`), and what it was.

    A gap is from the last sample before it to the first one after it.
    """

    sort: Literal["gap", "outage"]
    since: datetime
    until: datetime
    what: str

    def __post_init__(self) -> None:
        _in_order(self.since, self.until)

    @property
    def seconds(self) -> int:
        """How long it was."""
        return int((self.until - self.since).total_seconds())


@dataclass(frozen=True)
class Monitoring:
    """What a monitor that is no part of the mail system measured from `since` to `until`.

    `interruptions` may be left out; where gaps are listed, the longest one is among them.
    """

    tool: str
    version: str
    since: datetime
    until: datetime
    longest_gap_seconds: int
    availability_pct: float
    interruptions: tuple[Interruption, ...] = ()

    def __post_init__(self) -> None:
        _in_order(self.since, self.until)
        if self.gaps and max(gap.seconds for gap in self.gaps) != self.longest_gap_seconds:
            raise ValueError("`longest_gap_seconds` is not that of the longest gap in `interruptions`")
        _not_negative(longest_gap_seconds=self.longest_gap_seconds)
        _percent("availability_pct", self.availability_pct)

    @property
    def gaps(self) -> tuple[Interruption, ...]:
        """The times in which nobody watched."""
        return tuple(one for one in self.interruptions if one.sort == "gap")

    @property
    def outages(self) -> tuple[Interruption, ...]:
        """The times in which a service was seen not to serve."""
        return tuple(one for one in self.interruptions if one.sort == "outage")


@dataclass(frozen=True)
class ProbeSeries:
    """Runs of a named tool that used the mail system as its users do, from `since` to `until`.

    `vantage` is where the tool stands: `host` is the mail host itself, which proves nothing of firewall and DNS.
    """

    tool: str
    version: str
    vantage: Literal["outside", "inside", "host"]
    since: datetime
    until: datetime
    steps: tuple[str, ...]
    runs: int
    succeeded: int
    longest_gap_seconds: int
    last_success_at: datetime | None = None

    def __post_init__(self) -> None:
        _in_order(self.since, self.until)
        _not_negative(runs=self.runs, succeeded=self.succeeded, longest_gap_seconds=self.longest_gap_seconds)
        if self.succeeded > self.runs:
            raise ValueError(f"{self.succeeded} runs succeeded of {self.runs}")
        if self.last_success_at is not None and not self.since <= self.last_success_at <= self.until:
            raise ValueError("`last_success_at` is not between `since` and `until`")
        if (self.last_success_at is None) != (self.succeeded == 0):
            raise ValueError("`last_success_at` is given exactly when a run succeeded")


@dataclass(frozen=True)
class DeliveryTest:
    """One mail from an outside system to the agency's own. `arrived_at` is None when it was not found in time.

    `submission_reply` is what the outside system said when it took the mail: anything but 2xx, and nothing was tested.
    `vantage` is where the mail came in from, `identity` the account outside that sent it: a mail that was submitted
    inside is no test from outside. `without_tls` are the servers that took the mail without TLS, where that is known.
    """

    provider: str
    token: str
    sent_at: datetime
    submission_reply: str
    arrived_at: datetime | None = None
    folder: str = ""
    vantage: Literal["outside", "inside", "host"] = "outside"
    identity: str = ""
    without_tls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.arrived_at is not None:
            _in_order(self.sent_at, self.arrived_at)
            if not self.folder:
                raise ValueError("`folder` is missing: a mail that arrived lies in one, such as INBOX")


ItemResult = Literal["ok", "failed", "unknown", "missed", "not_applicable"]
"""What an item of a checklist found. `unknown`: it was looked at, and could not be told; `missed`: nobody did it."""

DONE: tuple[ItemResult, ...] = ("ok", "failed")
"""The results of an item that was done: one that finds a fault is as good as one that finds none."""


@dataclass(frozen=True)
class ChecklistItem:
    """One line of a daily checklist. `evidence` is the id of what shows it: a record, a run or a measurement.

    Of an item that was missed, `operator` and `at` say who closed the day without it, and when.
    """

    item: str
    result: ItemResult
    operator: str
    at: datetime
    evidence: str = ""


@dataclass(frozen=True)
class Checklist:
    """The checklist of one day. `previous` is the `link` of the one before; empty for the first."""

    day: date
    items: tuple[ChecklistItem, ...]
    previous: str = ""


@dataclass(frozen=True)
class Training:
    """Basic training in handling e-mail, and the addresses of those who had it."""

    held_at: datetime
    attendees: tuple[str, ...]


@dataclass(frozen=True)
class Programme:
    """An awareness programme, and when the next one is to be."""

    held_at: datetime
    next_at: datetime | None = None
    attendance_pct: float | None = None

    def __post_init__(self) -> None:
        if self.next_at is not None:
            _in_order(self.held_at, self.next_at)
        if self.attendance_pct is not None:
            _percent("attendance_pct", self.attendance_pct)


@dataclass(frozen=True)
class MailboxReport:
    """A report on the sizes of mailboxes that was sent, and the owners who were told that theirs is filling."""

    sent_at: datetime
    notified: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agreement:
    """A maintenance agreement. `qualification` is what shows the supplier to be qualified, such as a registration."""

    level: Literal["premium", "standard", "basic"]
    supplier: str
    qualification: str = ""


@dataclass(frozen=True)
class OpenFinding:
    """A critical finding of an assessment that is not closed yet."""

    finding: str
    owner: str = ""
    due: datetime | None = None


@dataclass(frozen=True)
class Assessment:
    """An assessment of the infrastructure: who assessed whom, what was looked at, and what stayed open."""

    assessor: str
    agency: str
    operator: str
    field_work_until: datetime
    aspects: tuple[str, ...]
    scope: tuple[str, ...]
    open_critical: tuple[OpenFinding, ...] = ()


Facts = (
    Monitoring | ProbeSeries | DeliveryTest | Checklist | Training | Programme | MailboxReport | Agreement | Assessment
)

FACTS: Mapping[str, type[Facts]] = {
    "MEL-H-01": Monitoring,
    "MEL-H-05": ProbeSeries,
    "MEL-H-06": DeliveryTest,
    "MEL-H-07": Checklist,
    "MEL-G-01": Training,
    "MEL-G-02": Programme,
    "MEL-G-03": MailboxReport,
    "MEL-G-04": Agreement,
    "MEL-G-05": Assessment,
}
"""Control -> the facts that a record for it has."""


@dataclass(frozen=True)
class Evidence:
    """One record of the register.

    `subject` is the site that it speaks of, or `*`. `file` is the document that it stands on, beside the register, and
    `file_sha256` the digest of that. `owner` sees to the next one. A record that nobody attests (`attested_by` is None)
    proves nothing yet. `signature` is one of `signed_content`, as `ssh-keygen -Y sign` writes it; empty for none.
    """

    id: str
    control: str
    subject: str
    issued_on: datetime
    issuer: str
    facts: Facts
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    file: str = ""
    file_sha256: str = ""
    attested_by: str | None = None
    attested_at: datetime | None = None
    owner: str = ""
    signature: str = ""

    def __post_init__(self) -> None:
        if (self.attested_by is None) != (self.attested_at is None):
            raise ValueError("`attested_by` and `attested_at` are given together, or are both empty")
        if self.valid_from is not None and self.valid_to is not None:
            _in_order(self.valid_from, self.valid_to)
        if isinstance(self.facts, Agreement) and (self.valid_from is None or self.valid_to is None):
            raise ValueError("an agreement has `valid_from` and `valid_to`")
        if self.signature and self.attested_by is None:
            raise ValueError("a record that nobody attests is not signed: take `signature` out")

    def to_dict(self) -> dict[str, Any]:
        """The record with the keys of the register's file; what is empty and may lack there is left out."""
        return {
            name: value
            for name, value in _plain(self).items()
            if name.startswith("attested") or value not in (None, "")
        }


def signed_content(record: Evidence) -> bytes:
    """What a signature of a record is over: all of it but the signature, so its document by the digest as well.

    One line of JSON in UTF-8 of `to_dict`, keys in order, without spaces and without a newline at its end.
    """
    said = {name: value for name, value in record.to_dict().items() if name != "signature"}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def link(record: Evidence) -> str:
    """Hex SHA-256 of a checklist as attested, which the next day's names as its `previous`.

    Over one line of JSON without spaces: `[day, [[item, result, operator, at, evidence], ...], attested_by,
    attested_at, previous]`, moments in UTC as 2007-11-23T01:00:00Z. Raises TypeError for a record of another sort.
    """
    facts = record.facts
    if not isinstance(facts, Checklist):
        raise TypeError(f"{record.id} is no checklist")
    items = [[item.item, item.result, item.operator, _utc(item.at), item.evidence] for item in facts.items]
    attested_at = "" if record.attested_at is None else _utc(record.attested_at)
    line = [facts.day.isoformat(), items, record.attested_by or "", attested_at, facts.previous]
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def unlinked(records: Sequence[Evidence]) -> Iterator[tuple[Evidence, Evidence]]:
    """Checklists of one chain, in order: each that does not name the link of the one before it, after that one."""
    for before, record in pairwise(records):
        if isinstance(record.facts, Checklist) and record.facts.previous != link(before):
            yield before, record


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _in_order(first: datetime, last: datetime) -> None:
    if first > last:
        raise ValueError(f"{first.isoformat()} is after {last.isoformat()}")


def _not_negative(**numbers: float) -> None:
    for name, number in numbers.items():
        if number < 0:
            raise ValueError(f"`{name}` is below 0")


def _percent(name: str, number: float) -> None:
    if not 0 <= number <= 100:
        raise ValueError(f"`{name}` is not between 0 and 100")
