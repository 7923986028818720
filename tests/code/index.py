"""The docstring of each package is an index: what is here, one entry for each module, in the module's own words.

python -m tests.code.index      writes the indexes anew

The words above the line "What is here:" are written by people; those below are the first lines of the modules.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_HEAD = "\n\nWhat is here:\n\n"


def packages(root: Path) -> Iterator[Path]:
    """Folders of packages that hold more than one module."""
    for top in ("baseline", "tests"):
        for found in sorted((root / top).rglob("__init__.py")):
            if list(_inside(found.parent)):
                yield found.parent


def _inside(package: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of what an index lists: packages, and modules with a public name."""
    for found in sorted(package.iterdir()):
        if found.is_dir() and (found / "__init__.py").is_file():
            yield found.name, found / "__init__.py"
        elif found.suffix == ".py" and found.stem != "__init__":
            yield found.stem, found


def index(package: Path) -> str:
    """The index of a package. Raises `ValueError` for a module that does not say what it is."""
    return "\n".join(_entry(name, first_line(path)) for name, path in _inside(package))


def _entry(name: str, says: str) -> str:
    own = says.removeprefix(f"Kind `{name}`: ")
    return textwrap.fill(f"- `{name}`: {own[:1].upper()}{own[1:]}", 120, subsequent_indent="  ", break_on_hyphens=False)


def first_line(path: Path) -> str:
    """What a module says it is. Raises `ValueError` when it says nothing, or not in one line."""
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    line = docstring.partition("\n")[0]
    if not line.endswith((".", ":")):
        raise ValueError(f"{path}: the docstring of a module begins with one sentence on one line that says what it is")
    return line


def indexed(package: Path) -> str:
    """The text of a package's `__init__.py` with its index as it is now."""
    path = package / "__init__.py"
    first_line(path)
    text = path.read_text()
    raw = "r" if text.startswith("r") else ""
    start, quotes = len(raw) + 3, '"""'
    if text[len(raw) : start] != quotes:
        raise ValueError(f"{path}: begins with its docstring, in {quotes}")
    end = text.index(quotes, start)
    words = text[start:end].partition(_HEAD)[0].rstrip()
    return f"{raw}{quotes}{words}{_HEAD}{index(package)}\n{text[end:]}"


def stale(root: Path) -> list[str]:
    """The packages whose index is not as it would be written now."""
    return [str(one.relative_to(root)) for one in packages(root) if (one / "__init__.py").read_text() != indexed(one)]


def main() -> int:
    """Write the indexes. Gives the exit code."""
    for package in packages(ROOT):
        try:
            text = indexed(package)
        except ValueError as reason:
            sys.stderr.write(f"{reason}\n")
            return 1
        (package / "__init__.py").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
