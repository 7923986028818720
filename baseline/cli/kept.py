"""What `history` prints: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.model import Outcome
from baseline.reports.findings import STYLES
from baseline.reports.lines import printed
from baseline.reports.words import OUTCOMES, count, one_line

if TYPE_CHECKING:
    from rich.console import Console

    from baseline.history.reading import KeptRun, KeptSpan
    from baseline.history.verifying import Verified
    from baseline.model.gaps import Gap


_OF_ID = 18
"""Characters of a run's id in the list, which then fits into 100 columns: they name the run as well."""


def as_json(kept: Sequence[KeptRun | KeptSpan]) -> str:
    """The list as JSON, in its order."""
    return json.dumps([one.to_dict() for one in kept], indent=2) + "\n"


def table_of_runs(runs: Sequence[KeptRun], console: Console) -> str:
    """A line for each run: number, when it ended, what it was, over how many hosts, and what it came to."""
    table = _table(right=(0, 4, 5, 6, 7))
    heads = ("run", "finished", "command", "baseline", "hosts", "fail", "unknown", "exit", "id")
    table.add_row(*(Text(head, style="dim") for head in heads))
    for run in runs:
        table.add_row(
            str(run.number),
            moment(run.finished),
            run.command,
            one_line(f"{run.baseline} {run.baseline_version}".strip()),
            str(run.hosts),
            _number(run.summary["fail"], Outcome.FAIL),
            _number(run.summary["unknown"], Outcome.UNKNOWN),
            str(run.exit_code),
            Text(run.id[:_OF_ID], style="dim"),
        )
    return printed(console, [table])


def table_of_spans(spans: Sequence[KeptSpan], console: Console) -> str:
    """What each control was on each host, from when to when."""
    return printed(console, _spans(spans))


def _spans(spans: Sequence[KeptSpan]) -> Iterator[RenderableType]:
    for (host, control, baseline), some in groupby(spans, lambda one: (one.host, one.control, one.baseline)):
        yield Text.assemble((one_line(host), "bold"), "  ", one_line(control), "  ", (one_line(baseline), "dim"))
        table = _table()
        # Spans that read alike, since they differ in what is not told here, are one line.
        for (word, reason), alike in groupby(some, _told):
            spans_of_it = list(alike)
            first, last = spans_of_it[0], spans_of_it[-1]
            until = moment(last.ended) if last.ended else "still"
            table.add_row(moment(first.began), until, Text(word, STYLES[Outcome(first.outcome)]), one_line(reason))
        yield Padding(table, (0, 0, 0, 2), expand=False)


def _told(one: KeptSpan) -> tuple[str, str]:
    """What is told of a span but for its times: the outcome with what is to be known of it, and why."""
    more = [word for word, is_so in (("drift", one.drift), ("waived", one.waived)) if is_so]
    return ", ".join([OUTCOMES[Outcome(one.outcome)], *more]), one.reason


def verified(found: Verified) -> str:
    """What a look through the history came to."""
    lines = [one_line(f"wrong: {one}") for one in found.wrong]
    head = f", the last of them with the digest {found.head}" if found.head else ""
    verdict = "is not what it was" if found.wrong else "is as it was written"
    return "\n".join([*lines, f"The history {verdict}: {count(found.runs, 'run')}{head}."]) + "\n"


def table_of_gaps(gaps: Sequence[Gap], console: Console) -> str:
    """A line for each gap: from when to when, how many checks did not happen, and which hosts went without."""
    if not gaps:
        return "No check is missing.\n"
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for right in (False, False, True, False):
        table.add_column(justify="right" if right else "left", no_wrap=False)
    table.add_row(*(Text(head, style="dim") for head in ("due", "came", "missed", "hosts")))
    for one in gaps:
        until = moment(one.end) if one.end else "not yet"
        table.add_row(moment(one.start), until, str(one.missed), one_line(", ".join(one.hosts)))
    return printed(console, [table])


def moment(iso: str) -> str:
    """A moment as people read it: UTC, to the minute."""
    return iso.replace("T", " ")[:16]


def _number(number: int, outcome: Outcome) -> Text:
    return Text(str(number), style=STYLES[outcome]) if number else Text("-", style="dim")


def _table(right: Sequence[int] = ()) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for column in range(9):
        last = column == 8 if right else column == 3
        table.add_column(justify="right" if column in right else "left", no_wrap=not last, overflow="fold")
        if not right and last:
            break
    return table
