"""Ansible's INI inventory: `[group]`, `[group:children]`, `[group:vars]`, and `host key=value …` lines.

Values are Python literals where they can be, and text otherwise, as Ansible reads them.
"""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from collections.abc import Callable

from baseline.load.groups import ALL, UNGROUPED, Graph
from baseline.load.hosts_yaml import add_hosts
from baseline.load.tree import Leaf, Position, Problems, Table, Tree, nearest, planted

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:[#;].*)?")
_CHILD = re.compile(r"([^:\]\s#]+)\s*(?:#.*)?")
_VARIABLE = re.compile(r"([^\s=]+)\s*=\s*(.*)")
_KINDS = ("children", "vars")


def read_ini(text: str, file: str, graph: Graph, problems: Problems) -> None:
    """Every line of the text into the graph; mistakes noted."""
    _Reader(file, graph, problems).read(text)


def literal(text: str, place: Position) -> Tree:
    """The value of `key=value`: a Python literal of plain data, or else the text as it stands."""
    try:
        with warnings.catch_warnings():
            # Text such as `\d` is an odd literal to Python, and no fault of an inventory.
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text)
        tree = planted(_of_json(value), place)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Leaf(text, place, text)
    return Leaf(tree.value, place, text) if isinstance(tree, Leaf) else tree


def _of_json(value: object) -> object:
    """Sets as lists and bytes as text, which Ansible makes of these."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list | tuple | set):
        return [_of_json(one) for one in value]
    return {key: _of_json(one) for key, one in value.items()} if isinstance(value, dict) else value


class _Reader:
    def __init__(self, file: str, graph: Graph, problems: Problems) -> None:
        self._file = file
        self._graph = graph
        self._problems = problems
        self._group = UNGROUPED
        self._line: Callable[[str, Position], None] = self._host
        self._declared = set(graph.groups)
        self._unknown: dict[str, Position] = {}
        self._waiting: dict[str, list[tuple[str, Position]]] = {}

    def read(self, text: str) -> None:
        """Go through the lines. Children and variables may come before their group does, but it has to come."""
        for number, raw in enumerate(text.split("\n"), 1):
            line = raw.strip()
            if not line or line[0] in "#;":
                continue
            place = Position(self._file, number, len(raw) - len(raw.lstrip()) + 1)
            if line[0] == "[" and _SECTION.fullmatch(line):
                self._section(line, place)
            elif line[0] == "[" and not re.match(r"\[[^\]]*:", line):
                self._problems.add(place, f"{line} is no section: write [group], [group:vars] or [group:children]")
            else:
                self._line(line, place)
        unknown = [
            *self._unknown.items(),
            *((child, place) for child, all in self._waiting.items() for _, place in all),
        ]
        for group, place in unknown:
            self._problems.add(place, f"there is no group {group}: {nearest(group, self._declared)}")

    def _declare(self, group: str, place: Position) -> None:
        """The group is there now: whatever waited for it, waits no longer."""
        self._graph.group(group, place)
        self._declared.add(group)
        self._unknown.pop(group, None)
        for parent, at in self._waiting.pop(group, []):
            self._graph.add_child(parent, group, at)

    def _section(self, line: str, place: Position) -> None:
        match = _SECTION.fullmatch(line)
        name, kind = (match[1], match[2]) if match else ("", None)
        self._group = name
        if kind is None:
            self._line = self._host
            self._declare(name, place)
        elif kind == "children":
            self._line = self._child
            self._declare(name, place)
        elif kind == "vars":
            self._line = self._variable
            self._graph.group(name, place)
            if name not in (ALL, UNGROUPED, *self._declared):
                self._unknown.setdefault(name, place)
        else:
            self._line = self._skipped
            self._problems.add(place, f"unknown section `{kind}`: {nearest(kind, _KINDS)}")

    def _skipped(self, line: str, place: Position) -> None:
        """Lines of a section that nobody knows."""

    def _host(self, line: str, place: Position) -> None:
        try:
            pattern, *words = shlex.split(line, comments=True)
        except ValueError as error:
            self._problems.add(place, f"{str(error).lower()}: close the quotes")
            return
        found = add_hosts(pattern, self._group, Table({}, place), place, self._graph, self._problems)
        column = 0
        for word in words:
            name, sign, value = word.partition("=")
            column = max(line.find(name, column + 1), 0)
            at = Position(place.file, place.line, place.column + column)
            if not sign or not _VARIABLE.fullmatch(f"{name}="):
                self._problems.add(at, f"`{word}` is no variable: write name=value")
                continue
            tree = literal(value, at)
            for own in found:
                own[name] = tree

    def _child(self, line: str, place: Position) -> None:
        match = _CHILD.fullmatch(line)
        if not match:
            self._problems.add(place, f"`{line}` is no group: a children section holds one group on each line")
            return
        child = match[1]
        if child in self._declared or child in (ALL, UNGROUPED):
            self._graph.add_child(self._group, child, place)
        else:
            self._waiting.setdefault(child, []).append((self._group, place))

    def _variable(self, line: str, place: Position) -> None:
        match = _VARIABLE.fullmatch(line)
        if not match:
            self._problems.add(place, f"`{line}` is no variable: write name = value")
            return
        at = Position(place.file, place.line, place.column + match.start(2))
        self._graph.group(self._group, place).vars[match[1]] = literal(match[2], at)
