"""SECURITY.md tells every adversary of the suite, and no other."""

from __future__ import annotations

import pytest

from tests.adversary.case import adversary
from tests.adversary.table import PAGE, cases, page


def test_the_page_has_the_table_of_all_cases() -> None:
    text = PAGE.read_text()
    assert page(text) == text, "run python -m tests.adversary.table"


def test_each_case_is_told_once() -> None:
    names = [(test.__module__, test.__name__) for tests in cases().values() for test in tests]
    assert len(names) == len(set(names)) >= 25


def test_a_case_says_what_was_seen_before_it() -> None:
    def test_of_nothing() -> None:
        """It holds."""

    with pytest.raises(ValueError, match="before"):
        adversary("kind", "attempt")(test_of_nothing)
