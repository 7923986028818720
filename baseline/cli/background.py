"""What a report is told with besides: the words of clauses, and what its findings were before, from the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baseline.errors import BaselineError
from baseline.reports.past import Background, Lived, Past

if TYPE_CHECKING:
    from baseline.history import History
    from baseline.languages import Language
    from baseline.load import Baseline
    from baseline.model import Report

FOR_PEOPLE = ("html",)
"""Formats that tell of it; for others nothing is asked of the history."""


def background(report: Report, rules: Baseline | None, history: History | None, language: Language) -> Background:
    """What is known besides. Where the history cannot be asked, nothing is told of the past."""
    try:
        past = past_of(report, history) if history is not None else {}
    except BaselineError:
        past = {}
    words = rules.clauses if rules is not None else {}
    texts = {name: getattr(one, language.code, None) or one.en for name, one in words.items()}
    spoken = language.code if all(getattr(one, language.code, None) for one in words.values()) else "en"
    return Background(texts, spoken, past)


def past_of(report: Report, history: History) -> Past:
    """What the findings of a report were up to then. Raises `HistoryError`."""
    wanted = {(one.host, one.key) for one in report.findings}
    found: dict[tuple[str, str], list[Lived]] = {}
    for span in history.spans():
        key = (span.host, f"{span.control} {span.subject}" if span.subject else span.control)
        if key in wanted and span.baseline == report.run.baseline_name and span.began <= report.run.finished:
            ended = span.ended if span.ended <= report.run.finished else ""
            waived = span.waived is not None and span.outcome in ("fail", "warn")
            found.setdefault(key, []).append(Lived("waived" if waived else span.outcome, span.began, ended))
    return {key: tuple(lives) for key, lives in found.items()}


def rules_of(report: Report, named: str | None) -> Baseline | None:
    """The baseline that a report was judged by: the one that is named, else the shipped one of that name.

    Raises `InputError` for one that is named and cannot be loaded.
    """
    from baseline.load import load_baseline, shipped

    if named is None and report.run.baseline_name not in shipped():
        return None
    return load_baseline(named or report.run.baseline_name)
