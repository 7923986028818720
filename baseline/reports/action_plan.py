"""The action plan of a report: what fails as a table for people to fill in, as CSV and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from baseline.model import Finding, Outcome, Report, Scalar, Severity
from baseline.model.action_plan import ACTION, COLUMNS, SHEET, WAIVER, ActionItem, decision
from baseline.reports.cells import as_csv, cell

_WORST_FIRST = list(Severity)
_WIDTHS = {"control": 12, "host": 18, "title": 40, "found": 50, "to do": 50, "waived": 30, "owner": 20, "due": 12}
_WIDTHS |= {"remark": 30, "decision": 26, "reason": 30, "approver": 20, "expires": 26, "compensating": 30}
_NOTES = (
    ("This is what failed or warned in run {run}, which ended at {finished}.",),
    ("owner, due, remark", "Who mends it, and until which day. Reports show it; it waives nothing."),
    (
        "decision, reason, approver, expires",
        "Only to bear a failing for a while: all four. decision says in words what, such as `{decision}`, "
        "and expires has a zone, such as 2027-03-31+08:00, typed as text.",
    ),
    ("baseline check -w FILE", "minds both; `baseline action-plan --read FILE` says what they mean."),
)


def rows(report: Report) -> Iterator[Sequence[Scalar]]:
    """The heading, and a row for each finding that fails or warns, the most harmful first."""
    yield COLUMNS
    known = {(one.control, one.host): one for one in report.actions}
    wrong = [one for one in report.findings if one.outcome in (Outcome.FAIL, Outcome.WARN)]
    for finding in sorted(wrong, key=lambda one: (one.outcome.value, _WORST_FIRST.index(one.severity))):
        yield _row(finding, known.get((finding.control, finding.host)))


def csv_of(report: Report) -> str:
    """The table as CSV."""
    return as_csv(rows(report))


def workbook_of(report: Report) -> bytes:
    """The table as a workbook (XLSX), with a sheet that says how to fill it in."""
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill

    book = openpyxl.Workbook()
    sheet: Any = book.worksheets[0]
    sheet.title = SHEET
    for row in rows(report):
        sheet.append([cell(value) for value in row])
    for number, name in enumerate(COLUMNS, 1):
        head = sheet.cell(1, number)
        head.font = Font(bold=True)
        if name in (*ACTION, *WAIVER):
            head.fill = PatternFill("solid", fgColor="FFF2CC" if name in ACTION else "F8CBAD")
        sheet.column_dimensions[head.column_letter].width = _WIDTHS.get(name, 14)
        for below in sheet.iter_rows(min_row=2, min_col=number, max_col=number):
            below[0].alignment = Alignment(wrap_text=True, vertical="top")
            # Dates and numbers that people type as text stay as they were typed.
            below[0].number_format = "yyyy-mm-dd" if name == "due" else "@"
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions
    help_sheet: Any = book.create_sheet("How to fill it in")
    said = {"run": report.run.id, "finished": report.run.finished, "decision": decision("MEL-Q-01", "mx1")}
    for line in _NOTES:
        help_sheet.append([cell(text.format_map(said)) for text in line])
    help_sheet.column_dimensions["A"].width = 36
    help_sheet.column_dimensions["B"].width = 100
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _row(finding: Finding, known: ActionItem | None) -> Sequence[Scalar]:
    said = (
        finding.control,
        finding.host,
        finding.title,
        finding.clause,
        finding.obligation.value,
        finding.severity.value,
        finding.outcome.value,
        finding.reason,
        finding.advice,
        finding.waived or "",
    )
    due = known.due.isoformat() if known and known.due else ""
    action = (known.owner, due, known.remark) if known else ("", "", "")
    return (*said, *action, *("" for _ in WAIVER))
