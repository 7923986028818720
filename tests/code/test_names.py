"""One word for one thing: no name of a class or of a type stands for two things in the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.code.rooms import PACKAGE, modules, tree_of


def types_named(tree: ast.Module) -> Iterator[str]:
    """Public names of classes, wherever they stand, and of types that a module names (`Ask = Callable[…]`)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
    for node in tree.body:
        if isinstance(node, ast.Assign) and not ast.unparse(node.value).startswith("TypeVar("):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            yield from (name for name in names if name[:1].isupper() and name != name.upper())


def twice(named: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    """What more than one module names, with the modules."""
    places: dict[str, list[str]] = {}
    for where, name in named:
        places.setdefault(name, []).append(where)
    return {name: where for name, where in places.items() if len(where) > 1}


def test_no_type_is_named_twice() -> None:
    named = ((str(path.relative_to(PACKAGE)), name) for path in modules() for name in types_named(tree_of(path)))
    assert twice(named) == {}


def test_two_types_of_one_name_would_be_found() -> None:
    one = "class Seen:\n    class Inner: ...\nclass _Own: ...\nT = TypeVar('T')\nLIMIT = 3\n"
    other = "Seen = int | None\nclass _Own: ...\nT = TypeVar('T')\nLIMIT = 4\ndef f():\n    Inner = 1\n"
    assert [*types_named(ast.parse(one))] == ["Seen", "Inner"]
    named = ((where, name) for where, text in (("a", one), ("b", other)) for name in types_named(ast.parse(text)))
    assert twice(named) == {"Seen": ["a", "b"]}
