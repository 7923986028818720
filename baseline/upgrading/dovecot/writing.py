"""Dovecot 2.4's configuration, written: settings, sections, and comments where something could not be converted.

Source: doc.dovecot.org 2.4 "Config file syntax"; quoting was tried on 2.4.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from baseline.classes import dataclass

HIDDEN = "FILL-IN-BY-HAND"
"""What stands in a converted file in the place of a password, which never leaves the host."""


@dataclass(frozen=True)
class Set:
    """`name = value`. `bare` values go as they are."""

    name: str
    value: str
    bare: bool = False


@dataclass(frozen=True)
class Comment:
    """A comment, such as a setting that could not be converted, in its place."""

    text: str


@dataclass(frozen=True)
class WrittenSection:
    """`head { … }`. Sections of one head in one place are written as one."""

    head: str
    entries: tuple[Entry, ...] = ()


Entry = Set | Comment | WrittenSection


def section(kind: str, name: str = "", entries: Iterable[Entry] = ()) -> WrittenSection:
    """A section whose name is quoted where it has to be."""
    if name and not re.fullmatch(r"[A-Za-z0-9_./:@!%*+-]+", name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}"'
    return WrittenSection(f"{kind} {name}".strip(), tuple(entries))


def switches(name: str, words: Iterable[str], *, off: Iterable[str] = ()) -> WrittenSection:
    """A list of 2.4's that is added to: `name { word = yes }`, and `no` for what is taken out."""
    return WrittenSection(name, (*(Set(word, "yes") for word in words), *(Set(word, "no") for word in off)))


def quote(value: str) -> str:
    """A value as it stands behind `=`."""
    if re.search(r"[#$\"\\]|^[<'\s]|\s$|\{$", value):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return value


def joined(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries with sections of one head as one, at the place of the first; comments and settings keep theirs."""
    heads: dict[str, list[Entry]] = {}
    order: list[Entry | str] = []
    for entry in entries:
        if isinstance(entry, WrittenSection):
            if entry.head not in heads:
                heads[entry.head] = []
                order.append(entry.head)
            heads[entry.head] += entry.entries
        else:
            order.append(entry)
    return tuple(WrittenSection(one, joined(heads[one])) if isinstance(one, str) else one for one in order)


def write(entries: Iterable[Entry]) -> str:
    """The text of a file, with sections of one head written once."""
    return "".join(f"{line}\n" for line in _lines(joined(entries), ""))


def _lines(entries: Iterable[Entry], indent: str) -> Iterable[str]:
    for entry in entries:
        if isinstance(entry, Comment):
            yield from (f"{indent}# {line}".rstrip() for line in entry.text.split("\n"))
        elif isinstance(entry, Set):
            value = entry.value if entry.bare else quote(entry.value)
            yield f"{indent}{entry.name} = {value}".rstrip()
        else:
            yield f"{indent}{entry.head} {{"
            yield from _lines(entry.entries, f"{indent}  ")
            yield f"{indent}}}"
