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
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
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
        tree = planted(value, place)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Leaf(text, place, text)
    return Leaf(tree.value, place, text) if isinstance(tree, Leaf) else tree


class _Reader:
    def __init__(self, file: str, graph: Graph, problems: Problems) -> None:
        self._file = file
        self._graph = graph
        self._problems = problems
        self._group = UNGROUPED
        self._line: Callable[[str, Position], None] = self._host
        self._sections: dict[str, Position] = {}
        self._children: list[tuple[str, str, Position]] = []
        self._vars: list[tuple[str, str, Tree]] = []

    def read(self, text: str) -> None:
        """Go through the lines; then join groups and variables, which may come before their group does."""
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
        for parent, child, place in self._children:
            if self._known(child, place):
                self._graph.add_child(parent, child, place)
        known = {name for name, place in self._sections.items() if self._known(name, place)}
        for group, name, tree in self._vars:
            if group in known:
                self._graph.groups[group].vars[name] = tree

    def _known(self, group: str, place: Position) -> bool:
        if group == ALL:
            self._graph.group(ALL, place)
        if group not in self._graph.groups:
            self._problems.add(place, f"there is no group {group}: {nearest(group, self._graph.groups)}")
        return group in self._graph.groups

    def _section(self, line: str, place: Position) -> None:
        match = _SECTION.fullmatch(line)
        name, kind = (match[1], match[2]) if match else ("", None)
        self._group = name
        if kind is None:
            self._line = self._host
            self._graph.group(name, place)
        elif kind == "children":
            self._line = self._child
            self._graph.group(name, place)
        elif kind == "vars":
            self._line = self._variable
            self._sections.setdefault(name, place)
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
        self._children.append((self._group, match[1], place))

    def _variable(self, line: str, place: Position) -> None:
        match = _VARIABLE.fullmatch(line)
        if not match:
            self._problems.add(place, f"`{line}` is no variable: write name = value")
            return
        at = Position(place.file, place.line, place.column + match.start(2))
        self._vars.append((self._group, match[1], literal(match[2], at)))
