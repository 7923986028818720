"""The docstring of every package is an index of what is in it now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.code.index import ROOT, indexed, packages, stale


def test_no_index_is_stale() -> None:
    assert stale(ROOT) == [], "run `make docs`"


def test_there_are_packages_to_look_at() -> None:
    names = {str(one.relative_to(ROOT)) for one in packages(ROOT)}
    assert {"baseline", "baseline/kinds", "baseline/readings", "tests/kinds", "tests/faults/cases"} <= names


@pytest.fixture
def package(tmp_path: Path) -> Path:
    made = tmp_path / "baseline"
    made.mkdir()
    (made / "__init__.py").write_text('"""A package.\n\nMore of it.\n"""\n\nX = """text"""\n')
    (made / "relay.py").write_text('"""Kind `relay`: nobody relays."""\n')
    (made / "zone.py").write_text('"""Zones.\n\nAt length.\n"""\n')
    return made


def test_the_index_stands_below_what_people_wrote_and_above_the_code(package: Path) -> None:
    text = indexed(package)
    entries = "What is here:\n\n- `relay`: Nobody relays.\n- `zone`: Zones.\n"
    assert text == f'"""A package.\n\nMore of it.\n\n{entries}"""\n\nX = """text"""\n'
    assert stale(package.parent) == ["baseline"]
    (package / "__init__.py").write_text(text)
    assert stale(package.parent) == []
    (package / "relay.py").unlink()
    assert indexed(package) == text.replace("- `relay`: Nobody relays.\n", "")


@pytest.mark.parametrize("text", ["", "import os\n", '"""No sentence"""\n', '"""A sentence\non two lines."""\n'])
@pytest.mark.parametrize("name", ["relay.py", "__init__.py"])
def test_a_module_that_does_not_say_what_it_is_is_named(package: Path, name: str, text: str) -> None:
    (package / name).write_text(text)
    with pytest.raises(ValueError, match=f"{name}: .* says what it is"):
        indexed(package)
