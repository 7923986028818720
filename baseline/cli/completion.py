"""`completion`: what a shell offers to complete a command line with, and the script that has it ask.

A shell starts the program with `_BASELINE_COMPLETE` set to its name and the line up to the cursor in `_BASELINE_LINE`,
and gets a candidate a line, with a word of help behind a tab where the shell shows such. Shells take these as text and
run none of it. All the same, a candidate with a character that a shell might act on is left out: who accepts it would
run it. No host is asked, no program of an inventory is run, and what is wrong is passed over in silence.

Typer has an engine for this in a private module, and its scripts have zsh evaluate what the program prints.
"""

from __future__ import annotations

import importlib.resources
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer

ASKED, LINE = "_BASELINE_COMPLETE", "_BASELINE_LINE"

_SAFE = re.compile(r"[A-Za-z0-9@:/.-][A-Za-z0-9@:/._+,=%-]*")
_MOST = 2000
"""Candidates that a shell is given at most: nobody reads more."""

Candidates = Iterable[tuple[str, str]]
"""Each a value, and what it is."""


class ShellName(StrEnum):
    """A shell that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    shell: Annotated[ShellName, typer.Argument(metavar="bash|zsh|fish", help="The shell.")],
) -> None:
    """Print the script with which a shell completes commands, options, hosts, groups and controls. Contacts no host."""
    script = importlib.resources.files("baseline.cli").joinpath(f"completion.{shell.value}")
    typer.echo(script.read_text(encoding="utf-8"), nl=False)


def answer() -> None:
    """What a shell asked for by the environment, on standard output."""
    try:
        shell, words = os.environ[ASKED], _words(os.environ.get(LINE, ""))
        given, incomplete = words[1:-1], words[-1] if len(words) > 1 else ""
        found = [pair for pair in candidates(given, incomplete) if _SAFE.fullmatch(pair[0])]
        sys.stdout.write("".join(_line(shell, value, what, incomplete) for value, what in found[:_MOST]))
        sys.stdout.flush()
    except Exception:  # noqa: BLE001, S110 -- a person who types does not want to read of it; the command itself tells
        pass


def _words(line: str) -> list[str]:
    """The words of a line as a shell parts them; the last one is being typed, and may be empty or in open quotes."""
    parser = shlex.shlex(line, posix=True)
    parser.whitespace_split, parser.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(parser)
    except ValueError:
        return [*words, parser.token]
    return [*words, ""] if not line or line[-1].isspace() else words


def _line(shell: str, value: str, what: str, incomplete: str) -> str:
    what = " ".join(what.split())
    if shell == ShellName.BASH:
        # Readline takes `:` and `=` for the end of a word, and wants what stands behind them.
        typed = max(incomplete.rfind(mark) for mark in ":=") + 1
        return f"{value[typed:]}\n"
    return f"{value}\t{what}\n" if what else f"{value}\n"


def candidates(given: Sequence[str], incomplete: str) -> Candidates:
    """What may stand behind the words of a command line in place of one that was begun."""
    from baseline.cli.commands import COMMANDS

    if not given:
        return _beginning(incomplete, [(name, entry.summary) for name, entry in COMMANDS.items()] + _ROOT_OPTIONS)
    if given[0] not in COMMANDS:
        return ()
    command, rest = COMMANDS[given[0]].command(given[0]), [*given[1:]]
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    return _beginning(incomplete, _behind(command, rest, incomplete))


_ROOT_OPTIONS = [("--version", "Print the release and exit."), ("--help", "Show this message and exit.")]


def _beginning(incomplete: str, found: Candidates) -> Iterator[tuple[str, str]]:
    options = incomplete.startswith("-")
    for value, what in found:
        if value.startswith(incomplete) and (options or not value.startswith("-")):
            yield value, what


def _behind(command: Any, rest: Sequence[str], incomplete: str) -> Candidates:
    """What may come behind the words of one command."""
    takes = {name: one for one in command.params for name in one.opts if _takes_value(one)}
    said = _values(takes, rest)
    if rest and rest[-1] in takes:
        return _of(takes[rest[-1]].name, said, incomplete)
    if incomplete.startswith("-"):
        every = [name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("--")]
        texts = {name: one.help or "" for one in command.params if hasattr(one, "help") for name in one.opts}
        return [(name, _short(texts.get(name, ""))) for name in [*every, "--help"]]
    inner = [(name, _short(one.help or "")) for name, one in getattr(command, "commands", {}).items()]
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    placed = _placed(takes, rest)
    wanted = arguments[min(placed, len(arguments) - 1)] if arguments else None
    taken = wanted is None or (placed >= len(arguments) and wanted.nargs != -1)
    return [*inner, *(() if taken or wanted is None else _of(wanted.name, said, incomplete))]


def _takes_value(parameter: Any) -> bool:
    option = parameter.param_type_name == "option"
    return option and not parameter.is_flag and not getattr(parameter, "count", False)


def _values(takes: Mapping[str, Any], rest: Sequence[str]) -> dict[str, list[str]]:
    """Name of a parameter -> what was given for it so far."""
    found: dict[str, list[str]] = {}
    for word, value in zip_longest(rest, rest[1:], fillvalue=""):
        name, equals, joined = word.partition("=")
        if word in takes:
            found.setdefault(takes[word].name, []).append(value)
        elif equals and name in takes:
            found.setdefault(takes[name].name, []).append(joined)
    return found


def _placed(takes: Mapping[str, Any], rest: Sequence[str]) -> int:
    """How many words are arguments."""
    return sum(
        not word.startswith("-") and before not in takes for before, word in zip(["", *rest], rest, strict=False)
    )


def _short(text: str) -> str:
    return re.split(r"(?<=[.:])\s", " ".join(text.split()), maxsplit=1)[0][:80]


OptionValues = Mapping[str, Sequence[str]]


def _of(parameter: str, said: OptionValues, incomplete: str) -> Candidates:
    """The values of a parameter, by its name; of a list in one word, those of its last part."""
    maker = _MAKERS.get(parameter)
    if maker is None:
        return ()
    if parameter not in _LISTS:
        return maker(said)
    done = re.match(r"(?:.*[,:])?[!&]?", incomplete)
    before = done[0] if done else ""
    return [(f"{before}{value}", what) for value, what in maker(said)]


_LISTS = ("limit", "controls", "tags", "skip", "skip_tags", "replace", "obligation")


def _hosts(said: OptionValues) -> Candidates:
    inventory = _inventory(said)
    if inventory is None:
        return ()
    hosts = [(target.name, ", ".join(sorted(target.roles))) for target in inventory.targets]
    return [*hosts, *((name, "group") for name in inventory.groups if name != "ungrouped")]


def _inventory(said: OptionValues) -> Any:
    """The inventory that the line names, or the usual one; None where reading it would run a program."""
    from baseline.load import load_inventory
    from baseline.load.ansible_config import usual_inventory

    paths = [Path(one).expanduser() for one in said.get("inventory", ())] or usual_inventory(os.environ, Path.cwd())
    if not paths or any(_is_program(path) for path in paths):
        return None
    return load_inventory(*paths)


def _is_program(path: Path) -> bool:
    inside = [one for one in path.iterdir() if one.is_file()] if path.is_dir() else [path]
    return any(one.is_file() and os.access(one, os.X_OK) for one in inside)


def _baseline(said: OptionValues) -> Any:
    from baseline.cli.options import DEFAULT_BASELINE
    from baseline.load import load_baseline

    return load_baseline([*said.get("baseline", ()), DEFAULT_BASELINE][0])


def _controls(said: OptionValues) -> Candidates:
    """Ids and titles as the files have them: to judge their kinds takes longer than a person waits for a key."""
    from baseline.cli.options import DEFAULT_BASELINE

    found: dict[str, str] = {}
    name = [*said.get("baseline", ()), DEFAULT_BASELINE][0]
    beside = Path()
    for _ in range(_MOST_LAYERS):
        written, beside = _as_written(name, beside)
        controls = written.get("controls")
        for one in controls if isinstance(controls, list) else ():
            title = one.get("title", "")
            found.setdefault(str(one["id"]), str(title.get("en", "") if isinstance(title, dict) else title))
        if not (name := str(written.get("extends") or "")):
            break
    return sorted(found.items())


_MOST_LAYERS = 10
"""Baselines that extend each other, of which the controls are offered."""


def _as_written(name: str, beside: Path) -> tuple[Mapping[str, Any], Path]:
    """The file of a baseline as plain values, and the folder that it lies in."""
    from baseline.load import yaml
    from baseline.load.secret_tags import TAG
    from baseline.load.text import expanded
    from baseline.load.tree import Problems, plain

    shipped = importlib.resources.files("baseline.catalogue").joinpath(f"{name}.yml")
    own = "/" in name or name.endswith((".yml", ".yaml"))
    path = beside / expanded(name) if own else Path(str(shipped))
    tree = yaml.read(path, Problems(), tags=frozenset({TAG}))
    return {} if tree is None else plain(tree), path.parent


def _tags(said: OptionValues) -> Candidates:
    drafts = _baseline(said).drafts
    return [(label, "") for label in sorted({label for draft in drafts for label in draft.labels()})]


def _skip(said: OptionValues) -> Candidates:
    return [*_controls(said), *_tags(said)]


def _shipped(said: OptionValues) -> Candidates:
    from baseline.load import shipped

    del said
    return [(name, "") for name in shipped()]


def _formats(said: OptionValues) -> Candidates:
    del said
    names = "text html markdown csv xlsx json junit prometheus nagios oscal oscal-poam hdf"
    return [(name, "") for name in names.split()]


def _schemas(said: OptionValues) -> Candidates:
    from baseline.schemas import NAMES

    del said
    return NAMES.items()


def _obligations(said: OptionValues) -> Candidates:
    from baseline.model import Obligation

    del said
    return [(one.value, "") for one in Obligation]


def _languages(said: OptionValues) -> Candidates:
    del said
    return [("en", "English"), ("ms", "Malay")]


def _shells(said: OptionValues) -> Candidates:
    del said
    return [(one.value, "") for one in ShellName]


_MAKERS: Mapping[str, Callable[[OptionValues], Candidates]] = {
    "limit": _hosts,
    "host": _hosts,
    "baseline": _shipped,
    "first": _shipped,
    "second": _shipped,
    "control": _controls,
    "controls": _controls,
    "replace": _controls,
    "tags": _tags,
    "skip_tags": _tags,
    "skip": _skip,
    "formats": _formats,
    "obligation": _obligations,
    "obligations": _obligations,
    "lang": _languages,
    "name": _schemas,
    "shell": _shells,
}
"""Name of a parameter -> what its values are."""
