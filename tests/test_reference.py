"""The reference pages are what the code and the catalogue make of them now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline import reference
from baseline.cli.described import BASE_FIELDS
from baseline.cli.ending import EXIT_CODES
from baseline.cli.fields import type_of
from baseline.kinds import kinds
from baseline.load import load_baseline, shipped

FOLDER = Path(__file__).parents[1] / "docs" / "reference"


def test_no_page_is_stale() -> None:
    assert reference.stale(FOLDER) == [], "run `python -m baseline.reference`"


def test_a_stale_page_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main([str(tmp_path)]) == 0
    assert reference.main(["--check", str(tmp_path)]) == 0
    page = tmp_path / "kinds.md"
    page.write_text(page.read_text() + "by hand\n")
    (tmp_path / "commands.md").unlink()
    assert reference.main(["--check", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "kinds.md is stale" in told
    assert "commands.md is stale" in told
    assert "controls.md" not in told


def test_pages_are_the_same_every_time() -> None:
    assert reference.pages() == reference.pages()


def test_every_kind_field_control_and_command_has_its_place() -> None:
    pages = reference.pages()
    for name, kind in kinds().items():
        section = pages["kinds.md"].partition(f"\n## `{name}`\n")[2].partition("\n## ")[0]
        assert section
        own = set(kind.model_fields) - set(BASE_FIELDS)
        assert all(f"\n| `{field}` |" in section for field in own)
    for name in shipped():
        assert all(f"\n### {control}\n" in pages["controls.md"] for control in load_baseline(name).control_ids)
    assert all(f"## `baseline {' '.join(path)}`" in pages["commands.md"] for path, _ in reference.commands())


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md", "docs/reference/commands.md"])
def test_exit_codes_mean_the_same_on_every_page(page: str) -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", (FOLDER.parents[1] / page).read_text(), re.M)
    assert {int(code): meaning for code, meaning in rows} == EXIT_CODES
    assert "If several apply, the first of 6, 130, 4, 1, 3 is returned." in (FOLDER.parents[1] / page).read_text()


def test_every_option_says_what_it_is_for() -> None:
    for path, command in reference.commands():
        for parameter in command.params:
            assert parameter.help or parameter.name == "help", f"{path} {parameter.name}"


@given(
    st.recursive(
        st.sampled_from(["string", "integer", "boolean"]).map(lambda t: {"type": t}),
        lambda inner: st.one_of(
            inner.map(lambda s: {"type": "array", "items": s}),
            st.lists(inner, min_size=1, max_size=3).map(lambda s: {"anyOf": s}),
        ),
    )
)
def test_every_schema_has_a_phrase(shape: dict[str, object]) -> None:
    phrase = type_of(shape, {})
    assert phrase
    assert "any value" not in phrase
