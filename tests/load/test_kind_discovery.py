"""Kinds are found by their files alone, and two of one name are told."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from baseline.kinds import kinds, kinds_of
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
