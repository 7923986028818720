"""Kind `temp_space` beyond its cases: what only root can ask."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from baseline.shell import script
from tests.cases.case import Case
from tests.cases.changed import answering, outcome, recorded


def _without_root(case: Case, old: str = "", new: str = "") -> Case:
    """The case as a host answers it whose login is not root's; `old` becomes `new` in all that it says."""
    asked = {
        question: answer.stdout.decode().replace("\nwritable\n", "\nnot asked\n").replace(old, new)
        for question, answer in case.answers.items()
        if answer.stdout.endswith(b"\nwritable\n")
    }
    assert asked
    return answering(case, asked)


def test_whether_others_may_write_is_not_known_without_root() -> None:
    found = outcome(_without_root(recorded("temp_space/pass-applied")))
    assert found[0] == "unknown"
    assert "ansible_become" in found[1]


def test_too_little_room_fails_without_root_as_well() -> None:
    case = recorded("temp_space/pass-applied")
    size = next(a.stdout.decode().split("\n")[1].split()[2] for a in case.answers.values() if b"\nwritable" in a.stdout)
    assert outcome(_without_root(case, f" {size} ", " 1000000 "))[0] == "fail"


@pytest.mark.parametrize("there", [True, False])
def test_a_df_that_fails_is_no_directory_that_is_missing(tmp_path: Path, *, there: bool) -> None:
    for name, text in {"df": "exit 1", "id": "echo 0"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    place = tmp_path if there else tmp_path / "missing"
    done = subprocess.run(
        ["sh", "-c", script("baseline.readings", "temp", d=str(place), u="")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1 if there else 0, f"{place}\n")
