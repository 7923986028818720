"""What a dossier has for tools of assessors is read by them: OSCAL by compliance-trestle, HDF by Heimdall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from baseline.dossier.verify_dossier import Opened
from tests.readers.test_assessors import read, read_by_heimdall

pytestmark = pytest.mark.checkout


def test_oscal_of_a_dossier_is_read_by_trestle(whole: bytes, tmp_path: Path) -> None:
    pairs = [("results", tmp_path / "oscal-results.json"), ("poam", tmp_path / "oscal-poam.json")]
    for _, file in pairs:
        file.write_bytes(Opened(whole).read(f"reports/made-up/{file.name}"))
    assert read(*pairs) == ["", ""]


def test_hdf_of_a_dossier_is_read_by_heimdall(whole: bytes, tmp_path: Path) -> None:
    file = tmp_path / "hdf.json"
    file.write_bytes(Opened(whole).read("reports/made-up/hdf.json"))
    (controls,) = read_by_heimdall(str(file))
    findings = json.loads(Opened(whole).read("reports/made-up/report.json"))["findings"]
    assert sum(len(one["results"]) for one in controls) == len(findings)
    failed = {one["control"] for one in findings if one["outcome"] == "fail" and one["waived"] is None}
    assert {one["id"] for one in controls if one["status"] == "Failed"} == failed
