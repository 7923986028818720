"""Cells of spreadsheets, as CSV or XLSX: text from a host stays text, whatever a spreadsheet would make of it.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which may run programs or send other
cells away. An apostrophe before it makes it text, in every program and after every conversion of the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from baseline.model import Scalar
from baseline.reports.words import visible

LONGEST = 32_000
"""Characters of one cell: Excel takes 32 767. What is longer is cut, and says so."""

_CUT = "… (cut)"
_FORMULA = r"(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]|(?i:#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A)))"
"""How a formula begins: blanks may stand before it, and the signs may be the wide ones of East Asian keyboards.

A spreadsheet's own words for errors are no text for it either.
"""

_DANGEROUS = re.compile(rf"'*{_FORMULA}")
_NEUTRALISED = re.compile(rf"'+{_FORMULA}")


def cell(value: Scalar) -> str | int | float | bool:
    """A value as a cell: numbers stay numbers, None is empty, and text is visible, neutralised and not too long."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = visible(value)
    text = f"'{text}" if _DANGEROUS.match(text) else text
    return text if len(text) <= LONGEST else text[: LONGEST - len(_CUT)] + _CUT


def plain(text: str) -> str:
    """The text that a cell was made of, as far as it is visible and was not cut: the opposite of `cell`."""
    return text[1:] if _NEUTRALISED.match(text) else text


def as_csv(rows: Iterable[Sequence[Scalar]]) -> str:
    """The rows as CSV, each of their values as a cell. Begins with a byte order mark: without it Excel reads no UTF-8.

    Lines end with CR LF, as RFC 4180 wants it.
    """
    to = io.StringIO(newline="")
    csv.writer(to).writerows([cell(value) for value in row] for row in rows)
    return f"\ufeff{to.getvalue()}"
