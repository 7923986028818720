"""Every `baseline …` of a page is a command that exists, with options that it has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest
from typer.main import get_command

from baseline.cli import app
from tests.docs.pages import Command, fences, inline_code, written

_CALL = re.compile(r"(?:^|[|&;(]\s*|\bsudo )(?:\S*/)?baseline(?= )([^|&;)>]*)")


def root() -> click.Group:
    """The command `baseline`."""
    command = get_command(app)
    assert isinstance(command, click.Group)
    return command


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


def parsed(words: list[str]) -> click.Context:
    """The context that click makes of a command line; raises what click raises for one that is wrong."""
    context = root().make_context("baseline", list(words))
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, [*context.protected_args, *context.args])
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return context


def of_command(words: list[str]) -> tuple[click.Command, list[str]]:
    """The innermost command that the words name, and the words left."""
    command: click.Command = root()
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"there is no command {words[0]}"
        command, words = found, words[1:]
    return command, words


@pytest.mark.parametrize("command", typed(), ids=str)
def test_every_command_line_parses(command: Command) -> None:
    words = shlex.split(command.text)
    if words in (["--version"], ["--help"]):
        return
    try:
        parsed(words)
    except click.UsageError as error:
        pytest.fail(f"{command}: baseline {command.text}: {error.format_message()}")


@pytest.mark.parametrize("command", named(), ids=str)
def test_every_command_of_the_prose_exists_with_its_options(command: Command) -> None:
    found, words = of_command(shlex.split(command.text))
    options = {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if re.match(r"--?[a-z]", word)} <= options | {"--help", "--version"}


def test_a_wrong_command_line_would_be_found() -> None:
    with pytest.raises(click.UsageError):
        parsed(["check", "--inventori", "x"])
    with pytest.raises(click.UsageError):
        parsed(["chek"])
    with pytest.raises(click.UsageError):
        parsed(["check"])
    assert [call.strip() for call in _CALL.findall("cd x && /opt/bin/baseline check -i a | tail")] == ["check -i a"]
