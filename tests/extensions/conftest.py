"""Distributions of others, as `pip install` would leave them, and this process as if it had just begun."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from baseline import extensions
from baseline.extensions.installed import installed

Distribution = Callable[..., Path]

KIND = """\
from typing import ClassVar, Literal

from baseline.judge import Equal, Wants
from baseline.kinds.base import Control
from baseline.model import State, Target
from baseline.readings.answers import ask, text


class Said(Control):
    summary: ClassVar[str] = "The host says a word."
    kind: Literal["{name}"]
    word: str = "yes"

    def expected(self, target: Target) -> Wants:
        return {{"word": Equal(self.word)}}

    def actual(self, host, target: Target) -> State:
        (answer,) = ask(host, "echo yes")
        return {{"word": text(answer).strip()}}
"""

RULES = """\
baseline: ours
version: 1.0.0
title: Ours
controls:
  - {{id: F-1, kind: file, title: A file, clause: '', obligation: mandatory, severity: low, why: To test.,
     path: /nowhere/at/all, absent: true}}
  - {{id: X-1, kind: {kind}, title: Theirs, clause: '', obligation: mandatory, severity: low, why: To test.}}
"""


def rules(folder: Path, kind: str) -> Path:
    """A baseline of one control of ours, and one of a kind."""
    file = folder / "ours.yml"
    file.write_text(RULES.format(kind=kind))
    return file


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """Nothing is in play before a test, nor after it."""

    def forget() -> None:
        extensions._in_play.cache_clear()
        installed.cache_clear()

    before = set(sys.modules)
    forget()
    yield
    forget()
    for name in set(sys.modules) - before:
        if name.startswith(("theirs", "others", "baseline_folder_")):
            del sys.modules[name]


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Distribution:
    """Makes a distribution of a name, its entry points by group, and its modules by name."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def made(name: str, points: Mapping[str, Mapping[str, str]], modules: Mapping[str, str]) -> Path:
        info = site / f"{name.replace('-', '_')}-2.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.1\n")
        groups = (
            f"[baseline.{group}]\n" + "".join(f"{left} = {right}\n" for left, right in some.items())
            for group, some in points.items()
        )
        (info / "entry_points.txt").write_text("\n".join(groups))
        for path, text in modules.items():
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(textwrap.dedent(text))
        return site

    return made
