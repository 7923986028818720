"""A place to apply to, and the proof that nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Eventually, processes_about
from tests.exchange.place import Place, furnish


@pytest.fixture
def place(tmp_path: Path, eventually: Eventually) -> Iterator[Place]:
    """Furnished; afterwards the dead-men that still watch are sent away and waited for."""
    furnish(tmp_path / "etc")
    yield Place(tmp_path)
    for armed in tmp_path.glob("state/tx/*/armed"):
        armed.unlink()
    assert eventually(lambda: not processes_about(tmp_path)), processes_about(tmp_path)
