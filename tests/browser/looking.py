"""Looks at pages, all of them by one start of the browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_SECONDS = 300


@dataclass(frozen=True)
class Look:
    """One look at a page: how large the window is in CSS pixels, light or dark, on a screen or on paper.

    `typed` goes into the field that the selector `into` names, key by key, and Enter after it, which leads to another
    page: that one is looked at. `ask` are expressions of JavaScript that are worked out on the page, by name. `shot`
    and `pdf` are files.
    """

    url: str
    width: int = 1280
    height: int = 900
    scheme: str = "light"
    media: str = "screen"
    script: bool = True
    axe: bool = False
    shot: str = ""
    whole: bool = False
    pdf: str = ""
    into: str = ""
    typed: str = ""
    ask: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What a look brought: requests that were made, complaints on the console, what axe-core found, and the text.

    `wide` is by how many pixels the page is wider than its window.
    """

    requests: list[str]
    complaints: list[str]
    violations: list[str]
    wide: int
    text: str
    links: list[str]
    answers: Mapping[str, object]


def look(looks: Sequence[Look]) -> list[Seen]:
    """Look at all pages. Skips the test where there is no browser, but not in continuous integration."""
    browser, node = shutil.which("chromium"), shutil.which("node")
    if browser is None or node is None or not (_HERE / "node_modules" / "playwright-core").is_dir():
        why = "Chromium, Node.js or the packages of tests/browser/package.json are missing: run .ci/prepare tests"
        if "CI" in os.environ:
            pytest.fail(why)
        pytest.skip(why)
    ran = subprocess.run(
        [node, str(_HERE / "look.mjs"), browser],
        input=json.dumps([asdict(one) for one in looks]),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    own = tuple(Seen.__dataclass_fields__)
    return [
        Seen(
            **{name: value for name, value in told.items() if name in own},
            answers={name: value for name, value in told.items() if name not in own},
        )
        for told in json.loads(ran.stdout)
    ]
