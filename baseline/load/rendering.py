"""Templates in the values of a baseline, rendered for one host before anything is validated.

Sandboxed, and every name has to be defined. A value that is one expression and nothing else keeps the type of
its variable, so `"{{ domains }}"` may be a list.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import field
from typing import Any

from baseline.classes import dataclass
from baseline.late import regex
from baseline.load.tree import Items, Leaf, Position, Table, TableEntry, Tree, ValuePath

_MARKS = regex(r"\{\{|\{%|\{#")


@dataclass
class Rendering:
    """What came of the templates.

    `faults` are mistakes, `open` are paths that could not be rendered, most often for want of a variable, and
    `numbers` are paths where a template gave a number.
    """

    faults: list[tuple[Position, str]] = field(default_factory=list)
    numbers: set[ValuePath] = field(default_factory=set)
    open: dict[ValuePath, tuple[Position, str]] = field(default_factory=dict)

    def spoiled(self, path: ValuePath) -> bool:
        """Whether the value at a path, or one inside it or around it, could not be rendered."""
        return any(path[: len(one)] == one or one[: len(path)] == path for one in self.open)


def as_text(tree: Tree, paths: Set[ValuePath], path: ValuePath = ()) -> Tree:
    """The tree with the numbers at `paths` as text."""
    if isinstance(tree, Items):
        return Items(tuple(as_text(node, paths, (*path, index)) for index, node in enumerate(tree.nodes)), tree.place)
    if isinstance(tree, Table):
        entries = {
            key: TableEntry(one.key, as_text(one.tree, paths, (*path, key))) for key, one in tree.entries.items()
        }
        return Table(entries, tree.place)
    return Leaf(tree.text, tree.place, tree.text) if path in paths else tree


def has_template(tree: Tree) -> bool:
    """Whether any value of the tree is a template."""
    if isinstance(tree, Leaf):
        return isinstance(tree.value, str) and bool(_MARKS.search(tree.value))
    inner = tree.nodes if isinstance(tree, Items) else tuple(entry.tree for entry in tree.entries.values())
    return any(has_template(node) for node in inner)


def variables_in(text: str) -> tuple[str, ...]:
    """The variables that a template uses, in order; none for a text that is no template."""
    if not _MARKS.search(text):
        return ()
    from baseline.load.expressions import names_in

    return names_in(text)


def parts_in(text: str, variable: str) -> tuple[str, ...]:
    """The parts of a variable that a template uses, such as `name` in `{{ target.name }}`; "" for the whole of it."""
    if variable not in variables_in(text):
        return ()
    from baseline.load.expressions import parts_of

    return parts_of(text, variable)


def rendered(tree: Tree, values: Mapping[str, Any], into: Rendering, path: ValuePath = ()) -> Tree:
    """The tree with its templates rendered; what cannot be is left as it stands and noted in `into`."""
    if isinstance(tree, Items):
        nodes_ = tuple(rendered(node, values, into, (*path, index)) for index, node in enumerate(tree.nodes))
        return Items(nodes_, tree.place)
    if isinstance(tree, Table):
        entries = {
            key: TableEntry(entry.key, rendered(entry.tree, values, into, (*path, key)))
            for key, entry in tree.entries.items()
        }
        return Table(entries, tree.place)
    if not has_template(tree):
        return tree

    from baseline.load.expressions import Unrendered, value_of

    try:
        found = value_of(str(tree.value), values, tree.place)
        if isinstance(found, Leaf) and isinstance(found.value, int | float) and not isinstance(found.value, bool):
            into.numbers.add(path)
        return found
    except Unrendered as error:
        into.open[path] = (tree.place, f"template: {error}")
        if not error.undefined:
            into.faults.append(into.open[path])
    return tree
