"""YAML with places: a strict reader over PyYAML's events.

Scalars resolve as in YAML 1.1 as Ansible reads it, except that dates, sexagesimal numbers, infinities and NaN
stay text. Refused: duplicate keys, keys that are no text, several documents, unknown tags, aliases that loop or
multiply, and nesting deeper than anyone writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from baseline.late import regex
from baseline.load.secret_tags import TAG, secret_at
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Items, Leaf, Position, Problems, Table, TableEntry, Tree, short

DEEPEST = 60
"""Levels of nesting; also what keeps a hostile file from exhausting the stack."""

MOST_COPIES = 100_000
"""Values that aliases may add to a document in all."""

_BOOLS = {word: True for word in ("yes", "true", "on")} | {word: False for word in ("no", "false", "off")}
_WORDS = {
    form: value for word, value in _BOOLS.items() for form in (word, word.capitalize(), word.upper())
} | dict.fromkeys(("~", "null", "Null", "NULL", ""))
_DIGIT = regex(r"[0-9]")
_INT = regex(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)")
_FLOAT = regex(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?")
_CORE = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset({f"{_CORE}{name}" for name in ("int", "float", "bool", "null", "map", "seq")})


class _Stop(Exception):
    """The rest of the document cannot be read; the problem is noted."""


def read(path: Path, problems: Problems, *, tags: frozenset[str] = frozenset()) -> Tree | None:
    """The document of a YAML file; None when nothing of it can be read, with every problem noted."""
    raw = read_bytes(path, problems)
    text = None if raw is None else decode(raw, str(path), problems)
    return None if text is None else parse(text, str(path), problems, tags=tags)


def parse(text: str, file: str, problems: Problems, *, tags: frozenset[str] = frozenset()) -> Tree | None:
    """The one document of a text that `decode` has let pass. `tags` are kept with their text."""
    try:
        return _Composer(_events(text), file, problems, tags).document()
    except _Stop:
        return None
    except yaml.YAMLError as error:
        problems.add(*_explained(text, file, error))
        return None


def scalar(text: str) -> str | int | float | bool | None:
    """The value of a plain (unquoted) scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 40 or not _DIGIT.search(text):
        return text
    if _INT.fullmatch(text):
        return _integer(text)
    return float(text.replace("_", "")) if _FLOAT.fullmatch(text) else text


def _integer(text: str) -> int | str:
    digits = text.replace("_", "")
    bare = digits.lstrip("+-")
    octal = len(bare) > 1 and bare[0] == "0" and bare[1].isdigit()
    try:
        return int(digits, 8) if octal else int(digits, 0)
    except ValueError:
        return text


def _events(text: str, *, fast: bool = True) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader) if fast else yaml.SafeLoader
    return iter(yaml.parse(text, Loader=loader))


def _explained(text: str, file: str, error: yaml.YAMLError) -> tuple[Position, str]:
    """Place and message of a syntax error, in the words of PyYAML's own parser whichever one found it."""
    try:
        for _ in _events(text, fast=False):
            pass
    except yaml.YAMLError as slower:
        error = slower
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file)
    said = [getattr(error, "context", None), getattr(error, "problem", None) or str(error)]
    line = text.split("\n")[mark.line] if mark else ""
    message = f"not YAML: {', '.join(part for part in said if part)}"
    if mark and line[mark.column : mark.column + 1] == "\t":
        message = "not YAML: a tab cannot indent: use spaces"
    elif "mapping values are not allowed" in message:
        message += ": put a value that holds `: ` in quotes"
    return place, message


class _Composer:
    """One document, built from the parser's events."""

    def __init__(self, events: Iterator[Any], file: str, problems: Problems, tags: frozenset[str]) -> None:
        self._events = events
        self._file = file
        self._problems = problems
        self._tags = tags
        self._anchors: dict[str, Tree | None] = {}
        self._sizes: dict[str, int] = {}
        self._size = 0
        self._copied = 0

    def document(self) -> Tree | None:
        """The only document of the stream; None when there is none."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self._problems.add(Position(self._file), "the file holds no document, only comments")
            return None
        tree = self._tree(next(self._events), 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._problems.add(self._place(after), "a second document begins here: one file holds one document")
            for _ in self._events:
                pass
        return tree

    def _place(self, event: Any) -> Position:
        mark = event.start_mark
        return Position(self._file, mark.line + 1, mark.column + 1)

    def _stop(self, event: Any, message: str) -> _Stop:
        self._problems.add(self._place(event), message)
        return _Stop()

    def _tree(self, event: Any, depth: int) -> Tree:
        if depth > DEEPEST:
            raise self._stop(event, f"nested deeper than {DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        before = self._size
        self._size += 1
        if event.anchor:
            self._anchors[event.anchor] = None
        tree = self._bare(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = tree
            self._sizes[event.anchor] = self._size - before
        return tree

    def _bare(self, event: Any, depth: int) -> Tree:
        if isinstance(event, yaml.ScalarEvent):
            return self._leaf(event)
        if event.tag == TAG and TAG in self._tags and isinstance(event, yaml.MappingStartEvent):
            return secret_at(self._table(event, depth), self._problems)
        self._tag(event)
        return self._items(event, depth) if isinstance(event, yaml.SequenceStartEvent) else self._table(event, depth)

    def _aliased(self, event: Any) -> Tree:
        name = event.anchor
        if name not in self._anchors:
            raise self._stop(event, f"alias *{name} names no anchor above it")
        tree = self._anchors[name]
        if tree is None:
            raise self._stop(event, f"alias *{name} stands inside its own anchor")
        self._size += self._sizes[name]
        self._copied += self._sizes[name]
        if self._copied > MOST_COPIES:
            raise self._stop(event, f"aliases make more than {MOST_COPIES} values of this document")
        return tree

    def _leaf(self, event: Any) -> Leaf:
        place, text, tag = self._place(event), event.value, event.tag
        if tag in _PLAIN_TAGS or (event.implicit[0] and tag is None):
            return Leaf(scalar(text), place, text)
        if tag == TAG and tag in self._tags:
            self._problems.add(place, f"{TAG} says where a secret comes from, such as {TAG} {{env: NAME}}")
            return Leaf(None, place, "", tag)
        if tag in self._tags:
            return Leaf(text, place, text, tag)
        self._tag(event)
        return Leaf(text, place, text)

    def _tag(self, event: Any) -> None:
        tag = event.tag
        if tag is not None and tag not in ("!", f"{_CORE}str") and tag not in _PLAIN_TAGS:
            self._problems.add(self._place(event), f"tag {tag.replace(_CORE, '!!')} is not supported here")

    def _items(self, event: Any, depth: int) -> Items:
        nodes = []
        while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
            nodes.append(self._tree(inner, depth + 1))
        return Items(tuple(nodes), self._place(event))

    def _table(self, event: Any, depth: int) -> Table:
        entries: dict[str, TableEntry] = {}
        merged: dict[str, TableEntry] = {}
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            place = self._place(inner)
            merge = isinstance(inner, yaml.ScalarEvent) and inner.implicit[0] and inner.value == "<<"
            key = self._tree(inner, depth + 1)
            value = self._tree(next(self._events), depth + 1)
            if merge:
                self._merge(value, place, merged)
            elif not isinstance(key, Leaf) or not isinstance(key.value, str):
                self._problems.add(place, _no_text(key))
            elif key.value in entries:
                first = entries[key.value].key
                self._problems.add(place, f"key `{key.value}` is given twice: first on line {first.line}")
            else:
                entries[key.value] = TableEntry(place, value)
        return Table({**merged, **entries}, self._place(event))

    def _merge(self, value: Tree, place: Position, merged: dict[str, TableEntry]) -> None:
        for table in value.nodes if isinstance(value, Items) else (value,):
            if not isinstance(table, Table):
                self._problems.add(place, "`<<` merges mappings only")
                continue
            for key, entry in table.entries.items():
                merged.setdefault(key, entry)


def _no_text(key: Tree) -> str:
    if not isinstance(key, Leaf):
        return "a mapping or a list cannot be a key: put a template such as '{{ name }}' in quotes"
    if key.value is None:
        return "a key is missing here"
    return f"key {short(key.text)[1:-1]} is read as {words_for(key.value)}: put it in quotes"


def words_for(value: Any) -> str:
    """What YAML took an unquoted scalar for."""
    return {bool: "a truth value", int: "a number", float: "a number"}.get(type(value), "nothing")
