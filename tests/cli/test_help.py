"""Help shows examples of every command: each parses, and those that need no host do what they say."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from baseline import reference
from baseline.cli import app
from baseline.cli.examples import EXAMPLES
from tests.docs.test_commands import UsageError, parsed

COMMANDS = [" ".join(path) for path, _ in reference.commands()]
EVERY = [(path, one.typed) for path, examples in EXAMPLES.items() for one in examples]

INVENTORY = """\
relays:
  hosts:
    mx1: {ansible_host: 192.0.2.1}
  vars: {roles: [mta], domains: [agensi.example.my]}
"""
OURS = """\
baseline: ours
version: 1.0.0
extends: mampu-2007
overrides: {MEL-Q-04: {obligation: mandatory}}
"""
NEED_NO_HOST = {
    "lint": 0,
    "render": 0,
    "explain": 0,
    "diff": 1,
    "baselines": 0,
    "schema": 0,
    "waiver new": 0,
}
"""Commands whose examples are typed in a folder with an inventory and an overlay, and their exit code."""


def words_of(typed: str) -> list[str]:
    return shlex.split(typed.partition(" > ")[0])[1:]


def test_every_command_has_examples_and_nothing_else_has() -> None:
    assert [path for path in COMMANDS if not EXAMPLES.get(path)] == []
    assert EXAMPLES.keys() - {*COMMANDS, ""} == set()


@pytest.mark.parametrize(("path", "typed"), EVERY)
def test_every_example_parses(path: str, typed: str) -> None:
    words = words_of(typed)
    assert not path or words[: len(path.split())] == path.split()
    try:
        parsed(words)
    except UsageError as error:
        pytest.fail(f"{typed}: {error}")


@pytest.mark.parametrize("path", ["", "check", "evidence add", "history", "history show"])
def test_help_ends_with_the_examples_each_on_its_line(path: str) -> None:
    shown = CliRunner().invoke(app, [*path.split(), "--help"]).stdout
    lines = [line.strip() for line in shown.splitlines()]
    assert [one.typed for one in EXAMPLES[path] if one.typed not in lines] == []


@pytest.mark.parametrize("typed", [typed for path, typed in EVERY if path in NEED_NO_HOST])
def test_examples_that_need_no_host_do_what_they_say(
    typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inventory.yml").write_text(INVENTORY)
    (tmp_path / "ours.yml").write_text(OURS)
    words = words_of(typed)
    path = next(path for path in NEED_NO_HOST if words[: len(path.split())] == path.split())
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == NEED_NO_HOST[path], ran.output
