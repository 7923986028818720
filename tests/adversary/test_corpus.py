"""What fuzzing has found is played by every run of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adversary import fuzz
from tests.adversary.parser import Parser
from tests.adversary.parsers import PARSERS
from tests.adversary.shapes import Shape

KEPT = [name for name in PARSERS if fuzz.folder(name).exists()]


@pytest.mark.parametrize("name", KEPT)
def test_kept_texts_are_read_or_refused_as_documented(name: str) -> None:
    for text in fuzz.kept(name):
        PARSERS[name](text)


def test_every_kept_text_is_for_a_parser() -> None:
    assert {path.name for path in fuzz.CORPUS.iterdir()} == {fuzz.folder(name).name for name in KEPT}


def test_what_is_wrong_is_found_and_kept_as_small_as_it_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(text: str) -> None:
        if "ab" in text:
            raise KeyError(text)

    monkeypatch.setattr(fuzz, "CORPUS", tmp_path)
    with pytest.raises(KeyError):
        fuzz.search("sample", Parser(read, (Shape("a", "b"),)), 30, tmp_path / "current")
    assert "ab" in fuzz.kept("sample")
