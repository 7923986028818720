"""The findings of one host as people read them: what is wrong first and in full, the rest counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from baseline.languages import ENGLISH, Language, term
from baseline.model import Compared, Finding, HostReport, Outcome, Severity
from baseline.reports import Display
from baseline.reports.lines import Laid, Part, indented, labelled, side_by_side
from baseline.reports.words import OBLIGATIONS, OUTCOMES, SEVERITIES, found, one_line, tally, visible, wanted

STYLES = {
    Outcome.FAIL: "bold red",
    Outcome.UNKNOWN: "magenta",
    Outcome.WARN: "yellow",
    Outcome.PASS: "green",
    Outcome.NOTAPPLICABLE: "dim",
}
_WORST_FIRST = list(OUTCOMES)
_HARMFUL_FIRST = list(Severity)
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
    roles = ", ".join(host.roles) or view.language.say("no role")
    line.append(f"  {one_line(host.address)}  {one_line(roles)}", style="not bold dim")
    if view.verbose:
        seconds = f"{host.seconds:.1f}"
        cost = view.language.count(
            "{n} exchange, {seconds} s", "{n} exchanges, {seconds} s", host.exchanges, seconds=seconds
        )
        line.append(f"  {cost}", style="not bold dim")
    return line


def noted(host: HostReport, language: Language = ENGLISH) -> Part:
    """How a host was looked at that was not connected to."""
    return indented(Text(visible(language.tell(host.note)), style="dim"), 2)


def unreachable(host: HostReport, language: Language = ENGLISH) -> Part:
    """Why a host could not be asked, to stand above everything else about it."""
    reason = visible(language.tell(host.error) if host.error else language.say("no reason given"))
    told = Text(language.say("could not look: {why}", why=reason))
    told.stylize(STYLES[Outcome.UNKNOWN], 0, len(told) - len(reason))
    return indented(told, 2)


def section(
    host: HostReport, findings: Sequence[Finding], view: Display, width: int, told: dict[FactsTold, str] | None = None
) -> Iterator[Part]:
    """All findings of one host. What is wrong has all its facts, what is as it should be is counted.

    With `verbose` every control has its line, and a pass what was found.

    `told` are the facts that stand above already, each with the host or domain that it stands under: what is the same
    here but for the name is not said again.
    """
    above = {} if told is None else told
    language, indent = view.language, _indent(view.language)
    for file in host.drifted:
        told_of = language.say("drifted: {what}", what=visible(language.tell(file)))
        yield indented(Text(told_of, style="cyan"), 2)
    yield from daemons(host, language)
    as_it_should_be = [] if view.verbose else [finding for finding in findings if _quiet(finding)]
    ordered = sorted((finding for finding in findings if view.verbose or not _quiet(finding)), key=_order)
    column = max((cell_len(finding.control) for finding in ordered), default=0)
    shared = _by_reason(ordered, host.error or "")
    again = {id(finding) for alike in shared.values() for finding in alike}
    if host.error and shared[host.error] and not view.verbose:
        ids = _ids(shared[host.error], language)
        label = language.say(OUTCOMES[Outcome.UNKNOWN])
        yield indented(_labelled(label, ids, label_style=STYLES[Outcome.UNKNOWN]), 2)
    for finding in ordered:
        if id(finding) in again:
            if view.verbose:
                yield _line(finding, column, width, language, quiet=True)
            continue
        yield _line(finding, column, width, language, quiet=_quiet(finding))
        before = above.setdefault(_facts_of(finding), finding.host) if _worth_folding(finding, view) else finding.host
        if before != finding.host:
            same = language.say("the same as for {host}", host=one_line(before))
            yield indented(Text(same, style="dim"), indent + 2)
            continue
        facts = _facts(finding, view, width - indent - 2)
        yield from (indented(fact, indent + 2) for fact in facts)
        alike = shared.get(finding.reason) if finding.outcome is Outcome.UNKNOWN and finding.waived is None else None
        if alike and not view.verbose:
            yield indented(_labelled(language.say("the same"), _ids(alike, language)), indent + 2)
    if as_it_should_be:
        listed = language.say("{tally}; -v lists them", tally=tally(as_it_should_be, language))
        yield indented(Text(listed, style="dim"), 2)


def alone(finding: Finding, view: Display, width: int) -> Iterator[Part]:
    """One finding with all of its facts, wherever it stands by itself."""
    yield _line(finding, cell_len(finding.control), width, view.language, quiet=_quiet(finding))
    indent = _indent(view.language) + 2
    yield from (indented(fact, indent) for fact in _facts(finding, view, width - indent))


def _by_reason(findings: Sequence[Finding], host_error: str) -> dict[str, list[Finding]]:
    """What is unknown for a reason that stands once already: as the host's own, or under the first that has it."""
    shared: dict[str, list[Finding]] = {host_error: []} if host_error else {}
    # By their lengths, which are few: to try every reason would take a thousand controls a million comparisons.
    lengths = set(map(len, shared))
    for finding in findings:
        if finding.outcome is Outcome.UNKNOWN and finding.waived is None:
            reason = finding.reason
            ends = (reason[-length:] for length in sorted(lengths, reverse=True))
            said = next((end for end in ends if end in shared), None)
            if said is not None:
                shared[said].append(finding)
            else:
                shared[reason] = []
                lengths |= {len(reason)} - {0}
    return shared


def _ids(findings: Sequence[Finding], language: Language) -> str:
    """The ids of the controls, the most harmful first; of many the first ones and how many more there are."""
    told = [finding.control for finding in findings]
    most = len(told) if len(told) == _ALIKE + 1 else _ALIKE
    ids, left = ", ".join(told[:most]), len(told) - most
    return language.say("{ids} and {n} more; -v lists them", ids=ids, n=left) if left > 0 else ids


_UNSETTLED = {
    "at work": term("at work: {what}"),
    "waiting": term("waiting: {what}"),
    "interrupted": term("interrupted: {what}"),
    "broken": term("broken: {what}"),
}


def daemons(host: HostReport, language: Language = ENGLISH) -> Iterator[Part]:
    """What is not settled on a host: transactions without a decision, daemons that run a configuration older than
    their files or refuse these, or why that cannot be told.
    """
    told = [(_UNSETTLED[one.state], str(one), STYLES[Outcome.FAIL]) for one in host.undecided]
    told += [(term("stale: {what}"), str(old), "cyan") for old in host.stale]
    told += [(term("unloadable: {what}"), str(refused), STYLES[Outcome.FAIL]) for refused in host.unloadable]
    told += [(term("unknown: {what}"), reason, STYLES[Outcome.UNKNOWN]) for reason in host.untold]
    for sentence, what, style in told:
        yield indented(Text(language.say(sentence, what=visible(language.tell(what))), style=style), 2)


def _order(finding: Finding) -> tuple[int, int]:
    outcome = _WORST_FIRST.index(finding.outcome)
    hurts = finding.outcome in (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WARN)
    return outcome, _HARMFUL_FIRST.index(finding.severity) if hurts else 0


def _quiet(finding: Finding) -> bool:
    """Whether it is as it should be. What drifted all the same is told by its files."""
    return finding.outcome in (Outcome.PASS, Outcome.NOTAPPLICABLE) and finding.waived is None


def _indent(language: Language) -> int:
    """Columns before a control's id: those of the longest outcome and a gap."""
    return max(cell_len(language.say(word)) for word in OUTCOMES.values()) + 2


def _line(finding: Finding, column: int, width: int, language: Language, *, quiet: bool) -> Laid:
    style = "dim" if finding.outcome is Outcome.NOTAPPLICABLE else "" if quiet else "bold"
    indent = _indent(language)
    word = Text(language.say(OUTCOMES[finding.outcome]), style=STYLES[finding.outcome])
    title = Text(one_line(language.tell(finding.title)), style=style)
    cells = (word, Text(finding.control, style=style), title)

    def folded() -> RenderableType:
        grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
        grid.add_column(no_wrap=True, width=indent - 2)
        grid.add_column(no_wrap=True, width=column)
        grid.add_column(overflow="fold", max_width=width - indent - column - 4)
        grid.add_row(*cells)
        return grid

    return Laid(cells, 2, (indent - 2, column), folded)


def _facts(finding: Finding, view: Display, width: int) -> Iterator[Part]:
    """What stands under a finding's line: what makes it what it is, and what to do."""
    language = view.language
    if finding.waived is not None:
        yield Text(language.say("waived: {why}", why=visible(language.tell(finding.waived))), style="cyan")
    if finding.drift:
        yield Text(language.say("drifted since it was applied"), style="cyan")
    if finding.outcome in (Outcome.FAIL, Outcome.WARN, Outcome.UNKNOWN):
        yield Text(_weight(finding, language), style="dim")
    if finding.outcome is Outcome.UNKNOWN:
        yield Text(visible(language.tell(finding.reason)))
    elif finding.outcome in (Outcome.FAIL, Outcome.WARN):
        yield from _compared(finding, view, width)
        for reason in finding.unseen:
            yield _labelled(language.say("not seen"), language.tell(reason), STYLES[Outcome.UNKNOWN])
        if finding.advice:
            yield _labelled(language.say("to do"), language.tell(finding.advice))
    elif view.verbose:
        yield _states(finding, language)


def _weight(finding: Finding, language: Language) -> str:
    """How much the mandate wants it, where it says so, and how much harm its lack does."""
    obligation = language.say(OBLIGATIONS[finding.obligation])
    severity = language.say(SEVERITIES[finding.severity])
    if not finding.clause:
        return f"{obligation}, {severity}"
    return language.say(
        "{obligation}, clause {clause}, {severity}", obligation=obligation, clause=finding.clause, severity=severity
    )


def _compared(finding: Finding, view: Display, width: int) -> Iterator[Part]:
    rows, left = _rows(finding, view)
    if not any(one.wrong for one in finding.keys):
        # What fails by a program's words has no key that is wrong.
        yield Text(visible(view.language.tell(finding.reason)))
        rows, left = (rows, left) if view.verbose else ([], 0)
    if rows:
        yield from _beside(rows, width, view.language)
    if left:
        yield Text(view.language.say("and {n} more like these; -v lists all", n=left), style="dim")


def _rows(finding: Finding, view: Display) -> tuple[list[Row], int]:
    """The keys that are wrong, or all of them with `verbose`; and how many are left out."""
    there = [one for one in finding.keys if one.looked_at]
    wrong = [one for one in there if one.wrong]
    told = wrong if wrong and not view.verbose else there
    rows = [_row(one, STYLES[finding.outcome] if one.wrong else "", view.language) for one in told]
    most = len(rows) if view.verbose or len(rows) == _ROWS + 1 else _ROWS
    return rows[:most], len(rows[most:])


def _row(one: Compared, style: str, language: Language) -> Row:
    place = one_line(str(one.set_at)) if one.set_at and one.wrong else ""
    return Row(one_line(language.tell(one.key)), wanted(one, language), found(one, language), place, style)


def _beside(rows: Sequence[Row], width: int, language: Language) -> Iterator[Part]:
    """A table where every row fits on a line, else each key above its two values."""
    columns = 4 if any(row.set_at for row in rows) else 3
    heading = Row("", language.say("wanted"), language.say("found"), language.say("set in"))
    widths = [max(cell_len(str(row[column])) for row in [heading, *rows]) for column in range(columns)]
    if sum(widths) + 2 * (columns - 1) <= width:
        head = [Text(str(heading[column]), style="dim") for column in range(columns)]
        cells = [
            [Text(row.key), Text(row.wanted), Text(row.found, style=row.style), Text(row.set_at, style="dim")][:columns]
            for row in rows
        ]
        yield from side_by_side([head, *cells])
    else:
        yield from (part for row in rows for part in _stacked(row, heading))


def _stacked(row: Row, heading: Row) -> Iterator[Part]:
    yield Text(row.key, overflow="fold")
    yield indented(_labelled(heading.wanted, row.wanted), 2)
    yield indented(_labelled(heading.found, row.found, row.style), 2)
    if row.set_at:
        yield indented(_labelled(heading.set_at, row.set_at), 2)


def _labelled(label: str, text: str, style: str = "", label_style: str = "dim") -> Laid:
    return labelled(Text(label, style=label_style), Text(visible(text), style=style))


def _states(finding: Finding, language: Language) -> RenderableType:
    """What was found of a control that is met, or why nothing was looked at."""
    if finding.outcome is not Outcome.PASS:
        return Text(visible(language.tell(finding.reason)), style="dim")
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for one in finding.keys:
        if one.looked_at:
            grid.add_row(Text(one_line(language.tell(one.key)), style="dim"), Text(found(one, language), style="dim"))
    return grid
