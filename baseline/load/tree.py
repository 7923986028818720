"""What a file says, with the place of every value and every key."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from baseline.classes import dataclass
from baseline.errors import InputError, Problem
from baseline.secret import Secret


class Position(NamedTuple):
    """A position in a file; `line` and `column` count from 1, and 0 is the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Leaf:
    """One scalar: its value, how it is written, and a tag such as `!vault` when its reader lets that pass.

    A secret is one too: its value is fetched later.
    """

    value: str | int | float | bool | Secret | None
    place: Position
    text: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Items:
    """A list."""

    nodes: tuple[Tree, ...]
    place: Position


@dataclass(frozen=True)
class TableEntry:
    """One value of a table, and the place of its key."""

    key: Position
    tree: Tree


@dataclass(frozen=True)
class Table:
    """A mapping, in the order of the file."""

    entries: Mapping[str, TableEntry]
    place: Position

    def get(self, key: str) -> Tree | None:
        """The value of a key; None when the key is not there."""
        entry = self.entries.get(key)
        return entry.tree if entry else None


Tree = Leaf | Items | Table

ValuePath = tuple[str | int, ...]
"""Where a value stands in a tree: keys, and numbers of list elements from 0."""


def plain(tree: Tree) -> Any:
    """The tree as Python's own scalars, lists and dictionaries."""
    if isinstance(tree, Leaf):
        return tree.value
    if isinstance(tree, Items):
        return [plain(node) for node in tree.nodes]
    return {key: plain(entry.tree) for key, entry in tree.entries.items()}


def planted(value: Any, place: Position) -> Tree:
    """A tree over plain data; every part of it stands at `place`. Raises TypeError for anything JSON has not."""
    if isinstance(value, Mapping):
        entries = {_text(key): TableEntry(place, planted(inner, place)) for key, inner in value.items()}
        return Table(entries, place)
    if isinstance(value, list | tuple):
        return Items(tuple(planted(inner, place) for inner in value), place)
    if isinstance(value, Secret):
        return Leaf(value, place, "", "!secret")
    if value is None or isinstance(value, str | int | float):
        return Leaf(value, place, str(value))
    raise TypeError(f"a {type(value).__name__} is no scalar, list or mapping")


def located(tree: Tree, path: Iterable[str | int]) -> Iterator[tuple[str | int, Position, Tree]]:
    """The steps of `path` that the tree has: each with its key's place and its value.

    Steps that are not there are passed over, since pydantic puts names of its own between them.
    """
    for step in path:
        if isinstance(tree, Table) and isinstance(step, str) and step in tree.entries:
            entry = tree.entries[step]
            yield step, entry.key, entry.tree
            tree = entry.tree
        elif isinstance(tree, Items) and isinstance(step, int) and step < len(tree.nodes):
            tree = tree.nodes[step]
            yield step, tree.place, tree


@dataclass
class Problems:
    """Mistakes gathered while files are read, so that a reader meets all of them at once."""

    found: dict[Problem, None] = field(default_factory=dict)

    def add(self, place: Position, message: str) -> None:
        """Remember one mistake."""
        self.found[Problem(place.file, place.line, place.column, message)] = None

    def raise_any(self) -> None:
        """Raise `InputError` with all of them, when there is one."""
        if self.found:
            raise InputError(list(self.found))


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the known words closest to a mistaken one, or else all of them."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=3)
    if close:
        return f"did you mean {_listed(close, 'or')}?"
    return f"known: {_listed(words, 'and')}" if words else "none is known"


def short(value: Any, most: int = 60) -> str:
    """A value as a message shows it, on one line."""
    shown = repr(value)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _listed(words: list[str], last: str) -> str:
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def _text(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"key {key!r} is not text")
    return key
