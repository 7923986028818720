"""A dossier that many tests look at: made once."""

from __future__ import annotations

import pytest

from tests.dossier.agency import SOME_DAYS, MadeUpAgency, agency
from tests.history.conftest import history, postgresql

__all__ = ["history", "postgresql", "some_days", "whole"]


@pytest.fixture(scope="session")
def some_days(tmp_path_factory: pytest.TempPathFactory) -> MadeUpAgency:
    """An agency of three hosts, which were looked at on some days of a year."""
    return agency(tmp_path_factory.mktemp("agency"), 3, SOME_DAYS)


@pytest.fixture(scope="session")
def whole(some_days: MadeUpAgency) -> bytes:
    """The dossier of its year."""
    return some_days.dossier()
