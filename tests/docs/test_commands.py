"""Every `baseline …` of a page is a command that exists, with options that it has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from baseline import reference
from tests.docs.pages import Command, fences, inline_code, written

UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_CALL = re.compile(r"(?:^|[|&;(]\s*|\bsudo )(?:\S*/)?baseline(?= )([^|&;)>]*)")


def typed() -> Iterator[Command]:
    """What a page tells to type: whole command lines."""
    for page, text in written().items():
        for fence in fences(page, text):
            for command in fence.commands():
                for call in _CALL.findall(command.text):
                    yield Command(page, command.line, call.strip())


def named() -> Iterator[Command]:
    """What the prose names: a command, perhaps with some of its options."""
    for page, text in written().items():
        for code in inline_code(page, text):
            if code.text.startswith("baseline ") and "…" not in code.text:
                yield Command(page, code.line, code.text.removeprefix("baseline "))


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words left."""
    for path, command in sorted(reference.commands(), key=lambda one: -len(one[0])):
        if tuple(words[: len(path)]) == path:
            return command, words[len(path) :]
    pytest.fail(f"there is no command {' '.join(words)}")


def parsed(words: list[str]) -> None:
    """Parse a command line without running it. Raises `UsageError` for one that is wrong."""
    command, rest = command_of(words)
    command.make_context(command.name, rest)


@pytest.mark.parametrize("command", [*typed()], ids=str)
def test_every_command_line_parses(command: Command) -> None:
    words = shlex.split(command.text)
    if words in (["--version"], ["--help"]):
        return
    try:
        parsed(words)
    except UsageError as error:
        pytest.fail(f"{command}: baseline {command.text}: {error}")


@pytest.mark.parametrize("command", [*named()], ids=str)
def test_every_command_of_the_prose_exists_with_its_options(command: Command) -> None:
    words = shlex.split(command.text)
    if words in (["lab"], ["--version"]):
        return
    found, rest = command_of(words)
    options = {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in rest if re.match(r"--?[a-z]", word)} <= options


def test_a_wrong_command_line_would_be_found() -> None:
    with pytest.raises(UsageError):
        parsed(["check", "--inventori", "x"])
    with pytest.raises(pytest.fail.Exception):
        parsed(["chek"])
    with pytest.raises(UsageError):
        parsed(["explain"])
    assert [call.strip() for call in _CALL.findall("cd x && /opt/bin/baseline check -i a | tail")] == ["check -i a"]
