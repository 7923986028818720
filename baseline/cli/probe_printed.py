"""What `probe` prints: a line for each step, and for each mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.model.measurements import AccessStep, AccessTests, DeliveryMeasured, Measurement
from baseline.reports.lines import printed
from baseline.reports.words import one_line

if TYPE_CHECKING:
    from rich.console import Console

_GOOD, _UNKNOWN = ("ok", "delivered"), ("untested",)


def measured_in_words(found: Sequence[Measurement], console: Console) -> str:
    """All of it, by site."""
    return printed(console, _lines(found))


def _lines(found: Sequence[Measurement]) -> Iterator[RenderableType]:
    for site in dict.fromkeys(one.site for one in found):
        yield Text(one_line(site), style="bold")
        table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
        for number in range(5):
            table.add_column(no_wrap=number < 4, overflow="fold", justify="right" if number == 3 else "left")
        for one in found:
            if one.site == site:
                for cells, outcome in _rows(one):
                    style = "" if outcome in _GOOD else "yellow" if outcome in _UNKNOWN else "red"
                    table.add_row(*(Text(one_line(cell), style=style) for cell in cells))
        yield Padding(table, (0, 0, 0, 2), expand=False)


def _rows(one: Measurement) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(one.facts, AccessTests):
        for run in one.facts.runs:
            yield from ((_step(step), step.outcome) for step in run.steps)
    else:
        yield _mail(one.facts), one.facts.outcome


def _step(step: AccessStep) -> tuple[str, ...]:
    return step.account, step.step, step.outcome, f"{step.seconds:.2f} s", step.reason or step.tls


def _mail(test: DeliveryMeasured) -> tuple[str, ...]:
    way = f"from {test.provider}" if test.direction == "out" else f"to {test.provider}"
    took = "" if test.seconds is None else f"{test.seconds:.0f} s"
    seen = ", ".join(f"{one.method} {one.result}" for one in test.authentication)
    return test.account, way, test.outcome, took, test.reason or " ".join((test.folder, seen)).strip()
