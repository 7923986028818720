"""A history on each kind of database."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest

from baseline.history import History


@pytest.fixture
def history(tmp_path: Path) -> History:
    """An empty history."""
    return History(tmp_path / "state" / "history.db", who="ali@controller")


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
