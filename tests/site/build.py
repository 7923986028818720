"""Builds the site of the documentation.

python -m tests.site.build FOLDER     leaves it there; open FOLDER/index.html

What README.md lists under "Documentation" is the table of contents, in that order and by its headings. A page that
nothing leads to, a link that leads nowhere and an anchor that is not there end the build, as Sphinx's warnings are
errors here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

_LINK = re.compile(r"\]\(([\w/.-]+\.md)\)")
_LISTED = re.compile(r"^## Documentation\n(.*?)(?=^## (?!#)|\Z)", re.M | re.S)
_MALAY = "docs/ms/"
_OTHER = re.compile(r"\]\(([\w/.-]+)\)")
"""A link to a file; those that are no pages go along."""


def build(folder: Path) -> None:
    """Build the site into `folder`. Raises `CalledProcessError` when Sphinx warns of anything; it says what."""
    with tempfile.TemporaryDirectory() as name:
        pages = Path(name) / "pages"
        for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
            for file in (page, *_beside_pages(page)):
                _copy(file, pages)
        first = pages / "README.md"
        readme = first.read_text("utf-8")
        first.unlink()
        made = sorted(str(page.relative_to(pages)) for page in pages.rglob("*.md"))
        (pages / "index.md").write_text(contents(readme, made), "utf-8")
        command = ["-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-c", str(HERE), "-d", f"{name}/trees"]
        subprocess.run([sys.executable, *command, str(pages), str(folder)], check=True)
    (folder / ".buildinfo").unlink(missing_ok=True)


def contents(readme: str, pages: list[str]) -> str:
    """The first page: README.md, and the lists of pages that the side bar shows. `pages` are all, by their paths.

    Each heading under "Documentation" has a list of its own, and what README.md does not name is in the last of them.
    """
    found = _LISTED.search(readme)
    groups = [_group(text, pages) for text in re.split(r"^### ", found[1], flags=re.M)[1:]] if found else []
    malay = sorted((page for page in pages if page.startswith(_MALAY)), key=lambda page: page != f"{_MALAY}index.md")
    decisions = [page for page in pages if page.startswith("docs/decisions/")]
    named = {page for _, names in groups for page in names}
    rest = [page for page in pages if page not in {*named, *malay, *decisions}]
    trees = (*groups, ("Others", rest), ("Bahasa Melayu", malay), ("Decisions", decisions))
    return readme + "".join(_tree(caption, names) for caption, names in trees if names)


def _group(text: str, pages: Sequence[str]) -> tuple[str, list[str]]:
    """The heading, and the pages that are linked to below it; those in Malay and decisions have lists of their own."""
    heading, _, body = text.partition("\n")
    links = dict.fromkeys(_LINK.findall(body))
    return heading, [page for page in links if page in pages and not page.startswith((_MALAY, "docs/decisions/"))]


def _tree(caption: str, names: list[str]) -> str:
    lines = "".join(f"{name.removesuffix('.md')}\n" for name in names)
    return f"\n```{{toctree}}\n:hidden:\n:maxdepth: 1\n:caption: {caption}\n\n{lines}```\n"


def _beside_pages(page: Path) -> Iterator[Path]:
    """The files that a page shows or links to, and that are no pages."""
    for link in _OTHER.findall(page.read_text("utf-8")):
        file = (page.parent / link).resolve()
        if file.is_file() and file.suffix != ".md" and file.is_relative_to(ROOT):
            yield file


def _copy(file: Path, pages: Path) -> None:
    to = pages / file.relative_to(ROOT)
    to.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix != ".md":
        shutil.copyfile(file, to)
        return
    text = file.read_text("utf-8")
    # README.md is the first page, index.html.
    text = re.sub(r"(\]\((?:\.\./)*)README\.md(#[\w-]+)?\)", _to_first, text) if _beside(file) else text
    # Pygments has no lexer of this name.
    to.write_text(re.sub(r"^(\s*)```csv\b.*$", r"\1```text", text, flags=re.M), "utf-8")


def _beside(file: Path) -> bool:
    """Whether a link to README.md leads from this file to that of the project; docs/decisions has one of its own."""
    return file.parent != ROOT / "docs/decisions"


def _to_first(link: re.Match[str]) -> str:
    return f"{link[1]}index.md{link[2] or ''})"


if __name__ == "__main__":
    build(Path(sys.argv[1]).absolute())
