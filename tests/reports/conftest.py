"""`pytest tests/reports --update` writes the golden files anew; look at what changed before you commit it."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch."""
    parser.addoption("--update", action="store_true", help="write the golden files of the reports anew")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written. pytest knows the switch only when this folder is on its command line."""
    return bool(request.config.getoption("--update", default=False))
