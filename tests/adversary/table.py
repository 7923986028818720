"""The table of adversaries in SECURITY.md, made from the tests that play them.

python -m tests.adversary.table     writes it anew

Each test that `adversary` marks has a row. They are collected from the modules `test_*.py` beside this one. The commit
that a row names is the one that brought the test and with it the fix. A commit cannot name itself, so `commits.json`
keeps them, and each run writes those into it that git knows by then.
"""

from __future__ import annotations

import importlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.adversary.case import told

PAGE = Path(__file__).parents[2] / "SECURITY.md"
BEGIN, END = "<!-- made by python -m tests.adversary.table -->\n", "<!-- made until here -->\n"
COMMITS = Path(__file__).with_name("commits.json")
_COLUMNS = ("what is tried", "what comes of it", "before", "test", "since")


def cases() -> dict[str, list[Callable[..., Any]]]:
    """The marked tests by the class of adversary that they play, in the order of files and lines."""
    found: dict[str, list[Callable[..., Any]]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.adversary.{path.stem}")
        for test in vars(module).values():
            if hasattr(test, "adversary") and test.__module__ == module.__name__:
                found.setdefault(test.adversary[0], []).append(test)
    return found


def page(text: str) -> str:
    """The page with its table as it should be. Raises ValueError where the marks of the table are missing."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no place for the table")
    return head + begin + "".join(f"{line}\n" for line in _lines()) + end + tail


def commits() -> dict[str, str]:
    """The commit that brought a test, by the test's name; those of the newest tests are not there yet."""
    known: dict[str, str] = json.loads(COMMITS.read_text())
    return known


def found_by_git(test: str) -> str:
    """The first commit with this test, seven digits; empty while there is none."""
    words = ["git", "log", "--reverse", "--format=%H", f"-Sdef {test}(", "--", "tests/adversary"]
    done = subprocess.run(words, cwd=PAGE.parent, capture_output=True, text=True, check=True)
    return done.stdout[:7]


def _lines() -> Iterator[str]:
    since = commits()
    for kind, tests in cases().items():
        yield ""
        yield f"### {kind[0].upper()}{kind[1:]}"
        yield ""
        yield _row(_COLUMNS)
        yield _row("---" for _ in _COLUMNS)
        for test in tests:
            after, before = told(test)
            where = f"{test.__module__.rpartition('.')[2]}.py"
            named = f"`{where}`, `{test.__name__}`"
            yield _row((test.adversary[1], after, before, named, since.get(test.__name__, "")))  # type: ignore[attr-defined]
    yield ""


def _row(cells: Iterator[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def main() -> None:
    """Write the commits that are not known yet, and the page."""
    known = commits()
    names = sorted(test.__name__ for tests in cases().values() for test in tests)
    found = {name: known.get(name) or found_by_git(name) for name in names}
    COMMITS.write_text(json.dumps({name: commit for name, commit in found.items() if commit}, indent=2) + "\n")
    PAGE.write_text(page(PAGE.read_text()))


if __name__ == "__main__":
    main()
