"""Dovecot 2.3's configuration as a tree: what `doveconf -n` prints, and the files it was read from, with their lines.

Source: doc.dovecot.org 2.3 "Config file syntax"; config-parser.c of dovecot/core 2.3.19.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from posixpath import dirname, join, normpath

from baseline.classes import dataclass
from baseline.formats.dovecot import unquote


@dataclass(frozen=True)
class Block:
    """`kind name { … }`; the name is empty where the block has none. The whole configuration is a block of no kind.

    A setting that was given several times has its last value.
    """

    kind: str = ""
    name: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()

    @property
    def head(self) -> str:
        """What stands before the brace, without quotes."""
        return f"{self.kind} {self.name}".strip()

    def get(self, name: str, default: str = "") -> str:
        """A setting directly in this block."""
        return self.settings.get(name, default)

    def all(self, kind: str) -> tuple[Block, ...]:
        """The blocks of one kind directly in this one, in their order."""
        return tuple(block for block in self.blocks if block.kind == kind)

    def plugin(self) -> Mapping[str, str]:
        """The settings of the `plugin` blocks directly in this one."""
        return {name: value for block in self.all("plugin") for name, value in block.settings.items()}


_KIND = re.compile(r"(?P<kind>!?[A-Za-z0-9_-]+)(?:\s+(?P<name>.*))?")


def _head(text: str) -> tuple[str, str]:
    match = _KIND.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no head of a block of Dovecot's configuration")
    name = (match["name"] or "").strip()
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return match["kind"], name


class _Open:
    """A block that is being read."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        self.settings: dict[str, str] = {}
        self.blocks: list[Block] = []

    def closed(self) -> Block:
        return Block(self.kind, self.name, dict(self.settings), tuple(self.blocks))


def parse(printed: str) -> Block:
    """What `doveconf -n` printed. Raises ValueError for a block without an end, or an end without a block."""
    stack = [_Open("", "")]
    for line in printed.split("\n"):
        bare = line.strip(" \t\r")
        name, sign, value = bare.partition("=")
        if not bare or bare.startswith("#"):
            continue
        if bare == "}":
            if len(stack) == 1:
                raise ValueError("a block of Dovecot's configuration ends that never began")
            done = stack.pop().closed()
            stack[-1].blocks.append(done)
        elif bare.endswith("{") and not (sign and _NAME.fullmatch(name.strip())):
            stack.append(_Open(*_head(bare[:-1])))
        elif sign:
            stack[-1].settings[name.strip()] = unquote(value.strip(" \t"))
    if len(stack) > 1:
        raise ValueError(f"the block {stack[-1].kind!r} of Dovecot's configuration has no end")
    return stack[0].closed()


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_/:.-]*")


# --- files ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SettingPlace:
    """Where a setting was given: the heads of the blocks around it, its name and value, and `file:line`."""

    heads: tuple[str, ...]
    name: str
    value: str
    where: str


def places(files: Mapping[str, str], main: str) -> tuple[SettingPlace, ...]:
    """Every setting of the files that Dovecot reads, in the order in which it reads them.

    An include that names no file that we have adds nothing; a file that includes itself is read once. A file that
    cannot be read to its end gives what was read: doveconf has judged it already.
    """
    return tuple(_read(files, main, [], frozenset({main})))


def _read(files: Mapping[str, str], path: str, heads: list[str], above: frozenset[str]) -> Iterator[SettingPlace]:
    for number, line in _logical(files.get(path, "")):
        include = re.match(r"!include(?:_try)?\s+(\S.*)", line)
        name, sign, value = line.partition("=")
        if include:
            pattern = normpath(join(dirname(path), include[1].strip()))
            for other in sorted(found for found in files if _matches(found, pattern) and found not in above):
                yield from _read(files, other, heads, above | {other})
        elif line == "}":
            del heads[-1:]
        elif line.endswith("{") and not (sign and _NAME.fullmatch(name.strip())):
            heads.append(re.sub(r'"', "", line[:-1].strip()))
        elif sign:
            yield SettingPlace(tuple(heads), name.strip(), value.strip(" \t"), f"{path}:{number}")


def _matches(path: str, pattern: str) -> bool:
    return path == pattern or (dirname(path) == dirname(pattern) and fnmatchcase(path, pattern))


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations joined and comments gone, each with the number of its first line."""
    held, begun = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        bare = _uncommented(line).strip(" \t\r")
        if held == "":
            begun = number
        if bare.endswith("\\") and not line.lstrip().startswith("#"):
            held += bare[:-1].rstrip() + " "
            continue
        whole = (held + bare).strip()
        held = ""
        if whole:
            yield begun, whole


def _uncommented(line: str) -> str:
    quoted = ""
    for at, character in enumerate(line):
        if quoted:
            quoted = "" if character == quoted and line[at - 1] != "\\" else quoted
        elif character in "\"'" and line[:at].rstrip().endswith("="):
            quoted = character
        elif character == "#" and (at == 0 or line[at - 1] in " \t"):
            return line[:at]
    return line


class PlaceIndex:
    """Looks up the place that decided a setting."""

    def __init__(self, found: Iterable[SettingPlace], command: str) -> None:
        self._found: dict[tuple[tuple[str, ...], str], list[SettingPlace]] = {}
        self._command = command
        for place in found:
            self._found.setdefault((place.heads, place.name), []).append(place)

    def place(self, heads: tuple[str, ...], name: str, number: int | None = None) -> SettingPlace | None:
        """The last place of a setting, or the one of this number among blocks that have no name. None is no place."""
        found = self._found.get((heads, name), [])
        if not found:
            return None
        if number is None or number >= len(found):
            return found[-1]
        return found[number]

    def of(self, heads: tuple[str, ...], name: str, number: int | None = None) -> str:
        """`file:line`, or the command that told the setting where no file has it in these words."""
        found = self.place(heads, name, number)
        return found.where if found else self._command
