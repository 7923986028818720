"""The table of adversaries in SECURITY.md, made from the tests that play them.

python -m tests.adversary.table     writes it anew

Each test that `adversary` marks has a row. They are collected from the modules `test_*.py` beside this one.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.adversary.case import told

PAGE = Path(__file__).parents[2] / "SECURITY.md"
BEGIN, END = "<!-- made by python -m tests.adversary.table -->\n", "<!-- made until here -->\n"
_COLUMNS = ("what is tried", "what comes of it", "before", "test")


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


def _lines() -> Iterator[str]:
    for kind, tests in cases().items():
        yield ""
        yield f"### {kind[0].upper()}{kind[1:]}"
        yield ""
        yield _row(_COLUMNS)
        yield _row("---" for _ in _COLUMNS)
        for test in tests:
            after, before = told(test)
            where = f"{test.__module__.rpartition('.')[2]}.py"
            yield _row((test.adversary[1], after, before, f"`{where}`, `{test.__name__}`"))  # type: ignore[attr-defined]
    yield ""


def _row(cells: Iterator[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text()))


if __name__ == "__main__":
    main()
