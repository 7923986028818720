"""Dossiers in a roll-up: whole ones are read, and any other is refused by name, whatever it claims to be."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline.model import Outcome
from baseline.model.agencies import Refused
from baseline.reports.json import render
from baseline.rollup import AgencyDocument, Desk
from baseline.rollup.documents import document
from baseline.signing import AllowedSigners, Signer
from tests.adversary.case import adversary
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


@adversary("network", "any byte of a signed dossier is another on its way to the roll-up")
def test_any_changed_byte_is_found(nation: Nation) -> None:
    """The dossier is refused by its name, wherever the byte stands.

    Before: nothing read dossiers, and reports were joined without a signature.
    """
    file = nation.hand_in_dossier("mof.example", filed(report()))
    content = file.read_bytes()
    chance = random.Random(14)
    for at in [*range(0, 60), *range(len(content) - 200, len(content)), *chance.sample(range(len(content)), 150)]:
        changed = bytearray(content)
        changed[at] ^= 1 << chance.randrange(8)
        file.write_bytes(changed)
        assert why(nation, file), at


@adversary("network", "a signed dossier is cut off, or something is put behind, before or between")
def test_no_half_dossier_and_nothing_besides_is_taken(nation: Nation) -> None:
    """It is refused by its name.

    Before: nothing read dossiers.
    """
    file = nation.hand_in_dossier("mof.example", filed(report()))
    content = file.read_bytes()
    for share in (0.01, 0.3, 0.7, 0.99):
        file.write_bytes(content[: int(len(content) * share)])
        assert "half, or was altered" in why(nation, file) or "no dossier" in why(nation, file)
    for other in (content[:-1], content + b"x", content + content):
        file.write_bytes(other)
        assert why(nation, file) == (
            "is half, or was altered: its directory is not the one of its files, or something is behind it"
        )


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


@adversary("another agency", "an agency signs a dossier that says it is of another one")
def test_a_dossier_is_of_who_signed_it(nation: Nation) -> None:
    """It stands for the agency whose key signed it, whatever its manifest says.

    Before: nothing read dossiers.
    """
    told = taken(nation, nation.hand_in_dossier("moh.example", filed(report()), calls_itself="mof.example"))
    assert isinstance(told, AgencyDocument)
    assert told.agency == "moh.example"


@adversary("network", "a dossier is signed by a key that no agency has, or for another use")
def test_a_dossier_of_a_stranger_is_refused(nation: Nation) -> None:
    """It is refused by its name, and stands for nobody.

    Before: nothing read dossiers.
    """
    stranger = Nation(nation.folder, {"mof.example": Signer.made()})
    file = stranger.hand_in_dossier("mof.example", filed(report()))
    told = taken(nation, file)
    assert isinstance(told, Refused)
    assert (told.agency, "does not allow the key that signed" in told.why) == ("", True)
    report_of = nation.sign("mof.example", nation.folder / "inbox" / "a.json", render(report()).encode(), "file")
    assert "the signature is for 'file', and not for 'baseline-report'" in why(nation, report_of)


def _bomb(name: str) -> Callable[[Nation], Path]:
    def made(nation: Nation) -> Path:
        return nation.hand_in_dossier("mof.example", {**filed(report()), name: b"\0" * (64 * MIB)})

    return made


HOSTILE: dict[str, tuple[Callable[[Nation], Path], str]] = {
    "a report of 64 MiB of nothing": (_bomb("reports/mampu-2007/report.json"), "is no whole JSON"),
    "a report that is one text of 64 MiB": (
        lambda nation: nation.hand_in_dossier(
            "mof.example",
            {**filed(report()), "reports/x/report.json": b'{"hosts": ["' + b"x" * (64 * MIB) + b'"]}'},
        ),
        "a value is too long",
    ),
    "a report of empty lists": (
        lambda nation: nation.hand_in_dossier(
            "mof.example",
            {**filed(report()), "reports/x/report.json": b'{"x": [' + b"[]," * (4 * MIB) + b"[]]}"},
        ),
        "it has more than 1000000 values",
    ),
    "a report of nested lists": (
        lambda nation: nation.hand_in_dossier(
            "mof.example", {**filed(report()), "reports/x/report.json": b'{"hosts": ' + b"[" * (8 * MIB)}
        ),
        "nested too deeply",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
@adversary("another agency", "a signed dossier holds what takes a thousand times its size once it is unpacked")
def test_a_bomb_is_refused_and_costs_little(nation: Nation, name: str) -> None:
    """It is refused by its name, and a bounded memory is held for it, whatever it unpacks to.

    Before: nothing read dossiers; reports were parsed as a whole.
    """
    make, words = HOSTILE[name]
    file = make(nation)
    tracemalloc.start()
    try:
        assert words in why(nation, file)
        assert tracemalloc.get_traced_memory()[1] < 48 * MIB
    finally:
        tracemalloc.stop()


def test_an_old_dossier_is_stale_by_the_look_and_not_by_its_own_date(nation: Nation) -> None:
    told = taken(nation, nation.hand_in_dossier("mof.example", filed(report(at=datetime.now(UTC) - 90 * DAY))))
    assert isinstance(told, AgencyDocument)
    assert datetime.now(UTC) - told.reported.looked > 89 * DAY
