"""The first hour, typed on hosts that were configured by hand; after each step mail flows as before."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from operator import le
from pathlib import Path

import pytest

from baseline import lab
from tests.docs.pages import fences
from tests.docs.playing import HostReader, Reader
from tests.journeys.by_hand import admin, bring_up
from tests.journeys.mail import Site
from tests.journeys.trees import Trees
from tests.labs import lab_name

pytestmark = pytest.mark.lab

NAME = lab_name("journeys")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The hosts, in a lab of their own."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("BASELINE_LAB_NAME", NAME)
    lab.down()
    try:
        yield bring_up()
    finally:
        lab.down()


def translated(text: str) -> str:
    """What the journey says of a lab without a name, said of ours."""
    ours = {"/run/baseline-lab/lab/": f"/run/baseline-lab/{NAME}/", "10.77.": admin().removesuffix("0.1")}
    return functools.reduce(lambda said, pair: said.replace(*pair), ours.items(), text)


def test_nobody_notices(site: Site, tmp_path: Path) -> None:
    page = Path(__file__).with_name("first-hour.md")
    admins = Reader(tmp_path, translated, {"BASELINE_LAB_NAME": NAME})
    hosts = {host.name: HostReader(host.inside, translated) for host in site.hosts}
    before, trees, serials = site.look(), Trees.of(site.hosts), site.serials()
    for fence in fences(page.name, page.read_text(encoding="utf-8")):
        if fence.file:
            admins.write(fence)
        elif fence.language == "console":
            (hosts[fence.host] if fence.host else admins).type(list(fence.commands()))
            assert site.look() == before, f"after {fence.page}:{fence.line}"
            earlier, serials = serials, site.serials()
            assert all(map(le, earlier, serials)), f"after {fence.page}:{fence.line}: {earlier}, then {serials}"
    assert Trees.of(site.hosts).since(trees) == []
