"""The findings of one host as people read them: what is wrong first and in full, the rest counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.model import Compared, Finding, HostReport, Outcome, Severity
from baseline.reports import Display
from baseline.reports.words import OUTCOMES, found, one_line, tally, visible, wanted

STYLES = {
    Outcome.FAIL: "bold red",
    Outcome.UNKNOWN: "magenta",
    Outcome.WARN: "yellow",
    Outcome.PASS: "green",
    Outcome.NOTAPPLICABLE: "dim",
}
_WORST_FIRST = list(OUTCOMES)
_HARMFUL_FIRST = list(Severity)
_INDENT = 9
_ROWS = 6
"""How many keys of one finding are listed unless everything is asked for."""
_ALIKE = 12
"""How many controls that are unknown for the same reason are listed."""


class Row(NamedTuple):
    """One key of a state with what is wanted of it; `style` is how what was found is to be shown.

    `set_at` is where it was set, of what is wrong and where that is known.
    """

    key: str
    wanted: str
    found: str
    set_at: str = ""
    style: str = ""


FactsTold = tuple[str, ...]
"""What stands under a finding, with a sign in place of the name of its host or domain."""


def _worth_folding(finding: Finding, view: Display) -> bool:
    return not view.verbose and finding.outcome in (Outcome.FAIL, Outcome.WARN)


def _facts_of(finding: Finding) -> FactsTold:
    rows = [(one.key, wanted(one), found(one), str(one.set_at or "")) for one in finding.keys if one.wrong]
    said = "" if rows else finding.reason
    flat = [finding.control, finding.outcome, said, finding.waived or "", str(finding.drift), finding.advice]
    flat += finding.unseen
    return tuple(text.replace(finding.host, "\0") for text in (*flat, *(cell for row in rows for cell in row)))


def headline(host: HostReport, view: Display) -> Text:
    """The host's name, where it is and what it is for; with `verbose` also what the look cost."""
    line = Text(one_line(host.name), style="bold")
    roles = ", ".join(host.roles) or "no role"
    line.append(f"  {one_line(host.address)}  {one_line(roles)}", style="not bold dim")
    if view.verbose:
        exchanges = f"{host.exchanges} exchange{'' if host.exchanges == 1 else 's'}"
        line.append(f"  {exchanges}, {host.seconds:.1f} s", style="not bold dim")
    return line


def noted(host: HostReport) -> RenderableType:
    """How a host was looked at that was not connected to."""
    return _indented(Text(visible(host.note), style="dim"), 2)


def unreachable(host: HostReport) -> RenderableType:
    """Why a host could not be asked, to stand above everything else about it."""
    reason = Text("could not look: ", style=STYLES[Outcome.UNKNOWN])
    reason.append(visible(host.error or "no reason given"), style="default")
    return _indented(reason, 2)


def section(
    host: HostReport, findings: Sequence[Finding], view: Display, width: int, told: dict[FactsTold, str] | None = None
) -> Iterator[RenderableType]:
    """All findings of one host. What is wrong has all its facts, what is as it should be is counted.

    With `verbose` every control has its line, and a pass what was found.

    `told` are the facts that stand above already, each with the host or domain that it stands under: what is the same
    here but for the name is not said again.
    """
    above = {} if told is None else told
    for file in host.drifted:
        yield _indented(Text(f"drifted: {visible(file)}", style="cyan"), 2)
    yield from daemons(host)
    as_it_should_be = [] if view.verbose else [finding for finding in findings if _quiet(finding)]
    ordered = sorted((finding for finding in findings if view.verbose or not _quiet(finding)), key=_order)
    column = max((cell_len(finding.control) for finding in ordered), default=0)
    shared = _by_reason(ordered, host.error or "")
    again = {id(finding) for alike in shared.values() for finding in alike}
    if host.error and shared[host.error] and not view.verbose:
        yield _indented(_labelled("unknown", _ids(shared[host.error]), label_style=STYLES[Outcome.UNKNOWN]), 2)
    for finding in ordered:
        if id(finding) in again:
            if view.verbose:
                yield _line(finding, column, width, quiet=True)
            continue
        yield _line(finding, column, width, quiet=_quiet(finding))
        before = above.setdefault(_facts_of(finding), finding.host) if _worth_folding(finding, view) else finding.host
        if before != finding.host:
            yield _indented(Text(f"the same as for {one_line(before)}", style="dim"))
            continue
        yield from _facts(finding, view, width - _INDENT - 2)
        alike = shared.get(finding.reason) if finding.outcome is Outcome.UNKNOWN and finding.waived is None else None
        if alike and not view.verbose:
            yield _indented(_labelled("the same", _ids(alike)))
    if as_it_should_be:
        yield _indented(Text(f"{tally(as_it_should_be)}; -v lists them", style="dim"), 2)


def _by_reason(findings: Sequence[Finding], host_error: str) -> dict[str, list[Finding]]:
    """What is unknown for a reason that stands once already: as the host's own, or under the first that has it."""
    shared: dict[str, list[Finding]] = {host_error: []} if host_error else {}
    for finding in findings:
        if finding.outcome is Outcome.UNKNOWN and finding.waived is None:
            said = next((reason for reason in shared if reason and finding.reason.endswith(reason)), None)
            if said is None:
                shared[finding.reason] = []
            else:
                shared[said].append(finding)
    return shared


def _ids(findings: Sequence[Finding]) -> str:
    """The ids of the controls, the most harmful first; of many the first ones and how many more there are."""
    told = [finding.control for finding in findings]
    most = len(told) if len(told) == _ALIKE + 1 else _ALIKE
    left = f" and {len(told) - most} more; -v lists them" if len(told) > most else ""
    return f"{', '.join(told[:most])}{left}"


def daemons(host: HostReport) -> Iterator[RenderableType]:
    """What is not settled on a host: transactions without a decision, daemons that run a configuration older than
    their files or refuse these, or why that cannot be told.
    """
    for one in host.undecided:
        yield _indented(Text(f"{one.state}: {visible(str(one))}", style=STYLES[Outcome.FAIL]), 2)
    for old in host.stale:
        yield _indented(Text(f"stale: {visible(str(old))}", style="cyan"), 2)
    for refused in host.unloadable:
        yield _indented(Text(f"unloadable: {visible(str(refused))}", style=STYLES[Outcome.FAIL]), 2)
    for reason in host.untold:
        yield _indented(Text(f"unknown: {visible(reason)}", style=STYLES[Outcome.UNKNOWN]), 2)


def _order(finding: Finding) -> tuple[int, int]:
    outcome = _WORST_FIRST.index(finding.outcome)
    hurts = finding.outcome in (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WARN)
    return outcome, _HARMFUL_FIRST.index(finding.severity) if hurts else 0


def _quiet(finding: Finding) -> bool:
    """Whether it is as it should be. What drifted all the same is told by its files."""
    return finding.outcome in (Outcome.PASS, Outcome.NOTAPPLICABLE) and finding.waived is None


def _line(finding: Finding, column: int, width: int, *, quiet: bool) -> RenderableType:
    style = "dim" if finding.outcome is Outcome.NOTAPPLICABLE else "" if quiet else "bold"
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(no_wrap=True, width=_INDENT - 2)
    grid.add_column(no_wrap=True, width=column)
    grid.add_column(overflow="fold", max_width=width - _INDENT - column - 4)
    word = Text(OUTCOMES[finding.outcome], style=STYLES[finding.outcome])
    grid.add_row(word, Text(finding.control, style=style), Text(one_line(finding.title), style=style))
    return _indented(grid, 2)


def _facts(finding: Finding, view: Display, width: int) -> Iterator[RenderableType]:
    """What stands under a finding's line: what makes it what it is, and what to do."""
    if finding.waived is not None:
        yield _indented(Text(f"waived: {visible(finding.waived)}", style="cyan"))
    if finding.drift:
        yield _indented(Text("drifted since it was applied", style="cyan"))
    if finding.outcome in (Outcome.FAIL, Outcome.WARN, Outcome.UNKNOWN):
        clause = f", clause {finding.clause}" if finding.clause else ""
        yield _indented(Text(f"{finding.obligation}{clause}, {finding.severity}", style="dim"))
    if finding.outcome is Outcome.UNKNOWN:
        yield _indented(Text(visible(finding.reason)))
    elif finding.outcome in (Outcome.FAIL, Outcome.WARN):
        yield from _compared(finding, view, width)
        for reason in finding.unseen:
            yield _indented(_labelled("not seen", reason, STYLES[Outcome.UNKNOWN]))
        if finding.advice:
            yield _indented(_labelled("to do", finding.advice))
    elif view.verbose:
        yield _indented(_states(finding))


def _compared(finding: Finding, view: Display, width: int) -> Iterator[RenderableType]:
    rows, left = _rows(finding, view)
    if not any(one.wrong for one in finding.keys):
        # What fails by a program's words has no key that is wrong.
        yield _indented(Text(visible(finding.reason)))
        rows, left = (rows, left) if view.verbose else ([], 0)
    if rows:
        yield _indented(_beside(rows, width))
    if left:
        yield _indented(Text(f"and {left} more like these; -v lists all", style="dim"))


def _rows(finding: Finding, view: Display) -> tuple[list[Row], int]:
    """The keys that are wrong, or all of them with `verbose`; and how many are left out."""
    there = [one for one in finding.keys if one.looked_at]
    wrong = [one for one in there if one.wrong]
    told = wrong if wrong and not view.verbose else there
    rows = [_row(one, STYLES[finding.outcome] if one.wrong else "") for one in told]
    most = len(rows) if view.verbose or len(rows) == _ROWS + 1 else _ROWS
    return rows[:most], len(rows[most:])


def _row(one: Compared, style: str) -> Row:
    place = one_line(str(one.set_at)) if one.set_at and one.wrong else ""
    return Row(one_line(one.key), wanted(one), found(one), place, style)


def _beside(rows: Sequence[Row], width: int) -> RenderableType:
    """A table where every row fits on a line, else each key above its two values."""
    columns = 4 if any(row.set_at for row in rows) else 3
    heading = Row("", "wanted", "found", "set in")
    widths = [max(cell_len(str(row[column])) for row in [heading, *rows]) for column in range(columns)]
    if sum(widths) + 2 * (columns - 1) <= width:
        table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
        table.add_row(*(Text(str(heading[column]), style="dim") for column in range(columns)))
        for row in rows:
            cells = [Text(row.key), Text(row.wanted), Text(row.found, style=row.style), Text(row.set_at, style="dim")]
            table.add_row(*cells[:columns])
        return table
    return Group(*(part for row in rows for part in _stacked(row)))


def _stacked(row: Row) -> Iterator[RenderableType]:
    yield Text(row.key, overflow="fold")
    yield _indented(_labelled("wanted", row.wanted), 2)
    yield _indented(_labelled("found", row.found, row.style), 2)
    if row.set_at:
        yield _indented(_labelled("set in", row.set_at), 2)


def _labelled(label: str, text: str, style: str = "", label_style: str = "dim") -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(no_wrap=True, min_width=6)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style=label_style), Text(visible(text), style=style))
    return grid


def _states(finding: Finding) -> RenderableType:
    """What was found of a control that is met, or why nothing was looked at."""
    if finding.outcome is not Outcome.PASS:
        return Text(visible(finding.reason), style="dim")
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for one in finding.keys:
        if one.looked_at:
            grid.add_row(Text(one_line(one.key), style="dim"), Text(found(one), style="dim"))
    return grid


def _indented(part: RenderableType, columns: int = _INDENT + 2) -> RenderableType:
    return Padding(part, (0, 0, 0, columns), expand=False)
