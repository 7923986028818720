"""Accounts as a personnel system gives them, a row for each officer, and a roster brought up to date by them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from baseline.classes import dataclass
from baseline.errors import InputError, Problem
from baseline.evidence.personnel import address_of, rows_of
from baseline.load.rosters import COLUMNS
from baseline.model import Account


@dataclass(frozen=True)
class AccountColumns:
    """The names of the columns that are read; those that are empty are not there.

    `top` are the words of the column `mailbox_class` by which an officer is of top management, in any case.
    """

    address: str = "address"
    created: str = ""
    trained: str = ""
    mailbox_class: str = ""
    top: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnitedRoster:
    """A roster after a list: its accounts, and the addresses that came, that changed, and that the list has not."""

    accounts: tuple[Account, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]


def accounts_of(text: str, file: str, columns: AccountColumns) -> tuple[Account, ...]:
    """The accounts of a list, in its order. Raises `InputError` with every mistake, at its line."""
    options = {"--address": columns.address, "--created": columns.created, "--trained": columns.trained}
    options["--class"] = columns.mailbox_class
    wanted = {name: option for option, name in options.items() if name}
    found: dict[str, tuple[int, Account]] = {}
    problems: list[Problem] = []
    top = {word.strip().casefold() for word in columns.top}
    for line, row in rows_of(text, file, wanted):
        try:
            address = address_of(row[columns.address])
            if address in found:
                raise ValueError(f"{address} is given twice: first on line {found[address][0]}")
            created, trained = (_day(name, row) for name in (columns.created, columns.trained))
            is_top = row.get(columns.mailbox_class, "").strip().casefold() in top
            found[address] = (line, Account(address, "top_management" if is_top else "standard", created, trained))
        except ValueError as error:
            problems.append(Problem(file, line, 1, str(error)))
    if not found and not problems:
        problems.append(Problem(file, 1, 1, "there is no row in it"))
    if problems:
        raise InputError(problems)
    return tuple(account for _, account in found.values())


def united(roster: Sequence[Account], listed: Sequence[Account], *, classes: bool) -> UnitedRoster:
    """The roster with what a list says. Where both say something, the list counts; what it leaves empty stays.

    `classes`: the list says who is of top management. An account that the list has not stays, since whether an officer
    left is for a person to say.
    """
    said = {account.address.lower(): account for account in listed}
    known = {account.address.lower() for account in roster}
    now = tuple(_with(one, said.get(one.address.lower()), classes) for one in roster)
    added = tuple(account for address, account in said.items() if address not in known)
    return UnitedRoster(
        (*now, *added),
        tuple(one.address for one in added),
        tuple(after.address for before, after in zip(roster, now, strict=True) if before != after),
        tuple(one.address for one in roster if one.address.lower() not in said),
    )


def roster_csv(accounts: Sequence[Account]) -> str:
    """A roster as CSV, as `load_roster` reads it."""
    to = io.StringIO(newline="")
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((one.address, one.mailbox_class, one.created, one.trained) for one in accounts)
    return to.getvalue()


def _with(account: Account, said: Account | None, classes: bool) -> Account:
    if said is None:
        return account
    mailbox_class = said.mailbox_class if classes else account.mailbox_class
    return Account(account.address, mailbox_class, said.created or account.created, said.trained or account.trained)


def _day(column: str, row: dict[str, str]) -> str:
    """The day of a cell; empty where it is. Raises ValueError for what is no day that can be read in one way only."""
    text = row[column].strip() if column else ""
    try:
        if text and date.fromisoformat(text).isoformat() != text:
            raise ValueError
    except ValueError:
        raise ValueError(f"`{text}` of `{column}` is no date: write it as 2007-11-23") from None
    return text
