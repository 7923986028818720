"""Asking a host through testinfra so that "could not look" never becomes "is wrong"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from baseline.errors import CannotTell
from baseline.formats import documents
from baseline.late import regex
from baseline.model import TOO_MUCH

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host


_SCRIPT = regex(r"[\n;|&]|\$[({]|^printf\b")
_PROGRAM = regex(
    r"(?:^|[\n;|&({!]|\b(?:do|then|else|if|while) )\s*(?:[A-Za-z_]\w*='[^']*'\s+)*([a-z][\w.+-]*)(?![\w=])"
)
_OF_THE_SHELL = frozenset(
    {
        "break",
        "case",
        "cd",
        "command",
        "continue",
        "do",
        "done",
        "echo",
        "elif",
        "else",
        "esac",
        "eval",
        "exec",
        "exit",
        "export",
        "fi",
        "for",
        "id",
        "if",
        "printf",
        "read",
        "return",
        "set",
        "shift",
        "test",
        "then",
        "trap",
        "true",
        "unset",
        "until",
        "while",
    }
)
_QUOTED = regex(r"'[^']*'")
_LOOKED_FOR = regex(r"\bcommand -v ([\w.+-]+)")
_MISSING = regex(r"(?:^|\s)([\w.+/-]+): (?:command )?not found")


def ask(host: Host, *commands: str) -> list[CommandResult]:
    """Ask all commands, then give the results: none is read before all are asked, so all go out at once."""
    return [host.run(command) for command in commands]


def text(result: CommandResult) -> str:
    """The output of a command that has to succeed.

    Raises `CannotTell`, with the command and what it said, for any other exit code: 127 says the program is
    not installed, 124 that it took too long.
    """
    if result.rc == 0:
        return decoded(result.stdout_bytes)
    said = decoded(result.stderr_bytes).strip() or decoded(result.stdout_bytes).strip()
    why = {
        127: "the program is not installed",
        124: "it took too long",
        126: "it may not be run",
        TOO_MUCH: "too large",
    }.get(result.rc, f"exit code {result.rc}")
    missing = None
    if result.rc == 127 and _is_script(_command(result)):
        missing = _MISSING.search(said) or _LOOKED_FOR.search(_command(result))
    if missing:
        raise CannotTell(f"`{missing[1]}`: {why}")
    raise CannotTell(f"`{command_of(result)}`: {why}{f' ({shorten(said)})' if said else ''}")


def decoded(raw: bytes) -> str:
    """Bytes of a reply as text; bytes that are no UTF-8 are shown as escapes."""
    return raw.decode("utf-8", "backslashreplace")


def as_json(result: CommandResult) -> Any:
    """The JSON document that a command printed. Raises `CannotTell` when it is none."""
    printed = text(result)
    try:
        return documents.read(printed)
    except ValueError as error:
        raise CannotTell(f"`{command_of(result)}` printed no JSON: {shorten(printed)} ({error})") from None


def command_of(result: CommandResult) -> str:
    """The command of a result, shortened for a message. Of a script only the first program that it runs is told."""
    command = _command(result)
    if not _is_script(command):
        return shorten(command)
    programs = (word for word in _PROGRAM.findall(command) if word not in _OF_THE_SHELL)
    return f"{next(programs, 'sh')} …"


def _command(result: CommandResult) -> str:
    command = result.command
    return decoded(command) if isinstance(command, bytes) else str(command)


def _is_script(command: str) -> bool:
    """Whether it is more than one command with its words, so that a person would not type it."""
    return _SCRIPT.search(_QUOTED.sub("", command)) is not None


def shorten(said: str, most: int = 200) -> str:
    """One line of at most `most` characters."""
    line = re.sub(r"\s+", " ", said).strip()
    return line if len(line) <= most else f"{line[: most - 1]}…"
