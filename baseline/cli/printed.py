"""What `explain` and `baselines` print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.kinds.base import Titles
from baseline.languages import Language
from baseline.model import Obligation, Severity
from baseline.reports.lines import printed
from baseline.reports.words import OBLIGATIONS, SEVERITIES

if TYPE_CHECKING:
    from rich.console import Console

    from baseline.cli.described import Described
    from baseline.load import Baseline


def explanation(control: Described, baseline: Baseline, console: Console, language: Language) -> str:
    """Everything about one control."""
    return printed(console, _explained(control, baseline, language))


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


def _explained(control: Described, baseline: Baseline, language: Language) -> Iterator[RenderableType]:
    first, second = in_order(control.title, language)
    yield Text.assemble((control.id, "bold"), "  ", (first, "bold"))
    if second:
        yield Padding(Text(second, style="italic"), (0, 0, 0, len(control.id) + 2), expand=False)
    yield Text()
    facts = {
        language.say("baseline"): f"{baseline.name} {baseline.version}",
        language.say("obligation"): _obligation(control, language),
        language.say("severity"): language.say(SEVERITIES[Severity(control.severity)]),
        language.say("for"): language.say("{roles} hosts", roles=language.all_of(control.roles))
        if control.roles
        else language.say("every host"),
        language.say("tags"): ", ".join(control.tags),
        language.say("kind"): control.kind,
    }
    yield pairs({label: text for label, text in facts.items() if text}, "dim")
    for clause in re.split(r",\s*", control.clause):
        if clause in baseline.clauses:
            yield from clause_in_words(clause, baseline.clauses[clause], language)
    yield from _passage(language.say("Why"), control.why)
    if control.sources:
        yield from heading(language.say("Sources"))
        yield from (indented(Text(source)) for source in control.sources)
    yield from heading(language.say("What is looked at, and how it is applied"))
    yield from (indented(Text(paragraph)) for paragraph in _paragraphs(control.looked_at))
    if control.wanted:
        yield from heading(language.say("Wanted"))
        yield indented(pairs(control.wanted))
    if control.values or control.defaults:
        yield from heading(language.say("Fields"))
        by_default = {name: language.say("{value}  (default)", value=text) for name, text in control.defaults.items()}
        yield indented(pairs({**control.values, **by_default}))
    yield from _passage(language.say("What a person does"), language.tell(control.fix))


def _obligation(control: Described, language: Language) -> str:
    word = language.say(OBLIGATIONS[Obligation(control.obligation)])
    if not control.clause:
        return word
    return language.say("{obligation}, clause {clause}", obligation=word, clause=control.clause)


def in_order(words: Titles, language: Language) -> tuple[str, str]:
    """The words in the language that is spoken, then those in the other one; the second may be empty."""
    return (words.ms, words.en) if language.code == "ms" and words.ms else (words.en, words.ms)


def clause_in_words(name: str, words: Titles, language: Language) -> Iterator[RenderableType]:
    """A clause of the mandate, in both languages."""
    yield from heading(language.say("Clause {clause}", clause=name))
    if words.ms:
        yield indented(Text(words.ms, style="italic"))
    yield indented(Text(words.en))


def heading(words: str) -> Iterator[RenderableType]:
    """A heading, apart from what is above it."""
    yield Text()
    yield Text(words, style="bold")


def _passage(words: str, text: str) -> Iterator[RenderableType]:
    if text:
        yield from heading(words)
        yield indented(Text(text))


def _paragraphs(docstring: str) -> Iterator[str]:
    blocks = docstring.split("\n\n")
    for number, block in enumerate(blocks):
        yield " ".join(block.split()) + ("\n" if number < len(blocks) - 1 else "")


def pairs(told: Mapping[str, str], style: str = "") -> Table:
    """Labels beside texts."""
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in told.items():
        grid.add_row(Text(label, style=style), Text(text))
    return grid


def indented(part: RenderableType) -> RenderableType:
    """A part below its heading."""
    return Padding(part, (0, 0, 0, 2), expand=False)
