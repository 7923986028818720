"""The daily checklists in a dossier: a page for each month of each site, as `checklist --month` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from baseline.cli.checklist_shown import as_page
from baseline.cli.checklist_site import SiteChecklist, sites_of
from baseline.dossier.reported import as_folder
from baseline.errors import NothingMatched, UserError
from baseline.languages import language
from baseline.readings.evidence import day_of

if TYPE_CHECKING:
    from baseline.history import History
    from baseline.load import Baseline
    from baseline.model import Target

_FORMS = (("en.html", "html", "en"), ("ms.html", "html", "ms"), ("csv", "csv", "en"))


def checklist_files(
    targets: Sequence[Target], rules: Baseline, history: History, since: datetime, as_of: datetime
) -> tuple[dict[str, bytes], list[str]]:
    """The files of the folder `checklists`, and sentences on sites of which there are none.

    Months are those from `since` on, as they stood at `as_of`. Raises `InputError` for ticks that were changed.
    """
    files: dict[str, bytes] = {}
    lacks = []
    # The last moment of the time: its end at midnight is of the next day already.
    for site in sites_of(targets, rules, history, as_of - timedelta(microseconds=1)):
        try:
            files |= _of_site(site, since)
        except (NothingMatched, UserError) as error:
            lacks.append(f"site {site.site.name} has no checklists: {error}")
    return files, lacks


def _of_site(site: SiteChecklist, since: datetime) -> dict[str, bytes]:
    folder = f"checklists/{as_folder(site.site.name)}"
    files = {}
    for first in _months(day_of(since, site.rules.utc_offset), site.today):
        month = site.month(first)
        if all(day.standing in ("before", "ahead") for day in month.days):
            continue
        for ending, form, code in _FORMS:
            files[f"{folder}/{first:%Y-%m}.{ending}"] = as_page(form, month, language(code)).encode()
    if site.ticks_file.is_file():
        files[f"{folder}/ticks.jsonl"] = site.ticks_file.read_bytes()
    return files


def _months(first: date, last: date) -> Iterator[date]:
    """The first day of each month from one day up to another."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)
