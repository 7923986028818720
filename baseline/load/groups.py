"""Hosts and groups of an inventory, with variables and their precedence as Ansible has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from baseline.classes import dataclass
from baseline.load.tree import Leaf, Position, Problems, Tree, short

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
        self._problems = problems
        self._parents: dict[str, list[str]] = {name: [] for name in graph.groups}
        for name, child, place in [(n, c, p) for n, group in graph.groups.items() for c, p in group.children.items()]:
            if name == child or name in self._below(child):
                problems.add(place, f"group {child} contains itself")
            else:
                self._parents[child].append(name)
        self._depths: dict[str, int] = {ALL: 0}
        self._outer: dict[str, frozenset[str]] = {}
        self._direct: dict[str, list[str]] = {host: [] for host in graph.hosts}
        for name, group in graph.groups.items():
            for host in group.hosts:
                self._direct[host].append(name)
        self._all_of: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._settle_ungrouped()

    def _settle_ungrouped(self) -> None:
        """`ungrouped` has the hosts that no group has, and no other, whatever the files say."""
        for host, direct in self._direct.items():
            grouped = [name for name in direct if name not in (ALL, UNGROUPED)]
            if grouped and UNGROUPED in direct:
                del self._graph.groups[UNGROUPED].hosts[host]
            elif not grouped and UNGROUPED not in direct:
                self._graph.group(UNGROUPED, self._graph.places[host]).hosts[host] = None
                self._parents.setdefault(UNGROUPED, [])
                grouped = [UNGROUPED]
            elif not grouped:
                grouped = [UNGROUPED]
            self._direct[host] = grouped

    def members(self, name: str) -> tuple[str, ...]:
        """Every host of a group and of those below it, in the order in which Ansible counts them: `relays[0]`.

        That is level by level: its own hosts, those of its children, those of theirs.
        """
        found: dict[str, None] = {}
        level, seen = [name], {name}
        while level:
            for one in level:
                found.update(self._graph.groups[one].hosts if one in self._graph.groups else {})
            below = dict.fromkeys(child for one in level for child in self._children(one))
            level = [child for child in below if child not in seen]
            seen.update(level)
        return tuple(found)

    def groups_of(self, host: str) -> list[str]:
        """Every group of a host but `all`: by depth, then `ansible_group_priority`, then name; later ones win."""
        direct = tuple(self._direct[host])
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
        named = self._graph.groups[name].children if name in self._graph.groups else {}
        children = [child for child in named if name in self._parents[child]]
        if name != ALL:
            return children
        # All groups without a parent are children of `all`, of which `ungrouped` is the first.
        first = [one for one in self._graph.groups if one == UNGROUPED]
        others = [one for one in self._graph.groups if one != ALL and not self._parents[one]]
        return list(dict.fromkeys([*first, *children, *others]))

    def _above(self, name: str) -> frozenset[str]:
        if name not in self._outer:
            parents = self._parents[name]
            self._outer[name] = frozenset(parents).union(*(self._above(parent) for parent in parents))
        return self._outer[name]

    def _depth(self, name: str) -> int:
        if name not in self._depths:
            self._depths[name] = 1 + max((self._depth(parent) for parent in self._parents[name]), default=0)
        return self._depths[name]

    def _priority(self, name: str) -> int:
        tree = self._graph.groups[name].vars.get(_PRIORITY)
        value = tree.value if isinstance(tree, Leaf) else None
        if tree is None or not isinstance(value, int | float | str):
            return 1
        try:
            return int(value)
        except (ValueError, OverflowError):
            self._problems.add(tree.place, f"`{_PRIORITY}`: {short(value)} is no number")
            return 1
