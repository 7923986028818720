"""What `explain` and `baselines` print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.languages import ENGLISH
from baseline.reports.text import printed

if TYPE_CHECKING:
    from rich.console import Console

    from baseline.cli.described import Described
    from baseline.load import Baseline


def explanation(control: Described, baseline: Baseline, console: Console) -> str:
    """Everything about one control."""
    return printed(console, _explained(control, baseline))


def table_of_baselines(baselines: Sequence[Baseline], console: Console) -> str:
    """Name, version, number of controls and titles of each baseline."""
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for no_wrap in (True, True, True, False):
        table.add_column(no_wrap=no_wrap, justify="left")
    table.add_row(*(Text(word, style="dim") for word in ("name", "version", "controls", "title")))
    for one in baselines:
        number = Text(str(len(one.control_ids)), justify="right")
        table.add_row(Text(one.name, style="bold"), Text(one.version), number, Text(one.title.en))
        if one.title.ms:
            table.add_row("", "", "", Text(one.title.ms, style="dim"))
    return printed(console, [table])


def _explained(control: Described, baseline: Baseline) -> Iterator[RenderableType]:
    yield Text.assemble((control.id, "bold"), "  ", (control.title.en, "bold"))
    if control.title.ms:
        yield Padding(Text(control.title.ms, style="italic"), (0, 0, 0, len(control.id) + 2), expand=False)
    yield Text()
    clause = f", clause {control.clause}" if control.clause else ""
    facts = {
        "baseline": f"{baseline.name} {baseline.version}",
        "obligation": f"{control.obligation}{clause}",
        "severity": control.severity,
        "for": f"{ENGLISH.all_of(control.roles)} hosts" if control.roles else "every host",
        "tags": ", ".join(control.tags),
        "kind": control.kind,
    }
    yield _pairs({label: text for label, text in facts.items() if text}, "dim")
    for clause in re.split(r",\s*", control.clause):
        words = baseline.clauses.get(clause)
        if words is not None:
            yield from _heading(f"Clause {clause}")
            if words.ms:
                yield _indented(Text(words.ms, style="italic"))
            yield _indented(Text(words.en))
    yield from _passage("Why", control.why)
    if control.sources:
        yield from _heading("Sources")
        yield from (_indented(Text(source)) for source in control.sources)
    yield from _heading("What is looked at, and how it is applied")
    yield from (_indented(Text(paragraph)) for paragraph in _paragraphs(control.looked_at))
    if control.wanted:
        yield from _heading("Wanted")
        yield _indented(_pairs(control.wanted))
    if control.values or control.defaults:
        yield from _heading("Fields")
        texts = {**control.values, **{name: f"{text}  (default)" for name, text in control.defaults.items()}}
        yield _indented(_pairs(texts))
    yield from _passage("What a person does", control.fix)


def _heading(words: str) -> Iterator[RenderableType]:
    yield Text()
    yield Text(words, style="bold")


def _passage(words: str, text: str) -> Iterator[RenderableType]:
    if text:
        yield from _heading(words)
        yield _indented(Text(text))


def _paragraphs(docstring: str) -> Iterator[str]:
    blocks = docstring.split("\n\n")
    for number, block in enumerate(blocks):
        yield " ".join(block.split()) + ("\n" if number < len(blocks) - 1 else "")


def _pairs(pairs: Mapping[str, str], style: str = "") -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in pairs.items():
        grid.add_row(Text(label, style=style), Text(text))
    return grid


def _indented(part: RenderableType) -> RenderableType:
    return Padding(part, (0, 0, 0, 2), expand=False)
