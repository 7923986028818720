"""What `baseline checklist` prints: a day or a month as text, and a month as CSV or HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.errors import UserError
from baseline.reports import checklist
from baseline.reports.lines import printed
from baseline.reports.words import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from baseline.languages import Language
    from baseline.model.checklist import ChecklistDay, ChecklistMonth

FORMS = ("text", "json", "csv", "html")
_STYLES = {"failed": "red", "missed": "red", "unknown": "yellow", "open": "dim", "late": "yellow"}


def chosen_form(form: str, output: Path | None) -> str:
    """The format that is asked for, or that a file's name says. Raises `UserError`."""
    by_name = output.suffix.removeprefix(".") if output is not None else ""
    made = form or (by_name if by_name in FORMS else "text")
    if made not in FORMS:
        raise UserError(f"there is no format {made!r} of checklists: use {', '.join(FORMS)}")
    return made


def as_page(form: str, month: ChecklistMonth, language: Language) -> str:
    """A month as CSV or HTML."""
    if form == "csv":
        return checklist.csv(month)
    from baseline.reports.html.checklist import page

    return page(month, language)


def days_as_text(found: Sequence[tuple[str, ChecklistDay]], console: Console, language: Language) -> str:
    """One day of each site: an item on each line."""
    return printed(console, (part for site, day in found for part in _day(site, day, language)))


def months_as_text(found: Sequence[ChecklistMonth], console: Console, language: Language) -> str:
    """A month of each site: a day on each line."""
    return printed(console, (part for month in found for part in _month(month, language)))


def _day(site: str, day: ChecklistDay, language: Language) -> Iterator[RenderableType]:
    standing = language.say(checklist.STANDINGS[day.standing])
    yield Text.assemble((f"{one_line(site)}, {day.day.isoformat()}: ", "bold"), (standing, _style(day.standing)))
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for one in day.items:
        signed = language.say("signed by {who}", who=one.signed) if one.signed else ""
        what = " ".join(part for part in (language.tell(one.why), one.evidence and f"({one.evidence})", signed) if part)
        result = Text(language.say(checklist.RESULTS[one.result]), style=_style(one.result))
        table.add_row(Text(one_line(one.item)), result, Text(one_line(one.operator)), Text(one_line(what)))
    yield Padding(table, (0, 0, 0, 2), expand=False)
    if day.closed_by:
        closed = language.say("closed by {who}, link {link}", who=one_line(day.closed_by), link=day.link)
        yield Padding(Text(closed), (0, 0, 0, 2), expand=False)


def _month(month: ChecklistMonth, language: Language) -> Iterator[RenderableType]:
    title = f"{one_line(month.site)}, {checklist.month_name(month, language)}: {checklist.sums(month, language)}"
    yield Text(title, style="bold")
    for broken in month.broken:
        yield Text(
            language.say("The chain of lists is broken: {what}", what=one_line(language.tell(broken))), style="red"
        )
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for day in month.days:
        told = [
            f"{checklist.name_of(one.item, language)}: {language.say(checklist.RESULTS[one.result])}"
            for one in day.items
            if one.result not in ("ok", "not_applicable")
        ]
        standing = Text(language.say(checklist.STANDINGS[day.standing]), style=_style(day.standing))
        name = Text(f"{day.day.isoformat()} {checklist.weekday(day, language)}")
        table.add_row(name, standing, Text(one_line(day.closed_by)), Text("; ".join(told)))
    yield Padding(table, (0, 0, 0, 2), expand=False)


def _style(word: str) -> str:
    return _STYLES.get(word, "")
