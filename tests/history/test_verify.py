"""Whatever is altered in a history, removed from it or put into it is found, and named."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, NullPool, and_, create_engine, delete, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError

from baseline.errors import HistoryError
from baseline.history import History, tables
from baseline.history.verifying import Verified, verify
from baseline.model import Outcome
from tests.history.conftest import empty
from tests.history.reports import finding, heard, report
from tests.history.test_store import kept

TABLES = ("contents", "hosts", "series", "runs", "spans", "answers")
CHANGES = 1000

Change = Callable[[sqlite3.Connection, random.Random], str]


def grown(folder: Path, days: int = 12) -> History:
    """A history of some days, in which findings and answers changed."""
    history = empty(folder)
    history.everybody = ("mx1", "mx2")
    return filled(history, days)


def filled(history: History, days: int = 12) -> History:
    """The same in a history in which nothing is yet."""
    for day in range(1, days):
        outcome = Outcome.FAIL if day % 3 == 0 else Outcome.PASS
        found = [finding("mx1", outcome=outcome, found=day // 2), finding("mx2"), finding("mx2", "OUR-A-02")]
        told = heard(postconf=b"%d" % (day // 4), ss=b"listens"), heard(postconf=b"0")
        kept(
            history,
            report(day, *found[: 2 + day % 2]),
            command="apply" if day == 5 else "check",
            mx1=told[0],
            mx2=told[1],
        )
    return history


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of such a history."""
    history = grown(tmp_path_factory.mktemp("whole"))
    assert history.place.file is not None
    assert history.verify().wrong == ()
    with closing(sqlite3.connect(history.place.file)) as connection, connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return history.place.file.read_bytes()


def other(value: object, chance: random.Random) -> object:
    """Another value of the same kind."""
    if value is None:
        return chance.randrange(1, 12)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice([-1, 1])
    if isinstance(value, str):
        at = chance.randrange(len(value) + 1)
        return f"{value[:at]}x{value[at:]}"
    assert isinstance(value, bytes)
    at = chance.randrange(len(value))
    return value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]


def altered(connection: sqlite3.Connection, chance: random.Random) -> str:
    """One value of one row, whichever."""
    table = chance.choice(TABLES)
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    row = chance.choice(connection.execute(f"SELECT * FROM {table}").fetchall())
    column = chance.choice(columns)
    value = row[columns.index(column)]
    same = " AND ".join(f"{name} IS ?" for name in columns)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {same}", (other(value, chance), *row))
    return f"{table}.{column} of {row[:3]}"


def removed(connection: sqlite3.Connection, chance: random.Random) -> str:
    """One row."""
    table = chance.choice(TABLES)
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    row = chance.choice(connection.execute(f"SELECT * FROM {table}").fetchall())
    same = " AND ".join(f"{name} IS ?" for name in columns)
    connection.execute(f"DELETE FROM {table} WHERE {same}", row)
    return f"{table}: {row[:3]} removed"


def put_in(connection: sqlite3.Connection, chance: random.Random) -> str:
    """One row like another, under a key of its own."""
    table = chance.choice(TABLES)
    row = list(chance.choice(connection.execute(f"SELECT * FROM {table}").fetchall()))
    described = connection.execute(f"PRAGMA table_info({table})").fetchall()
    keys = [number for number, column in enumerate(described) if column[5]]
    row[keys[-1]] += chance.randrange(1, 40)
    for number, column in enumerate(described):
        if column[1] in ("digest", "name", "id", "control") and number not in keys:
            row[number] = other(row[number], chance)
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    return f"{table}: {row[:3]} put in"


def test_each_of_a_thousand_single_changes_is_found(tmp_path: Path, whole: bytes) -> None:
    chance = random.Random(20260101)
    file = tmp_path / "history.db"
    missed, made = [], 0
    kinds: dict[str, int] = {}
    while made < CHANGES:
        file.write_bytes(whole)
        file.chmod(0o600)
        change: Change = chance.choice([altered, altered, altered, removed, put_in])
        connection = sqlite3.connect(file)
        try:
            what = change(connection, chance)
            connection.commit()
        except sqlite3.IntegrityError:
            # The database itself refuses that, as two rows of one key.
            continue
        finally:
            connection.close()
        made += 1
        kinds[change.__name__] = kinds.get(change.__name__, 0) + 1
        try:
            found = History(file).verify()
        except HistoryError:
            continue
        if not found.wrong:
            missed.append(what)
    assert missed == []
    assert min(kinds.values()) > 100, kinds


def in_a_server(connection: Connection, chance: random.Random) -> str:
    """One value of one row altered, one row removed or one put in, as above, of any database."""
    table = tables.metadata.tables[chance.choice(TABLES)]
    row = chance.choice(connection.execute(select(table)).all())
    same = and_(*(column == row._mapping[column] for column in table.primary_key.columns))
    kind = chance.choice(["alter", "alter", "alter", "remove", "put in"])
    if kind == "remove":
        connection.execute(delete(table).where(same))
    elif kind == "alter":
        column = chance.choice(list(table.columns))
        connection.execute(update(table).where(same).values({column.name: other(row._mapping[column], chance)}))
    else:
        new = dict(row._mapping)
        key = list(table.primary_key.columns)[-1].name
        new[key] += chance.randrange(1, 40)
        own = {"digest", "name", "id", "control"} & {*new} - {key}
        new |= {name: other(new[name], chance) for name in sorted(own)}
        connection.execute(insert(table).values(new))
    return f"{kind} {table.name}: {row[:3]}"


def test_each_of_a_thousand_single_changes_is_found_in_a_server_too(postgresql: str) -> None:
    chance = random.Random(20260102)
    with History(postgresql.format("postgres")).database.alone() as connection:
        connection.exec_driver_sql("CREATE DATABASE altered TEMPLATE made")
    history = filled(History(postgresql.format("altered"), ("mx1", "mx2")))
    assert history.verify().wrong == ()
    missed: list[str] = []
    refused = made = 0
    with create_engine(history.place.url, poolclass=NullPool).connect() as connection:
        while made < CHANGES:
            with connection.begin() as everything:
                try:
                    what = in_a_server(connection, chance)
                except (IntegrityError, DataError):
                    # The database itself refuses that, as a row that others refer to.
                    refused += 1
                else:
                    made += 1
                    missed += [] if verify(connection).wrong else [what]
                everything.rollback()
    assert missed == []
    assert refused < made


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE runs SET exit_code = 0 WHERE number = 3", "run 3 (20260103T070000Z-00000003) was altered"),
        ("DELETE FROM runs WHERE number = 4", "run 4 was removed"),
        (
            "UPDATE spans SET outcome = 'pass' WHERE series = 1 AND first = 3",
            "OUR-A-01 on mx1 from run 3 on was altered",
        ),
        ("UPDATE contents SET data = x'007b7d' WHERE id = 1", "content 1 was altered"),
        ("DELETE FROM answers WHERE first = 4", "the answers of mx1 from run 1 on has another end"),
        ("UPDATE hosts SET name = 'mx9' WHERE id = 2", "saw was altered"),
    ],
)
def test_what_was_changed_is_named(tmp_path: Path, whole: bytes, sql: str, words: str) -> None:
    file = tmp_path / "history.db"
    file.write_bytes(whole)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(sql)
    found = History(file).verify()
    assert any(words in one for one in found.wrong), found.wrong


def test_one_that_was_written_anew_does_not_have_the_digest_that_was_noted(tmp_path: Path) -> None:
    history = grown(tmp_path)
    head = history.verify().head
    assert head == history.runs()[0].digest
    kept(history, report(40, finding()))
    assert history.verify(head[:16]).wrong == ()
    (tmp_path / "anew").mkdir()
    anew = grown(tmp_path / "anew", days=11)
    assert anew.verify().wrong == ()
    assert "no run has the digest" in anew.verify(head).wrong[0]


def test_an_empty_history_is_as_it_was(tmp_path: Path) -> None:
    assert empty(tmp_path).verify() == Verified(0, "", ())
