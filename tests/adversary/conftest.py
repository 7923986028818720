"""What cases of several files share."""

from __future__ import annotations

from tests.cli.conftest import site

__all__ = ["site"]
