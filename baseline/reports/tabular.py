"""Findings as rows of a table, for spreadsheets: as CSV, and as XLSX with a sheet for the verdict and one for keys."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from baseline.model import Finding, Report, Scalar
from baseline.reports.alike import rows_of
from baseline.reports.cells import as_csv, cell
from baseline.reports.first import clauses, first_steps
from baseline.reports.verdict import verdict
from baseline.reports.words import one_line

COLUMNS = (
    "run",
    "finished",
    "host",
    "subject",
    "control",
    "title",
    "clause",
    "obligation",
    "severity",
    "outcome",
    "waived",
    "drift",
    "counts against",
    "keys",
    "wanted",
    "found",
    "set in",
    "reason",
    "to do",
)
_WIDTHS = (18, 20, 22, 18, 12, 48, 8, 12, 10, 14, 30, 8, 14, 30, 24, 30, 34, 60, 60)
_KEYS = ("host", "control", "key", "wanted", "found", "outcome", "set in")


def csv(report: Report) -> str:
    """The findings as CSV, each on a line of its own."""
    return as_csv([COLUMNS, *_rows(report)])


def xlsx(report: Report) -> bytes:
    """The report as a workbook: the verdict and what to do first, findings, and every key of what is not met."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    finished = datetime.fromisoformat(report.run.finished).replace(tzinfo=None)
    book.properties.creator, book.properties.title = "baseline", one_line(report.run.baseline_name or "baseline")
    book.properties.created = book.properties.modified = finished
    _sheet(book, "Verdict", _verdict(report), (24, 20, 60, 80))
    _sheet(book, "Findings", [COLUMNS, *_rows(report)], _WIDTHS, heads=True)
    _sheet(book, "Keys", [_KEYS, *_keys(report)], (22, 12, 40, 30, 40, 14, 40), heads=True)
    to = io.BytesIO()
    book.save(to)
    return to.getvalue()


def _rows(report: Report) -> Iterator[tuple[Scalar, ...]]:
    for finding in report.findings:
        rows = rows_of(finding)
        yield (
            report.run.id,
            report.run.finished,
            finding.host,
            finding.subject,
            finding.control,
            finding.title,
            finding.clause,
            finding.obligation.value,
            finding.severity.value,
            finding.outcome.value,
            finding.waived,
            finding.drift,
            report.counts_against(finding),
            "; ".join(row.key for row in rows),
            "; ".join(row.wanted for row in rows),
            "; ".join(row.found for row in rows),
            "; ".join(row.set_at for row in rows if row.set_at),
            finding.reason,
            finding.advice,
        )


def _keys(report: Report) -> Iterator[tuple[Scalar, ...]]:
    for finding in report.findings:
        yield from _keys_of(finding)


def _keys_of(finding: Finding) -> Iterator[tuple[Scalar, ...]]:
    outcomes = [one.outcome.value for one in finding.keys if one.wrong and one.outcome]
    for row, outcome in zip(rows_of(finding), outcomes, strict=True):
        yield finding.host, finding.control, row.key, row.wanted, row.found, outcome, row.set_at


def _verdict(report: Report) -> Iterator[tuple[Scalar, ...]]:
    yield "Verdict", verdict(report)
    yield "Run", report.run.id
    yield "Finished", report.run.finished
    yield "Rules", f"{report.run.baseline_name} {report.run.baseline_version}"
    yield ("Exit code", report.exit_code)
    yield ()
    yield ("What to do first",)
    for number, step in enumerate(first_steps(report), 1):
        yield number, step.where, step.what, step.mend
    yield ()
    yield "Clause", "Verdict", "Because of", "On"
    for one in clauses(report):
        yield one.verdict.clause, one.verdict.verdict, ", ".join(one.verdict.because), ", ".join(one.hosts)
    yield ()
    yield "Outcome", "With waivers", "Without"
    without = report.summary_without_waivers
    for name, number in report.summary.items():
        yield name, number, without.get(name, "")
    for note in report.notes:
        yield "Note", note


def _sheet(book: Any, name: str, rows: Any, widths: Sequence[int], *, heads: bool = False) -> None:
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    if heads:
        sheet.freeze_panes = "A2"
    written = 0
    for row in rows:
        # No cell begins as a formula any more. A style for each would take ten times as long as the text.
        values = [_plain(cell(value)) for value in row]
        if heads and written:
            sheet.append(values)
        else:
            sheet.append([_styled(sheet, value, bold=heads) for value in values])
        written += 1
    if heads and written:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(widths))}{written}"


def _styled(sheet: Any, value: str | int | float | bool, *, bold: bool) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    made = WriteOnlyCell(sheet, value=value)
    made.font, made.alignment = Font(bold=bold), Alignment(vertical="top", wrap_text=not bold)
    return made


def _plain(value: str | int | float | bool) -> str | int | float | bool:
    """A cell's value as a workbook can hold it: line ends are written as escapes."""
    return one_line(value) if isinstance(value, str) else value
