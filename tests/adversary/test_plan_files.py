"""A plan file that was altered on its way from who reviewed it to who applies it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from baseline.errors import InputError
from baseline.planfile import load_plan_file
from tests.adversary.case import adversary
from tests.reports.cases import PLANS

Alter = Callable[[dict[str, Any]], object]


def _written(folder: Path, alter: Alter = lambda plan: None) -> Path:
    document = PLANS["plan"].to_dict()
    alter(document["plans"][0])
    path = folder / "plan.json"
    path.write_text(json.dumps(document))
    return path


def test_a_file_that_nobody_altered_is_read(tmp_path: Path) -> None:
    reviewed = load_plan_file(_written(tmp_path))
    assert reviewed.digests == {plan.host: plan.digest for plan in PLANS["plan"].plans if not plan.empty}


@adversary("plan files", "show the reviewer less than what is applied, and leave the digest as it is")
@pytest.mark.parametrize(
    "alter",
    [
        lambda plan: plan["files"].pop(),
        lambda plan: plan["actions"].clear(),
        lambda plan: plan["packages"].clear(),
        lambda plan: plan["reloads"].clear(),
        lambda plan: plan["files"][0].update(path="/etc/motd"),
        lambda plan: plan["files"][0].update(mode="0600"),
        lambda plan: plan["actions"][0].update(do="true"),
        lambda plan: plan.update(host="mx2"),
        lambda plan: plan.update(packages=[], files=[], actions=[], reloads=[]),
    ],
)
def test_a_file_that_shows_something_else_is_refused(tmp_path: Path, alter: Alter) -> None:
    """The digest is worked out anew from what is shown; where they differ nothing is applied, and no host reached.

    Before: only the digest in the file was held against the new plan, whatever else the file showed.
    """
    with pytest.raises(InputError, match="it was altered"):
        load_plan_file(_written(tmp_path, alter))


@pytest.mark.parametrize("version", ["version1"])
def test_plans_of_version_1_are_still_applied(version: str) -> None:
    path = Path(__file__).parents[1] / "reports" / version / "plan.3.json"
    assert load_plan_file(path).digests
