"""Records of the register as controls read them: which count, which wait for somebody, and how old they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from baseline.classes import dataclass
from baseline.errors import CannotTell, NoRegister
from baseline.judge import Advised, AtLeast, AtMost, Equal, Matches, OneOf, Want, Wants
from baseline.model import Evidence, Obligation, State, Target
from baseline.model.evidence import EVERY_SITE, Facts
from baseline.subjects import SITE

Kind = TypeVar("Kind", bound=Facts)

UtcOffset = Annotated[
    str,
    Field(pattern=r"^[+-](0\d|1[0-4]):[0-5]\d$", description="What the clocks of the agency are ahead of UTC."),
]
"""A fixed distance from UTC: the zone of Malaysia has had no other for decades."""

IN_FORCE = "in force"

MEASURED = ("MEL-H-01", "MEL-H-05", "MEL-H-06")
"""The controls whose records may be measurements."""

UNPROVEN = "measurements that prove nothing"
"""The key of a state that tells of measurements which were altered, removed, or signed by another key."""


@dataclass(frozen=True)
class Proofs(Generic[Kind]):
    """The records of one control about one site. `usable` are those that somebody attests, each with its facts."""

    control: str
    subject: str
    usable: tuple[tuple[Evidence, Kind], ...] = ()
    waiting: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()

    def some(self) -> tuple[tuple[Evidence, Kind], ...]:
        """The usable ones. Raises `CannotTell` when there is none, with what to do about it."""
        if self.usable:
            return self.usable
        if self.waiting:
            raise CannotTell(
                f"record {self.waiting[0]} of {self.control} is not attested yet, or is dated ahead: correct its "
                "dates, and enter attested_by and attested_at"
            )
        if self.unproven:
            raise CannotTell(f"what was measured proves nothing: {named(list(self.unproven), 3)}")
        about = f"; there are some about {', '.join(self.elsewhere)}" if self.elsewhere else ""
        raise CannotTell(
            f"the register has no record for {self.control} about {self.subject}{about}: "
            "add one (the page on evidence says how)"
        )

    def held(self, when: Callable[[Kind], datetime], now: datetime) -> tuple[tuple[Evidence, Kind], ...]:
        """The usable ones whose event has been. Raises `CannotTell` when there is none."""
        past = tuple(one for one in self.some() if when(one[1]) <= now)
        if not past:
            raise CannotTell(f"record {self.usable[0][0].id} of {self.control} has a date in the future")
        return past


def proofs(target: Target, control: str, kind: type[Kind], now: datetime) -> Proofs[Kind]:
    """The records for `control` about the target's site, in the order of the file.

    A record that is issued or attested at a later moment than `now` waits, like one that nobody attests. Raises
    `NoRegister` when the inventory names none.
    """
    told = target.unproven if control in MEASURED else ()
    if target.register is None and not told:
        raise NoRegister("no evidence is known: name a register in the inventory (`register: FILE`)")
    subject = target.site or SITE
    of_control = [record for record in target.register or () if record.control == control]
    about = [record for record in of_control if record.subject in (subject, EVERY_SITE)]
    usable, waiting = [], []
    for record in about:
        ahead = record.attested_at is None or max(record.attested_at, record.issued_on) > now
        if ahead or not isinstance(record.facts, kind):
            waiting.append(record.id)
        else:
            usable.append((record, record.facts))
    elsewhere = sorted({record.subject for record in of_control} - {subject, EVERY_SITE})
    return Proofs(control, subject, tuple(usable), tuple(waiting), tuple(elsewhere), told)


def unproven(target: Target) -> State:
    """What is wrong with measurements of the target's site, as one key of a state; nothing where all is well."""
    return {UNPROVEN: named(list(target.unproven), 3)} if target.unproven else {}


def proven(target: Target) -> Wants:
    """That no measurement of the target's site proves nothing, where some do: advice, since the others count."""
    return {UNPROVEN: Advised(Equal("none"))} if target.unproven else {}


def standing(record: Evidence, now: datetime) -> str:
    """`in force`, or since when it is not."""
    if record.valid_to is not None and now > record.valid_to:
        return f"expired on {record.valid_to.date()}"
    if record.valid_from is not None and now < record.valid_from:
        return f"not in force before {record.valid_from.date()}"
    return IN_FORCE


def days_between(earlier: datetime, later: datetime) -> int:
    """Whole days from one moment to another; 0 when it lies ahead."""
    return max(0, (later - earlier).days)


def day_of(moment: datetime, utc_offset: str) -> date:
    """The calendar day of a moment where the clocks are ahead of UTC by `utc_offset`."""
    return moment.astimezone(zone_of(utc_offset)).date()


def zone_of(utc_offset: str) -> timezone:
    """`+08:00` as a zone."""
    sign = -1 if utc_offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(utc_offset[1:3]), minutes=int(utc_offset[4:])))


def as_obliged(obligation: Obligation, want: Equal | OneOf | AtLeast | AtMost | Matches) -> Want:
    """A want as the mandate's word makes it: what is only encouraged warns where it would fail."""
    return want if obligation is Obligation.MANDATORY else Advised(want)


def named(words: list[str], most: int = 5) -> str:
    """A list for a state: `none`, or the first few and how many more there are."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more if words else "none"
