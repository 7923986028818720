"""A JSON report is written as it is made: the same bytes, and never more than a part of it is held."""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from baseline.cli.output import Output, send
from baseline.model import Report
from baseline.reports import FORMATS, STREAMED, Display
from tests.bench.reports import large
from tests.reports.cases import fails
from tests.reports.consoles import console
from tests.reports.test_formats import REPORTS


@pytest.mark.parametrize("name", REPORTS)
def test_the_pieces_are_the_document_as_json_lays_it_out(name: str) -> None:
    report = REPORTS[name]
    told = "".join(STREAMED["json"](report))
    assert told == json.dumps(report.to_dict(), indent=2, allow_nan=False) + "\n"
    assert told == FORMATS["json"](report, Display(), console())


def test_a_finding_that_cannot_be_shown_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    report = large(3, 3)
    keys = (replace(fails().keys[0], found=object()),)  # type: ignore[arg-type]
    monstrous = replace(report.findings[4], keys=keys)
    report = replace(report, findings=(*report.findings[:4], monstrous, *report.findings[5:]))
    document = json.loads("".join(STREAMED["json"](report)))
    assert len(document["findings"]) == 9
    assert document["findings"][4]["outcome"] == "unknown"
    assert "cannot be shown" in document["findings"][4]["reason"]
    assert [one for number, one in enumerate(document["findings"]) if number != 4] == [
        one.to_dict() for number, one in enumerate(report.findings) if number != 4
    ]
    assert "a fault of this program" in caplog.text


def most_held(work: Callable[[], Any]) -> int:
    """The most memory in bytes that a piece of work holds of Python's at once.

    Garbage is looked for as often as Python does by itself: a command that another test ran here looks less often.
    """
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*before)


def test_a_report_of_four_times_the_hosts_needs_no_more_memory_to_be_written(tmp_path: Path) -> None:
    def took(report: Report) -> int:
        return most_held(lambda: send(report, Display(), [Output("json", tmp_path / "report.json")]))

    took(large(2, 2))
    few, more = took(large(100, 20)), took(large(400, 20))
    written = (tmp_path / "report.json").stat().st_size
    assert written > 2_000_000
    assert more < few + written / 5


def test_to_standard_output_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    report = large(50, 20)
    send(report, Display(), [Output("json", None)])
    assert json.loads(capsys.readouterr().out) == report.to_dict()
    assert sys.stdout is not None
