"""What lies in a dossier: all of it, the same bytes each time, as other tools read it too."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from baseline.dossier.making import dossier, gaps_within
from baseline.dossier.packing import zipped
from baseline.dossier.verify_dossier import LARGEST, Opened, examined
from baseline.errors import UserError
from baseline.model import Report
from baseline.reports import FORMATS
from tests.bench.year import START
from tests.dossier.agency import AGENCY, SITE, SOME_DAYS, MadeUpAgency, agency


def test_it_has_what_the_page_says(some_days: MadeUpAgency, whole: bytes) -> None:
    opened = Opened(whole)
    manifest = opened.manifest
    assert (manifest["agency"], manifest["sites"], manifest["domains"]) == (AGENCY, [SITE], [AGENCY])
    assert (manifest["since"], manifest["until"]) == ("2027-06-01T08:00:00+08:00", "2028-05-31T08:00:00+08:00")
    assert manifest["as_of"] == "2028-05-31T00:00:00Z"
    runs = some_days.history.runs()
    assert manifest["runs"] == {
        "first": 1,
        "last": len(SOME_DAYS),
        "count": len(SOME_DAYS),
        "previous": "00" * 32,
        "head": runs[0].digest,
    }
    assert manifest["hosts"] == [f"mx{number:04}.agensi.example" for number in range(3)]
    page = (Path(__file__).parents[2] / "docs" / "dossier.md").read_text()
    for name in ("README.txt", "verify_dossier.py", "clauses.json", "clauses.csv", "gaps.json", "measurements.jsonl"):
        assert opened.read(name)
        assert f"`{name}`" in page
    assert {key for key in manifest if f"`{key}`" not in page} == set()


def test_reports_are_those_of_the_last_look(some_days: MadeUpAgency, whole: bytes) -> None:
    opened = Opened(whole)
    _, last = some_days.history.report("last")
    assert Report.from_dict(json.loads(opened.read("reports/made-up/report.json"))) == last
    names = {name.removeprefix("reports/made-up/") for name in opened.places if name.startswith("reports/")}
    assert names == {
        "report.json",
        "report.html",
        "report.ms.html",
        "report.csv",
        "oscal-results.json",
        "oscal-poam.json",
        "hdf.json",
        "action-plan.csv",
    }
    assert b'lang="ms"' in opened.read("reports/made-up/report.ms.html")
    assert FORMATS.keys() >= {"oscal", "oscal-poam", "hdf"}


def test_clauses_are_those_of_the_reports_with_and_without_waivers(some_days: MadeUpAgency, whole: bytes) -> None:
    told = json.loads(Opened(whole).read("clauses.json"))
    assert len(told) == len(SOME_DAYS)
    for one in told:
        _, report = some_days.history.report(str(one["number"]))
        assert one["clauses"] == {each.clause: each.verdict for each in report.clauses}
        plainly = {each.clause: each.verdict for each in report.without_waivers.clauses}
        assert one["without_waivers"] == plainly


def test_answers_are_those_that_hosts_gave(some_days: MadeUpAgency, whole: bytes) -> None:
    opened = Opened(whole)
    contents = {
        address: content.encode()
        for name in opened.places
        if name.startswith("history/contents-")
        for address, content in opened.lines(name)
    }
    host = "mx0001.agensi.example"
    heard = some_days.history.heard("1", host).answers
    rows = [one for one in opened.lines("history/answers.jsonl") if one["host"] == host and one["first"] == 1]
    assert {contents[one["question"]].decode(): contents[one["answer"]] for one in rows} == heard


def test_records_say_what_they_are_worth_at_the_end(whole: bytes) -> None:
    opened = Opened(whole)
    told = {one["record"]["id"]: one for one in json.loads(opened.read("evidence/records.json"))}
    assert told["agreement-2027"]["standing"] == "expired on 2028-01-01"
    document = told["agreement-2027"]["document"]
    assert opened.read(document) == b"Premium maintenance, by day and night.\n"
    assert told["assessment-2027"]["document"] is None
    assert any("the document of record assessment-2027 is not at hand" in one for one in opened.manifest["lacks"])
    assert opened.read("evidence/register-1.yml") == b"# As the officers keep it.\n"
    assert "checklist-121" not in told
    assert "checklist-273" in told


def test_the_same_history_gives_the_same_bytes(some_days: MadeUpAgency, whole: bytes, tmp_path: Path) -> None:
    assert some_days.dossier() == whole
    later = some_days.order()
    again = dossier(
        some_days.order(present=later.present + timedelta(days=99)),
        some_days.history,
        some_days.material,
        some_days.signer,
    )
    assert again == whole


def test_what_came_later_is_not_in_it(some_days: MadeUpAgency, tmp_path: Path) -> None:
    days = [day for day in SOME_DAYS if day <= 42]
    shorter = agency(tmp_path, 3, days, some_days.signer)
    earlier, later = (one.dossier(0, 43) for one in (shorter, some_days))
    assert [*Opened(earlier).places] == [*Opened(later).places]
    for name in Opened(earlier).places:
        if not name.startswith(("evidence/", "manifest.json")):
            assert Opened(earlier).read(name) == Opened(later).read(name), name


def test_a_time_without_a_run_is_told(some_days: MadeUpAgency) -> None:
    opened = Opened(some_days.dossier(43, 100))
    assert opened.manifest["runs"] is None
    assert "no run was kept in this time" in opened.manifest["lacks"]
    assert examined(opened) == []


def test_gaps_of_the_time_are_in_it(some_days: MadeUpAgency) -> None:
    found = gaps_within(some_days.history, some_days.order(38, 60))
    assert [one.start[:10] for one in found] == ["2027-06-04", "2027-07-11", "2027-07-14"]
    assert json.loads(Opened(some_days.dossier(38, 60)).read("gaps.json")) == [one.to_dict() for one in found]
    assert START.isoformat().startswith("2027-06-01")


def test_other_tools_read_the_zip(whole: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        manifest: Any = json.loads(opened.read("manifest.json"))
        for told in manifest["files"]:
            assert hashlib.sha256(opened.read(told["name"])).hexdigest() == told["sha256"]
        assert [one.filename for one in opened.infolist()][2:] == [one["name"] for one in manifest["files"]]
        assert {(one.date_time, one.external_attr >> 16) for one in opened.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0o100644)
        }


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_ssh_keygen_verifies_the_manifest(some_days: MadeUpAgency, whole: bytes, tmp_path: Path) -> None:
    opened = Opened(whole)
    (tmp_path / "sig").write_bytes(opened.read("manifest.json.sig"))
    (tmp_path / "allowed").write_text(f"agency {some_days.signer.public_line}\n")
    words = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "agency", "-n", "baseline-dossier", "-s", "sig"]
    done = subprocess.run(words, input=opened.read("manifest.json"), cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done


def test_what_no_verifier_would_read_is_refused() -> None:
    class Huge(bytes):
        def __len__(self) -> int:
            return LARGEST + 1

    with pytest.raises(UserError, match="shorter time"):
        zipped({}, {"a": Huge()}, lambda raw: "")
    with pytest.raises(UserError, match="shorter time"):
        zipped({}, {str(number): b"" for number in range(1 << 16)}, lambda raw: "")
