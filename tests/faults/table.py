"""The page docs/reliability.md, made from the results of the last whole run.

python -m tests.faults.table
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from baseline.reports.words import one_line
from tests.faults.case import Case, Ended
from tests.faults.cases import CASES, SECTIONS
from tests.faults.results import kept

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
_HEAD = Path(__file__).with_name("reliability_head.md")
_COLUMNS = ("fault", "when", "outcome", "exit", "host afterwards", "next apply", "what the report says")


def page(results: Mapping[str, Ended], elsewhere: Mapping[str, Ended]) -> str:
    """The whole page, of the results on Debian 12 and those on Debian 13."""
    return "\n".join([_HEAD.read_text(), *_lines(results, len(elsewhere))]) + "\n"


def _lines(results: Mapping[str, Ended], elsewhere: int) -> Iterator[str]:
    yield f"## The {len(CASES)} cases"
    yield ""
    yield "Made by `python -m tests.faults.table` from the results of `make faults` on a host of Debian 12. On one of"
    yield f"Debian 13 {elsewhere} of them, each fault at least once, came to the same outcome, exit code and host."
    for title, cases in SECTIONS:
        yield ""
        yield f"### {title}"
        yield ""
        yield _row(_COLUMNS)
        yield _row("---" for _ in _COLUMNS)
        for case in cases:
            yield _row(_cells(case, results[case.name]))


def _cells(case: Case, ended: Ended) -> Iterator[str]:
    yield case.fault
    yield case.moment
    yield f"`{ended.outcome}`" if " " not in ended.outcome else ended.outcome
    yield "" if ended.exit_code is None else str(ended.exit_code)
    yield ended.host
    yield ended.next
    yield ended.reason or "-"


def _row(cells: Iterator[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(kept("bookworm"), kept("trixie")))


if __name__ == "__main__":
    main()
