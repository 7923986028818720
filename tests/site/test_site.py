"""The site has every page, and finds what somebody looks for, in a browser without a network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.browser.looking import Look, look
from tests.docs.pages import ROOT
from tests.site.build import build, contents

pytestmark = pytest.mark.checkout

FOUND = """new Promise((done) => {
  const hits = () => [...document.querySelectorAll("#search-results li a")].map((one) => one.getAttribute("href"));
  const wait = (left) => left && !hits().length ? setTimeout(() => wait(left - 1), 100) : done(hits());
  wait(100);
})"""
"""The pages that a search comes to: it goes on after the page is there."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build(folder)
    return folder


def test_the_lists_of_pages_are_those_of_the_readme_and_the_rest() -> None:
    readme = (
        "# x\n\n## Documentation\n\n### One\n\n- [B](docs/b.md): b, [A](docs/a.md)\n- [Malay](docs/ms/a.md)\n\n"
        "### Two\n\n- [C](docs/c.md)\n\n## Licence\n\n[Z](docs/z.md)\n"
    )
    made = contents(
        readme, ["docs/a.md", "docs/b.md", "docs/c.md", "docs/decisions/0001-x.md", "docs/ms/a.md", "docs/z.md"]
    )
    lists = [block.split("\n\n", 1)[1].split() for block in re.findall(r"```\{toctree\}\n(.*?)```", made, re.S)]
    assert lists == [["docs/b", "docs/a"], ["docs/c"], ["docs/z"], ["docs/ms/a"], ["docs/decisions/0001-x"]]
    assert re.findall(r":caption: (.+)", made) == ["One", "Two", "Others", "Bahasa Melayu", "Decisions"]


def test_every_page_is_there(site: Path) -> None:
    pages = [page.relative_to(ROOT) for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))]
    names = {page: "index.html" if str(page) == "README.md" else str(page.with_suffix(".html")) for page in pages}
    assert [page for page, name in names.items() if not (site / name).is_file()] == []


def test_it_is_searched_and_asks_nobody_for_anything(site: Path) -> None:
    first = Look(f"file://{site}/index.html")
    phone = Look(f"file://{site}/docs/tutorial.html", width=390, height=844, scheme="dark")
    wanted = {"greylisting": "docs/reference/kinds.html", "MEL-T-04": "docs/reference/controls.html"}
    start = f"file://{site}/index.html"
    searches = [Look(start, into="input.sidebar-search", typed=words, ask={"found": FOUND}) for words in wanted]
    seen = look([first, phone, *searches])
    for one in seen:
        assert [url for url in one.requests if not url.startswith(("file:", "data:"))] == []
        assert one.complaints == []
    assert "state, apply and prove" in seen[0].text
    assert {"TO BEGIN", "EACH DAY", "REFERENCE", "BAHASA MELAYU"} <= set(seen[0].text.split("\n"))
    assert (seen[1].wide, "Tutorial" in seen[1].text) == (0, True)
    for one, page in zip(seen[2:], wanted.values(), strict=True):
        found = json.dumps(one.answers["found"])
        assert page in found, found
