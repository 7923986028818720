"""Ticks and closings of the daily checklist, as `baseline checklist sign` and `close` write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.cli.checklist_keys import signing_of
from baseline.cli.evidence_added import written
from baseline.errors import UserError
from baseline.evidence.months import Lists, as_entry, closing, to_close
from baseline.evidence.ticks import signed_content
from baseline.kinds.daily_checklist import LINKED
from baseline.load.instants import instant
from baseline.load.registers import load_register
from baseline.load.tree import nearest
from baseline.model import Evidence
from baseline.model.checklist import Tick
from baseline.model.evidence import Checklist
from baseline.model.evidence import signed_content as signed_record
from baseline.readings.evidence import day_of, named, zone_of
from baseline.reports.words import count
from baseline.signing import CHECKLIST, EVIDENCE

if TYPE_CHECKING:
    from baseline.cli.checklist_site import SiteChecklist


def ticked(
    site: SiteChecklist,
    items: Sequence[str],
    day: date,
    at: str,
    by: str,
    evidence: str,
    key: Path | None,
    *,
    failed: bool,
) -> str:
    """Tick items of a day; what was done, in words. Raises `InputError` and `UserError`."""
    _one_line(by, evidence)
    done_at = _done_at(site, day, at)
    for item in items:
        _may_be_ticked(site, item, evidence)
    if day in site.lists.by_day:
        raise UserError(f"the list of {day.isoformat()} is closed: record {site.lists.by_day[day].id}")
    ticks = [
        Tick(
            site.site.name,
            day,
            item,
            "failed" if failed else "ok",
            by,
            done_at,
            site.now.replace(microsecond=0),
            evidence,
        )
        for item in dict.fromkeys(items)
    ]
    sign = signing_of(site.site, key)
    site.tick([replace(one, signature=sign(signed_content(one), CHECKLIST, one.entered)) for one in ticks])
    told = " and ".join(one.item for one in ticks)
    return f"{site.ticks_file}: {told} of {day.isoformat()} {'found a fault' if failed else 'is done'}, by {by}"


def closed(site: SiteChecklist, day: date, by: str, key: Path | None, *, missed: bool) -> str:
    """Close a day, and those before it that are not; what was done, in words. Raises `InputError` and `UserError`.

    Where items were not done, only when they are to stay `missed`.
    """
    _one_line(by)
    register, sign = site.register, signing_of(site.site, key)
    with site.held():
        there = load_register(register)
        # Somebody else may have closed a day since the inventory was read.
        lists = Lists.of(site.site.name, there, site.now)
        made = [site.day(one) for one in to_close(site.rules, lists, day, site.now)]
        here = site.now.astimezone(zone_of(site.rules.utc_offset)).replace(microsecond=0)
        records = closing(lists, made, by, here, [one.id for one in there])
        lacking = list(_not_done(records))
        if lacking and not missed:
            raise UserError(
                f"{count(len(lacking), 'item')} not done: {named(lacking)}: do them and tick them (`baseline checklist "
                "sign`), or close with --missed, and they stay missed"
            )
        signed = [replace(one, signature=sign(signed_record(one), EVIDENCE, here)) for one in records]
        written(register, "\n".join(as_entry(one) for one in signed), len(signed))
    lacks = f"; missed: {named(lacking)}" if lacking else ""
    return f"{register}: {count(len(records), 'list')} closed, by {by}{lacks}"


def _not_done(records: Sequence[Evidence]) -> Iterator[str]:
    for record in records:
        assert isinstance(record.facts, Checklist)
        for item in record.facts.items:
            if item.result in ("missed", "unknown"):
                yield f"{item.item} of {record.facts.day.isoformat()}"


def _done_at(site: SiteChecklist, day: date, at: str) -> datetime:
    """When it was done, which is on the day itself: what was done on another day was not done then."""
    zone = zone_of(site.rules.utc_offset)
    if not at and day != site.today:
        raise UserError(f"{day.isoformat()} is not today at {site.site.name}: say with --at when it was done that day")
    try:
        moment = instant(at, ends=False).astimezone(zone) if at else site.now.astimezone(zone).replace(microsecond=0)
    except ValueError as error:
        raise UserError(f"--at: {error}") from None
    if moment > site.now.astimezone(zone):
        raise UserError(f"--at: {at} is still to come")
    if day_of(moment, site.rules.utc_offset) != day:
        raise UserError(
            f"--at: {at} is not on {day.isoformat()} at {site.site.name}, whose clocks are {site.rules.utc_offset}"
        )
    return moment


def _one_line(*texts: str) -> None:
    """Who it was and what shows it are kept as they are given, as text on one line."""
    for text in texts:
        if not text.isprintable():
            raise UserError(f"{text.encode('unicode_escape').decode()} is no text on one line")


def _may_be_ticked(site: SiteChecklist, item: str, evidence: str) -> None:
    if item not in site.rules.every_item:
        raise UserError(f"the checklist has no item {item}: {nearest(item, site.rules.every_item)}")
    tests = [one.id for one in site.site.register or () if one.control == "MEL-H-06"]
    if item == LINKED and evidence not in tests:
        raise UserError(
            f"{LINKED} is shown by a record of MEL-H-06: give its id with --evidence"
            + (f" ({nearest(evidence, tests[-5:])})" if evidence and tests else "")
        )
