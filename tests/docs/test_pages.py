"""What every page promises by being a page: its links lead somewhere, and it speaks of no machine of ours."""

from __future__ import annotations

import posixpath
import re

import pytest

from baseline import reference
from tests.docs.pages import ROOT, fences, inline_code, pages, prose, written

PAGES = pages()

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", re.S)
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.M)
_OUR_MACHINES = re.compile(r"(?<![\w.])/(?:work|home|root)/")


def anchors(text: str) -> set[str]:
    """The anchors that headings get, as GitHub makes them."""
    found: set[str] = set()
    for heading in _HEADING.findall(prose(text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = next(n for n in range(100) if (f"{slug}-{n}" if n else slug) not in found)
        found.add(f"{slug}-{number}" if number else slug)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_somewhere(page: str) -> None:
    broken = []
    for link in _LINK.findall(re.sub(r"`[^`\n]*`", "", prose(PAGES[page]))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        inside = target.exists() and target.resolve().is_relative_to(ROOT)
        if not inside or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


def test_a_broken_link_would_be_found() -> None:
    assert _LINK.findall("see [this](there.md#x) and [that\nlong](../one.md)") == ["there.md#x", "../one.md"]
    assert anchors("# The `wire`, and (more)\n## A\n## A\n") == {"the-wire-and-more", "a", "a-1"}


@pytest.mark.parametrize("page", PAGES)
def test_no_page_speaks_of_a_machine_of_ours(page: str) -> None:
    assert _OUR_MACHINES.findall(PAGES[page]) == []


@pytest.mark.parametrize("page", written())
def test_lines_are_of_a_length_that_a_terminal_shows(page: str) -> None:
    long = [
        number
        for number, line in enumerate(prose(PAGES[page]).splitlines(), 1)
        if len(line) > 112 and not line.startswith("|")
    ]
    assert long == []


def linked(page: str) -> set[str]:
    """The pages that a page links to."""
    folder = posixpath.dirname(page)
    links = {link.partition("#")[0] for link in _LINK.findall(PAGES[page])}
    return {posixpath.normpath(posixpath.join(folder, link)) for link in links} & PAGES.keys()


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = {"README.md"}, {"README.md"}
    while ahead:
        ahead = {there for page in ahead for there in linked(page)} - reached
        reached |= ahead
    assert PAGES.keys() - reached == set()


def test_the_readme_names_every_command() -> None:
    names = {path[0] for path, _ in reference.commands()}
    said = {code.text for code in inline_code("README.md", PAGES["README.md"])}
    said |= {command.text for fence in fences("README.md", PAGES["README.md"]) for command in fence.commands()}
    assert {name for name in names if not any(text.startswith(f"baseline {name}") for text in said)} == set()


def test_every_fence_says_what_it_holds() -> None:
    known = {"console", "sh", "diff", "yaml", "ini", "csv", "json", "python", "text", "xml", "jinja", "powershell"}
    for page, text in written().items():
        for fence in fences(page, text):
            assert fence.language in known, f"{page}:{fence.line}: {fence.info!r}"
