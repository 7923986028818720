"""The reference explains every field of every kind, and every example in it is one that a baseline may have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from baseline.cli.described import BASE_FIELDS
from baseline.errors import InputError
from baseline.kinds import kinds
from baseline.load import load_baseline, shipped

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "kinds.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \| (?<!\\)`+ ?(.+?) ?`+ \|$", re.M)

GENERAL: Mapping[str, Mapping[str, Any]] = {
    "dovecot_setting": {"name": "x", "value": "1"},
    "file": {"path": "/etc/x", "content": "x"},
    "package": {"name": "x"},
    "postfix_setting": {"name": "x", "value": "26214400"},
    "rspamd_setting": {"name": "x.y", "value": 15},
    "service": {"unit": "x"},
}
"""The fields that a control of a general kind has at least."""

INSTEAD: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("dovecot_setting", "at_least"): {"value": "200MB"},
    ("dovecot_setting", "at_most"): {"value": "200MB"},
    ("file", "absent"): {"content": None},
    ("file", "template"): {"content": None},
    ("file", "values"): {"content": None, "template": "./motd.j2"},
    ("package", "names"): {"name": None},
}
"""What has to be otherwise for a field to be given."""


def sections() -> Iterator[tuple[str, str]]:
    """The names of kinds, and what the page says of each."""
    for name in kinds():
        yield name, PAGE.partition(f"\n## `{name}`\n")[2].partition("\n## ")[0]


def fields() -> Iterator[tuple[str, str, str, str]]:
    """Kind, field, meaning and example, as the page has them."""
    for name, section in sections():
        for field, _, _, meaning, example in ROW.findall(section):
            yield name, field, meaning, example.replace("\\|", "|")


@cache
def written() -> Mapping[str, Mapping[str, Any]]:
    """Kind -> the fields of one control that ships."""
    drafts = [draft for name in shipped() for draft in load_baseline(name).drafts]
    return {draft.kind.model_fields["kind"].annotation.__args__[0]: draft.written() for draft in drafts}  # type: ignore[union-attr]


def test_every_field_of_every_kind_has_a_row_with_a_meaning_and_an_example() -> None:
    explained = {(kind, field) for kind, field, meaning, example in fields() if meaning.strip() and example}
    wanted = {
        (name, field) for name, kind in kinds().items() for field in kind.model_fields if field not in BASE_FIELDS
    }
    assert explained == wanted
    assert len(wanted) > 200


def test_every_field_that_all_controls_have_is_explained_by_a_control_that_loads(tmp_path: Path) -> None:
    rows = ROW.findall(PAGE.partition("\n## Every control\n")[2].partition("\n## ")[0])
    assert [field for field, *_ in rows] == list(BASE_FIELDS)
    lines = "\n".join(f"    {row[-1]}" for row in rows)
    file = tmp_path / "ours.yml"
    file.write_text(f"baseline: ours\nversion: 1.0.0\ntitle: x\ncontrols:\n  - unit: postfix\n{lines}\n")
    assert load_baseline(file).control_ids == ("OUR-S-01",)


@pytest.mark.parametrize(("kind", "field", "example"), [(kind, field, text) for kind, field, _, text in fields()])
def test_every_example_is_one_that_a_baseline_may_have(tmp_path: Path, kind: str, field: str, example: str) -> None:
    head = {"id": "OUR-S-01", "title": "x", "clause": "", "obligation": "mandatory", "severity": "low", "why": "x"}
    own = {name: value for name, value in written().get(kind, GENERAL.get(kind, {})).items() if name not in BASE_FIELDS}
    given = {**head, "kind": kind, **own, **INSTEAD.get((kind, field), {}), **yaml.safe_load(example)}
    control = {name: value for name, value in given.items() if value is not None or name not in own}
    document = {"baseline": "ours", "version": "1.0.0", "title": "x", "controls": [control]}
    (tmp_path / "motd.j2").write_text("x\n")
    (tmp_path / "ours.yml").write_text(yaml.safe_dump(document))
    assert list(yaml.safe_load(example)) == [field]
    try:
        assert load_baseline(tmp_path / "ours.yml").control_ids == ("OUR-S-01",)
    except InputError as error:
        pytest.fail(f"{example}: {error}")
