"""OSCAL, SARIF and HDF are read by compliance-trestle, by sarif-pydantic and by the reader of Heimdall."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from baseline.cli import app
from baseline.model import Outcome, Report
from baseline.reports import FORMATS, Display
from baseline.reports.sarif import Slip, render
from tests.browser.pages import agency
from tests.reports.cases import APPLIES, CHECKS, ROLLBACKS, fails, notapplicable, passes, unknown
from tests.reports.consoles import console
from tests.reports.hostile import WORDS, hostile

pytestmark = pytest.mark.checkout

REPORTS = {**CHECKS, **APPLIES, **ROLLBACKS, "harmful": hostile(), "agency": agency()}
_ROOT = Path(__file__).parents[2]
_PYTHON = _ROOT / ".venv" / "readers" / "bin" / "python"
_HDF = _ROOT / "tests" / "browser" / "hdf.mjs"


def printed(form: str, report: Report) -> str:
    """The report in a format."""
    return FORMATS[form](report, Display(), console())


def there(found: bool, what: str) -> None:
    """Skips the test where a reader is missing, but not in continuous integration."""
    if found:
        return
    why = f"{what} is missing: run .ci/prepare tests"
    if "CI" in os.environ:
        pytest.fail(why)
    pytest.skip(why)


def read(*pairs: tuple[str, Path]) -> list[str]:
    """Why documents are none of what they should be, by their readers."""
    there(_PYTHON.exists(), ".venv/readers")
    words = [word for what, file in pairs for word in (what, str(file))]
    code = str(Path(__file__).with_name("validate.py"))
    ran = subprocess.run([str(_PYTHON), code, *words], capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout))


def test_oscal_is_read_by_trestle(tmp_path: Path) -> None:
    """Every case, and that the reader does refuse what is wrong."""
    pairs = []
    for number, (name, report) in enumerate(REPORTS.items()):
        for what, form in (("results", "oscal"), ("poam", "oscal-poam")):
            file = tmp_path / f"{number}-{form}.json"
            file.write_text(printed(form, report))
            pairs.append((what, name, file))
    wrong = tmp_path / "wrong.json"
    wrong.write_text(printed("oscal", REPORTS["fails"]).replace('"not-satisfied"', '"perhaps"'))
    *said, refused = read(*((what, file) for what, _, file in pairs), ("results", wrong))
    assert {name: why for (_, name, _), why in zip(pairs, said, strict=True) if why} == {}
    assert refused != ""


def test_oscal_calls_nothing_satisfied_that_is_not_known() -> None:
    states = {
        one["target"]["target-id"]: one["target"]["status"]
        for one in json.loads(printed("oscal", agency()))["assessment-results"]["results"][0]["findings"]
    }
    assert states["mel-q-02"]["state"] == "not-satisfied"
    assert states["mel-q-01"] == {"state": "not-satisfied", "reason": "other", "remarks": "pass, unknown"}
    plain = json.loads(printed("oscal", CHECKS["conforms"]))["assessment-results"]["results"][0]["findings"]
    assert [one["target"]["status"]["state"] for one in plain] == ["satisfied"]


def test_the_plan_of_action_has_an_item_for_each_control_that_is_not_met() -> None:
    document = json.loads(printed("oscal-poam", CHECKS["waived"]))["plan-of-action-and-milestones"]
    assert [one["title"].split(":")[0] for one in document["poam-items"]] == ["MEL-Q-02"]
    assert [one["status"] for one in document["risks"]] == ["deviation-approved"]
    assert document["risks"][0]["props"] == [{"name": "waiver", "value": "until 2027-03-31: new store is ordered"}]
    nothing = json.loads(printed("oscal-poam", CHECKS["conforms"]))["plan-of-action-and-milestones"]
    assert [one["title"] for one in nothing["poam-items"]] == ["Nothing to do"]


def test_the_same_run_gives_the_same_documents() -> None:
    for form in ("oscal", "oscal-poam", "hdf"):
        assert printed(form, agency()) == printed(form, agency())


def heimdall(tmp_path: Path, *reports: Report) -> list[list[dict[str, Any]]]:
    """What Heimdall's reader makes of reports."""
    files = []
    for number, report in enumerate(reports):
        files.append(str(tmp_path / f"{number}.json"))
        Path(files[-1]).write_text(printed("hdf", report))
    return read_by_heimdall(*files)


def read_by_heimdall(*files: str) -> list[list[dict[str, Any]]]:
    """What Heimdall's reader makes of files."""
    node = shutil.which("node")
    there(node is not None and (_HDF.parent / "node_modules" / "inspecjs").is_dir(), "inspecjs")
    ran = subprocess.run([str(node), str(_HDF), *files], capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout))


def test_hdf_is_read_by_heimdall(tmp_path: Path) -> None:
    """What is unknown on one host is passed on no account, and what applies to none is not applicable."""
    mixed = Report(CHECKS["fails"].run, CHECKS["fails"].hosts, (replace(unknown("mx2"), control="MEL-Q-01"), passes()))
    several = Report(mixed.run, mixed.hosts, (passes(), fails(), unknown(), notapplicable()))
    *found, of_mixed, of_several = heimdall(tmp_path, *REPORTS.values(), mixed, several)
    for report, controls in zip(REPORTS.values(), found, strict=True):
        assert sum(len(one["results"]) for one in controls) == len(report.findings)
        failed = {one.control for one in report.findings if one.outcome is Outcome.FAIL}
        assert {one["id"] for one in controls if one["status"] == "Failed"} == failed
    assert [one["status"] for one in of_mixed] == ["Profile Error"]
    assert [one["status"] for one in of_several] == ["Passed", "Failed", "Not Reviewed", "Not Applicable"]


def test_sarif_is_read_by_another_program(tmp_path: Path) -> None:
    """Mistakes of a file stand at their lines; `lint` ends with the same exit code as without."""
    rules = tmp_path / "ours.yml"
    rules.write_text("baseline: ours\nversion: 1.0.0\ncontrols:\n  - id: OUR-A-01\n    kind: nothing_of_ours\n")
    file = tmp_path / "lint.sarif"
    result = CliRunner().invoke(app, ["lint", "-b", str(rules), "--format", "sarif", "-o", str(file)])
    assert result.exit_code == 2, result.output
    odd = tmp_path / "odd.sarif"
    odd.write_text(render([Slip(word, 1, 0, word, certain=False) for word in WORDS], "0"))
    assert read(("sarif", file), ("sarif", odd)) == ["", ""]
    (run,) = json.loads(file.read_text())["runs"]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert run["results"][0]["level"] == "error"
    assert {place["artifactLocation"]["uri"] for place in places} == {rules.as_uri()}
    assert all(place["region"]["startLine"] >= 1 for place in places)


def test_sarif_of_what_is_right_has_no_result() -> None:
    result = CliRunner().invoke(app, ["lint", "--format", "sarif"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["runs"][0]["results"] == []
