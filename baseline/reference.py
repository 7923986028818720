"""The reference pages, made from the code and the catalogue so that they cannot go stale.

python -m baseline.reference            writes docs/reference/
python -m baseline.reference --check    says which page is stale, and exits 1
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from baseline.cli import app
from baseline.cli.described import BASE_FIELDS, Described, described
from baseline.cli.ending import EXIT_CODES
from baseline.cli.examples import EXAMPLES
from baseline.cli.fields import cell, code, rows
from baseline.kinds import kinds
from baseline.kinds.base import Control
from baseline.languages import ENGLISH
from baseline.load import Baseline, load_baseline, shipped
from baseline.reports.words import count

FOLDER = Path("docs/reference")
_NOTE = "<!-- Written by `python -m baseline.reference`. Changes made here are lost. -->\n"


def pages() -> dict[str, str]:
    """File name -> text of every reference page."""
    makers: Mapping[str, Callable[[], Iterable[str]]] = {
        "commands.md": commands_page,
        "controls.md": controls_page,
        "kinds.md": kinds_page,
        "remedies.md": remedies_page,
    }
    return {name: _NOTE + "\n" + "\n".join(make()) + "\n" for name, make in makers.items()}


def stale(folder: Path) -> list[str]:
    """The names of the pages in a folder that are not as they would be written now."""
    return [name for name, text in pages().items() if _text_of(folder / name) != text]


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


# --- kinds ----------------------------------------------------------------------------------------


def kinds_page() -> Iterator[str]:
    """Every kind: what it looks at, how it is applied, and its fields."""
    yield "# Kinds of control\n"
    yield "A control names its kind and gives it the fields below. The fields that every control has come first."
    yield 'The same as JSON Schema, in Python: `baseline.kinds.kinds()["file"].model_json_schema()`.\n'
    for name in kinds():
        yield f"- [`{name}`](#{name}): {_first_sentence(kinds()[name])}"
    yield "\n## Every control\n"
    yield from rows(Control, BASE_FIELDS)
    for name, kind in kinds().items():
        yield f"\n## `{name}`\n"
        yield (inspect.getdoc(kind) or "") + "\n"
        yield from rows(kind, [field for field in kind.model_fields if field not in BASE_FIELDS])


def _first_sentence(kind: type[Control]) -> str:
    return kind.summary or (inspect.getdoc(kind) or "").partition("\n")[0]


def remedies_page() -> Iterator[str]:
    """What of a site's own the remedies of each kind displace, and what users notice."""
    yield "# What remedies mean for a site\n"
    yield "A remedy mends what is judged wrong. Displaced is something else: what the site does by means of its own and"
    yield "nobody judged, such as a filter, a jail, or a rule in a list that is set anew. A remedy that would take the"
    yield "effect from such a thing is left to you in the plan, with its place, unless `--replace` names the control.\n"
    yield "| kind | displaces | what users notice |"
    yield "| --- | --- | --- |"
    for name, kind in kinds().items():
        if kind.effects is not None:
            effects = kind.effects
            yield f"| [`{name}`](kinds.md#{name}) | {cell(effects.displaces)} | {cell(effects.notice)} |"
    without = [f"`{name}`" for name, kind in kinds().items() if kind.effects is None]
    yield f"\nNo machine mends {ENGLISH.all_of(without)}: they have no remedy, and displace nothing."


# --- controls -------------------------------------------------------------------------------------


def controls_page() -> Iterator[str]:
    """Every control of every baseline that ships."""
    yield "# Controls of the baselines that ship\n"
    told: dict[str, Described] = {}
    # What is extended comes before what extends it.
    for baseline in sorted((load_baseline(name) for name in shipped()), key=lambda one: len(one.files)):
        mine = {draft.id: described(draft) for draft in baseline.drafts}
        yield from _baseline(baseline, mine, told)
        for name, one in mine.items():
            if name not in told:
                yield from _control(one, name)
            elif one != told[name]:
                yield from _control(one, f"{name} in {baseline.name}")
        told |= mine


def _baseline(baseline: Baseline, controls: Mapping[str, Described], told: Mapping[str, Described]) -> Iterator[str]:
    """The head of a baseline and the table of its controls; `told` are those that stand above, which it may extend."""
    yield f"## {baseline.name} {baseline.version}\n"
    yield f"{baseline.title.en}  \n*{baseline.title.ms}*\n"
    if baseline.source:
        date = f", {baseline.source.date}" if baseline.source.date else ""
        yield f"Source: {baseline.source.instrument}{date}.\n"
        if baseline.source.note:
            yield f"{' '.join(baseline.source.note.split())}\n"
    fresh = {name: words for name, words in baseline.clauses.items() if not told}
    for name, words in fresh.items():
        yield f"Clause {name}: *{words.ms}*  \n{words.en}\n"
    differing = sum(one != told.get(name) for name, one in controls.items())
    others = f", of which {differing} differ from what is extended" if told else ""
    yield f"{count(len(baseline.control_ids), 'control')}{others}.\n"
    yield "| control | title | clause | obligation | severity |"
    yield "| --- | --- | --- | --- | --- |"
    for name, one in controls.items():
        apart = name in told and one != told[name]
        anchor = f"{name} in {baseline.name}".lower().replace(" ", "-") if apart else name.lower()
        link = f"[{one.id}](#{anchor})"
        yield f"| {link} | {cell(one.title.en)} | {cell(one.clause)} | {one.obligation} | {one.severity} |"


def _control(control: Described, heading: str) -> Iterator[str]:
    yield f"\n### {heading}\n"
    yield f"**{control.title.en}**  \n*{control.title.ms}*\n"
    clause = f"Clause {control.clause}, {control.obligation}" if control.clause else control.obligation.capitalize()
    roles = f"{ENGLISH.all_of(control.roles)} hosts" if control.roles else "every host"
    yield f"{clause}. Severity {control.severity}. For {roles}. Kind [`{control.kind}`](kinds.md#{control.kind}).\n"
    if control.why:
        yield f"{control.why}\n"
    if control.wanted:
        yield "Wanted:\n"
        yield from (f"- {code(key)}: {code(want)}" for key, want in control.wanted.items())
        yield ""
    if control.values:
        yield "Given:\n"
        yield from (f"- `{name}`: {code(text)}" for name, text in control.values.items())
        yield ""
    if control.fix:
        yield f"What a person does: {control.fix}\n"
    if control.sources:
        yield "Sources:\n"
        yield from (f"- {source}" for source in control.sources)


# --- commands -------------------------------------------------------------------------------------


def commands_page() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield "# Commands\n"
    yield "| exit code | meaning |"
    yield "| --- | --- |"
    yield from (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())
    yield "\nIf several apply, the first of 6, 130, 4, 1, 3 is returned."
    for path, command in commands():
        yield f"\n## `baseline {' '.join(path)}`\n"
        yield inspect.cleandoc(command.help or "") + "\n"
        rows = [*_parameters(command)]
        if rows:
            yield "| argument or option | type | default | meaning |"
            yield "| --- | --- | --- | --- |"
            yield from rows
        yield from _examples(" ".join(path))


def _examples(words: str) -> Iterator[str]:
    """What to type, as the command's help has it."""
    if given := EXAMPLES.get(words, ()):
        yield "\n```sh"
        yield "\n".join(f"# {one.what}\n{one.typed}" for one in given)
        yield "```"


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that name it."""
    from typer.main import get_command

    def walk(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
        names = command.list_commands(None) if hasattr(command, "list_commands") else None
        if names is None or (path and command.invoke_without_command):
            yield path, command
        for name in names or ():
            yield from walk((*path, name), command.get_command(None, name))

    return walk((), get_command(app))


def _parameters(command: Any) -> Iterator[str]:
    for parameter in command.params:
        plain = parameter.default is None or parameter.default in (False, (), "")
        default = "required" if parameter.required else "" if plain else code(str(parameter.default))
        meaning = getattr(parameter, "help", None) or ""
        if parameter.envvar:
            meaning += f" Also as `${parameter.envvar}`."
        yield f"| {cell(code(_spelled(parameter)))} | {_type(parameter)} | {cell(default)} | {cell(meaning)} |"


def _spelled(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    spelled = ", ".join([*parameter.opts, *parameter.secondary_opts])
    if parameter.is_flag or parameter.count:
        return spelled
    choices = [str(one) for one in get_args(parameter.type_descriptor.annotation)]
    return f"{spelled} {parameter.metavar or '|'.join(choices)}"


def _type(parameter: Any) -> str:
    """What an argument or option takes, in words."""
    if getattr(parameter, "count", False):
        return "switch, up to twice"
    if getattr(parameter, "is_flag", False):
        return "switch"
    annotation = parameter.type_descriptor.annotation
    several = get_origin(annotation) is list
    one = get_args(annotation)[0] if several else annotation
    if one is int:
        words = "whole number" + _bounds(parameter.min, parameter.max)
    else:
        words = "path" if one is Path else "text" if one is str else "word"
    return f"{words}; several" if several else words


def _bounds(least: int | None, most: int | None) -> str:
    if most is not None:
        return f", {least or 0} to {most}"
    return f" from {least}" if least is not None else ""


def main(argv: list[str] | None = None) -> int:
    """Write the pages, or check them. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m baseline.reference", description="Write the reference pages.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    given = parser.parse_args(argv)
    if given.check:
        behind = stale(given.folder)
        for name in behind:
            sys.stderr.write(f"{given.folder / name} is stale: run `python -m baseline.reference`\n")
        return 1 if behind else 0
    given.folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (given.folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
