"""Rosters that `evidence accounts` brings up to date by a list of a personnel system."""

from __future__ import annotations

from pathlib import Path

from baseline.cli.output import put
from baseline.errors import UserError
from baseline.evidence.accounts import AccountColumns, accounts_of, roster_csv, united
from baseline.load.rosters import load_roster
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Problems
from baseline.readings.evidence import named
from baseline.reports.words import count


def brought_up_to_date(roster: Path, file: Path, columns: AccountColumns) -> str:
    """Write the roster with what a list says; what was done, in words. Raises `InputError` and `UserError`."""
    if roster.suffix in (".yml", ".yaml"):
        raise UserError(f"{roster}: a roster in YAML is not written: keep it as CSV")
    if bool(columns.mailbox_class) != bool(columns.top):
        raise UserError("--class names a column, and --top a word in it: give both or neither")
    problems = Problems()
    raw = read_bytes(file, problems)
    text = None if raw is None else decode(raw, str(file), problems)
    problems.raise_any()
    listed = accounts_of(text or "", str(file), columns)
    before = load_roster(roster) if roster.exists() else ()
    found = united(before, listed, classes=bool(columns.mailbox_class))
    put(roster, roster_csv(found.accounts))
    told = [
        f"{roster}: {count(len(found.accounts), 'account')}, {len(found.added)} added, {len(found.changed)} changed"
    ]
    if found.missing:
        told.append(f"not in {file}: {named(list(found.missing))}")
    return "; ".join(told)
