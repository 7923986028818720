"""`pytest tests/reports tests/kinds --update` writes the golden scripts anew; the switch is that of the reports."""

from __future__ import annotations

import pytest


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written."""
    return bool(request.config.getoption("--update", default=False))
