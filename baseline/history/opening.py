"""Opening a history: its database made or brought up to date where that is needed, and transactions on it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from baseline.errors import HistoryError, HistoryMissing

if TYPE_CHECKING:
    from baseline.history.place import Place

VERSION = "0002"
"""The version of the tables that this release writes: the last one in `migrations/versions`."""

WAIT_SECONDS = 60
"""How long a run waits for another one that writes at the same time."""

_LOCK = 7_301_407
"""The number of PostgreSQL's advisory lock that whoever writes holds; nothing else has a meaning in it."""


class HistoryDatabase:
    """The database of a history. Every error of it is a `HistoryError` that says what is wrong with which place."""

    def __init__(self, place: Place) -> None:
        """Nothing is opened yet."""
        self.place = place
        self._engine: Engine | None = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database. Raises `HistoryError`, also where there is no history."""
        if not self.there():
            raise HistoryMissing(f"there is no history yet in {self.place}: each check, plan and apply adds to it")
        with self._complaining(), self._opened().connect() as connection, connection.begin():
            yield connection

    def there(self) -> bool:
        """Whether there is a history. Makes none. Raises `HistoryError` where that cannot be seen."""
        if self._engine is not None or (self.place.file is not None and not self.place.file.exists()):
            return self._engine is not None
        with self._complaining(), _engine(self.place).connect() as connection:
            return bool(_version(connection))

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is the only one that writes. Makes the database where there is none."""
        with self._complaining(), self._opened().connect() as connection:
            _for_writing(connection)
            with connection.begin():
                _lock(connection)
                yield connection

    @contextlib.contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection for what no transaction may be around. Makes nothing. Raises `HistoryError`."""
        with self._complaining():
            engine = self._engine or _engine(self.place)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection

    def compact(self) -> None:
        """Give the room of what was removed back to the disk. Raises `HistoryError`."""
        if self.place.file is not None:
            with self._complaining(), self._opened().connect() as connection:
                connection.connection.cursor().execute("VACUUM")

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    def _opened(self) -> Engine:
        if self._engine is None:
            self.place.make()
            engine = _engine(self.place)
            with engine.connect() as connection:
                found = _version(connection)
            if found != VERSION:
                _brought_up(engine, self.place)
            self._engine = engine
        return self._engine

    @contextlib.contextmanager
    def _complaining(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise HistoryError(f"the history {self.place}: {_why(error)}") from error
        except OSError as error:
            raise HistoryError(f"the history {self.place}: {error.strerror or error}") from error


def _engine(place: Place) -> Engine:
    if place.file is None:
        try:
            # A run that reads sees one state of the database, as in SQLite.
            return create_engine(place.url, poolclass=NullPool, isolation_level="REPEATABLE READ")
        except ModuleNotFoundError:
            raise HistoryError("PostgreSQL needs psycopg: pip install 'mail-baseline[postgresql]'") from None
    engine = create_engine(f"sqlite:///{place.file}", poolclass=NullPool, connect_args={"timeout": WAIT_SECONDS})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, record: object) -> None:
    del record
    # Python's module would begin transactions of its own, and none for the changes of tables.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _for_writing(connection: Connection) -> None:
    connection.execution_options(writes=True)
    if connection.dialect.name == "postgresql":
        # Who has waited for the lock has to see what was written meanwhile.
        connection.execution_options(isolation_level="READ COMMITTED")


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def _version(connection: Connection) -> str:
    """The version of the tables; empty for a database that has none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _brought_up(engine: Engine, place: Place) -> None:
    """Bring the tables to this release's version, in one transaction. Raises `HistoryError` for a later one."""
    # alembic is imported for the first run of a history, and for the first one after an upgrade of this package.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    known = {one.revision for one in ScriptDirectory.from_config(settings).walk_revisions()}
    with engine.connect() as connection:
        _for_writing(connection)
        with connection.begin():
            _lock(connection)
            found = _version(connection)
            if found and found not in known:
                raise HistoryError(
                    f"the history {place} was written by a later release of baseline: its tables are of version "
                    f"{found}, and this release knows {VERSION}"
                )
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")


_WORDS = (
    ("disk is full", "the disk is full: make room, then check again"),
    ("readonly", "it may not be written: see who owns the file and its directory"),
    ("unable to open", "it cannot be opened: see who owns the file and its directory"),
    ("locked", f"another run has been writing to it for {WAIT_SECONDS} s"),
    ("malformed", "it is damaged: keep a copy, and see what `baseline history verify` says of it"),
    ("not a database", "it is damaged, or no history at all: move it away, and the next run begins a new one"),
)


def _why(error: SQLAlchemyError) -> str:
    """What a person can do about an error of the database, or its first line."""
    said: Any = getattr(error, "orig", None) or error
    line = str(said).strip().partition("\n")[0]
    return next((f"{words} ({line})" for sign, words in _WORDS if sign in line), line)
