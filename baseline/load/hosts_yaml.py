"""Inventories as mappings: Ansible's YAML form, and the JSON that an executable inventory prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from baseline.load.explain import table
from baseline.load.groups import ALL, Graph
from baseline.load.ranges import expand
from baseline.load.reading import Reading
from baseline.load.running import PrintedTooMuch, ran
from baseline.load.tree import Items, Leaf, Position, Problems, Table, TableEntry, Tree, nearest, plain, planted
from baseline.load.vaults import revealed

SCRIPT_SECONDS = 60
MOST_SCRIPT_BYTES = 256 << 20
"""Of what an inventory script may print: that of 30 000 hosts with many variables is some tens of MiB."""

_PARTS = ("hosts", "vars", "children")


def read_tree(tree: Tree, graph: Graph, problems: Problems) -> None:
    """A YAML inventory: at the top its groups, each with `hosts`, `vars` and `children`."""
    groups = table(tree, "an inventory", problems)
    if groups is None:
        return
    if "plugin" in groups.entries:
        place = groups.entries["plugin"].key
        problems.add(place, "Ansible's inventory plugins are not run: give a script that prints `--list` instead")
        return
    for name, entry in groups.entries.items():
        _group(name, entry, graph, problems)


def _group(name: str, entry: TableEntry, graph: Graph, problems: Problems) -> None:
    group = graph.group(name, entry.key)
    if isinstance(entry.tree, Leaf | Items) and plain(entry.tree) is not None:
        problems.add(entry.tree.place, f"`{name}:` needs `hosts:` under it, and the hosts as keys under that")
        return
    body = _optional(entry.tree, f"group {name}", problems)
    for part, inner in body.entries.items():
        if part not in _PARTS:
            problems.add(inner.key, f"unknown key `{part}` in group {name}: {nearest(part, _PARTS)}")
    # In the order of the file: of what is said of a host in several places, the last counts.
    for part, inner in body.entries.items():
        if part == "hosts":
            _hosts(name, inner.tree, graph, problems)
        elif part == "children":
            for child, below in _names(inner.tree, f"`children` of {name}", problems).items():
                _group(child, below, graph, problems)
                graph.add_child(name, child, below.key)
        elif part == "vars":
            group.vars.update(_variables(inner.tree, f"`vars` of {name}", problems))


def _hosts(group: str, tree: Tree, graph: Graph, problems: Problems) -> None:
    for pattern, inner in _names(tree, f"`hosts` of {group}", problems).items():
        add_hosts(pattern, group, _optional(inner.tree, f"host {pattern}", problems), inner.key, graph, problems)


def add_hosts(
    pattern: str, group: str, variables: Table, place: Position, graph: Graph, problems: Problems
) -> list[dict[str, Tree]]:
    """The hosts of a pattern put into a group; gives the variables of each, to be added to."""
    try:
        names, port = expand(pattern)
    except ValueError as error:
        problems.add(place, str(error))
        return []
    found = []
    for name in names:
        new = name not in graph.hosts
        own = graph.add_host(name, group, place)
        # Behind a name that was there before, Ansible hears no port.
        if port is not None and new:
            own["ansible_port"] = Leaf(port, place, str(port))
        own.update({key: entry.tree for key, entry in variables.entries.items()})
        found.append(own)
    return found


def _optional(tree: Tree, what: str, problems: Problems) -> Table:
    """A mapping, or nothing at all."""
    nothing = isinstance(tree, Leaf) and tree.value is None
    return (None if nothing else table(tree, what, problems)) or Table({}, tree.place)


def _names(tree: Tree | None, what: str, problems: Problems) -> dict[str, TableEntry]:
    """The keys of a mapping; one name alone is as good."""
    if tree is None or (isinstance(tree, Leaf) and tree.value is None):
        return {}
    if isinstance(tree, Leaf) and isinstance(tree.value, str):
        return {tree.value: TableEntry(tree.place, Leaf(None, tree.place))}
    if isinstance(tree, Items):
        first = next((node.text for node in tree.nodes if isinstance(node, Leaf)), "name")
        problems.add(tree.place, f"{what} must be a mapping: write each name as a key (`{first}:`), without a hyphen")
        return {}
    names = table(tree, what, problems)
    return dict(names.entries) if names else {}


def _variables(tree: Tree | None, what: str, problems: Problems) -> dict[str, Tree]:
    if tree is None:
        return {}
    return {name: entry.tree for name, entry in _optional(tree, what, problems).entries.items()}


# --- executable inventories -----------------------------------------------------------------------


def read_script(path: Path, graph: Graph, reading: Reading) -> None:
    """What the program prints for `--list`, and for `--host NAME` when `_meta` is missing."""
    place, problems = Position(str(path)), reading.problems
    printed = _run(path, ["--list"], problems)
    groups = None if printed is None else _object(printed, place, "--list", problems)
    if groups is None:
        return
    if printed and b"__ansible_vault" in printed:
        opened = revealed(groups, reading.vaults, problems)
        groups = opened if isinstance(opened, Table) else groups
    for name, entry in groups.entries.items():
        if name != "_meta":
            _script_group(name, entry.tree, graph, problems)
    meta = _optional(groups.get("_meta") or Leaf(None, place), "`_meta`", problems)
    known = meta.get("hostvars")
    hostvars = _optional(known, "`hostvars`", problems) if known else _each_host(path, graph, problems)
    for name, entry in hostvars.entries.items():
        variables = _optional(entry.tree, f"host {name}", problems)
        if name in graph.hosts:
            graph.hosts[name].update({key: inner.tree for key, inner in variables.entries.items()})
        else:
            add_hosts(name, ALL, variables, place, graph, problems)


def _script_group(name: str, tree: Tree, graph: Graph, problems: Problems) -> None:
    group = graph.group(name, tree.place)
    body = Table({"hosts": TableEntry(tree.place, tree)}, tree.place) if isinstance(tree, Items) else tree
    body = _optional(body, f"group {name}", problems)
    for part in body.entries:
        if part not in _PARTS:
            problems.add(tree.place, f"unknown key `{part}` in group {name}: {nearest(part, _PARTS)}")
    for host in _listed(body.get("hosts"), f"`hosts` of {name}", problems):
        add_hosts(host, name, Table({}, tree.place), tree.place, graph, problems)
    for child in _listed(body.get("children"), f"`children` of {name}", problems):
        graph.add_child(name, child, tree.place)
    group.vars.update(_variables(body.get("vars"), f"`vars` of {name}", problems))


def _listed(tree: Tree | None, what: str, problems: Problems) -> list[str]:
    if tree is None:
        return []
    nodes = tree.nodes if isinstance(tree, Items) else (tree,)
    names = [node.value for node in nodes if isinstance(node, Leaf) and isinstance(node.value, str)]
    if len(names) != len(nodes):
        problems.add(tree.place, f"{what} must be a list of names")
    return names


def _each_host(path: Path, graph: Graph, problems: Problems) -> Table:
    place = Position(str(path))
    entries = {}
    for name in [host for host, at in graph.places.items() if at == place]:
        printed = _run(path, ["--host", name], problems)
        # A program that says nothing of a host has nothing to say of it, as to Ansible.
        variables = (
            None if printed is None or not printed.strip() else _object(printed, place, f"--host {name}", problems)
        )
        if variables is not None:
            entries[name] = TableEntry(place, variables)
    return Table(entries, place)


def _run(path: Path, arguments: list[str], problems: Problems) -> bytes | None:
    place, called = Position(str(path)), " ".join(arguments)
    try:
        done = ran([str(path.absolute()), *arguments], seconds=SCRIPT_SECONDS, most=MOST_SCRIPT_BYTES)
    except TimeoutError:
        problems.add(place, f"`{called}` took longer than {SCRIPT_SECONDS} seconds")
        return None
    except PrintedTooMuch:
        problems.add(place, f"`{called}` printed more than {MOST_SCRIPT_BYTES >> 20} MiB")
        return None
    except OSError as error:
        problems.add(place, f"cannot be run: {error.strerror}")
        return None
    if done.code != 0:
        said = " ".join(done.stderr.decode("utf-8", "backslashreplace").split())
        problems.add(place, f"`{called}` ended with exit code {done.code}{f': {said[:300]}' if said else ''}")
        return None
    return done.stdout


def _object(printed: bytes, place: Position, called: str, problems: Problems) -> Table | None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            twice = next(key for index, (key, _) in enumerate(pairs) if key in [name for name, _ in pairs[:index]])
            problems.add(place, f"`{called}` gives the key `{twice}` twice")
        return found

    try:
        tree = planted(json.loads(printed.decode(), object_pairs_hook=once), place)
    except UnicodeDecodeError:
        problems.add(place, f"`{called}` printed no JSON: it is not UTF-8")
        return None
    except (ValueError, RecursionError) as error:
        problems.add(place, f"`{called}` printed no JSON: {error}")
        return None
    return table(tree, f"what `{called}` prints", problems)
