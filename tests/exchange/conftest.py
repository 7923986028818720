"""A place to apply to, and the proof that nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Eventually, processes_about
from tests.exchange.fake_systemd import Systemd, systemd_at
from tests.exchange.place import Place, furnish


@pytest.fixture(scope="module")
def nothing_stays(tmp_path_factory: pytest.TempPathFactory, eventually: Eventually) -> Iterator[None]:
    """Dead-men that still watch when a test is over go within a second; after the last test none may be left."""
    yield
    base = tmp_path_factory.getbasetemp()
    assert eventually(lambda: not processes_about(base)), processes_about(base)


@pytest.fixture
def place(tmp_path: Path, nothing_stays: None) -> Iterator[Place]:
    """Furnished; afterwards those who still watch are sent away."""
    furnish(tmp_path / "etc")
    yield Place(tmp_path)
    for armed in tmp_path.glob("state/tx/*/armed"):
        armed.unlink()


@pytest.fixture
def systemd(place: Place, private_mounts: tuple[str, ...]) -> Systemd:
    """The furnished place, on a host with systemd."""
    return systemd_at(place, private_mounts)
