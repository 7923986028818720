"""The pages that need hosts, played from beginning to end on lab hosts of their own."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from baseline import lab
from tests.docs.pages import fences, written
from tests.docs.playing import Reader
from tests.labs import lab_name

pytestmark = pytest.mark.lab

NAME = lab_name("docs")
"""Pages speak of the lab without a name, which someone may have up; they are played on one of this name."""


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No lab of ours before, and none left after."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("BASELINE_LAB_NAME", NAME)
    lab.down()
    yield
    lab.down()


def translated(text: str) -> str:
    """A page's text with the names and addresses of our lab for those of the lab without a name.

    Pages show hosts of Debian 12, which `lab up` makes by itself on a machine of that release.
    """
    ours = {
        "lab up 1": "lab up 1 --release bookworm",
        "/run/baseline-lab/lab/": f"/run/baseline-lab/{NAME}/",
        "lab 'lab'": f"lab '{NAME}'",
        "10.77.": _network(),
    }
    return functools.reduce(lambda said, pair: said.replace(*pair), ours.items(), text)


def _network() -> str:
    from baseline.lab.place import here

    return here().network.removesuffix("0.0/16")


def in_malay(reader: Reader) -> None:
    """The page for heads of agencies shows the report on a host that somebody has just changed."""
    shown = [one for one in fences("docs/ms/index.md", written()["docs/ms/index.md"]) if one.language == "console"]
    assert len(shown) == 1
    reader.type(list(shown[0].commands()))


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
@pytest.mark.usefixtures("no_lab")
def test_it_goes_as_the_page_says(page: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path, translated, {"BASELINE_LAB_NAME": NAME})
    played = 0
    for fence in fences(page, written()[page]):
        if fence.file:
            reader.write(fence)
        elif fence.language == "console":
            commands = list(fence.commands())
            reader.type(commands)
            played += len(commands)
            if page == "docs/tutorial.md" and "queue_minfree=1000" in fence.text:
                in_malay(reader)
    assert played >= 5
