"""The files that pages show load, and what pages show of commands that reach no host is what these print."""

from __future__ import annotations

import configparser
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline.errors import InputError
from baseline.lab import register
from baseline.load import load_baseline, load_inventory, load_quota_report, load_register, load_roster
from baseline.load.alerts import load_alerts
from baseline.load.probes import load_probes
from baseline.load.tree import Problems
from baseline.load.waiver_entries import read_waivers
from tests.docs.pages import ROOT, Fence, fences, inline_code, needs_no_host, written
from tests.docs.playing import Reader, Translate, matches

pytestmark = pytest.mark.slow


PAGES = written()
WITH_FILES = [page for page, text in PAGES.items() if any(fence.file for fence in fences(page, text))]


def loads(path: Path) -> None:
    """Load a file of a page as what its name says it is."""
    if path.suffix in (".service", ".timer"):
        unit(path)
    elif path.name.startswith("inventory"):
        load_inventory(path)
    elif path.name.startswith("roster"):
        load_roster(path)
    elif path.name.startswith("register"):
        load_register(path)
    elif path.name.startswith("probes"):
        load_probes(path)
    elif path.name.startswith("waivers"):
        problems = Problems()
        read_waivers(path, problems)
        problems.raise_any()
    elif path.parent.name == "reports":
        load_quota_report(path)
    elif path.name.startswith("alerts"):
        load_alerts(path)
    elif path.suffix in (".yml", ".yaml"):
        load_baseline(path)


def lab_of(folder: Path) -> Translate:
    """What a lab that is up would have for readers: its register. Gives the page's text with that one in it."""
    folder.mkdir()
    (folder / "register.txt").write_bytes(register.DOCUMENT)
    (folder / "register.yml").write_text(register.register_text(datetime.now(UTC)))
    return lambda text: text.replace("/run/baseline-lab/lab/", f"{folder}/")


def unit(path: Path) -> None:
    """A systemd unit has the sections of its kind, and no key twice."""
    parser = configparser.ConfigParser(strict=True, interpolation=None, delimiters=("=",))
    parser.read_string(path.read_text())
    assert {"Unit", path.suffix.removeprefix(".").capitalize()} <= set(parser.sections())


@pytest.mark.parametrize("page", WITH_FILES)
def test_the_files_of_a_page_load_and_its_offline_commands_print_what_it_says(page: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path / "site", lab_of(tmp_path / "lab"))
    last: dict[Path, Fence] = {}
    for fence in fences(page, PAGES[page]):
        if fence.file:
            last[reader.write(fence)] = fence
        elif needs_no_host(fence):
            reader.type(list(fence.commands()))
    # A file that the page first shows with a mistake is shown without it later on.
    for path, fence in last.items():
        if fence.info.endswith(" broken"):
            with pytest.raises(InputError):
                loads(path)
        else:
            loads(path)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in WITH_FILES])
def test_the_offline_commands_of_other_pages_print_what_they_say(page: str) -> None:
    reader = Reader(ROOT)
    for fence in fences(page, PAGES[page]):
        if needs_no_host(fence):
            reader.type(list(fence.commands()))


def test_json_that_pages_show_is_json() -> None:
    for page, text in PAGES.items():
        for fence in fences(page, text):
            if fence.language == "json" and "…" not in fence.text:
                json.loads(fence.text)


def test_what_is_left_out_is_marked_and_nothing_else_may_differ() -> None:
    assert matches("one\n…\nlast … line\n", "one\ntwo\nthree\nlast short line\n")
    assert matches("", "")
    assert not matches("", "something\n")
    assert not matches("one\nlast\n", "one\ntwo\nlast\n")
    assert not matches("one\n…\nlast\n", "one\ntwo\nlast\nmore\n")
    assert not matches("a.b\n", "axb\n")


def test_the_inventory_in_yaml_and_in_ini_is_the_same_and_every_pattern_of_the_page_selects(tmp_path: Path) -> None:
    page = "docs/writing-files.md"
    reader = Reader(tmp_path)
    for fence in fences(page, PAGES[page]):
        if fence.file:
            reader.write(fence)
    inventory = load_inventory(tmp_path / "inventory.yml")
    one, other = ([*load_inventory(tmp_path / f"inventory.{form}").targets] for form in ("yml", "ini"))
    # Lists of words are texts in INI, and the same once read.
    assert [replace(target, vars={}) for target in one] == [replace(target, vars={}) for target in other]
    section = PAGES[page].partition("### Choosing hosts")[2].partition("\n##")[0]
    (tmp_path / "file").write_text("relays\n")
    patterns = [code.text for code in inline_code(page, section) if code.text != "-l"]
    assert len(patterns) == 9
    for pattern in patterns:
        assert inventory.select(pattern.replace("@file", f"@{tmp_path / 'file'}"))
