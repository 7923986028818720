"""Lines of text that mostly fit: one that does is put together at once, and only one that does not is laid out by rich.

A table of rich takes half a millisecond for each line, and a report of many hosts has many lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.classes import dataclass

if TYPE_CHECKING:
    from rich.console import Console

_BLANKS = re.compile(r"(?: |\x1b\[[0-9;]*m)+(?P<last>$)?", re.M)
"""A run of blanks and colours, as long as it is, and whether it is the end of its line.

With those at the end rich fills cells up to their width; they only disturb who copies or compares the text.
"""

_APART = 2
"""Columns between two cells."""


@dataclass(frozen=True)
class Laid:
    """Cells side by side, from column `indent` on; each but the last takes `widths` columns at least.

    `folded` is how they are laid out where they do not fit on one line; of one cell it is that cell, indented.
    """

    cells: tuple[Text, ...]
    indent: int
    widths: tuple[int, ...] = ()
    folded: Callable[[], RenderableType] | None = None

    def further(self, columns: int) -> Laid:
        """The same, so many columns further right."""
        return replace(self, indent=self.indent + columns)

    def line(self, width: int) -> Text | None:
        """All of it on one line of the width; None where it does not fit."""
        line = Text(" " * self.indent)
        for cell, least in zip(self.cells, (*self.widths, 0), strict=True):
            if cell.overflow is not None or "\n" in cell.plain or "\t" in cell.plain:
                return None
            line.append_text(cell)
            line.append(" " * max(least - cell_len(cell.plain), 0))
            line.append(" " * _APART)
        line.rstrip()
        return line if cell_len(line.plain) <= width else None

    def plain(self, width: int) -> str | None:
        """The same without its colours, which is quicker."""
        parts = [" " * self.indent]
        for cell, least in zip(self.cells, (*self.widths, 0), strict=True):
            text = cell.plain
            if cell.overflow is not None or "\n" in text or "\t" in text:
                return None
            parts += (text, " " * (max(least - cell_len(text), 0) + _APART))
        line = "".join(parts).rstrip(" ")
        return line if cell_len(line) <= width else None

    def whole(self) -> RenderableType:
        """As rich lays it out, on as many lines as it takes."""
        part = self.cells[0] if self.folded is None else self.folded()
        return Padding(part, (0, 0, 0, self.indent), expand=False)


Part = RenderableType | Laid
"""What a report is made of."""


def indented(part: Part, columns: int) -> Part:
    """A part further right."""
    if isinstance(part, Laid):
        return part.further(columns)
    return Laid((part,), columns) if isinstance(part, Text) else Padding(part, (0, 0, 0, columns), expand=False)


def labelled(label: Text, text: Text) -> Laid:
    """A text behind its label, folded beside it."""

    def folded() -> RenderableType:
        grid = Table.grid(padding=(0, _APART, 0, 0), pad_edge=False)
        grid.add_column(no_wrap=True, min_width=6)
        grid.add_column(overflow="fold")
        grid.add_row(label, text)
        return grid

    return Laid((label, text), 0, (6,), folded)


def side_by_side(rows: Sequence[Sequence[Text]]) -> list[Laid]:
    """Rows of a table, each of which fits on a line."""
    widths = tuple(max(cell_len(row[column].plain) for row in rows) for column in range(len(rows[0]) - 1))
    return [Laid(tuple(row), 0, widths) for row in rows]


def printed(console: Console, parts: Iterable[Part]) -> str:
    """The parts as a console prints them, without the blanks that fill lines up."""
    return _BLANKS.sub(lambda run: run[0] if run["last"] is None else run[0].replace(" ", ""), _all_of(console, parts))


def _all_of(console: Console, parts: Iterable[Part]) -> str:
    told: list[str] = []
    with_rich: list[RenderableType] = []
    width, plainly = console.width, console.color_system is None

    def laid_out() -> None:
        if with_rich:
            with console.capture() as captured:
                for part in with_rich:
                    raw = isinstance(part, Text) and part.overflow == "ignore"
                    console.print(part, soft_wrap=raw, crop=not raw, highlight=False)
            told.append(captured.get())
            with_rich.clear()

    for part in parts:
        one = Laid((part,), 0) if isinstance(part, Text) else part
        if not isinstance(one, Laid):
            with_rich.append(one)
        elif not plainly:
            line = one.line(width)
            with_rich.append(one.whole() if line is None else line)
        elif (fits := one.plain(width)) is not None:
            laid_out()
            told.append(f"{fits}\n")
        else:
            with_rich.append(part if isinstance(part, Text) else one.whole())
    laid_out()
    return "".join(told)
