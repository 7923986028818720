"""A history on each kind of database."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from baseline.history import History
from tests.history.postgresql import NoServer, server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a server's databases, with a place for the name; one of them, `made`, is an empty history."""
    try:
        with server() as url:
            with History(url.format("postgres")).database.alone() as connection:
                connection.exec_driver_sql("CREATE DATABASE made")
            with History(url.format("made")).database.writing():
                pass
            yield url
    except NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture(params=["sqlite", "postgresql"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> History:
    """An empty history, on each kind of database."""
    if request.param == "sqlite":
        return History(tmp_path / "state" / "history.db", who="ali@controller")
    url: str = request.getfixturevalue("postgresql")
    name = f"of_{secrets.token_hex(6)}"
    with History(url.format("postgres")).database.alone() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE made")
    return History(url.format(name), who="ali@controller")


@cache
def _made() -> bytes:
    """The file of a history in which nothing is: to make one takes a while."""
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder) / "history.db")
        with history.database.writing():
            pass
        assert history.place.file is not None
        return history.place.file.read_bytes()


def empty(folder: Path) -> History:
    """A history in a folder, in which nothing is yet."""
    file = folder / "history.db"
    file.write_bytes(_made())
    file.chmod(0o600)
    return History(file)
