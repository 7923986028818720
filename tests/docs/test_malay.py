"""Pages in Malay say what the English ones say: the same blocks of code, in the same order, under as many headings."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, fences, prose, written

FOLDER = "docs/ms/"
OWN = {"docs/ms/index.md"}
"""What has no English page of its own: it is for heads of agencies, and leads to the others."""

TRANSLATED = sorted(page for page in written() if page.startswith(FOLDER) and page not in OWN)


def levels(text: str) -> list[int]:
    """How deep each heading is."""
    return [len(one) for one in re.findall(r"^(#{1,6}) ", prose(text), re.M)]


def rows(text: str) -> list[str]:
    """What is typed as it is in each row of a table, by its first cell."""
    return re.findall(r"^\| (`[^|]*`) \|", prose(text), re.M)


def test_there_are_the_tutorial_and_what_heads_read() -> None:
    assert {page.removeprefix(FOLDER) for page in TRANSLATED} >= {"tutorial.md", "reports.md", "checklist.md"}


@pytest.mark.parametrize("page", TRANSLATED)
def test_it_has_what_the_english_page_has(page: str) -> None:
    malay, english = written()[page], (ROOT / page.replace(FOLDER, "docs/")).read_text("utf-8")
    assert [(one.info, one.text) for one in fences(page, malay)] == [
        (one.info, one.text) for one in fences(page, english)
    ], "the blocks of code differ"
    assert levels(malay) == levels(english)
    assert rows(malay) == rows(english)
    assert f"[halaman Inggeris](../{page.removeprefix(FOLDER)})" in malay
