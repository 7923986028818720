"""What each ring of a test run took: seconds, and tests passed, skipped and failed.

python -m tests.rings FILE      prints a table of what .ci/test wrote down

Each line of the file has the name of a ring, its seconds, and the path of its results in JUnit's form, between tabs. A
ring without tests has no such results.
"""

from __future__ import annotations

import sys
from pathlib import Path

from junitparser import JUnitXml
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


def table(lines: list[str]) -> Table:
    """The table of a run, its sum below."""
    made = Table("ring", box=SIMPLE_HEAD, show_edge=False, show_footer=True)
    rows = [_row(*line.split("\t")) for line in lines]
    for place, title in enumerate(("seconds", "passed", "skipped", "failed"), 1):
        made.add_column(title, justify="right", footer=str(sum(int(row[place] or 0) for row in rows)))
    for name, *numbers in rows:
        made.add_row(name, *("" if number is None else str(number) for number in numbers))
    return made


def _row(name: str, seconds: str, results: str) -> tuple[str, int, int | None, int | None, int | None]:
    path = Path(results)
    if not path.exists():
        return name, int(seconds), None, None, None
    found = JUnitXml.fromfile(str(path))
    failed = found.failures + found.errors
    return name, int(seconds), found.tests - failed - found.skipped, found.skipped, failed


if __name__ == "__main__":
    Console(width=100).print(table(Path(sys.argv[1]).read_text().splitlines()))
