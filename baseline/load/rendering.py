"""Templates in the values of a baseline, rendered for one host before anything is validated.

Sandboxed, and every name has to be defined. A value that is one expression and nothing else keeps the type of
its variable, so `"{{ domains }}"` may be a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from baseline.load.tree import Items, Leaf, Position, Table, TableEntry, Tree, ValuePath, nearest, planted
from baseline.secret import NOT_SHOWN, Secret, veil

_MARKS = re.compile(r"\{\{|\{%|\{#")


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
    try:
        return tuple(sorted(meta.find_undeclared_variables(_environment().parse(text))))
    except TemplateSyntaxError:
        return ()


def parts_in(text: str, variable: str) -> tuple[str, ...]:
    """The parts of a variable that a template uses, such as `name` in `{{ target.name }}`; "" for the whole of it."""
    if variable not in variables_in(text):
        return ()
    tree = _environment().parse(text)
    parts = [node for node in tree.find_all(nodes.Getattr) if _is_name(node.node, variable)]
    whole = sum(_is_name(node, variable) for node in tree.find_all(nodes.Name)) > len(parts)
    return tuple(sorted({*(node.attr for node in parts), *([""] if whole else [])}))


def _is_name(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name


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
    try:
        with veil() as unveiled:
            value = _compiled(str(tree.value))(values)
            value = unveiled(value) if isinstance(value, str) else value
        if isinstance(value, int | float) and not isinstance(value, bool):
            into.numbers.add(path)
        return planted(value, tree.place)
    except UndefinedError as error:
        into.open[path] = (tree.place, _undefined(str(error.message), values))
    except TemplateSyntaxError as error:
        into.faults.append((tree.place, f"template: {error.message}"))
        into.open[path] = into.faults[-1]
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        into.faults.append((tree.place, f"template: {error or type(error).__name__}"))
        into.open[path] = into.faults[-1]
    return tree


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox of Jinja, in which nothing of a secret can be reached: not its value, nor what would fetch it."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether an expression may have an attribute."""
        return not isinstance(obj, Secret) and super().is_safe_attribute(obj, attr, value)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """What stands for an attribute that it may not have, and raises when it is used."""
        if isinstance(obj, Secret):
            return self.undefined(NOT_SHOWN, obj=obj, name=attribute, exc=SecurityError)
        return super().unsafe_undefined(obj, attribute)


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    # finalize reaches every interpolation of a longer text; there None would silently become "None".
    return _Environment(undefined=StrictUndefined, keep_trailing_newline=True, finalize=_shown)


def _shown(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.stand_in()
    if value is None or isinstance(value, list | tuple | Mapping):
        raise TypeError(f"{value!r} cannot stand inside a text")
    return value


@lru_cache(maxsize=1000)
def _compiled(text: str) -> Callable[[Mapping[str, Any]], Any]:
    environment = _environment()
    body = environment.parse(text).body
    alone = len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1
    if not (alone and text.startswith("{{") and text.endswith("}}")):
        template = environment.from_string(text)
        return lambda values: template.render(values)
    inner = re.sub(r"^\{\{[-+]?|[-+]?\}\}$", "", text)
    expression = environment.compile_expression(inner, undefined_to_none=False)
    return lambda values: _defined(expression(values))


def _defined(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value)  # raises, with Jinja's own words for what is missing
    return value


def _undefined(message: str, values: Mapping[str, Any]) -> str:
    name = re.match(r"'(\w+)' is undefined", message)
    hint = nearest(name[1], values) if name else ""
    close = f": {hint}" if hint.startswith("did") else ""
    return f"template: {message}{close}"
