"""Every broken file is refused by its schema, but for those with mistakes that no schema can know of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from baseline.kinds import kinds
from baseline.schemas import schema
from tests.docs.pages import fences, written
from tests.docs.playing import Reader
from tests.load.sample_kinds import KINDS
from tests.load.test_broken_files import BROKEN, FILES
from tests.schemas.documents import document, faults
from tests.schemas.test_examples import kind_of

_OTHER_FILES = "what it names is in another file, or is not there"
_TOGETHER = "it is about values that do not go together"
_EVERY_ONE = "one stands twice, or none does: it is about all of them together"

BEYOND: Mapping[str, str] = {
    "baseline/bounds-in-disorder.yml": _TOGETHER,
    "baseline/duplicate-control-id.yml": _EVERY_ONE,
    "baseline/extends-itself.yml": _OTHER_FILES,
    "baseline/extends-missing-file.yml": _OTHER_FILES,
    "baseline/extends-unknown-name.yml": "a name may be that of a baseline of a later release",
    "baseline/overlay-that-loosens-by-vars.yml": _OTHER_FILES,
    "baseline/overlay-that-loosens.yml": _OTHER_FILES,
    "baseline/overlay-without-bounds.yml": _OTHER_FILES,
    "baseline/template-faults.yml": "a template is a language of its own",
    "baseline/template-not-closed.yml": "a template is a language of its own",
    "inventory/group-in-itself.yml": _EVERY_ONE,
    "inventory/no-hosts.yml": _EVERY_ONE,
    "inventory/roster-with-mistakes.yml": _OTHER_FILES,
}
"""Broken files that a schema takes, each with the reason why."""

NEVER_FED = {"baseline/billion-laughs.yml", "baseline/alias-in-itself.yml"}
"""Aliases that multiply, or never end: editors have bounds of their own, and the validator has none."""

WRITTEN = [file for file in FILES if file.suffix in (".yml", ".yaml") and str(file) not in NEVER_FED]


def refused(name: str, path: Path, judged: jsonschema_rs.Draft202012Validator) -> bool:
    """Whether an editor marks the file: it is no YAML, or its schema does not take it."""
    try:
        return bool(faults(name, path, judged))
    except (yaml.YAMLError, UnicodeDecodeError):
        return True


def test_broken_files_are_refused_or_are_beyond_schemas_for_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    every = {**kinds(), **KINDS}
    monkeypatch.setattr("baseline.schemas.baselines.kinds", lambda: every)
    judges = {name: jsonschema_rs.Draft202012Validator(schema(name)) for name in {str(one.parent) for one in WRITTEN}}
    taken = {str(file) for file in WRITTEN if not refused(str(file.parent), BROKEN / file, judges[str(file.parent)])}
    assert taken == BEYOND.keys()
    assert faults("baseline", BROKEN / "baseline/sound/ours.yml", judges["baseline"]) == []


def test_broken_files_of_pages_are_refused_or_are_beyond_schemas(tmp_path: Path) -> None:
    taken = set()
    for page, text in written().items():
        for fence in fences(page, text):
            if fence.info.endswith(" broken") and fence.file.endswith((".yml", ".yaml")):
                path = Reader(tmp_path / page.replace("/", "-")).write(fence)
                if not faults(kind_of(fence.file, document(path)), path):
                    taken.add(f"{page} {fence.file}")
    assert taken == set()
