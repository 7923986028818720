"""What each record of a register is worth at a moment: in force, waiting, expired, or superseded by a later one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from baseline.classes import dataclass
from baseline.model import Evidence
from baseline.model.evidence import EVERY_SITE, Agreement, MailboxReport, Monitoring, ProbeSeries, Programme
from baseline.readings.evidence import IN_FORCE, standing

NOT_ATTESTED = "not attested"
AHEAD = "dated ahead"


@dataclass(frozen=True)
class Worth:
    """A record and what it is worth: `in force`, or the word for why it proves nothing today.

    `by` is the id of the record that stands in its place, where it is superseded.
    """

    record: Evidence
    word: str
    by: str = ""

    @property
    def counts(self) -> bool:
        """Whether controls are judged by it."""
        return self.word == IN_FORCE


def standings(records: Iterable[Evidence], site: str, now: datetime) -> tuple[Worth, ...]:
    """Each record about a site, or about all, with what it is worth there, in the order of the register."""
    each = tuple(record for record in records if record.subject in (site, EVERY_SITE))
    worth = {id(record): _alone(record, now) for record in each}
    latest: dict[str, Evidence] = {}
    for record in each:
        moment = _taken_by(record)
        if moment is None or worth[id(record)] != IN_FORCE:
            continue
        before = latest.get(record.control)
        if before is None or (_taken_by(before) or moment) < moment:
            latest[record.control] = record
    found = []
    for record in each:
        later = latest.get(record.control, record)
        if worth[id(record)] == IN_FORCE and later is not record:
            found.append(Worth(record, f"superseded by {later.id}", later.id))
        else:
            found.append(Worth(record, worth[id(record)]))
    return tuple(found)


def _taken_by(record: Evidence) -> datetime | None:
    """The moment by which a control takes the latest record alone; None where each record counts."""
    match record.facts:
        case Monitoring(until=moment) | ProbeSeries(until=moment):
            return moment
        case Programme(held_at=moment):
            return moment
        case MailboxReport(sent_at=moment):
            return moment
        case Agreement():
            return record.valid_to
        case _:
            return None


def _alone(record: Evidence, now: datetime) -> str:
    if record.attested_at is None:
        return NOT_ATTESTED
    if max(record.attested_at, record.issued_on) > now:
        return AHEAD
    return standing(record, now)
