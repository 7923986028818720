"""Action plans that people filled in: CSV or XLSX, read strictly, every mistake with its sheet and cell.

A date alone is a due date, and waives nothing. A row is a waiver only when its `decision` names its own finding in
words, and reason, approver and an end with its zone stand beside it; anything between the two is a mistake.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from baseline.classes import dataclass
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Items, Leaf, Position, Problems, Table, TableEntry, nearest, short
from baseline.load.waiver_entries import WrittenWaiver, written_waiver
from baseline.model.action_plan import COLUMNS, SHEET, WAIVER, ActionItem, decision
from baseline.model.cells import plain

ENDINGS = (".csv", ".xlsx")
MOST_BYTES, MOST_UNPACKED = 8 << 20, 64 << 20
"""Bytes of a file, and of what a workbook unpacks to: a small archive may hold a large bomb."""
MOST_ROWS, MOST_COLUMNS = 50_000, 64
_NEEDED = ("control", "host")
_NAMES_NOTHING_ELSE = re.compile(r"[^*?\[\]!&~@:,\s]+")


@dataclass(frozen=True)
class PlanCell:
    """What stands in a cell, without blanks around it, and where that is. A date is one as a spreadsheet keeps it."""

    value: str | date
    place: Position

    @property
    def text(self) -> str:
        """The value as text."""
        return self.value if isinstance(self.value, str) else self.value.isoformat()


PlanRow = Mapping[str, PlanCell]


@dataclass(frozen=True)
class ReadPlan:
    """What an action plan says: actions, each with its row, and waivers."""

    actions: tuple[tuple[ActionItem, PlanRow], ...]
    waivers: tuple[WrittenWaiver, ...]


def read_action_plan(path: Path, problems: Problems) -> ReadPlan:
    """The actions and waivers of a file, mistakes noted in `problems`."""
    raw = read_bytes(path, problems, most=MOST_BYTES)
    cells = (
        () if raw is None else _workbook(raw, path, problems) if path.suffix == ".xlsx" else _csv(raw, path, problems)
    )
    actions, waivers, seen = [], [], dict[tuple[str, str], Position]()
    for row in _rows(cells, path, problems):
        if not _names_a_finding(row, seen, problems):
            continue
        if item := _action(row, problems):
            actions.append((item, row))
        if waiver := _waiver(row, problems):
            waivers.append(waiver)
    return ReadPlan(tuple(actions), tuple(waivers))


def _names_a_finding(row: PlanRow, seen: dict[tuple[str, str], Position], problems: Problems) -> bool:
    for name in _NEEDED:
        if not _NAMES_NOTHING_ELSE.fullmatch(row[name].text):
            problems.add(
                row[name].place, f"`{name}`: {short(row[name].text)} names no {name}: leave it as it was written"
            )
            return False
    key = (row["control"].text, row["host"].text)
    if key in seen:
        problems.add(row["control"].place, f"{key[0]} on {key[1]} stands here twice: first in {seen[key]}")
    seen.setdefault(key, row["control"].place)
    return True


def _action(row: PlanRow, problems: Problems) -> ActionItem | None:
    owner, due, remark = (row[name].text if name in row else "" for name in ("owner", "due", "remark"))
    if not (owner or due or remark):
        return None
    day: date | None = None
    if due:
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", due, re.ASCII):
                raise ValueError
            day = date.fromisoformat(due)
        except ValueError:
            problems.add(row["due"].place, f"`due`: {short(due)} is no date: write it as 2027-03-31")
            return None
    return ActionItem(row["control"].text, row["host"].text, owner, day, remark)


def _waiver(row: PlanRow, problems: Problems) -> WrittenWaiver | None:
    """The waiver of a row whose decision says so in words; None, with what is half said noted, for every other."""
    filled = {name: row[name] for name in WAIVER if name in row and row[name].text}
    if not filled:
        return None
    wanted = decision(row["control"].text, row["host"].text)
    said = filled.get("decision")
    if said is None:
        first = next(iter(filled))
        message = f"`{first}` is for a waiver, and `decision` does not say so: write `{wanted}` there, or empty this"
        problems.add(filled[first].place, message)
        return None
    if said.text != wanted:
        problems.add(said.place, f"`decision`: {short(said.text)} waives nothing: write `{wanted}`, or empty it")
        return None
    entries = {name: _entry(cell) for name, cell in filled.items() if name != "decision"}
    for name, target in (("control", "control"), ("hosts", "host")):
        place = row[target].place
        entries[name] = TableEntry(place, Items((Leaf(row[target].text, place, row[target].text),), place))
    return written_waiver(Table(entries, said.place), problems)


def _entry(cell: PlanCell) -> TableEntry:
    return TableEntry(cell.place, Leaf(cell.text, cell.place, cell.text))


def _rows(cells: Iterable[Sequence[PlanCell]], path: Path, problems: Problems) -> Iterator[PlanRow]:
    """The rows below the heading, by the names of columns; those that hold nothing are passed over."""
    heads: list[str] = []
    for number, line in enumerate(cells):
        if number > MOST_ROWS:
            problems.add(line[0].place if line else Position(str(path)), f"more than {MOST_ROWS} rows")
            return
        if not heads:
            heads = [cell.text.lower() for cell in line]
            if not _headed(line, heads, path, problems):
                return
            continue
        if any(cell.text for cell in line):
            yield {name: cell for name, cell in zip(heads, line, strict=False) if name}
    if not heads and not problems.found:
        problems.add(Position(str(path)), "there is no table in it")


def _headed(line: Sequence[PlanCell], heads: Sequence[str], path: Path, problems: Problems) -> bool:
    fine = True
    for name in _NEEDED:
        if name not in heads:
            place = line[0].place if line else Position(str(path))
            problems.add(place, f"the first row names the columns, and `{name}` is not among them")
            fine = False
    for number, cell in enumerate(line):
        name = heads[number]
        if name in heads[:number] and name:
            problems.add(cell.place, f"column `{name}` is given twice")
            fine = False
        elif name and name not in COLUMNS and nearest(name, COLUMNS).startswith("did"):
            problems.add(cell.place, f"unknown column {short(name)}: {nearest(name, COLUMNS)}")
            fine = False
    return fine


def _csv(raw: bytes, path: Path, problems: Problems) -> Iterator[Sequence[PlanCell]]:
    text = decode(raw, str(path), problems)
    if text is None:
        return
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ",", strict=True
    )
    try:
        for number, line in enumerate(reader, 1):
            yield [
                PlanCell(plain(value).strip(), _place(f"{path}", number, column))
                for column, value in enumerate(line, 1)
            ]
    except csv.Error as error:
        problems.add(Position(str(path), reader.line_num, 1), f"not CSV: {error}")


def _workbook(raw: bytes, path: Path, problems: Problems) -> Iterator[Sequence[PlanCell]]:
    """The cells of the sheet, read without macros, links and formulas: of these only what they came to."""
    import openpyxl

    here = Position(str(path))
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                problems.add(here, f"unpacks to more than {MOST_UNPACKED >> 20} MiB: this is no action plan")
                return
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_vba=False, keep_links=False)
        sheet: Any = book[SHEET] if SHEET in book.sheetnames else None
        if sheet is None:
            problems.add(here, f"there is no sheet `{SHEET}` in it")
            return
        file = f"{path}: sheet `{SHEET}`"
        for number, line in enumerate(
            sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 2, values_only=True), 1
        ):
            yield [PlanCell(_value(value), _place(file, number, column)) for column, value in enumerate(line, 1)]
    except Exception as error:  # noqa: BLE001 -- openpyxl raises whatever a broken file makes it stumble over
        problems.add(here, f"not a workbook that can be read: {type(error).__name__}: {error}")


def _value(value: Any) -> str | date:
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value
    return "" if value is None else " ".join(plain(str(value)).split())


def _place(file: str, row: int, column: int) -> Position:
    """A cell by the name that spreadsheets give it."""
    name = ""
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return Position(f"{file}, cell {name}{row}")
