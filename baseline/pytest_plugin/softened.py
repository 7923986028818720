"""Tests that go on where a made-up answer would end them: of a test's function, a copy that no statement of ends.

A test asserts one thing after the other, and the first assertion does not hold on an answer that is made up. So that a
rehearsal hears all questions at once, what goes wrong in a statement is passed over. There is a copy only of functions
that touch nothing but their host: what they call are their own values, and a few functions without effect. To run such
a function twice does nothing anywhere.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import json
import re
import textwrap
import types
from collections.abc import Callable, Mapping
from typing import Any

_NAMES = (
    "len str int float bool sorted set frozenset list dict tuple range any all isinstance enumerate zip min max sum "
    "repr abs round reversed bytes AssertionError Exception ValueError"
)
_HARMLESS = frozenset(_NAMES.split())
_MODULES = (re, json)
_OTHERS = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.FunctionDef, ast.ClassDef, ast.Delete, ast.Await)
"""What reaches out of a function, or hides what it does."""

_ELSEWHERE = frozenset({"backend", "get_host", "get_hosts", "run_local", "ansible", "salt"})
"""What of testinfra's host asks somebody else, or this machine."""


def softened(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """The copy; None for a function that may touch anything but its host."""
    if not isinstance(function, types.FunctionType) or function.__closure__ or hasattr(function, "__wrapped__"):
        return None
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, ValueError, SyntaxError):
        return None
    if not isinstance(tree, ast.FunctionDef) or tree.args.defaults or tree.args.kw_defaults:
        return None
    if not _touches_only_its_host(tree, function.__globals__):
        return None
    tree.decorator_list, tree.returns = [], None
    for one in (*tree.args.args, *tree.args.posonlyargs):
        one.annotation = None
    module = ast.fix_missing_locations(ast.Module([_Soften().visit(tree)], []))
    # A copy, so that nothing is written into the module.
    names = dict(function.__globals__)
    exec(compile(module, "<rehearsal>", "exec"), names)  # noqa: S102 -- the test's own code, as it stands in its file
    made: Callable[..., Any] = names[tree.name]
    return made


def is_data(value: object) -> bool:
    """Whether a value is plain data, which does nothing when it is used."""
    if isinstance(value, tuple | list | set | frozenset):
        return all(map(is_data, value))
    if isinstance(value, dict):
        return all(is_data(key) and is_data(one) for key, one in value.items())
    return value is None or isinstance(value, str | int | float | bytes)


class _Soften(ast.NodeTransformer):
    """Passes over what goes wrong in a statement. Of an assertion, each part that could end it is asked by itself."""

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        return [_passed_over(ast.Expr(part)) for part in _parts(node.test)]

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        return _passed_over(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        return _passed_over(node)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        return _passed_over(node)

    def visit_For(self, node: ast.For) -> ast.stmt:
        return self._within(node)

    def visit_If(self, node: ast.If) -> ast.stmt:
        return self._within(node)

    def visit_With(self, node: ast.With) -> ast.stmt:
        return self._within(node)

    def _within(self, node: ast.For | ast.If | ast.With) -> ast.stmt:
        self.generic_visit(node)
        return _passed_over(node)


def _parts(test: ast.expr) -> list[ast.expr]:
    return [one for value in test.values for one in _parts(value)] if isinstance(test, ast.BoolOp) else [test]


def _passed_over(statement: ast.stmt) -> ast.stmt:
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    return ast.Try([statement], [handler], [], [])


def _touches_only_its_host(tree: ast.FunctionDef, names: Mapping[str, Any]) -> bool:
    """Whether all that it names is its own, plain data, or harmless."""
    own = {one.arg for one in (*tree.args.args, *tree.args.posonlyargs)} - {"self"}
    own |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    body = [node for statement in tree.body for node in ast.walk(statement)]
    for node in body:
        if isinstance(node, _OTHERS):
            return False
        if isinstance(node, ast.Attribute) and (node.attr in _ELSEWHERE or node.attr.startswith("_")):
            return False
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in own:
            if node.id in names:
                value = names[node.id]
                if not is_data(value) and not any(value is module for module in _MODULES):
                    return False
            elif node.id not in _HARMLESS or not hasattr(builtins, node.id):
                return False
    return True
