"""Formats for other tools, each read back by a program that is none of ours, also when hosts mean harm."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from baseline.languages import language
from baseline.model import Outcome, Report
from baseline.reports import BINARY, FORMATS, Display
from baseline.reports.monitoring import NAGIOS, nagios_code
from tests.reports.cases import APPLIES, CHECKS, MX1, PLANS, ROLLBACKS, RUN, fails
from tests.reports.consoles import console
from tests.reports.hostile import WORDS, hostile

REPORTS = {**CHECKS, **PLANS, **APPLIES, **ROLLBACKS, "of hosts that mean harm": hostile()}
EVERY = pytest.mark.parametrize("name", REPORTS)


def printed(form: str, report: Report) -> Any:
    """The report in a format."""
    return BINARY[form](report) if form in BINARY else FORMATS[form](report, Display(), console())


def markdown(text: str) -> list[Any]:
    """What Markdown's signs come to, tables included."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    return [part for token in tokens for part in (token, *(token.children or ()))]


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """The values of metrics by name and values of labels."""
    found = [one for family in text_string_to_metric_families(text) for one in family.samples]
    made = {(one.name, tuple(one.labels.values())): one.value for one in found}
    assert len(made) == len(found)
    return made


@EVERY
def test_csv_has_a_line_for_every_finding(name: str) -> None:
    report = REPORTS[name]
    text = printed("csv", report)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [row["outcome"] for row in rows] == [one.outcome.value for one in report.findings]
    assert all(None not in row and None not in row.values() for row in rows)
    assert not any(re.match(r"[=+\-@\t\r]", cell) for row in rows for cell in row.values())
    assert "\x1b" not in text
    assert "\u202e" not in text


@EVERY
def test_a_workbook_has_no_formula_and_a_row_for_every_finding(name: str) -> None:
    report = REPORTS[name]
    book = openpyxl.load_workbook(io.BytesIO(printed("xlsx", report)))
    assert book.sheetnames == ["Verdict", "Findings", "Keys"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}
    assert not any(cell.hyperlink for cell in cells)
    heads, *rows = book["Findings"].iter_rows(values_only=True)
    assert len(rows) == len(report.findings)
    assert [row[heads.index("outcome")] for row in rows] == [one.outcome.value for one in report.findings]
    keys = sum(one.wrong for finding in report.findings for one in finding.keys)
    assert book["Keys"].max_row == keys + 1


@EVERY
def test_markdown_holds_nothing_that_a_host_marked_up(name: str) -> None:
    report = REPORTS[name]
    tokens = markdown(printed("markdown", report))
    wrong = {"html_inline", "html_block", "link_open", "image", "code_inline", "fence", "code_block", "hr", "em_open"}
    assert {token.type for token in tokens} & wrong == set()
    heads = [token for token in tokens if token.type == "heading_open"]
    told = {one.control for one in report.findings}
    assert len(heads) <= 5 + len(told)
    assert sum(token.tag == "h1" for token in heads) == 1


def test_markdown_says_what_hosts_said() -> None:
    text = "".join(token.content for token in markdown(printed("markdown", hostile())) if token.type == "text")
    assert "\\x1b]0;owned\\x07" in text
    assert WORDS[0] in text
    assert "{{ 7 * 7 }}" in text


def test_markdown_is_told_in_malay_too() -> None:
    text = FORMATS["markdown"](CHECKS["fails"], Display(language=language("ms")), console())
    assert "## Apa yang perlu dibuat dahulu" in str(text)
    assert "TIDAK PATUH" in str(text)


@EVERY
def test_metrics_count_what_the_report_counts(name: str) -> None:
    report = REPORTS[name]
    found = samples(printed("prometheus", report))
    for outcome in (*Outcome, "waived"):
        of = [value for (metric, labels), value in found.items() if metric == "baseline_findings" and outcome in labels]
        assert sum(of) == report.summary[str(outcome)]
    assert found["baseline_run_exit_code", ()] == report.exit_code
    reached = [value for (metric, _), value in found.items() if metric == "baseline_host_reachable"]
    assert sum(reached) == sum(host.reachable for host in report.hosts)


def test_labels_hold_what_hosts_said_and_no_line_more() -> None:
    labels = {label for _, of in samples(printed("prometheus", hostile())) for label in of}
    assert WORDS[17] in labels
    assert all(len(label) <= 200 and label.isprintable() for label in labels)


@EVERY
def test_the_nagios_line_is_one_and_ends_with_numbers(name: str) -> None:
    report = REPORTS[name]
    line = printed("nagios", report)
    found = re.fullmatch(r"BASELINE (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]+) \| ((?:[a-z]+=\d+ ?)+)\n", line)
    assert found is not None
    assert found[1] == ("OK", "WARNING", "CRITICAL", "UNKNOWN")[nagios_code(report)]
    numbers = dict(part.split("=") for part in found[3].split())
    assert int(numbers["fail"]) == report.summary["fail"]
    assert int(numbers["hosts"]) == len(report.hosts)


def test_every_exit_code_has_one_for_nagios() -> None:
    assert {report.exit_code for report in REPORTS.values()} <= set(NAGIOS)
    assert nagios_code(CHECKS["conforms"]) == 0
    assert nagios_code(CHECKS["advised-only"]) == 1
    assert nagios_code(CHECKS["fails"]) == 2
    assert nagios_code(CHECKS["unknown-alike"]) == 3


def test_a_page_in_malay_has_titles_and_advice_in_malay() -> None:
    title, told = "Default mailbox quota is at least 100 MB", "Kuota lalai mailbox sekurang-kurangnya 100 MB"
    advice, advised = "Mend the files that the program refuses, then check again.", language("ms")
    report = Report(RUN, (MX1,), (replace(fails(), title=title, advice=advice),))
    text = FORMATS["html"](report, Display(language=advised), console())
    assert text.count(told) >= 3
    assert title not in text
    assert advised.tell(advice) in text
    assert advised.tell(advice) != advice
    assert advice not in text
