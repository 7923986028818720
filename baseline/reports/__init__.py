"""Reports in several formats, all printed from the same `Report`. No format looks at a host or decides anything.

What is here:

- `action_plan`: The action plan of a report: what fails as a table for people to fill in, as CSV and as a workbook.
- `agencies`: The roll-up of many agencies: as JSON, as tables, and as the sentence that says what it comes to.
- `alike`: Findings that say the same of several hosts, but for the hosts' names: told once for all of them. Pure.
- `ansible_facts`: What a run found, as an inventory for Ansible: a second `-i`, beside the one of the hosts. No module
  is needed.
- `cells`: Cells of spreadsheets, as CSV or XLSX: text from a host stays text, whatever a spreadsheet would make of it.
- `changes`: What changed since an earlier run, as text.
- `checklist`: The daily checklist of a month in words: the name of each item, how each day stands, and the month as
  CSV.
- `findings`: The findings of one host as people read them: what is wrong first and in full, the rest counted.
- `first`: What to do first, and which clause stands worst: for who has a quarter of a minute. Pure.
- `guarded`: A finding that a format cannot show costs no other finding: in its place stands that it cannot be shown.
- `hdf`: HDF, the Heimdall data format: the JSON of an InSpec run, a control with a result for each host.
- `hiding`: Lines of files without what nobody may see: passwords and keys that stand in configuration files. Pure.
- `html`: A report as one HTML file: complete in itself, for a browser without a network, on a screen, a phone and on
  paper.
- `json`: The report contract, `baseline.report/2`, as one JSON document: no more than one finding of it is held at a
  time.
- `junit`: JUnit's XML, for build servers: a suite per host, a case per control.
- `lines`: Lines of text that mostly fit: one that does is put together at once, and only one that does not is laid out
  by rich.
- `markdown`: The report as Markdown, for a ticket, a wiki or a merge request: verdict, what to do first, clauses and
  findings.
- `monitoring`: The report for programs that watch: Prometheus' text format for a node exporter's directory, and a
  Nagios line.
- `oscal`: OSCAL 1.1, for tools of assessors: the run as assessment results, and what is not met as a plan of action.
- `past`: What findings were before: from when to when each was what, as a history tells it, and what that comes to.
  Pure.
- `plans`: A plan as people review it: what would be done, then every changed line.
- `sarif`: SARIF 2.1.0, for editors and code hosts: mistakes in files, each at its place.
- `tabular`: Findings as rows of a table, for spreadsheets: as CSV, and as XLSX with a sheet for the verdict and one for
  keys.
- `text`: The report for a person at a terminal, or for a mail from cron: calm, aligned, at home in 80 columns.
- `timings`: Where the time of one host went, as text: the phases of its visit, and the questions that were slowest.
- `unfinished`: What stands in a report's file while its run goes on, and for good when the run fails: that there is no
  report.
- `verdict`: The sentence that ends a report: what the run came to, for the exit code that it has.
- `waivers`: Waivers and annotations as text: how each of them stands, and every total a second time as if there were
  none.
- `words`: Sentences and numbers as people read them, the same in every place that prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from baseline.classes import dataclass
from baseline.languages import ENGLISH, Language
from baseline.reports.guarded import rendered
from baseline.reports.past import Background

if TYPE_CHECKING:
    from rich.console import Console

    from baseline.model import Report

Command = Literal["check", "plan", "apply", "rollback"]


@dataclass(frozen=True)
class Display:
    """What a person asked to see: of which command, whether passes show their states, whether files show diffs, and in
    which language.

    `private` is for files that not everybody may read; secrets are not shown with it either. `background` is what
    formats for people are told with besides. `timings` has text tell for each host where its time went.
    """

    subject: Command = "check"
    verbose: bool = False
    diff: bool = False
    private: bool = False
    language: Language = ENGLISH
    background: Background = field(default_factory=Background)
    timings: bool = False


Format = Callable[["Report", Display, "Console"], str]
"""Gives the whole document, last newline included. Only what people read minds the view, and only text the console."""


def _text(report: Report, view: Display, console: Console) -> str:
    from baseline.reports.text import render

    return rendered(report, lambda one: render(one, view, console))


def _json(report: Report, view: Display, console: Console) -> str:
    del view, console
    from baseline.reports.json import render

    return rendered(report, render)


def _junit(report: Report, view: Display, console: Console) -> str:
    del view, console
    from baseline.reports.junit import render

    return rendered(report, render)


def _html(report: Report, view: Display, console: Console) -> str:
    del console
    from baseline.reports.html import render

    return rendered(report, lambda one: render(one, view))


def _csv(report: Report, view: Display, console: Console) -> str:
    del view, console
    from baseline.reports.tabular import csv

    return rendered(report, csv)


def _markdown(report: Report, view: Display, console: Console) -> str:
    del console
    from baseline.reports.markdown import render

    return rendered(report, lambda one: render(one, view))


def _prometheus(report: Report, view: Display, console: Console) -> str:
    del view, console
    from baseline.reports.monitoring import prometheus

    return rendered(report, prometheus)


def _nagios(report: Report, view: Display, console: Console) -> str:
    del view, console
    from baseline.reports.monitoring import nagios

    return rendered(report, nagios)


def _oscal(report: Report, view: Display, console: Console) -> str:
    del view, console
    from baseline.reports.oscal import results

    return rendered(report, results)


def _poam(report: Report, view: Display, console: Console) -> str:
    del view, console
    from baseline.reports.oscal import poam

    return rendered(report, poam)


def _hdf(report: Report, view: Display, console: Console) -> str:
    del view, console
    from baseline.reports.hdf import render

    return rendered(report, render)


def _ansible_facts(report: Report, view: Display, console: Console) -> str:
    del view, console
    from baseline.reports.ansible_facts import render

    return rendered(report, render)


FORMATS: Mapping[str, Format] = {
    "text": _text,
    "html": _html,
    "markdown": _markdown,
    "csv": _csv,
    "json": _json,
    "junit": _junit,
    "prometheus": _prometheus,
    "nagios": _nagios,
    "oscal": _oscal,
    "oscal-poam": _poam,
    "hdf": _hdf,
    "ansible-facts": _ansible_facts,
}
"""Format by its name on the command line. Each is imported when it is first printed."""


def _xlsx(report: Report) -> bytes:
    from baseline.reports.tabular import xlsx

    return rendered(report, xlsx)


def _json_pieces(report: Report) -> Iterator[str]:
    from baseline.reports.guarded import shown
    from baseline.reports.json import member, pieces, render

    return pieces(report, lambda one: shown(report, one, member, render))


STREAMED: Mapping[str, Callable[[Report], Iterator[str]]] = {"json": _json_pieces}
"""Formats that can be written as they are made: a document of thousands of hosts is never held as a whole."""

BINARY: Mapping[str, Callable[[Report], bytes]] = {"xlsx": _xlsx}
"""Formats that are no text, and for files only."""
