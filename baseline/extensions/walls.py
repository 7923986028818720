"""What the module of a kind may import: a kind reaches no network, clock or file system, whoever wrote it.

A wall against mistakes, read from the source before any of it runs. It is none against somebody who means harm: code
that is installed runs with the rights of whoever runs it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from baseline.errors import UserError
from baseline.model import Brought

OUTSIDE = frozenset(
    {"asyncio", "ctypes", "fabric", "ftplib", "http", "httpx", "importlib", "invoke", "io", "multiprocessing", "os"}
    | {"paramiko", "pathlib", "requests", "selectors", "shutil", "signal", "smtplib", "socket", "socketserver", "ssl"}
    | {"subprocess", "sys", "tempfile", "threading", "time", "urllib", "urllib3"}
)
"""Modules that reach a network, a clock, a file system or other processes, or lead around this wall."""

ROOMS = frozenset(
    {"edits", "errors", "file_contents", "file_looks", "formats", "judge", "kinds", "model", "own_template", "programs"}
    | {"readings", "remedies", "secret", "shell", "sizes", "templates", "zone_edits"}
)
"""The rooms of this package that a kind is made of."""

SHARED = frozenset({"baseline.kinds.base", "baseline.kinds.domain", "baseline.kinds.setting"})
"""What of the kinds is for all kinds."""

CALLS = frozenset({"open", "exec", "eval", "compile", "__import__", "input", "breakpoint"})


def check_kind(module: str, by: Brought) -> None:
    """Look at the module of a kind, and at what it imports of its own distribution. Raises `UserError`."""
    top, seen, ahead = module.partition(".")[0], set[str](), [module]
    while ahead:
        name = ahead.pop()
        source = _source(name)
        if name in seen or source is None:
            continue
        seen.add(name)
        ahead += [one for one in check_source(source.read_text("utf-8"), source, by) if one.partition(".")[0] == top]


def check_source(text: str, file: Path, by: Brought) -> list[str]:
    """The modules that a source imports at run time. Raises `UserError` for one that a kind may not import."""
    tree = ast.parse(text, str(file))
    imported = list(_imports(tree))
    for name, line in imported:
        if wrong := _forbidden(name):
            raise UserError(
                f"{file}:{line}: {by}: a kind may not import `{name}`: {wrong}. Leave it out until its maker mends it"
            )
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            raise UserError(
                f"{file}:{node.lineno}: {by}: a kind may not call `{node.func.id}`: it judges what hosts answered, and "
                "reaches nothing else. Leave it out until its maker mends it"
            )
    return [name for name, _ in imported]


def _forbidden(name: str) -> str:
    """Why a kind may not import a module; empty where it may."""
    top, _, rest = name.partition(".")
    if top in OUTSIDE:
        return "it judges what hosts answered, and reaches nothing else"
    if top == "testinfra":
        return "only for types, below `if TYPE_CHECKING:`"
    if top == "baseline" and rest.partition(".")[0] not in ROOMS:
        return "kinds are made of values, readings and remedies alone"
    if name.startswith("baseline.kinds.") and ".".join(name.split(".")[:3]) not in SHARED:
        return "no kind imports another one"
    return ""


def _imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each import with its line, but for those below `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            whole = module in ("baseline", "baseline.kinds")
            yield from ((f"{module}.{one.name}" if whole else module, node.lineno) for one in node.names)
        yield from _imports(node)


def _source(module: str) -> Path | None:
    """The source of a module; None where it has none, or is not there."""
    # Of a module in a package, Python imports the package first in any case.
    spec = find_spec(module) if "." in module else PathFinder.find_spec(module)
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None
