"""A small site over a history: the last run, every run, every host, every control, and what changed. Pure.

All links are relative, so that it is read from a disk as well as from a web server.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup

from baseline.classes import dataclass
from baseline.languages import Language
from baseline.model import Changes, Finding, Report
from baseline.reports import Display
from baseline.reports.html import render
from baseline.reports.html.grid import sort_of
from baseline.reports.html.page import rendered
from baseline.reports.html.parts import WORDS, pictured, when
from baseline.reports.past import Background, Lived, Past, strip
from baseline.reports.verdict import verdict
from baseline.reports.words import one_line, tally


@dataclass(frozen=True)
class RunOfSite:
    """A run with its report, what changed since the one before, and by which command it was."""

    number: int
    command: str
    report: Report
    changes: Changes | None = None

    @property
    def page(self) -> str:
        """Its file."""
        return f"runs/{self.number}.html"


@dataclass(frozen=True)
class LineOfSite:
    """A line of a page about a host or a control: what it is about, with its page, and its finding over time."""

    name: str
    page: str
    title: str
    sort: str
    picture: Markup | None
    since: str


def slug(name: str) -> str:
    """A name as that of a file: unlike names have unlike files, whatever a file system makes of capitals."""
    plain = re.sub(r"[^a-z0-9.-]", "_", name.lower())[:60].lstrip(".")
    return plain if plain == name != "" else f"{plain}-{zlib.crc32(name.encode('utf-8', 'backslashreplace')):08x}"


def pages(
    runs: Sequence[RunOfSite], past: Past, background: Background, language: Language
) -> Iterator[tuple[str, str]]:
    """Path and text of every page. `runs` are not empty, the last one first."""
    last = runs[0].report
    names = {one.host: f"hosts/{slug(one.host)}.html" for one in last.findings}
    controls = {one.control: f"controls/{slug(one.control)}.html" for one in last.findings}
    yield (
        "index.html",
        _page("index", "", language, runs=runs, names=names, controls=controls, **_verdicts(runs, language)),
    )
    yield "changes.html", _page("changes", "", language, runs=runs)
    by_host: dict[str, list[Finding]] = {}
    by_control: dict[str, list[Finding]] = {}
    for finding in last.findings:
        by_host.setdefault(finding.host, []).append(finding)
        by_control.setdefault(finding.control, []).append(finding)
    for host, found in by_host.items():
        lines = [_line(one.control, controls[one.control], one, past, last, language) for one in found]
        yield names[host], _page("list", "../", language, title=host, lines=lines, column="Control", about="")
    for control, found in by_control.items():
        lines = [_line(one.host, names[one.host], one, past, last, language) for one in found]
        about = found[0].title
        yield controls[control], _page("list", "../", language, title=control, lines=lines, column="Host", about=about)
    for run in runs:
        known = replace(background, past=_until(past, run.report.run.finished))
        shown = replace(run.report, changes=run.changes)
        yield run.page, render(shown, Display("check", language=language, background=known), home="../index.html")


def _page(kind: str, root: str, language: Language, **values: object) -> str:
    words = {name: language.say(word) for name, word in WORDS.items()}
    own = {"kind": kind, "root": root, "when": when, "words": words}
    return rendered("site.html.j2", {**own, **values}, language)


def _verdicts(runs: Sequence[RunOfSite], language: Language) -> dict[str, object]:
    told = {run.number: verdict(run.report, language) for run in runs}
    counts = {run.number: tally(run.report.findings, language) for run in runs}
    moods = {run.number: {0: "pass", 3: "unknown", 130: "unknown"}.get(run.report.exit_code, "fail") for run in runs}
    return {"verdicts": told, "tallies": counts, "moods": moods}


def _line(name: str, page: str, finding: Finding, past: Past, last: Report, language: Language) -> LineOfSite:
    picture, since = pictured(strip(past, [finding], last.run.finished), 1, language)
    return LineOfSite(one_line(name), page, finding.title, sort_of(finding), picture, since)


def _until(past: Past, moment: str) -> Mapping[tuple[str, str], tuple[Lived, ...]]:
    """The past as it was known at a moment."""
    cut = {key: tuple(one for one in lives if one.began <= moment) for key, lives in past.items()}
    return {key: lives for key, lives in cut.items() if lives}
