"""Every document of the project that loads is one that its schema takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from baseline.load.document import shipped_paths
from tests.docs.pages import ROOT, fences, written
from tests.docs.playing import Reader
from tests.schemas.documents import document, faults

SITE = ROOT / "inventories"


def kind_of(name: str, text: object) -> str:
    """The schema of a file, by its name, as the pages call their files; empty where it has none."""
    stem = name.rpartition("/")[2].partition(".")[0]
    for kind in ("inventory", "roster", "register", "waivers", "alerts", "probes"):
        if stem.startswith(kind) or stem == kind.removesuffix("s"):
            return kind
    if "group_vars/" in name or "host_vars/" in name:
        return "variables"
    return "baseline" if isinstance(text, dict) and "baseline" in text else ""


def shown() -> Iterator[tuple[str, str]]:
    """Page and name of each file of YAML that pages show without mistakes."""
    for page, text in written().items():
        for fence in fences(page, text):
            if fence.file.endswith((".yml", ".yaml")) and "broken" not in fence.info.split() and not fence.host:
                yield page, fence.file


SHOWN = sorted(set(shown()))


def test_every_shipped_baseline_is_taken() -> None:
    found = {name: faults("baseline", path) for name, path in shipped_paths().items()}
    assert found == {name: [] for name in found}
    assert len(found) >= 2


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("inventory", "example.yml"),
        ("variables", "group_vars/all.yml"),
        ("variables", "group_vars/stores.yml"),
        ("roster", "rosters/agensi.yml"),
        ("register", "evidence/register.yml"),
    ],
)
def test_the_example_site_is_taken(kind: str, file: str) -> None:
    assert faults(kind, SITE / file) == []


@pytest.mark.parametrize("file", sorted((ROOT / "tests/load/ansible").rglob("*.y*ml")), ids=lambda one: one.name)
def test_inventories_that_are_compared_with_those_of_ansible_are_taken(file: Path) -> None:
    kind = "variables" if "_vars" in str(file.relative_to(ROOT)) else "inventory"
    assert faults(kind, file) == []


def test_a_baseline_of_the_tests_is_taken() -> None:
    assert faults("baseline", ROOT / "tests/kinds/general.yml") == []


def test_every_file_that_pages_show_is_taken(tmp_path: Path) -> None:
    kinds: dict[str, int] = {}
    wrong: dict[str, list[str]] = {}
    for number, (page, text) in enumerate(written().items()):
        reader = Reader(tmp_path / str(number))
        for fence in fences(page, text):
            if (page, fence.file) not in SHOWN or "broken" in fence.info.split():
                continue
            path = reader.write(fence)
            kind = kind_of(fence.file, document(path))
            if not kind:
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            if found := faults(kind, path):
                wrong[f"{page}:{fence.line} {fence.file}"] = found
    assert wrong == {}
    assert {"inventory", "roster", "register", "waivers", "alerts", "probes", "baseline"} <= kinds.keys()
