"""Dossiers in a roll-up: whole ones are read, and any other is refused by name, whatever it claims to be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline.model import Outcome
from baseline.model.agencies import Refused
from baseline.reports.json import render
from baseline.rollup import AgencyDocument, Desk
from baseline.rollup.documents import document
from baseline.signing import AllowedSigners
from tests.rollup.agencies import DAY, MANDATORY, Nation, filed, measure, report

MIB = 1 << 20


@pytest.fixture
def nation(tmp_path: Path) -> Nation:
    """Two agencies."""
    return Nation.of(tmp_path, "mof.example", "moh.example")


def taken(nation: Nation, file: Path) -> AgencyDocument | Refused:
    signers = AllowedSigners.of_file(nation.folder / "agencies")
    return document(file, Desk(signers, measure(), datetime.now(UTC)))


def why(nation: Nation, file: Path) -> str:
    told = taken(nation, file)
    assert isinstance(told, Refused), "it is refused"
    assert told.file == str(file)
    return told.why


def test_the_report_in_a_dossier_is_told_as_that_of_who_signed_it(nation: Nation) -> None:
    file = nation.hand_in_dossier("mof.example", filed(report(wrong={("mx1", MANDATORY): Outcome.FAIL})))
    told = taken(nation, file)
    assert isinstance(told, AgencyDocument)
    assert (told.agency, told.signed) == ("mof.example", True)
    assert told.reported.hosts == {"mx1", "mx2"}
    assert {one.code for one in told.reported.places if one.name == "mx1"} == {1}


def test_what_a_dossier_lacks_is_told(nation: Nation) -> None:
    told = taken(nation, nation.hand_in_dossier("mof.example", filed(report()), lacks=["runs 1 to 4 were pruned"]))
    assert isinstance(told, AgencyDocument)
    assert told.reported.notes == ("its dossier lacks: runs 1 to 4 were pruned",)


def test_of_several_reports_the_one_that_judges_most_is_told(nation: Nation) -> None:
    little = replace(report(), run=replace(report().run, baseline_name="ours", baseline_sha256="1" * 64))
    little = replace(little, findings=tuple(one for one in little.findings if one.control == MANDATORY))
    files = {**filed(report()), "reports/ours/report.json": render(little).encode()}
    told = taken(nation, nation.hand_in_dossier("mof.example", files))
    assert isinstance(told, AgencyDocument)
    assert len(told.reported.controls) == len(measure().controls)
    assert told.reported.notes == ("of 2 reports in its dossier that by mampu-2007 1.0.0 is told",)


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("clauses.json", "is half: it has no clauses.json"),
        ("history/runs.jsonl", "is half: it has no history/runs.jsonl"),
        ("reports/mampu-2007/report.json", "is half: it has no reports/…/report.json"),
    ],
)
def test_a_signed_dossier_without_what_every_one_has_is_half(nation: Nation, lacking: str, words: str) -> None:
    files = {name: content for name, content in filed(report()).items() if name != lacking}
    assert why(nation, nation.hand_in_dossier("mof.example", files)) == words


def test_half_a_report_in_a_whole_dossier_is_refused(nation: Nation) -> None:
    half = report()
    half = replace(half, findings=tuple(one for one in half.findings if (one.host, one.control) != ("mx1", MANDATORY)))
    files = {**filed(report()), "reports/mampu-2007/report.json": render(half).encode()}
    assert "report.json in it is half: it has no finding of" in why(
        nation, nation.hand_in_dossier("mof.example", files)
    )


def test_an_old_dossier_is_stale_by_the_look_and_not_by_its_own_date(nation: Nation) -> None:
    told = taken(nation, nation.hand_in_dossier("mof.example", filed(report(at=datetime.now(UTC) - 90 * DAY))))
    assert isinstance(told, AgencyDocument)
    assert datetime.now(UTC) - told.reported.looked > 89 * DAY


def test_a_dossier_that_goes_on_from_the_last_one_is_taken(nation: Nation) -> None:
    line = b'{"number": 3, "digest": "' + b"3" * 64 + b'"}\n'
    told_of: list[tuple[dict[str, int | str], tuple[str, ...]]] = [
        ({"first": 4, "last": 9, "previous": "3" * 64, "head": "9" * 64}, ()),
        ({"first": 1, "last": 9, "previous": "0" * 64, "head": "9" * 64}, ()),
        (
            {"first": 6, "last": 9, "previous": "5" * 64, "head": "9" * 64},
            ("runs 4 to 5 are in no dossier that was seen",),
        ),
    ]
    for runs, notes in told_of:
        file = nation.hand_in_dossier("mof.example", {**filed(report()), "history/runs.jsonl": line}, runs=runs)
        heads = {nation.keys["mof.example"].public_line: (3, "3" * 64)}
        signers = AllowedSigners.of_file(nation.folder / "agencies")
        told = document(file, Desk(signers, measure(), datetime.now(UTC), heads=heads))
        assert isinstance(told, AgencyDocument)
        assert told.reported.runs is not None
        assert (told.reported.runs.wrong, told.reported.notes) == ("", notes)
