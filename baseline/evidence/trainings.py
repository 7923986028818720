"""Trainings as a personnel system gives them, a row for each officer and day: one record for each training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from baseline.classes import dataclass
from baseline.errors import InputError, Problem
from baseline.evidence.personnel import address_of, rows_of
from baseline.load.instants import instant


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
    for line, row in rows_of(text, file, {columns.address: "--address", columns.held_at: "--held-at"}):
        try:
            held_at, address = _moment(row[columns.held_at], columns.zone), address_of(row[columns.address])
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


def _moment(text: str, zone: str) -> datetime:
    written = text.strip()
    try:
        return instant(written, ends=False)
    except ValueError:
        if not zone or not written:
            raise
        return instant(f"{written}{zone}", ends=False)
