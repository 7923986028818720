"""Broken files, each named by its fault, and beside each the exact messages that it gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from baseline.errors import InputError
from baseline.load import load_baseline, load_inventory, load_register, load_roster
from baseline.load.probes import load_probes

BROKEN = Path(__file__).parent / "broken"
LOADERS: dict[str, Callable[[str], object]] = {
    "baseline": load_baseline,
    "inventory": load_inventory,
    "register": load_register,
    "probes": load_probes,
    "roster": load_roster,
}
FILES = sorted(
    path.relative_to(BROKEN)
    for folder in LOADERS
    for path in (BROKEN / folder).iterdir()
    if path.is_file() and path.suffix not in (".expected", ".txt")
)


@pytest.mark.usefixtures("sample_kinds")
@pytest.mark.parametrize("file", FILES, ids=str)
def test_says_exactly_what_is_wrong_and_where(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN / file.parent)
    expected = Path(f"{file.name}.expected").read_text()
    with pytest.raises(InputError) as caught:
        LOADERS[str(file.parent)](file.name)
    assert f"{caught.value}\n" == expected


def test_every_expectation_has_its_file() -> None:
    expectations = {path.relative_to(BROKEN) for path in BROKEN.rglob("*.expected")}
    assert expectations == {file.with_name(f"{file.name}.expected") for file in FILES}


def test_a_file_with_many_mistakes_tells_them_all() -> None:
    assert len((BROKEN / "baseline" / "many-mistakes.yml.expected").read_text().splitlines()) >= 9
