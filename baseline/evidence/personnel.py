"""Lists of a personnel system: CSV of any columns, of which some are read, each row with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from baseline.errors import InputError, Problem
from baseline.load.rosters import ADDRESS, separator_of

MOST_ROWS = 1_000_000


def rows_of(text: str, file: str, wanted: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The cells of the wanted columns, each row with the line that it ends on. `wanted`: column -> option naming it.

    Raises `InputError` for what is no CSV, lacks a column, or has more rows than are read.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator_of(text.partition("\n")[0]), strict=True)
    try:
        names = reader.fieldnames or ()
        for column, option in wanted.items():
            if column not in names:
                said = f"there is no column `{column}` ({option}): it has {', '.join(names) or 'none'}"
                raise InputError([Problem(file, 1, 1, said)])
        for row in reader:
            if reader.line_num > MOST_ROWS:
                raise InputError([Problem(file, reader.line_num, 1, f"{MOST_ROWS} rows are the most that is read")])
            yield reader.line_num, {name: row.get(name) or "" for name in wanted}
    except csv.Error as error:
        raise InputError([Problem(file, max(reader.reader.line_num, 1), 1, f"this is no CSV: {error}")]) from None


def address_of(cell: str) -> str:
    """The address of a cell, in lower case. Raises ValueError for what is none."""
    address = cell.strip().lower()
    if not ADDRESS.fullmatch(address):
        raise ValueError(f"`{address}` is not an address: local-part@domain is wanted")
    return address
