"""A history of each version that ever was is brought up to this one, and nothing in it is lost.

`versions/NNNN.sql` is a history as that version wrote it, dumped. One that was released is never changed: where the
tables change, a migration is written, and `--update` adds the dump of the new version beside the others.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from baseline.history import History
from baseline.history.opening import VERSION
from baseline.history.tables import with_partial_indexes
from tests.history.test_verify import grown

VERSIONS = Path(__file__).parent / "versions"


def schema(file: Path) -> list[str]:
    """The tables and indexes of a file, as SQLite has them written."""
    with closing(sqlite3.connect(file)) as connection, connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    return [" ".join(sql.split()) for (sql,) in rows]


def dumped(history: History) -> str:
    """All of a history as SQL."""
    assert history.place.file is not None
    with closing(sqlite3.connect(history.place.file)) as connection, connection:
        return "\n".join(connection.iterdump()) + "\n"


def from_dump(name: str, folder: Path) -> History:
    """A history as it was in a version."""
    file = folder / "old.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript((VERSIONS / name).read_text())
    return History(file)


def test_there_is_a_dump_of_this_version(tmp_path: Path, update: bool) -> None:
    file = VERSIONS / f"{VERSION}.sql"
    history = grown(tmp_path)
    if update and not file.exists():
        VERSIONS.mkdir(exist_ok=True)
        file.write_text(dumped(history))
    kept = from_dump(file.name, tmp_path)
    assert kept.place.file is not None
    assert history.place.file is not None
    assert schema(kept.place.file) == schema(history.place.file), "the tables changed: write a migration"


@pytest.mark.parametrize("name", sorted(path.name for path in VERSIONS.glob("*.sql")))
def test_each_version_is_brought_up_to_this_one(tmp_path: Path, name: str) -> None:
    history = from_dump(name, tmp_path)
    (tmp_path / "new").mkdir()
    same = grown(tmp_path / "new")
    assert len(history.runs()) == 11
    assert history.verify().wrong == ()
    for run in same.runs():
        assert history.report(run.id)[1] == same.report(run.id)[1]
        assert history.heard(run.id, "mx1") == same.heard(run.id, "mx1")
    assert history.place.file is not None
    assert same.place.file is not None
    assert schema(history.place.file) == schema(same.place.file)


def test_the_migrations_make_the_tables_that_the_code_speaks_of(history: History) -> None:
    with history.database.writing() as connection:
        differing = compare_metadata(MigrationContext.configure(connection), with_partial_indexes())
    assert differing == []
