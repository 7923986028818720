"""`report`: a run that was kept, in every format, and with what its findings were before."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from baseline.cli import app
from baseline.history import History
from baseline.model import Outcome, Report
from baseline.reports import BINARY, FORMATS
from tests.history.conftest import empty
from tests.history.reports import finding, report

RUN = CliRunner()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The file of a history of three runs, by a shipped baseline: all was well in the first one only."""
    history = empty(tmp_path)
    for number, outcome in enumerate((Outcome.PASS, Outcome.FAIL, Outcome.FAIL), 1):
        assert history.begin("check").keep(_as_shipped(report(number, finding(outcome=outcome)))) == ""
    assert history.place.file is not None
    return history.place.file


def _as_shipped(made: Report) -> Report:
    return replace(made, run=replace(made.run, baseline_name="mampu-2007"))


def ran(*words: str, code: int = 0) -> str:
    """What the command prints."""
    result = RUN.invoke(app, ["report", *words])
    assert result.exit_code == code, result.output
    return result.stdout


def test_a_run_of_the_history_is_printed_in_every_format(kept: Path, tmp_path: Path) -> None:
    for form in (*FORMATS, *BINARY):
        file = tmp_path / f"report.{form}"
        ran("--history", str(kept), "--run", "2", "--format", form, "-o", str(file))
        assert file.stat().st_size > 40, form
    assert History(kept).report("2")[1].run.id in (tmp_path / "report.json").read_text()
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "report.xlsx").read_bytes()))
    assert book["Findings"].max_row == 2


def test_the_page_tells_clauses_and_what_findings_were_before(kept: Path, tmp_path: Path) -> None:
    ran("--history", str(kept), "--format", "html", "-o", str(tmp_path / "last.html"))
    text = (tmp_path / "last.html").read_text()
    assert "so since 2026-01-02 07:02 UTC; before: pass" in text
    assert "configured to industry standards" in text
    assert '<rect class="p"' in text
    ran("--history", str(kept), "--run", "1", "--format", "html", "-o", str(tmp_path / "first.html"))
    assert "so since" not in (tmp_path / "first.html").read_text()


def test_the_page_is_in_malay_where_that_is_wanted(kept: Path, tmp_path: Path) -> None:
    ran("--history", str(kept), "--format", "html", "-o", str(tmp_path / "last.html"), "--lang", "ms")
    text = (tmp_path / "last.html").read_text()
    assert '<html lang="ms">' in text
    assert "dikonfigurasi mengikut piawaian industri" in text.replace("\n", " ")
    assert "Apa yang perlu dibuat dahulu" in text


def test_latest_is_the_last_run(kept: Path) -> None:
    assert ran("--history", str(kept), "--run", "latest") == ran("--history", str(kept))


def test_nagios_gets_an_exit_code_that_it_understands(kept: Path) -> None:
    assert ran("--history", str(kept), "--format", "nagios", code=2).startswith("BASELINE CRITICAL - Does not conform")
    assert ran("--history", str(kept), "--run", "1", "--format", "nagios").startswith("BASELINE OK - Conforms")


def test_a_workbook_is_not_written_to_a_terminal(kept: Path) -> None:
    result = RUN.invoke(app, ["report", "--history", str(kept), "--format", "xlsx"])
    assert result.exit_code == 2
    assert "xlsx is no text: give -o FILE for it" in result.output


def test_a_run_that_is_none_matches_nothing(kept: Path) -> None:
    ran("--history", str(kept), "--run", "77", code=5)
