"""A site whose daily checklist is filled in tests: its rules, checks of a day, and ticks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from baseline.evidence.daily import AskedOf, CheckOfDay, DaySources
from baseline.kinds.daily_checklist import DailyChecklist
from baseline.kinds.external_delivery import ExternalDelivery
from baseline.load import load_baseline
from baseline.model import Evidence, Finding, Outcome, Target
from baseline.model.checklist import FilledItem, Tick
from baseline.model.evidence import DeliveryTest
from tests.history.reports import finding

SITE = "cyberjaya"
DAY = date(2026, 3, 2)
_CONTROLS = {one.id: one for one in load_baseline("mampu-2007").controls_for(Target("mx1", "192.0.2.1"))}


def rules(**fields: Any) -> DailyChecklist:
    """The control that ships, with other fields."""
    shipped = _CONTROLS["MEL-H-07"]
    assert isinstance(shipped, DailyChecklist)
    return DailyChecklist.model_validate({**shipped.model_dump(), **fields})


def delivery() -> ExternalDelivery:
    """The control of tests of delivery that ships."""
    found = _CONTROLS["MEL-H-06"]
    assert isinstance(found, ExternalDelivery)
    return found


def at(text: str) -> datetime:
    """A moment at the agency: `2026-03-02 09:00`."""
    return datetime.fromisoformat(f"{text}+08:00")


def found(host: str, control: str, outcome: Outcome = Outcome.PASS, **others: object) -> Finding:
    """What a check found."""
    return finding(host, control, outcome, reason=f"{control} of {host} is {outcome.value}", **others)


def check(*findings: Finding, moment: str = "2026-03-02 07:00", run: str = "run-1") -> CheckOfDay:
    """A check."""
    return CheckOfDay(run, "baseline 0.1.0", at(moment), findings)


def tick(item: str = "backup_age", result: Any = "ok", moment: str = "2026-03-02 09:00", **others: Any) -> Tick:
    """A tick by Kumar."""
    done = at(moment)
    fields = {"operator": "Kumar", "at": done, "entered": done, "evidence": "ticket 7", **others}
    return Tick(SITE, done.date(), item, result, **fields)


def delivered(moment: str = "2026-03-02 08:00", seconds: int | None = 60, **others: Any) -> Evidence:
    """A record of a test of delivery that arrived so many seconds later; None for never."""
    sent = at(moment)
    arrived = None if seconds is None else sent + timedelta(seconds=seconds)
    fields = {"submission_reply": "250 OK", "arrived_at": arrived, "folder": "INBOX" if arrived else "", **others}
    facts = DeliveryTest("mail.example.com", "token", sent, **fields)
    name = f"delivery-{moment[:10]}"
    return Evidence(name, "MEL-H-06", SITE, sent, "Operations", facts, attested_by="Kumar", attested_at=sent)


def sources(
    *checks: CheckOfDay,
    asked: Mapping[str, tuple[AskedOf, ...]] | None = None,
    register: tuple[Evidence, ...] = (),
    ticks: tuple[Tick, ...] = (),
) -> DaySources:
    """What fills a day; by default each control is asked of mx1."""
    every = {control: (("mx1", control),) for some in rules().filled_by.values() for control in some}
    return DaySources(checks, every if asked is None else asked, register, delivery(), ticks, {})


def by_name(items: tuple[FilledItem, ...]) -> dict[str, FilledItem]:
    """Items by their names."""
    return {one.item: one for one in items}
