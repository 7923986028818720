"""Kind `daily_checklist`: a checklist of every day, with the test of delivery from outside among its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.errors import CannotTell
from baseline.judge import Advised, Equal, Wants
from baseline.kinds.base import ByHand, Control, ControlId, Line, Loosens
from baseline.model import About, Evidence, State, Target
from baseline.model.evidence import DONE, Checklist, DeliveryTest, unlinked
from baseline.model.probes import View
from baseline.readings.evidence import UtcOffset, day_of, named, proofs, zone_of

ChecklistRecord = tuple[Evidence, Checklist]

Weekday = Annotated[str, Field(pattern="^(mon|tue|wed|thu|fri|sat|sun)$")]
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

LINKED = "external_delivery_test"
"""The item that clause c names; what it says has to be shown by a record of MEL-H-06."""


class DailyChecklist(Control):
    """The daily checklists of the site, as the register records them.

    Looked at: the attested records of MEL-H-07 about the site, by the day that each names, in the agency's zone. Of
    each of the last `window_days` days one is wanted, with all of `items`; holidays and weekends are days too, since
    the mandate wants the watch all year round. A day's list is due at noon of the next working day, so the days before
    that are not missing yet. Where the register begins later, the days from its first list count.

    An item done on another day than the list's own was not done that day, and fails; one that is recorded as `missed`
    or `unknown` was not done. A list attested after noon of the next working day is a warning: it was filled in
    afterwards. So is an item of `also` that a list lacks, unless there was nothing of its sort to look at
    (`not_applicable`). The item `external_delivery_test` has to name a record of MEL-H-06 of that day. Each list names
    the link of the one before (`previous`), a digest of its day, items, who attested it and when; a list that was
    changed or taken away later breaks the chain, and fails.

    `filled_by` names the controls whose findings fill an item in `baseline checklist`; what has none, a person does.

    What an item found (`ok` or `failed`) is not judged: a checklist that finds a fault is a good one. Without a
    record it is `unknown`.

    Applied: nothing. Sources: clause c; the chain and the times are the project's own.
    """

    summary: ClassVar[str] = "A checklist of every day, with the test of delivery from outside among its items."
    about: ClassVar[About] = "site"
    loosens: ClassVar[Loosens] = {
        "items": "lower",
        "filled_by": "lower",
        "window_days": "lower",
    }
    by_hand: ClassVar[ByHand] = {
        "days without a list": (
            "Find the lists of {found} and enter them; from now on fill one in every day, holidays included."
        ),
        "days with several lists": "Keep one list of {found}.",
        "days that lack an item": "The lists of {found} lack an item: do it every day, and enter it.",
        "days that lack an advised item": "The lists of {found} lack an item that is advised: do it every day as well.",
        "days with items of another day": (
            "Do every item on its own day: the lists of {found} have items of another one."
        ),
        "days whose test has no record": "Record the external deliveries (MEL-H-06) of {found}.",
        "chain": ("Find the list that was changed or taken away, in the copies of the register, and put it back."),
        "days attested late": "Attest each list by noon of the next working day.",
    }

    kind: Literal["daily_checklist"]
    items: Annotated[tuple[Line, ...], Field(min_length=1, description="Items that every list has.")] = (LINKED,)
    also: Annotated[
        tuple[Line, ...],
        Field(
            description="Items that every list has as well; one that lacks is a warning.",
            examples=[["services", "queue", "disk", "certificates", "block_lists", "backup_age", "generator"]],
        ),
    ] = ()
    filled_by: Annotated[
        Mapping[Line, tuple[ControlId, ...]],
        Field(
            description="Item, and the controls whose findings of the day fill it; of others a person tells.",
            examples=[{"queue": ["MEL-H-02"]}],
        ),
    ] = {}
    window_days: Annotated[int, Field(ge=1, le=92, description="Days of which each has to have a list.")] = 30
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6, description="Days on which nobody attests.")] = (
        "sat",
        "sun",
    )
    utc_offset: UtcOffset = "+08:00"

    @model_validator(mode="after")
    def _fills_its_items(self) -> Self:
        strange = [item for item in self.filled_by if item not in self.every_item]
        if strange:
            raise ValueError(f"`filled_by` names {strange[0]}, which is none of `items` and `also`")
        return self

    @property
    def every_item(self) -> tuple[str, ...]:
        """The items of a list, in their order: those that it has to have, and those that are advised."""
        return tuple(dict.fromkeys((*self.items, *self.also)))

    def expected(self, target: Target) -> Wants:
        """Every day, whole, done on its day, and in an unbroken chain."""
        del target
        advised: Wants = {"days that lack an advised item": Advised(Equal("none"))} if self.also else {}
        return {
            "days without a list": Equal("none"),
            "days with several lists": Equal("none"),
            "days that lack an item": Equal("none"),
            **advised,
            "days with items of another day": Equal("none"),
            "days whose test has no record": Equal("none"),
            "chain": Equal("unbroken"),
            "days attested late": Advised(Equal("none")),
        }

    def outside(self, view: View, state: State, target: Target) -> State:
        """The days of the window, by what is wrong with their lists."""
        del state
        entries = sorted(proofs(target, "MEL-H-07", Checklist, view.now).some(), key=lambda entry: entry[1].day)
        by_day: dict[date, list[ChecklistRecord]] = {}
        for entry in entries:
            by_day.setdefault(entry[1].day, []).append(entry)
        days = self._days(min(by_day), view.now, by_day)
        if not days:
            raise CannotTell(f"no daily checklist is due yet: the first is of {min(by_day).isoformat()}")
        tests = {
            record.id: day_of(record.facts.sent_at, self.utc_offset)
            for record in target.register or ()
            if isinstance(record.facts, DeliveryTest)
        }
        judged = [entry for day in days for entry in by_day.get(day, [])]

        def told(wrong: Sequence[ChecklistRecord]) -> str:
            return named(list(dict.fromkeys(facts.day.isoformat() for _, facts in wrong)))

        return {
            "days judged": len(days),
            "days without a list": named([day.isoformat() for day in days if day not in by_day]),
            "days with several lists": named([day.isoformat() for day in days if len(by_day.get(day, [])) > 1]),
            "days that lack an item": told([one for one in judged if self._lacks(one[1])]),
            **(
                {"days that lack an advised item": told([one for one in judged if self._short(one[1])])}
                if self.also
                else {}
            ),
            "days with items of another day": told([one for one in judged if self._elsewhen(one[1])]),
            "days whose test has no record": told([one for one in judged if _unshown(one[1], tests)]),
            "chain": _chain(entries, days[0]),
            "days attested late": told([one for one in judged if self._late(*one)]),
        }

    def _days(self, first: date, now: datetime, there: Mapping[date, object]) -> list[date]:
        """The days that are due, and those after them that have a list already."""
        today = day_of(now, self.utc_offset)
        window = (today - timedelta(days=back) for back in range(self.window_days, -1, -1))
        return [day for day in window if day >= first and (day in there or self.due(day) < now)]

    def due(self, day: date) -> datetime:
        """When the list of a day has to be attested: noon of the next working day."""
        following = day + timedelta(days=1)
        while _WEEKDAYS[following.weekday()] in self.weekend:
            following += timedelta(days=1)
        return datetime.combine(following, time(12), zone_of(self.utc_offset))

    def _lacks(self, facts: Checklist) -> bool:
        return not {item.item for item in facts.items if item.result in DONE}.issuperset(self.items)

    def _short(self, facts: Checklist) -> bool:
        there = {item.item for item in facts.items if item.result in (*DONE, "not_applicable")}
        return not there.issuperset(self.also)

    def _elsewhen(self, facts: Checklist) -> bool:
        done = (item for item in facts.items if item.result in DONE)
        return any(day_of(item.at, self.utc_offset) != facts.day for item in done)

    def _late(self, record: Evidence, facts: Checklist) -> bool:
        return record.attested_at is not None and record.attested_at > self.due(facts.day)


def _unshown(facts: Checklist, tests: Mapping[str, date]) -> bool:
    """Whether the test of delivery that a list tells of has no record, or one of another day."""
    linked = (item.evidence for item in facts.items if item.item == LINKED and item.result in DONE)
    return any(tests.get(record) != facts.day for record in linked)


def _chain(entries: Sequence[ChecklistRecord], since: date) -> str:
    """`unbroken`, or the first list, from `since` on, whose `previous` is not the link of the one before it."""
    days = {record.id: facts.day for record, facts in entries}
    broken = (record.id for _, record in unlinked([record for record, _ in entries]) if days[record.id] >= since)
    return next((f"broken before {name}" for name in broken), "unbroken")
