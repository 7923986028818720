"""The table at the end of a test run."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from tests.rings import table

CASES = ["", "", "", "", "<skipped/>", "<failure/>", "<failure/>", "<error/>"]
RESULTS = (
    '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="1" tests="8" time="1.5">'
    + "".join(
        f'<testcase classname="a" name="{number}" time="0.1">{end}</testcase>' for number, end in enumerate(CASES)
    )
    + "</testsuite></testsuites>"
)


def test_rings_with_tests_and_without(tmp_path: Path) -> None:
    (tmp_path / "2.xml").write_text(RESULTS)
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(table([f"types\t12\t{tmp_path}/1.xml", f"tests\t160\t{tmp_path}/2.xml"]))
    lines = [line.split() for line in console.export_text().splitlines() if line.strip(" ─╶╴")]
    assert lines[0] == ["ring", "seconds", "passed", "skipped", "failed"]
    assert lines[1] == ["types", "12"]
    assert lines[2] == ["tests", "160", "4", "1", "3"]
    assert lines[-1] == ["172", "4", "1", "3"]
