"""Trainings as a personnel system gives them, a row for each officer and day: one record for each training."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from baseline.errors import InputError, Problem
from baseline.load.instants import instant
from baseline.load.rosters import ADDRESS, separator_of

MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Columns:
    """The names of the columns that are read, and the zone of dates that are written without one, such as `+08:00`."""

    address: str = "address"
    held_at: str = "held_at"
    zone: str = ""


def trainings(text: str, file: str, columns: Columns) -> Mapping[datetime, tuple[str, ...]]:
    """The addresses of those who had the training of each time, in the order of the file.

    Raises `InputError` with every mistake, at its line.
    """
    found: dict[datetime, dict[str, None]] = {}
    problems: list[Problem] = []
    for line, row in _rows(text, file, columns):
        if line > MOST_ROWS:
            raise InputError([Problem(file, line, 1, f"{MOST_ROWS} rows are the most that is read")])
        try:
            held_at, address = _moment(row[columns.held_at], columns.zone), row[columns.address].strip().lower()
            if not ADDRESS.fullmatch(address):
                raise ValueError(f"`{address}` is not an address: local-part@domain is wanted")
            found.setdefault(held_at, {})[address] = None
        except ValueError as error:
            problems.append(Problem(file, line, 1, str(error)))
    if not found and not problems:
        problems.append(Problem(file, 1, 1, "there is no row in it"))
    if problems:
        raise InputError(problems)
    return {held_at: tuple(found[held_at]) for held_at in sorted(found)}


def free_id(wanted: str, taken: Collection[str]) -> str:
    """The id, or with the first number behind it that no record has."""
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _rows(text: str, file: str, columns: Columns) -> Iterator[tuple[int, dict[str, str]]]:
    separator = separator_of(text.partition("\n")[0])
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = reader.fieldnames or ()
        for wanted, option in ((columns.address, "--address"), (columns.held_at, "--held-at")):
            if wanted not in names:
                said = f"there is no column `{wanted}` ({option}): it has {', '.join(names) or 'none'}"
                raise InputError([Problem(file, 1, 1, said)])
        for row in reader:
            yield reader.line_num, {name: row.get(name) or "" for name in (columns.address, columns.held_at)}
    except csv.Error as error:
        raise InputError([Problem(file, max(reader.reader.line_num, 1), 1, f"this is no CSV: {error}")]) from None


def _moment(text: str, zone: str) -> datetime:
    written = text.strip()
    try:
        return instant(written, ends=False)
    except ValueError:
        if not zone or not written:
            raise
        return instant(f"{written}{zone}", ends=False)
