"""One day of the checklist, filled: from checks of that day, tests of delivery, and the ticks of people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from baseline.classes import dataclass
from baseline.kinds.daily_checklist import DailyChecklist
from baseline.kinds.external_delivery import ExternalDelivery, counts
from baseline.model import Evidence, Finding, Outcome
from baseline.model.checklist import FilledItem, Tick
from baseline.model.evidence import DeliveryTest
from baseline.readings.evidence import day_of

AskedOf = tuple[str, str]
"""Host, domain or site, and the key of a finding about it: what a check of the site has to have looked at."""

_NAMED = 3
"""How many hosts a reason names."""


@dataclass(frozen=True)
class CheckOfDay:
    """A run that looked: its id, the program and its version, when it was finished, and what it found."""

    run: str
    by: str
    finished: datetime
    findings: Sequence[Finding]


@dataclass(frozen=True)
class _Told:
    """A finding, and the run that it is of."""

    finding: Finding
    check: CheckOfDay


@dataclass(frozen=True)
class DaySources:
    """What fills the items of one day.

    `checks` are the runs of that day, the last one first; they are read only as far as is needed. `asked` says of each
    control of the baseline what it is asked of at the site. `register` has the records of the site that count,
    `delivery` is the control of its tests of delivery, if the baseline has one. `signed` names who signed a tick.
    """

    checks: Iterable[CheckOfDay]
    asked: Mapping[str, tuple[AskedOf, ...]]
    register: tuple[Evidence, ...]
    delivery: ExternalDelivery | None
    ticks: Sequence[Tick]
    signed: Mapping[Tick, str]


def filled(rules: DailyChecklist, day: date, sources: DaySources, *, over: bool) -> tuple[FilledItem, ...]:
    """Every item of a day's list. What nobody did is `open`, and `missed` once the day is `over`."""
    wanted = {
        asked
        for item in rules.every_item
        for control in rules.filled_by.get(item, ())
        if not _tests(control, sources)
        for asked in sources.asked.get(control, ())
    }
    found = _last_of_each(sources.checks, wanted)
    made = []
    for item in rules.every_item:
        controls = rules.filled_by.get(item, ())
        looked = _joined(item, [_by(item, one, rules, day, sources, found) for one in controls]) if controls else None
        whole = _with_tick(item, looked, sources)
        missed = not over and whole.result == "missed"
        made.append(replace(whole, result="open") if missed else whole)
    return tuple(made)


def _last_of_each(checks: Iterable[CheckOfDay], wanted: set[AskedOf]) -> dict[AskedOf, _Told]:
    """The last finding of each that is wanted; no run is read that could not add to it."""
    found: dict[AskedOf, _Told] = {}
    if not wanted:
        return found
    for check in checks:
        for finding in check.findings:
            name = finding.host, finding.key
            if name in wanted:
                found.setdefault(name, _Told(finding, check))
        if found.keys() >= wanted:
            break
    return found


def _tests(control: str, sources: DaySources) -> bool:
    return sources.delivery is not None and control == sources.delivery.id


def _by(
    item: str, control: str, rules: DailyChecklist, day: date, sources: DaySources, found: Mapping[AskedOf, _Told]
) -> FilledItem:
    """What one control says of an item."""
    if sources.delivery is not None and control == sources.delivery.id:
        return _by_tests(item, sources.delivery, _tests_of(day, rules, sources.register))
    if control not in sources.asked:
        return FilledItem(item, "unknown", why=f"the baseline has no control {control}")
    asked = sources.asked[control]
    if not asked:
        return FilledItem(item, "not_applicable", why=f"no host of the site is one for {control}")
    return _by_checks(item, control, asked, found)


def _by_checks(item: str, control: str, asked: Sequence[AskedOf], found: Mapping[AskedOf, _Told]) -> FilledItem:
    told = [found[one] for one in asked if one in found]
    if not told:
        return FilledItem(item, "missed", why=f"no check of this day looked at {control}")
    last = max((one.check for one in told), key=lambda check: check.finished)
    filled = FilledItem(item, "ok", last.by, last.finished, last.run)
    by_outcome = {outcome: [one.finding for one in told if one.finding.outcome is outcome] for outcome in Outcome}
    if failed := by_outcome[Outcome.FAIL]:
        return replace(filled, result="failed", why=f"{control}: {_names(failed)}: {failed[0].reason}")
    unseen = [host for host, key in asked if (host, key) not in found]
    if unseen:
        return replace(filled, result="unknown", why=f"{control} was not looked at on {_listed(unseen)}")
    if unknown := by_outcome[Outcome.UNKNOWN]:
        return replace(filled, result="unknown", why=f"{control}: {_names(unknown)}: {unknown[0].reason}")
    if warned := by_outcome[Outcome.WARN]:
        return replace(filled, why=f"{control}: {_names(warned)}: {warned[0].reason}")
    if not by_outcome[Outcome.PASS]:
        return replace(filled, result="not_applicable", why=f"{control}: {told[0].finding.reason}")
    return filled


def _tests_of(
    day: date, rules: DailyChecklist, register: Iterable[Evidence]
) -> Iterator[tuple[Evidence, DeliveryTest]]:
    for record in register:
        facts = record.facts
        if isinstance(facts, DeliveryTest) and day_of(facts.sent_at, rules.utc_offset) == day:
            yield record, facts


def _by_tests(item: str, rules: ExternalDelivery, tests: Iterable[tuple[Evidence, DeliveryTest]]) -> FilledItem:
    """The best test of the day: one that reached its owner, else one that did not."""
    made = list(tests)
    counted = [one for one in made if counts(one[1])]
    if not counted:
        return FilledItem(
            item,
            "missed",
            why="no test of this day was taken by an outside system and came from outside"
            if made
            else "no test of delivery on this day",
        )
    good = [one for one in counted if rules.reached(one[1])]
    record, facts = (good or counted)[0]
    result: FilledItem = FilledItem(item, "ok", _who(record), facts.sent_at, record.id)
    return result if good else replace(result, result="failed", why=_why_not(facts))


def _who(record: Evidence) -> str:
    """Who vouches for a record; of a key that it is one, since the record itself says which."""
    return (record.attested_by or "").partition(" ssh-ed25519 ")[0]


def _why_not(test: DeliveryTest) -> str:
    if test.arrived_at is None:
        return f"the mail from {test.provider} did not arrive"
    seconds = int((test.arrived_at - test.sent_at).total_seconds())
    return f"the mail from {test.provider} arrived after {seconds} s in {test.folder}"


_WORST_FIRST = ("failed", "unknown", "missed", "ok", "not_applicable")


def _joined(item: str, parts: Sequence[FilledItem]) -> FilledItem:
    """An item that several controls fill: as the worst of them says."""
    worst = min(parts, key=lambda one: _WORST_FIRST.index(one.result))
    return replace(worst, item=item, why="; ".join(dict.fromkeys(one.why for one in parts if one.why)))


def _with_tick(item: str, looked: FilledItem | None, sources: DaySources) -> FilledItem:
    """An item with what a person says of it, the last time. What was seen to be wrong stays so, whoever ticks it."""
    tick = next((one for one in reversed(sources.ticks) if one.item == item), None)
    if tick is None:
        return looked or FilledItem(item, "missed", why="nobody ticked it")
    by_hand = FilledItem(item, tick.result, tick.operator, tick.at, tick.evidence, signed=sources.signed.get(tick, ""))
    if looked is None or looked.result in ("missed", "unknown", "not_applicable"):
        return replace(by_hand, why=looked.why if looked else "")
    return looked if looked.result == "failed" or tick.result == "ok" else by_hand


def _names(findings: Iterable[Finding]) -> str:
    return _listed([one.host for one in findings])


def _listed(hosts: Sequence[str]) -> str:
    names = list(dict.fromkeys(hosts))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
