"""Cells of spreadsheets, as CSV or XLSX: text from a host stays text, whatever a spreadsheet would make of it.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which may run programs or send other
cells away. An apostrophe before it makes it text, in every program and after every conversion of the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from baseline.model import Scalar
from baseline.model.cells import neutral
from baseline.reports.words import visible

LONGEST = 32_000
"""Characters of one cell: Excel takes 32 767. What is longer is cut, and says so."""

_CUT = "… (cut)"


def cell(value: Scalar) -> str | int | float | bool:
    """A value as a cell: numbers stay numbers, None is empty, and text is visible, neutralised and not too long."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = neutral(visible(value))
    return text if len(text) <= LONGEST else text[: LONGEST - len(_CUT)] + _CUT


def as_csv(rows: Iterable[Sequence[Scalar]]) -> str:
    """The rows as CSV, each of their values as a cell. Begins with a byte order mark: without it Excel reads no UTF-8.

    Lines end with CR LF, as RFC 4180 wants it.
    """
    to = io.StringIO(newline="")
    csv.writer(to).writerows([cell(value) for value in row] for row in rows)
    return f"\ufeff{to.getvalue()}"
