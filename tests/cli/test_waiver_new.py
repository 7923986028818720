"""`waiver new`: an entry to fill in, alone or behind those of a file, which stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.errors import BaselineError
from baseline.load import load_baseline
from baseline.load.appending import appended
from baseline.load.new_waiver import new_waiver
from baseline.load.text import decode
from baseline.load.tree import Problems
from tests.cli.conftest import Site

ENTRY = new_waiver(load_baseline("mampu-2007").only(controls=["MEL-Q-01"]).drafts[0], "mx1")


def made(site: Site, *words: str) -> tuple[int, str, str]:
    done = site.bare("waiver", "new", *words, "-b", str(site.folder / "rules.yml"))
    return done.exit_code, done.stdout, done.stderr


def test_it_names_control_and_hosts_and_leaves_the_rest_to_a_person(site: Site) -> None:
    code, text, _ = made(site, "our-q-01", "-l", "mx1:!mx2")
    assert code == 0
    assert yaml.safe_load(text) == [
        {"control": "OUR-Q-01", "hosts": "mx1:!mx2", "reason": None, "approver": None, "expires": None}
    ]
    assert "# Messages may be large" in text


def test_what_is_left_empty_is_an_error_of_lint_at_its_line(site: Site) -> None:
    file = site.folder / "waivers.yml"
    assert made(site, "OUR-Q-01", "-l", "mx1", "-o", str(file))[0] == 0
    wrong = site.run("lint", "-w", str(file))
    assert wrong.exit_code == 2
    lines = {name: f"waivers.yml:{number}:" for number, name in ((5, "reason"), (7, "approver"), (9, "expires"))}
    assert all(f"{place}" in wrong.stderr and f"`{name}`" in wrong.stderr for name, place in lines.items())
    filled = file.read_text().replace("reason:", "reason: x").replace("approver:", "approver: y")
    file.write_text(filled.replace("expires:\n", "expires: 2026-11-01+08:00\n"))
    assert site.run("lint", "-w", str(file)).exit_code == 0


def test_a_control_or_host_that_there_is_not_ends_with_five(site: Site) -> None:
    assert made(site, "OUR-Q-99", "-l", "mx1")[0] == 5
    inventory = str(site.folder / "inventory.yml")
    assert made(site, "OUR-Q-01", "-l", "mx9", "-i", inventory)[0] == 5
    assert made(site, "OUR-Q-01", "-l", "mta", "-i", inventory)[0] == 0


@pytest.mark.parametrize(
    "before",
    [
        "- control: A\n  hosts: x # kept\n",
        "# only a comment\n",
        "---\n# head\n- control: A\n\n\n",
        "  - {control: A}\n  - control: B\n    reason: >\n      folded\n      text\n",
        "- control: A\r\n  hosts: x\r\n",
        "- control: A\n  hosts: x",
        "\ufeff- control: A\n",
        "",
    ],
)
def test_a_file_keeps_all_that_it_has(tmp_path: Path, before: str) -> None:
    file = tmp_path / "waivers.yml"
    file.write_bytes(before.encode())
    after = appended(file, ENTRY, "control")
    assert after.startswith(before)
    assert [one["control"] for one in yaml.safe_load(after)][-1] == "MEL-Q-01"
    assert yaml.safe_load(after)[:-1] == (yaml.safe_load(before) or [])
    assert ("\r\n" in before) == ("\r\n" in after)


@pytest.mark.parametrize(
    "before", ["[{control: A}]\n", "control: A\n", "- control: A\n...\n", "- a: |\n    text", "- [\n", "[]\n"]
)
def test_a_file_that_nothing_can_be_put_behind_is_left(tmp_path: Path, before: str) -> None:
    file = tmp_path / "waivers.yml"
    file.write_text(before)
    with pytest.raises(BaselineError):
        appended(file, ENTRY, "control")


LINES = st.sampled_from(
    [
        "- control: A",
        "  hosts: x",
        "  - b",
        "# c",
        "",
        "...",
        "---",
        "  reason: |",
        "    text",
        "- [a, b]",
        "  reason: >-",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=8), st.booleans())
def test_whatever_a_file_has_is_kept_or_nothing_is_written(tmp_path: Path, lines: list[str], ended: bool) -> None:
    file = tmp_path / "waivers.yml"
    before = "\n".join(lines) + ("\n" if ended else "")
    file.write_text(before)
    try:
        after = appended(file, ENTRY, "control")
    except BaselineError:
        return
    if decode(before.encode(), "", Problems()) is None:
        return
    assert after.startswith(before)
    assert yaml.safe_load(after)[:-1] == (yaml.safe_load(before) or [])
