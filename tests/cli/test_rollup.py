"""`merge` over the documents of many agencies: one view in a folder, and what proves nothing refused by name."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baseline import state_files
from baseline.cli import app
from baseline.model import Outcome, Report
from baseline.reports.json import render
from tests.cli.conftest import BAD, Site, postfix
from tests.rollup.agencies import DAY, MANDATORY, Nation, report

FAIL = {("mx1", MANDATORY): Outcome.FAIL}


def of_yesterday(**other: object) -> Report:
    return report(at=datetime.now(UTC) - DAY, **other)  # type: ignore[arg-type]


@pytest.fixture
def nation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nation:
    """Two agencies, and a state folder of their own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Nation.of(tmp_path, "mof.example", "moh.example")


def merged(nation: Nation, *options: str) -> Result:
    signers = ("--signers", str(nation.folder / "agencies"))
    out = ("-o", f"{nation.folder / 'national'}/")
    return CliRunner().invoke(app, ["merge", str(nation.folder / "inbox"), *signers, *out, *options])


def written(nation: Nation, name: str = "rollup.json") -> str:
    return (nation.folder / "national" / name).read_text()


def standings(nation: Nation) -> dict[str, str]:
    return {one["name"]: one["standing"] for one in json.loads(written(nation))["agencies"]}


def test_signed_reports_of_agencies_become_one_view(nation: Nation) -> None:
    nation.hand_in("mof.example", of_yesterday())
    nation.hand_in("moh.example", of_yesterday(wrong=FAIL))
    done = merged(nation)
    assert done.exit_code == 1, done.output
    assert "1 of 2 agencies do not conform" in done.stdout
    document = json.loads(written(nation))
    assert document["schema"] == "baseline.rollup/1"
    assert [(one["name"], one["exit_code"]) for one in document["agencies"]] == [("moh.example", 1), ("mof.example", 0)]
    rows = list(csv.DictReader(io.StringIO(written(nation, "agencies.csv").removeprefix("\ufeff"))))
    assert [(row["agency"], row["hosts"], row["conforming"]) for row in rows] == [
        ("moh.example", "2", "1"),
        ("mof.example", "2", "2"),
    ]
    told = list(csv.DictReader(io.StringIO(written(nation, "clauses.csv").removeprefix("\ufeff"))))
    assert {(row["agency"], row["because of"]) for row in told if row["verdict"] == "fail"} == {
        ("moh.example", MANDATORY)
    }
    assert "1 of 2 agencies do not conform" in written(nation, "index.html")
    assert 'lang="ms"' in written(nation, "index.ms.html")


def test_all_is_well_only_when_every_agency_is_told_well(nation: Nation) -> None:
    nation.hand_in("mof.example", of_yesterday())
    assert merged(nation).exit_code == 3
    assert standings(nation) == {"mof.example": "current", "moh.example": "missing"}
    nation.hand_in("moh.example", of_yesterday())
    done = merged(nation)
    assert (done.exit_code, "All 2 agencies conform." in done.stdout) == (0, True)


def test_what_ssh_keygen_signs_counts(nation: Nation) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is missing")
    key = nation.folder / "key"
    key.write_bytes(nation.keys["mof.example"].private_bytes())
    key.chmod(0o600)
    file = nation.folder / "inbox" / "mof.json"
    file.write_text(render(of_yesterday()))
    sign = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", "baseline-report", str(file)]
    subprocess.run(sign, check=True, capture_output=True)
    merged(nation)
    assert standings(nation)["mof.example"] == "current"


def test_an_older_document_is_refused_once_a_newer_one_was_seen(nation: Nation) -> None:
    now = datetime.now(UTC)
    nation.hand_in("mof.example", report(at=now - 2 * DAY, wrong=FAIL))
    merged(nation)
    assert oct((state_files.directory() / "agencies.json").stat().st_mode & 0o777) == "0o600"
    nation.hand_in("mof.example", report(at=now - 5 * DAY))
    done = merged(nation)
    assert standings(nation)["mof.example"] == "refused"
    assert "is old: it tells of mx1" in done.stdout


def test_a_state_that_cannot_be_read_is_never_taken_for_none(nation: Nation) -> None:
    nation.hand_in("mof.example", of_yesterday())
    state_files.write("agencies.json", b'{"schema": "baseline.agencies/1"')
    done = merged(nation)
    assert done.exit_code == 2
    assert "what was last seen of each agency, cannot be read" in " ".join(done.stderr.split())
    assert not (nation.folder / "national").exists()


def test_unsigned_reports_are_shown_when_asked_for_and_never_conform(nation: Nation) -> None:
    (nation.folder / "inbox" / "other.json").write_text(render(of_yesterday()))
    done = merged(nation)
    assert "other.json: is not signed: there is no other.json.sig beside it" in done.stdout
    assert "other" not in standings(nation)
    done = merged(nation, "--unsigned")
    assert standings(nation)["other"] == "unsigned"
    assert done.exit_code == 3


def test_gone_hosts_are_given_up_by_name_only(nation: Nation) -> None:
    now = datetime.now(UTC)
    nation.hand_in("mof.example", report(["mx1", "mx2"], at=now - 2 * DAY))
    merged(nation)
    nation.hand_in("mof.example", report(["mx1"], at=now - DAY))
    merged(nation)
    assert standings(nation)["mof.example"] == "incomplete"
    done = merged(nation, "--accept-gone", "mof.exmaple")
    assert (done.exit_code, "names no mof.exmaple" in done.stderr) == (5, True)
    merged(nation, "--accept-gone", "mof.example")
    merged(nation)
    assert standings(nation)["mof.example"] == "current"


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        ([], "give --signers FILE", 2),
        (["--signers", "nobody", "-o", "x/"], "nobody, the allowed signers, cannot be read", 2),
        (["--signers", "agencies", "--format", "json", "-o", "x"], "give one -o FOLDER/", 2),
        (["--signers", "agencies", "-o", "inbox"], "is no site of baseline, and nothing in it is replaced", 2),
        (["--signers", "agencies", "-o", "x", "--max-age", "soon"], "--max-age: soon is no length of time", 2),
    ],
)
def test_usage_is_told(
    nation: Nation, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str, code: int
) -> None:
    monkeypatch.chdir(nation.folder)
    nation.hand_in("mof.example", of_yesterday())
    given = options or ["-o", "x/"]
    done = CliRunner().invoke(app, ["merge", "inbox", *given])
    assert done.exit_code == code
    assert words in " ".join(done.stderr.split())


def test_a_folder_without_documents_is_an_error(nation: Nation) -> None:
    done = merged(nation)
    assert (done.exit_code, "has no document in it" in done.stderr) == (5, True)


def test_the_dossier_of_a_history_is_rolled_up(site: Site, tmp_path: Path) -> None:
    """What `dossier` writes, `merge` reads: two months of one agency, the second one worse."""
    name = site.bare("evidence", "key", "--as", "mof.example")
    (tmp_path / "agencies").write_text(name.stdout)
    place = tmp_path / "mof.zip"
    made = ("dossier", "--since", "2020-01-01", "--agency", "MOF", "-o", str(place))
    roll_up = ("merge", str(place), "--signers", str(tmp_path / "agencies"), "-b", str(site.folder / "rules.yml"))
    site.run("check")
    assert site.run(*made).exit_code == 0
    done = site.bare(*roll_up, "-o", str(tmp_path / "first"))
    assert (done.exit_code, "1 agency conforms." in done.stdout) == (0, True), done.output
    site.hosts["mx2"] = postfix(BAD)
    time.sleep(1.1)  # a report tells when it ended to the second, and of one second nothing is better or worse
    site.run("check")
    assert site.run(*made).exit_code == 0
    done = site.bare(*roll_up, "-o", str(tmp_path / "second"))
    assert done.exit_code == 1, done.output
    (agency,) = json.loads((tmp_path / "second" / "rollup.json").read_text())["agencies"]
    assert (agency["name"], agency["standing"], agency["hosts"], agency["failing"]) == ("mof.example", "current", 2, 1)
    assert {one["clause"]: one["turn"] for one in agency["clauses"]} == {"f": "same", "f.i": "worse"}
