"""In a report's file stands the report of the last run, or that there is none."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from junitparser import JUnitXml

from baseline import fleet, reports
from baseline.cli import output
from baseline.model import Report
from tests.adversary.case import adversary
from tests.cli.conftest import Site

_YESTERDAY = "what is said keeps the report from being written"
OLD = {"schema": "baseline.report/2", "exit_code": 0, "run": {"id": "yesterday"}}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A report of yesterday, which only its group may read besides its owner."""
    place = tmp_path / "report.json"
    place.write_text(json.dumps(OLD))
    place.chmod(0o640)
    yield place
    assert place.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".report")] == []


def _no_report(file: Path) -> bool:
    return bool(json.loads(file.read_text())["schema"] == "baseline.no-report/1")


@adversary(_YESTERDAY, "whatever ends a run before its report: a fault, an interrupt, a kill")
@pytest.mark.parametrize("ending", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_run_that_fails_leaves_no_report_of_yesterday(
    site: Site, file: Path, monkeypatch: pytest.MonkeyPatch, ending: type[BaseException]
) -> None:
    """From its beginning on, the file says that there is no report, and for which run.

    Before: yesterday's report stood there, with exit code 0 in it.
    """
    seen = []

    def ends(*_: object, **__: object) -> NoReturn:
        seen.append(_no_report(file))
        raise ending

    monkeypatch.setattr(fleet, "check_all", ends)
    with contextlib.suppress(RuntimeError, SystemExit):
        site.run("check", "-o", str(file))
    assert seen == [True]
    assert _no_report(file)


@adversary(_YESTERDAY, "something in a report that its format cannot write")
def test_a_report_that_cannot_be_rendered_leaves_none_of_yesterday(
    site: Site, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file says that there is no report.

    Before: yesterday's report stood there, since the new one was made before the file was written.
    """

    def stumbles(*_: object) -> NoReturn:
        raise ValueError("out of range")

    def stumbles_later(*_: object) -> Iterator[str]:
        yield "{"
        stumbles()

    for streamed in ({}, {"json": stumbles}, {"json": stumbles_later}):
        monkeypatch.setattr(reports, "FORMATS", {"json": stumbles})
        monkeypatch.setattr(reports, "STREAMED", streamed)
        with pytest.raises(ValueError, match="out of range"):
            site.run("check", "-o", str(file))
        assert _no_report(file)
        assert [one.name for one in file.parent.iterdir() if one.name.startswith(".")] == []


@adversary(_YESTERDAY, "a disk that is full when the report is written")
def test_a_report_that_cannot_be_written_whole_is_not_there_in_part(
    site: Site, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file says that there is no report, and the command that it cannot be written.

    Before: half a report.
    """
    put, written = output.put, list[str]()

    def full(place: Path, text: str) -> None:
        if written:
            monkeypatch.setattr(os, "fchmod", _no_space)
        written.append(text)
        put(place, text)

    monkeypatch.setattr(output, "put", full)
    done = site.run("check", "-o", str(file))
    assert done.exit_code == 2
    assert "No space left" in done.stderr
    assert _no_report(file)


def _no_space(*_: object) -> NoReturn:
    raise OSError(28, os.strerror(28))


def test_the_report_replaces_what_says_that_there_is_none(site: Site, file: Path) -> None:
    assert site.run("check", "-o", str(file)).exit_code == 0
    assert Report.from_dict(json.loads(file.read_text())).exit_code == 0


def test_every_format_can_say_that_there_is_no_report(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(fleet, "check_all", ends)
    text, junit = tmp_path / "a.txt", tmp_path / "a.xml"
    site.run("check", "--format", "text", "-o", str(text), "--format", "junit", "-o", str(junit))
    assert text.read_text().startswith("There is no report: the run that began at ")
    assert JUnitXml.fromfile(str(junit)).errors == 1


def test_what_is_no_file_is_written_to_as_it_is(site: Site, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "real.json")
    assert site.run("check", "-o", str(link)).exit_code == 0
    assert link.is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["exit_code"] == 0
    assert site.run("check", "--format", "text", "-o", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()
