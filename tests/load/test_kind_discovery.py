"""Kinds are found by their files alone, and two of one name are told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from baseline.kinds import kind_named, kinds, kinds_of
from baseline.kinds.base import Control
from baseline.kinds.postfix_setting import PostfixSetting
from tests.load import sample_kinds


def test_a_kind_is_found_by_its_file_alone() -> None:
    found = kinds()
    assert found["postfix_setting"] is PostfixSetting
    assert all(issubclass(kind, Control) for kind in found.values())
    assert list(found) == sorted(found)
    assert kinds() is found


def test_nothing_can_be_added_to_what_was_found() -> None:
    found: Any = kinds()
    with pytest.raises(TypeError):
        found["mine"] = PostfixSetting


def test_classes_that_a_module_imports_and_classes_without_a_name_are_no_kinds() -> None:
    assert dict(kinds_of(sample_kinds)) == sample_kinds.KINDS


def test_two_kinds_of_one_name_are_a_fault_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def twins(module: ModuleType) -> Any:
        yield "setting", type("Setting", (Control,), {"__module__": module.__name__})

    monkeypatch.setattr("baseline.kinds.kinds_of", twins)
    with pytest.raises(TypeError, match="kind `setting` is claimed by Setting and Setting"):
        kinds.__wrapped__()


def test_bounds_that_overlays_may_not_loosen_are_fields_of_their_kind() -> None:
    for name, kind in kinds().items():
        assert kind.loosens.keys() <= kind.model_fields.keys(), name
        assert set(kind.loosens.values()) <= {"lower", "higher", "change"}, name


def test_one_kind_is_found_without_the_others() -> None:
    assert {name: kind_named(name) for name in kinds()} == dict(kinds())
    assert {kind.__module__.rpartition(".")[2] for kind in kinds().values()} == {*kinds()}
    assert [kind_named(name) for name in ("base", "no_such_kind", "", "..base", "a.b", "domain")] == [None] * 6


def test_a_baseline_of_files_makes_no_other_kind(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "baseline: files\nversion: 1.0.0\ntitle: Files\ncontrols:\n- {id: F-01, kind: file, title: Who is asked,"
        " clause: '', obligation: recommended, severity: low, why: People ask., path: /etc/motd, content: postmaster}\n"
    )
    probe = (
        "import sys; from baseline.load import load_baseline; load_baseline(sys.argv[1]);"
        "print(*sorted(name for name in sys.modules if name.startswith('baseline.kinds.')))"
    )
    done = subprocess.run([sys.executable, "-c", probe, rules], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["baseline.kinds.base", "baseline.kinds.file"]
