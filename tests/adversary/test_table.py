"""SECURITY.md tells every adversary of the suite, and no other."""

from __future__ import annotations

import subprocess

import pytest

from tests.adversary.case import adversary
from tests.adversary.table import PAGE, cases, commits, found_by_git, page


def test_the_page_has_the_table_of_all_cases() -> None:
    text = PAGE.read_text()
    assert page(text) == text, "run python -m tests.adversary.table"


def test_each_case_is_told_once() -> None:
    names = [(test.__module__, test.__name__) for tests in cases().values() for test in tests]
    assert len(names) == len(set(names)) >= 60


def test_a_case_says_what_was_seen_before_it() -> None:
    def test_of_nothing() -> None:
        """It holds."""

    with pytest.raises(ValueError, match="before"):
        adversary("kind", "attempt")(test_of_nothing)


def test_the_commits_are_those_of_cases() -> None:
    names = {test.__name__ for tests in cases().values() for test in tests}
    assert commits().keys() <= names
    assert len(commits()) >= 60


@pytest.mark.checkout
def test_git_has_the_commits() -> None:
    asked = ["git", "rev-parse", "--is-shallow-repository"]
    if subprocess.run(asked, cwd=PAGE.parent, capture_output=True, text=True, check=True).stdout == "true\n":
        pytest.skip("a shallow clone does not have the commits of all tests")
    for name in [*commits()][::10]:
        assert commits()[name] == found_by_git(name)
