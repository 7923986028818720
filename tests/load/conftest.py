"""Baselines are loaded with two kinds of the tests' own, where a test asks for it."""

from __future__ import annotations

import pytest

from tests.load.sample_kinds import KINDS


@pytest.fixture
def sample_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baseline.load.baselines.known_names", lambda: tuple(KINDS))
    monkeypatch.setattr("baseline.load.baselines.kind_named", KINDS.get)
