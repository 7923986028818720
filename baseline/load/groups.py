"""Hosts and groups of an inventory, with variables and their precedence as Ansible has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from baseline.load.tree import Leaf, Position, Problems, Tree

Variables = Mapping[str, Tree]

ALL, UNGROUPED = "all", "ungrouped"
_PRIORITY = "ansible_group_priority"


@dataclass
class Group:
    """A group as the files name it: variables written in the inventory, hosts and groups directly in it."""

    place: Position
    vars: dict[str, Tree] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, Position] = field(default_factory=dict)


@dataclass
class Graph:
    """All that the inventory's files say, gathered file by file."""

    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, dict[str, Tree]] = field(default_factory=dict)
    places: dict[str, Position] = field(default_factory=dict)

    def group(self, name: str, place: Position) -> Group:
        """The group of this name, made when it is new."""
        return self.groups.setdefault(name, Group(place))

    def add_host(self, name: str, group: str, place: Position) -> dict[str, Tree]:
        """Put a host into a group; gives the host's own variables, to be added to."""
        self.group(group, place).hosts[name] = None
        self.places.setdefault(name, place)
        return self.hosts.setdefault(name, {})

    def add_child(self, parent: str, child: str, place: Position) -> None:
        """Put a group into a group."""
        self.group(child, place)
        self.group(parent, place).children.setdefault(child, place)


@dataclass(frozen=True)
class FolderVariables:
    """What `group_vars/` and `host_vars/` beside one inventory say."""

    groups: Mapping[str, Variables]
    hosts: Mapping[str, Variables]


class Hierarchy:
    """A finished graph: every group with its depth, every host with its groups from the outermost inwards.

    A group that contains itself is noted as a problem, and the way back is left out.
    """

    def __init__(self, graph: Graph, problems: Problems) -> None:
        self._graph = graph
        self._parents: dict[str, list[str]] = {name: [] for name in graph.groups}
        for name, child, place in [(n, c, p) for n, group in graph.groups.items() for c, p in group.children.items()]:
            if name == child or name in self._below(child):
                problems.add(place, f"group {child} contains itself")
            else:
                self._parents[child].append(name)
        self._depths: dict[str, int] = {ALL: 0}
        self._groups_with: dict[str, list[str]] = {}
        for name, group in graph.groups.items():
            for host in group.hosts:
                self._groups_with.setdefault(host, []).append(name)
        self._all_of: dict[tuple[str, ...], tuple[str, ...]] = {}

    def groups_of(self, host: str) -> list[str]:
        """Every group of a host but `all`: by depth, then `ansible_group_priority`, then name; later ones win."""
        direct = tuple(self._groups_with.get(host, ()))
        if direct not in self._all_of:
            found = {*direct}.union(*map(self._above, direct)) - {ALL}
            self._all_of[direct] = tuple(
                sorted(found, key=lambda name: (self._depth(name), self._priority(name), name))
            )
        return list(self._all_of[direct])

    def variables_of(self, host: str, groups: list[str], folders: list[FolderVariables]) -> dict[str, Tree]:
        """The variables of a host: the inventory's for groups, the folders' for groups, then both for the host."""
        merged: dict[str, Tree] = {}
        for layer in self._layers(host, groups, folders):
            merged.update(layer)
        merged.pop(_PRIORITY, None)
        return merged

    def _layers(self, host: str, groups: list[str], folders: list[FolderVariables]) -> Iterator[Variables]:
        for name in (ALL, *groups):
            if name in self._graph.groups:
                yield self._graph.groups[name].vars
        for folder in folders:
            yield folder.groups.get(ALL, {})
        for folder in folders:
            for name in groups:
                yield folder.groups.get(name, {})
        yield self._graph.hosts[host]
        for folder in folders:
            yield folder.hosts.get(host, {})

    def _below(self, name: str) -> set[str]:
        found: set[str] = set()
        todo = [name]
        while todo:
            for child in self._children(todo.pop()):
                if child not in found:
                    found.add(child)
                    todo.append(child)
        return found

    def _children(self, name: str) -> list[str]:
        return [child for child in self._graph.groups[name].children if name in self._parents[child]]

    def _above(self, name: str) -> set[str]:
        found: set[str] = set()
        for parent in self._parents[name]:
            found |= {parent, *self._above(parent)}
        return found

    def _depth(self, name: str) -> int:
        if name not in self._depths:
            self._depths[name] = 1 + max((self._depth(parent) for parent in self._parents[name]), default=0)
        return self._depths[name]

    def _priority(self, name: str) -> int:
        value = self._graph.groups[name].vars.get(_PRIORITY)
        known = value.value if isinstance(value, Leaf) else None
        return int(known) if isinstance(known, int) or (isinstance(known, str) and known.isdigit()) else 1
