"""`report --site`: a site over a month of runs, whose links all lead somewhere, and which is replaced as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner

from baseline.cli import app
from baseline.cli.site import written
from baseline.errors import UserError
from baseline.reports.html.site import slug
from tests.browser.month import DAYS, month
from tests.reports.hostile import WORDS

pytestmark = pytest.mark.slow


class Links(HTMLParser):
    """What a page leads to, and the places on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.to: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.to += [str(told["href"])] if tag == "a" and told.get("href") else []
        self.places |= {str(told["id"])} if told.get("id") else set()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site over a month."""
    folder = tmp_path_factory.mktemp("month")
    history = month(folder)
    result = CliRunner().invoke(app, ["report", "--history", str(history.place.file), "--site", str(folder / "site")])
    assert result.exit_code == 0, result.output
    return folder / "site"


def test_it_has_a_page_for_each_run_host_and_control(site: Path) -> None:
    files = {str(path.relative_to(site)) for path in site.rglob("*.html")}
    assert sum(name.startswith("runs/") for name in files) == DAYS
    assert {name for name in files if name.startswith("hosts/")} == {f"hosts/mx{n}.html" for n in (1, 2, 3)}
    assert sum(name.startswith("controls/") for name in files) == 4
    assert len(files) == DAYS + 3 + 4 + 2


def test_all_links_are_relative_and_lead_somewhere(site: Path) -> None:
    pages = {path: Links(path.read_text()) for path in site.rglob("*.html")}
    followed = 0
    for path, page in pages.items():
        for link in page.to:
            assert not re.match(r"[a-z]+:|/", link), link
            name, _, place = unquote(link).partition("#")
            target = (path.parent / name).resolve() if name else path
            assert target in pages, f"{path.name}: {link}"
            assert not place or place in pages[target].places, f"{path.name}: {link}"
            followed += 1
    assert followed > 500


def test_it_tells_what_was_when(site: Path) -> None:
    assert "newly failing" in (site / "changes.html").read_text()
    host = (site / "hosts" / "mx2.html").read_text()
    assert "so since 2026-01-" in host
    assert host.count("<svg") == 4
    first = (site / "runs" / "1.html").read_text()
    assert "2026-01-02" not in first


def test_a_broken_off_writing_leaves_the_old_site(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[str, str]]:
        yield "index.html", "new"
        raise KeyboardInterrupt

    place = tmp_path / "site"
    assert written(place, [("index.html", "old"), ("runs/1.html", "one")]) == 2
    with pytest.raises(KeyboardInterrupt):
        written(place, broken())
    assert (place / "index.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert written(place, [("index.html", "new")]) == 1
    assert sorted(path.name for path in place.iterdir()) == [".baseline-site", "index.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_directory_of_other_files_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="is no site of baseline"):
        written(tmp_path, [("index.html", "new")])
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_names_of_hosts_are_names_of_files() -> None:
    names = {slug(word) for word in (*WORDS, "mx1", "MX1", "../../etc/passwd", "..", "a/b", "")}
    assert len(names) == len(WORDS) + 6
    assert all(re.fullmatch(r"[a-z0-9_-][a-z0-9_.-]*", name) for name in names)
    assert slug("mx1.agensi.example") == "mx1.agensi.example"
