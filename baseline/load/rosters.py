"""The roster of accounts: CSV with the header `address,class,created,trained`, or a YAML list of the same keys."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from baseline.late import regex
from baseline.load import yaml
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Items, Leaf, Position, Problems, Table, nearest, short
from baseline.model import Account

COLUMNS = ("address", "class", "created", "trained")
CLASSES = ("standard", "top_management")

# A mailbox name that reaches commands on hosts: no quoted local parts, nothing a shell or an option parser knows.
ADDRESS = regex(r"[A-Za-z0-9_+=][A-Za-z0-9._+=&'~-]*@[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z0-9-]*[A-Za-z0-9]")
_DATE = regex(r"\d{4}-\d\d-\d\d")

Cell = tuple[str, Position]


def load_roster(path: str | Path) -> tuple[Account, ...]:
    """The accounts of one roster. Raises `InputError` with every mistake of the file."""
    problems = Problems()
    accounts = read_roster(Path(path), problems)
    problems.raise_any()
    return accounts


def read_roster(path: Path, problems: Problems) -> tuple[Account, ...]:
    """The accounts of one roster, mistakes noted in `problems`. A roster with no account is a mistake."""
    rows = list(_yaml_rows(path, problems) if path.suffix in (".yml", ".yaml") else _csv_rows(path, problems))
    seen: dict[str, Position] = {}
    accounts = []
    for place, row in rows:
        address, at = row.get("address", ("", place))
        if not address:
            problems.add(place, "`address` is missing")
        elif not ADDRESS.fullmatch(address):
            problems.add(at, f"{short(address)} is not an address: local-part@domain is wanted")
        elif address.lower() in seen:
            problems.add(at, f"{address} is given twice: first on line {seen[address.lower()].line}")
        seen.setdefault(address.lower(), at)
        accounts.append(_account(address, row, problems))
    if not rows and not any(problem.file == str(path) for problem in problems.found):
        problems.add(Position(str(path)), "the roster has no accounts")
    return tuple(accounts)


def _account(address: str, row: Mapping[str, Cell], problems: Problems) -> Account:
    mailbox_class, at = row.get("class", ("", Position("")))
    if mailbox_class and mailbox_class not in CLASSES:
        problems.add(at, f"there is no class {short(mailbox_class)}: {nearest(mailbox_class, CLASSES)}")
    created, trained = (_date(row.get(name), problems) for name in ("created", "trained"))
    return Account(address, mailbox_class or "standard", created, trained)


def _date(cell: Cell | None, problems: Problems) -> str:
    text, place = cell or ("", Position(""))
    if not text:
        return ""
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        date.fromisoformat(text)
    except ValueError:
        problems.add(place, f"{short(text)} is not a date: write it as 2007-11-23")
    return text


def _csv_rows(path: Path, problems: Problems) -> Iterator[tuple[Position, dict[str, Cell]]]:
    raw = read_bytes(path, problems)
    text = None if raw is None else decode(raw, str(path), problems)
    if text is None:
        return
    lines = text.split("\n")
    separator = separator_of(lines[0])
    header: list[str] = []
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        line = 0
        for cells in reader:
            first, line = line + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            placed = _placed(cells, Position(str(path), first, 1), lines[first - 1], separator)
            if not header:
                header = _header(placed, problems)
                if "address" not in header:
                    return
                continue
            for _, place in placed[len(header) :]:
                problems.add(place, f"more cells than the header has columns ({len(header)})")
            yield placed[0][1], {name: cell for name, cell in zip(header, placed, strict=False) if name}
    except csv.Error as error:
        problems.add(Position(str(path), reader.line_num, 1), f"not CSV: {error}")


def separator_of(header: str) -> str:
    """What parts the cells of a CSV: spreadsheets of locales with a decimal comma write semicolons."""
    return ";" if ";" in header and "," not in header else ","


def _placed(cells: list[str], start: Position, line: str, separator: str) -> list[Cell]:
    """Cells with their columns, where no quotes hide them; else with the beginning of the row."""
    placed, column = [], 1
    for cell in cells:
        indent = len(cell) - len(cell.lstrip())
        place = start if '"' in line else Position(start.file, start.line, column + indent)
        placed.append((cell.strip(), place))
        column += len(cell) + len(separator)
    return placed


def _header(cells: list[Cell], problems: Problems) -> list[str]:
    names: list[str] = []
    if not any(text.lower() in COLUMNS for text, _ in cells):
        problems.add(cells[0][1], f"the first line names the columns: {', '.join(COLUMNS)}")
        return names
    for text, place in cells:
        name = text.lower()
        if name not in COLUMNS:
            problems.add(place, f"unknown column {short(text)}: {nearest(name, COLUMNS)}")
            name = ""
        elif name in names:
            problems.add(place, f"column `{name}` is given twice")
        names.append(name)
    if "address" not in names:
        problems.add(cells[0][1], "the column `address` is missing")
    return names


def _yaml_rows(path: Path, problems: Problems) -> Iterator[tuple[Position, dict[str, Cell]]]:
    tree = yaml.read(path, problems)
    if tree is None:
        return
    if not isinstance(tree, Items):
        problems.add(tree.place, "a roster must be a list (`- address: …`)")
        return
    for item in tree.nodes:
        if not isinstance(item, Table):
            problems.add(item.place, "an account must be a mapping (`address: …`)")
            continue
        row: dict[str, Cell] = {}
        for name, entry in item.entries.items():
            if name not in COLUMNS:
                problems.add(entry.key, f"unknown key `{name}`: {nearest(name, COLUMNS)}")
            elif not isinstance(entry.tree, Leaf):
                problems.add(entry.tree.place, f"`{name}` must be one text")
            elif entry.tree.value is not None:
                row[name] = (entry.tree.text, entry.tree.place)
        yield item.place, row
