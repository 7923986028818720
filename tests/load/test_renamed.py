"""A control that was renamed is found under the id that it had."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline.errors import InputError, NothingMatched
from baseline.load import Baseline, load_baseline
from tests.cli.conftest import RULES

RENAMED = RULES.replace("  - id: OUR-Q-01\n", "  - id: OUR-Q-07\n    formerly: [OUR-Q-01, OUR-OLD-1]\n")


@pytest.fixture
def rules(tmp_path: Path) -> Baseline:
    (tmp_path / "ours.yml").write_text(RENAMED)
    return load_baseline(tmp_path / "ours.yml")


def test_it_is_chosen_and_left_out_by_any_of_its_names(rules: Baseline) -> None:
    assert rules.renamed == {"OUR-Q-01": "OUR-Q-07", "OUR-OLD-1": "OUR-Q-07"}
    for name in ("OUR-Q-07", "OUR-Q-01", "OUR-OLD-1"):
        assert rules.only(controls=[name]).control_ids == ("OUR-Q-07",)
        for left in (rules.only(controls=[f"!{name}"]), rules.only(skip=[name])):
            assert left.control_ids == ("OUR-A-01", "OUR-D-01")
    with pytest.raises(NothingMatched):
        rules.only(controls=["OUR-OLD-2"])


def test_an_overlay_that_names_it_as_it_was_still_overrides_it(rules: Baseline, tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(
        "baseline: site\nversion: 1.0.0\nextends: ours.yml\noverrides:\n  OUR-Q-01: {severity: high}\n"
    )
    severity = {draft.id: draft.written()["severity"] for draft in load_baseline(tmp_path / "site.yml").drafts}
    assert severity["OUR-Q-07"] == "high"


@pytest.mark.parametrize(
    ("former", "words"),
    [
        ("[OUR-D-01]", "OUR-A-01 was formerly OUR-D-01, which is the id of a control still"),
        ("[OUR-A-01]", "OUR-A-01 was formerly OUR-A-01, which is the id of a control still"),
        ("[OUR-Q-01]", "OUR-A-01 was formerly OUR-Q-01, and so was OUR-Q-07: only one can be it"),
        ("[what it was]", "formerly"),
        ("OUR-X-01", "formerly"),
    ],
)
def test_a_former_id_that_names_nobody_for_certain_is_a_mistake(tmp_path: Path, former: str, words: str) -> None:
    file = tmp_path / "ours.yml"
    file.write_text(RENAMED.replace("  - id: OUR-A-01\n", f"  - id: OUR-A-01\n    formerly: {former}\n"))
    with pytest.raises(InputError) as error:
        load_baseline(file)
    assert words in str(error.value)
    assert f"{file}:" in str(error.value)
