"""Hosts by controls, a sign for each finding: the heat map. A thousand hosts have 60 000 cells, so each is short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from baseline.classes import dataclass
from baseline.model import Finding, Outcome, Report
from baseline.reports.words import OUTCOMES, one_line

_MOST_LINKS = 1500
"""Cells that lead to their finding. Of more, only the heads of columns do: a page is to stay small."""
SIGNS = {"fail": "✗", "unknown": "?", "warn": "!", "waived": "w", "pass": "✓", "notapplicable": "-"}
"""The sign of each outcome, so that nothing is told by colour alone."""
_CLASSES = {"fail": "f", "unknown": "u", "warn": "w", "waived": "v", "pass": "", "notapplicable": "n"}
_WORST_FIRST = list(OUTCOMES)


@dataclass(frozen=True)
class Grid:
    """The map: the controls with their titles, and the rows as markup."""

    controls: tuple[tuple[str, str], ...]
    rows: tuple[Markup, ...]
    names: int
    troubled: int
    used: tuple[str, ...]


def sort_of(finding: Finding) -> str:
    """What a finding is shown as: its outcome, or that it is waived."""
    waived = finding.waived is not None and finding.outcome in (Outcome.FAIL, Outcome.WARN)
    return "waived" if waived else finding.outcome.value


def grid(report: Report, anchors: Mapping[tuple[str, str], str]) -> Grid:
    """The map of a report. `anchors` are the places of findings on the page, by host and control.

    Rows of hosts with what counts against the run come first.
    """
    titles = {finding.control: finding.title for finding in report.findings}
    by_host: dict[str, dict[str, Finding]] = {host.name: {} for host in report.hosts}
    for finding in report.findings:
        row = by_host.setdefault(finding.host, {})
        held = row.get(finding.control)
        if held is None or _rank(finding) < _rank(held):
            row[finding.control] = finding
    bad = {host: sum(map(report.counts_against, row.values())) for host, row in by_host.items()}
    lost = {host: sum(map(report.leaves_open, row.values())) for host, row in by_host.items()}
    ordered = sorted(by_host, key=lambda host: (-bad[host], -lost[host]))
    links = anchors if len(anchors) <= _MOST_LINKS else {}
    rows = tuple(_row(host, [by_host[host].get(control) for control in titles], bad[host], links) for host in ordered)
    used = {sort_of(finding) for finding in report.findings}
    return Grid(
        tuple(titles.items()),
        rows,
        len(by_host),
        sum(1 for host in by_host if bad[host] or lost[host]),
        tuple(name for name in SIGNS if name in used),
    )


def _rank(finding: Finding) -> int:
    return _WORST_FIRST.index(finding.outcome)


def _row(name: str, row: Sequence[Finding | None], bad: int, links: Mapping[tuple[str, str], str]) -> Markup:
    shown = one_line(name)
    head = escape(shown if len(shown) <= 60 else f"{shown[:59]}…")
    cells = "".join(_cell(finding, links) for finding in row)
    mark = " class=t" if any(one is not None and sort_of(one) in ("fail", "unknown", "warn") for one in row) else ""
    return Markup(f"<tr{mark}><th scope=row>{head}<td class=c>{bad or '-'}{cells}")  # noqa: S704 -- escaped above


def _cell(finding: Finding | None, links: Mapping[tuple[str, str], str]) -> str:
    if finding is None:
        return "<td>"
    sort = sort_of(finding)
    name = _CLASSES[sort]
    begin = f"<td class={name}>" if name else "<td>"
    anchor = links.get((finding.host, finding.control))
    if anchor is None:
        return f"{begin}{SIGNS[sort]}"
    word = "waived" if sort == "waived" else OUTCOMES[finding.outcome]
    label = escape(f"{word}: {one_line(finding.control)} {one_line(finding.host)}")
    return f'{begin}<a href="#{anchor}" aria-label="{label}">{SIGNS[sort]}</a>'
