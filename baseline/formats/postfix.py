"""Postfix's main.cf and master.cf, and what `postconf` prints of them.

Sources: postconf(5) "File format", master(5) "Syntax", postconf(1). Logical lines: a line that begins with
white space continues the one before it; empty lines and lines whose first character besides white space is
`#` are ignored *and do not end a logical line*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from baseline.classes import dataclass
from baseline.formats.restrictions import REFUSES_STRANGERS, UNCONDITIONAL, restriction_tokens

__all__ = [
    "MAIN_CF",
    "MASTER_CF",
    "POSTFIX_FILES",
    "REFUSES_STRANGERS",
    "UNCONDITIONAL",
    "drop_override",
    "parameters",
    "parse_overrides",
    "parse_parameters",
    "restriction_tokens",
    "set_override",
    "set_parameter",
    "written_overrides",
]

MAIN_CF = "/etc/postfix/main.cf"
MASTER_CF = "/etc/postfix/master.cf"
POSTFIX_FILES = (MAIN_CF, MASTER_CF)

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_SPACE = " \t\r\v\f\n"
"""What isspace(3) calls white space in the C locale, which is what Postfix goes by."""


# --- main.cf --------------------------------------------------------------------------------------


def parameters(text: str) -> dict[str, str]:
    """The parameters that a main.cf sets: the last definition of a name wins, runs of white space are one space.

    `$name` is left as it stands. Lines without `=` are left out.
    """
    lines = _lines(text)
    found = {}
    for span in _logical_lines(lines):
        name, sign, value = _joined(lines, span).partition("=")
        if sign:
            found[name.strip(_SPACE)] = _squeezed(value)
    return found


def set_parameter(text: str, name: str, value: str) -> str:
    """`text` of a main.cf with `name` set to `value`, as `postconf -e` would leave it.

    Every later definition of the same name is taken out, since Postfix uses the last one. Comments inside a
    replaced definition are kept after it. A new parameter goes to the end. A single definition that says the
    same in other white space stays as it is. Raises ValueError for a value that would not survive: one with a
    newline or other control characters.
    """
    if not _NAME.fullmatch(name) or any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError(f"{name!r} = {value!r} cannot be written as one parameter")
    lines = _lines(text)
    line = f"{name} = {value.strip(_SPACE)}".rstrip(_SPACE) + "\n"
    spans = [span for span in _logical_lines(lines) if _name_of(lines[span.first]) == name]
    if not spans:
        end = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{end}{line}"
    if len(spans) == 1 and _says(lines, spans[0], value):
        return text
    for span in reversed(spans):
        kept = [inner for inner in lines[span.first + 1 : span.last] if _ignored(inner)]
        lines[span.first : span.last] = ([line] if span == spans[0] else []) + kept
    return "".join(lines)


def _says(lines: Sequence[str], span: _Logical, value: str) -> bool:
    _, sign, present = _joined(lines, span).partition("=")
    return bool(sign) and _squeezed(present) == _squeezed(value)


# --- master.cf ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Word:
    """A word of a service's entry, from character `start` to `end` of the file; braces hold words together."""

    start: int
    end: int
    text: str


def drop_override(text: str, service: str, name: str) -> str:
    """`text` of a master.cf without the `-o name=…` of a service, written `submission/inet` as `postconf -P` does.

    The misspelling `-o name = value`, which Postfix does not read as an override, is taken out as well. A
    service that has no such override is left as it is, byte for byte.
    """
    doomed: list[_Word] = []
    for words in _entries(text):
        if _service(words) == service:
            doomed += [word for found, _, used in _overrides(words[_FIELDS:]) if found == name for word in used]
    for word in reversed(doomed):
        text = _cut(text, word)
    return text


def set_override(text: str, service: str, name: str, value: str) -> str:
    """`text` of a master.cf with one `-o name=value` for a service, first among its arguments.

    A service that has just this override stays as it is. Raises ValueError for a service that is not there, and
    for a value that would not survive.
    """
    if not _NAME.fullmatch(name) or any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError(f"{name!r} = {value!r} cannot be written as one override")
    value = value.strip(_SPACE)
    if value.count("{") != value.count("}"):
        raise ValueError(f"{value!r} has an odd brace, and cannot be written as one override")
    entries = [words for words in _entries(text) if _service(words) == service and len(words) >= _FIELDS]
    if not entries:
        raise ValueError(f"master.cf has no service {service}")
    present = [[found for known, found, _ in _overrides(words[_FIELDS:]) if known == name] for words in entries]
    if all(found == [value] for found in present):
        return text
    text = drop_override(text, service, name)
    spaced = any(character in _SPACE for character in value)
    argument = f"\n  -o {{ {name} = {value} }}" if spaced else f"\n  -o {name}={value}"
    whole = [words for words in _entries(text) if _service(words) == service and len(words) >= _FIELDS]
    for words in reversed(whole):
        # Right after the program: what follows argv= belongs to the command that pipe(8) runs.
        program = words[_FIELDS - 1]
        text = text[: program.end] + argument + text[program.end :]
    return text


def written_overrides(text: str) -> dict[str, dict[str, str | None]]:
    """The overrides written in a master.cf, or in what `postconf -M` prints: service -> name -> value.

    None stands for a misspelling such as `-o name = value` without braces: Postfix reads no value there, and
    `postconf -P` does not tell.
    """
    return {
        _service(words): {name: value for name, value, _ in _overrides(words[_FIELDS:])}
        for words in _entries(text)
        if len(words) >= _FIELDS
    }


_FIELDS = 8
"""service, type, private, unprivileged, chroot, wake-up, process limit, program; its arguments follow."""


def _entries(text: str) -> Iterator[list[_Word]]:
    lines = _lines(text)
    starts = [0, *accumulate(len(line) for line in lines)]
    for span in _logical_lines(lines):
        yield _words(
            (starts[index] + column, character)
            for index in range(span.first, span.last)
            if not _ignored(lines[index])
            for column, character in enumerate(lines[index])
        )


def _words(characters: Iterable[tuple[int, str]]) -> list[_Word]:
    """Words by white space; inside `{ … }` white space does not divide (mystrtokq in Postfix)."""
    words: list[_Word] = []
    held: list[tuple[int, str]] = []
    depth = 0
    for place, character in [*characters, (-1, " ")]:
        last = place < 0
        if last or (depth == 0 and character in _SPACE):
            if held:
                words.append(_Word(held[0][0], held[-1][0] + 1, "".join(letter for _, letter in held)))
            held = []
            continue
        depth += (character == "{") - (character == "}" and depth > 0)
        held.append((place, character))
    return words


def _service(words: Sequence[_Word]) -> str:
    return "/".join(word.text for word in words[:2])


def _overrides(arguments: Sequence[_Word]) -> Iterator[tuple[str, str | None, Sequence[_Word]]]:
    """Name, value and words of each `-o`; the value is None where Postfix finds no assignment."""
    index = 0
    while index < len(arguments):
        first = index
        index += 1
        option = arguments[first].text
        if not option.startswith("-o"):
            continue
        assignment = option[2:]
        if not assignment and index < len(arguments):
            assignment = arguments[index].text
            index += 1
        braced = assignment.startswith("{") and assignment.endswith("}")
        name, sign, value = (assignment[1:-1] if braced else assignment).partition("=")
        if not sign:
            index += _strays([word.text for word in arguments[index : index + 2]])
        yield name.strip(_SPACE), (value.strip(_SPACE) if braced else value) if sign else None, arguments[first:index]


def _strays(following: Sequence[str]) -> int:
    """How many words after `-o name` belong to a misspelt assignment: `= value` or `=value`."""
    if not following or not following[0].startswith("="):
        return 0
    return len(following) if following[0] == "=" else 1


def _cut(text: str, word: _Word) -> str:
    """`text` without a word and the white space before it, and without the line where that leaves it empty."""
    line = text.rfind("\n", 0, word.start) + 1
    stop = text.find("\n", word.end)
    stop = len(text) if stop < 0 else stop
    before, after = text[line : word.start].rstrip(_SPACE), text[word.end : stop]
    if not before and not after.strip(_SPACE):
        return text[:line] + text[stop + 1 :]
    return text[:line] + before + after + text[stop:]


# --- what postconf prints -------------------------------------------------------------------------


def parse_parameters(output: str) -> dict[str, str]:
    """`postconf`'s `name = value` lines as a mapping."""
    found = {}
    for line in output.split("\n"):
        name, sign, value = line.partition("=")
        if sign:
            found[name.strip(_SPACE)] = value.strip(_SPACE)
    return found


def parse_overrides(output: str) -> dict[str, dict[str, str]]:
    """`postconf -P` lines (`smtp/inet/name = value`) as service -> name -> value."""
    found: dict[str, dict[str, str]] = {}
    for key, value in parse_parameters(output).items():
        service, _, name = key.rpartition("/")
        found.setdefault(service, {})[name] = value
    return found


# --- lines ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Logical:
    """A logical line: its first and last physical line (exclusive), without comments that trail it."""

    first: int
    last: int


def _logical_lines(lines: Sequence[str]) -> Iterator[_Logical]:
    first: int | None = None
    last = 0
    for index, line in enumerate(lines):
        if _ignored(line):
            continue
        if line[0] not in _SPACE:
            if first is not None:
                yield _Logical(first, last)
            first = index
        if first is not None:
            last = index + 1
    if first is not None:
        yield _Logical(first, last)


def _lines(text: str) -> list[str]:
    """Physical lines with their ends. Only LF ends a line: str.splitlines would also split at form feeds and others."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _joined(lines: Sequence[str], span: _Logical) -> str:
    return "".join(line for line in lines[span.first : span.last] if not _ignored(line))


def _squeezed(value: str) -> str:
    return " ".join(word for word in re.split(f"[{_SPACE}]+", value) if word)


def _ignored(line: str) -> bool:
    bare = line.strip(_SPACE)
    return not bare or bare.startswith("#")


def _name_of(line: str) -> str:
    return line.partition("=")[0].strip(_SPACE)
