"""Every situation in every format, against what a person once looked at and found good.

A golden file is named by its case, the exit code and the format.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from baseline.languages import language
from baseline.model import Report
from baseline.reports import FORMATS, Command, Display
from tests.reports.cases import APPLIES, CHECKS, PLANS, ROLLBACKS
from tests.reports.consoles import console

GOLDEN = Path(__file__).parent / "golden"
MACHINE = (
    "chosen",
    "fails",
    "placed",
    "waived",
    "waivers",
    "drifted-file",
    "stale",
    "edited",
    "rollback-edits",
    "undecided",
    "unloadable",
    "unreachable",
    "hostile",
    "plan",
    "applied",
    "rolled-back",
    "not-begun",
    "stale-untold",
    "interrupted",
    "rollback",
    "no-register",
)
"""Cases that between them hold all that the formats for machines can say."""


def documents() -> Iterator[tuple[str, str]]:
    """File name and text of every golden file."""
    subjects: tuple[tuple[Command, dict[str, Report]], ...] = (
        ("check", CHECKS),
        ("plan", PLANS),
        ("apply", APPLIES),
        ("rollback", ROLLBACKS),
    )
    for subject, cases in subjects:
        for case, report in cases.items():
            name = f"{case}.{report.exit_code}"
            yield f"{name}.text", FORMATS["text"](report, Display(subject, diff=subject == "plan"), console(80))
            yield f"{name}.verbose", FORMATS["text"](report, Display(subject, verbose=True), console(120))
            if case in MACHINE:
                malay = Display(subject, diff=subject == "plan", language=language("ms"))
                yield f"{name}.ms", FORMATS["text"](report, malay, console(80))
                yield f"{name}.json", FORMATS["json"](report, Display(subject), console())
                yield f"{name}.junit", FORMATS["junit"](report, Display(subject), console())
    checked_with_diff = PLANS["plan"]
    text = FORMATS["text"](checked_with_diff, Display("check", diff=True), console(80))
    yield f"check-diff.{checked_with_diff.exit_code}.text", text


DOCUMENTS = dict(documents())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_output_is_as_it_was(name: str, *, update: bool) -> None:
    path = GOLDEN / name
    if update:
        path.write_text(DOCUMENTS[name], encoding="utf-8")
    assert path.is_file(), f"{path} is missing: run `pytest tests/reports --update` and look at it"
    assert DOCUMENTS[name] == path.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over(*, update: bool) -> None:
    left = {path.name for path in GOLDEN.iterdir()} - DOCUMENTS.keys()
    if update:
        for name in left:
            (GOLDEN / name).unlink()
        return
    assert left == set()


def test_every_exit_code_of_a_report_has_a_case() -> None:
    reports = [*CHECKS.values(), *PLANS.values(), *APPLIES.values(), *ROLLBACKS.values()]
    assert {report.exit_code for report in reports} == {0, 1, 3, 4, 6, 130}
