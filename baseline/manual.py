"""The manual pages, made from the same commands as their help.

python -m baseline.manual FOLDER        writes baseline.1 and one page for each command, such as baseline-check.1

The date of the pages is that of SOURCE_DATE_EPOCH, seconds since 1970, so that one source gives the same bytes; without
it, today's.
"""

from __future__ import annotations

import argparse
import inspect
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baseline.cli import app
from baseline.cli.commands import COMMANDS
from baseline.cli.ending import EXIT_CODES
from baseline.cli.examples import EXAMPLES
from baseline.reference import commands
from baseline.version import __version__

_FILES: Mapping[str, str] = {
    "$XDG_STATE_HOME/baseline/history.db": "The runs that were kept, unless the inventory or --history says otherwise. "
    "Without the variable: ~/.local/state/baseline.",
    "ansible.cfg": "Names the inventory where -i does not, as for Ansible.",
    "~/.ssh/config": "Users, ports, keys and jump hosts that the inventory does not say.",
    "~/.ssh/known_hosts": "The keys that hosts are known by. A host whose key is not known is refused.",
}
_ENVIRONMENT: Mapping[str, str] = {
    "ANSIBLE_INVENTORY": "The inventory where -i does not name one.",
    "BASELINE_HISTORY": "Where runs are kept, as --history.",
    "BASELINE_LANG": "Language of what is printed for people: en or ms, as --lang.",
    "BASELINE_FORKS": "How many hosts to work on at once, as --forks.",
    "BASELINE_HOST_TIMEOUT": "Seconds to look at a host, as --host-timeout.",
    "BASELINE_DEADLINE": "Seconds that a run may take, as --deadline.",
    "SSH_AUTH_SOCK": "The agent that holds keys for SSH.",
    "XDG_STATE_HOME": "Below it is the history.",
}


def pages(day: datetime) -> dict[str, str]:
    """File name -> roff of every page, as of a day."""
    every = {path: command for path, command in commands()}
    made = {"baseline.1": _page("baseline", _whole(), day)}
    for path, command in every.items():
        name = "-".join(("baseline", *path))
        made[f"{name}.1"] = _page(name, _command(path, command, every), day)
    return made


def _page(name: str, body: Iterable[str], day: datetime) -> str:
    head = f'.TH {name.upper()} 1 "{day:%Y-%m-%d}" "mail-baseline {__version__}" "User Commands"'
    return "\n".join(['.\\" Written by `python -m baseline.manual`.', head, *body]) + "\n"


def _whole() -> Iterator[str]:
    """The page of the program: its commands, and what they have in common."""
    from typer.main import get_command

    root = get_command(app)
    text = inspect.cleandoc(root.help or "").partition("\n\n")[0]
    yield from ('.SH "NAME"', f"baseline \\- {roff(_sentence(text).lower())}")
    yield from ('.SH "SYNOPSIS"', "\\fBbaseline\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]")
    yield from ('.SH "DESCRIPTION"', *_paragraphs(text))
    yield '.SH "COMMANDS"'
    for name, entry in COMMANDS.items():
        yield from (".TP", f"\\fBbaseline {roff(name)}\\fR", roff(entry.summary))
    yield from _common("", root)
    yield from ('.SH "SEE ALSO"', ",\n".join(f"\\fBbaseline\\-{roff(name)}\\fR(1)" for name in _named(COMMANDS)))


def _named(names: Iterable[str]) -> list[str]:
    """The commands that have a page of their own name."""
    have = {path[0] for path, _ in commands() if len(path) == 1}
    return [name for name in names if name in have]


def _command(path: tuple[str, ...], command: Any, every: Mapping[tuple[str, ...], Any]) -> Iterator[str]:
    words, text = " ".join(path), inspect.cleandoc(command.help or "").replace("\b\n", "")
    first, _, rest = text.partition("\n\n")
    yield from ('.SH "NAME"', f"baseline\\-{roff('-'.join(path))} \\- {roff(_sentence(first))}")
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name != "argument"]
    synopsis = [f"\\fBbaseline {roff(words)}\\fR", *(["[\\fIOPTION\\fR...]"] if options else [])]
    yield from ('.SH "SYNOPSIS"', " ".join([*synopsis, *(f"\\fI{roff(_argument(one))}\\fR" for one in arguments)]))
    yield from ('.SH "DESCRIPTION"', *_paragraphs(first), *_paragraphs(rest))
    if arguments:
        yield '.SH "ARGUMENTS"'
        for one in arguments:
            yield from (".TP", f"\\fI{roff(_argument(one))}\\fR", *_meaning(one))
    if options:
        yield '.SH "OPTIONS"'
        for one in options:
            yield from (".TP", _spelled(one), *_meaning(one))
    yield from _common(words, command)
    others = [other for other in every if other != path and other[0] == path[0]]
    linked = ["\\fBbaseline\\fR(1)", *(f"\\fBbaseline\\-{roff('-'.join(one))}\\fR(1)" for one in others)]
    yield from ('.SH "SEE ALSO"', ",\n".join(linked))


def _common(words: str, command: Any) -> Iterator[str]:
    yield '.SH "EXIT STATUS"'
    for code, meaning in EXIT_CODES.items():
        yield from (".TP", f"\\fB{code}\\fR", f"{roff(meaning[:1].upper() + meaning[1:])}.")
    if examples := EXAMPLES.get(words, ()):
        yield '.SH "EXAMPLES"'
        for one in examples:
            yield from (".TP", f"{roff(one.what[:1].upper() + one.what[1:])}:", f"\\fB{roff(one.typed)}\\fR")
    used = _used(command)
    for title, entries in (("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        chosen = (
            entries if used is None or title == "FILES" else {name: entries[name] for name in entries if name in used}
        )
        if chosen:
            yield f'.SH "{title}"'
            for name, meaning in chosen.items():
                yield from (".TP", f"\\fB{roff(name)}\\fR", roff(meaning))


def _used(command: Any) -> set[str] | None:
    """The variables that a command heeds; None for the program itself, which stands for all."""
    if hasattr(command, "list_commands") and not command.params:
        return None
    named = {variable for one in command.params for variable in _variables(one)}
    inventory = {"ANSIBLE_INVENTORY"} if any("--inventory" in one.opts for one in command.params) else set()
    return named | inventory | {"XDG_STATE_HOME"}


def _variables(parameter: Any) -> list[str]:
    given = parameter.envvar or ()
    return [given] if isinstance(given, str) else [*given]


def _argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _spelled(parameter: Any) -> str:
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in (*parameter.opts, *parameter.secondary_opts))
    takes = not (parameter.is_flag or getattr(parameter, "count", False))
    return f"{names} \\fI{roff(parameter.metavar or 'VALUE')}\\fR" if takes else names


def _meaning(parameter: Any) -> Iterator[str]:
    text = (getattr(parameter, "help", None) or "").strip()
    default = parameter.default
    said = default not in (None, False, (), [], "", 0) and not callable(default)
    yield roff(f"{text} By default {default}." if said and "By default" not in text else text) or "\\&"


def _sentence(text: str) -> str:
    """The first sentence of a text, without its full stop."""
    return re.split(r"\.(?:\s|$)", " ".join(text.split()), maxsplit=1)[0]


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(part for part in text.split("\n\n") if part.strip()):
        yield from ([".PP"] if number else [])
        yield roff(" ".join(paragraph.split()))


def roff(text: str) -> str:
    """A text as a line of roff that prints as that text: nothing in it is a request, an escape or a dash of prose."""
    line = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    line = (
        line.replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti").replace("…", "...").replace("→", "\\(->")
    )
    line = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in line)
    return f"\\&{line}" if line.startswith((".", "'")) else line


def _day() -> datetime:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)


def main(argv: list[str] | None = None) -> int:
    """Write the pages into a folder. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m baseline.manual", description="Write the manual pages.")
    parser.add_argument("folder", type=Path, help="where the pages go; made when it is not there")
    folder = parser.parse_args(argv).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(_day()).items():
        (folder / name).write_text(text, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
