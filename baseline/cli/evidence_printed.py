"""What `evidence list` and `evidence due` print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.model import Outcome
from baseline.reports.lines import printed
from baseline.reports.words import count, one_line

if TYPE_CHECKING:
    from rich.console import Console

    from baseline.evidence.due import Due
    from baseline.evidence.standing import Worth

_STYLES = {Outcome.FAIL: "red", Outcome.UNKNOWN: "yellow", Outcome.WARN: "yellow"}


def listed(found: Sequence[tuple[str, Sequence[Worth]]], console: Console) -> str:
    """The records of every site."""
    return printed(console, _listed(found))


def _listed(found: Sequence[tuple[str, Sequence[Worth]]]) -> Iterator[RenderableType]:
    for site, records in found:
        yield Text(one_line(site), style="bold")
        if not records:
            yield Text("  no records: name a register in the inventory (`register: FILE`), or add one to it")
            continue
        table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
        table.add_row(*(Text(word, style="dim") for word in ("control", "id", "issued", "today", "owner")))
        for one in records:
            record, style = one.record, "" if one.counts else "yellow"
            cells = (record.control, record.id, str(record.issued_on.date()), one.word, record.owner)
            table.add_row(*(Text(one_line(cell), style=style) for cell in cells))
        yield Padding(table, (0, 0, 0, 2), expand=False)


def due_in_words(found: Sequence[Due], within: int, console: Console) -> str:
    """What is due, a line for each and its reason below it."""
    if not found:
        return f"Nothing is due within {count(within, 'day')}.\n"
    return printed(console, _due(found))


def _due(found: Sequence[Due]) -> Iterator[RenderableType]:
    for one in found:
        when = "today" if one.now else str(one.on)
        outcome = one.today if one.now else one.then
        yield Text.assemble(
            (f"{when:<10}", "bold"),
            f"  {one.control}  ",
            (f"{outcome:<7}", _STYLES.get(outcome, "")),
            f"  {one_line(one.site)}: {one_line(one.title)}",
        )
        yield Padding(Text(one_line(one.reason)), (0, 0, 0, 12), expand=False)
