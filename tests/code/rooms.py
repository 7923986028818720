"""The rooms of the package, from the lowest to the highest, and what each imports: read from the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "baseline"

BOTTOM_UP: tuple[frozenset[str], ...] = (
    frozenset({"classes"}),
    frozenset({"errors", "version", "late", "catalogue", "state_files", "shell"}),
    frozenset({"languages", "secret"}),
    frozenset({"model", "sizes", "becoming", "sealing", "signing", "deadline", "arrivals"}),
    frozenset(
        {
            "extensions",
            "formats",
            "merging",
            "judge",
            "known_hosts",
            "local",
            "manifest",
            "generations",
            "crew",
            "opening",
        }
    ),
    frozenset({"handover", "zone_serials", "own_template", "host_certificates", "key_agents"}),
    frozenset({"login_keys"}),
    frozenset({"programs", "net_change", "hand_edits", "binding", "signatures", "apt", "leaving_out", "file_looks"}),
    frozenset({"file_contents"}),
    frozenset({"reviewed", "waiving"}),
    frozenset(
        {
            "bundle",
            "caps",
            "thrift",
            "drift",
            "pace",
            "planfile",
            "last_run",
            "stale",
            "subjects",
            "undecided",
            "begun",
            "unloadable",
        }
    ),
    frozenset({"templates", "edits", "zone_edits", "session", "transaction", "probes", "stopwatch"}),
    frozenset({"readings"}),
    frozenset({"remedies"}),
    frozenset({"upgrading"}),
    frozenset({"kinds"}),
    frozenset({"load", "facts", "leading_on"}),
    frozenset({"outside", "condition", "advising", "schemas"}),
    frozenset({"visit", "planning"}),
    frozenset({"applying", "delivery", "evidence", "foreseeing"}),
    frozenset({"attempts", "converting"}),
    frozenset({"engine"}),
    frozenset({"recording"}),
    frozenset({"hands"}),
    frozenset({"cluster"}),
    frozenset({"fleet"}),
    frozenset({"recorded", "reports", "history", "lab", "ansible_role"}),
    frozenset({"dossier"}),
    frozenset({"rollup"}),
    frozenset({"alerting", "probing", "mailboxes"}),
    frozenset({"scheduling", "starting"}),
    frozenset({"cli", ""}),
    frozenset({"reference", "pytest_plugin", "fabric_tasks", "__main__"}),
    frozenset({"manual"}),
)
"""Rooms of the package, from the lowest. A room imports from lower lines only. `""` is the package's own door."""

PURE = (
    "kinds",
    "readings",
    "remedies",
    "formats",
    "judge",
    "edits",
    "zone_edits",
    "sizes",
    "model",
    "planning",
    "manifest",
    "stale",
    "begun",
    "undecided",
    "drift",
    "condition",
    "merging",
    "hand_edits",
    "unloadable",
    "generations",
    "net_change",
    "zone_serials",
    "caps",
    "pace",
    "bundle",
    "arrivals",
    "file_looks",
    "file_contents",
    "subjects",
    "shell",
    "programs",
    "binding",
    "reviewed",
    "apt",
    "leaving_out",
    "leading_on",
    "waiving",
    "upgrading",
)
"""Rooms that reach no network, clock or file system."""


@dataclass(frozen=True)
class Import:
    """One import of one module. `typing` means: for the type checker only."""

    where: str
    room: str
    name: str
    typing: bool

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]

    @property
    def target(self) -> str:
        """The room of ours that is imported."""
        return [*self.name.split("."), ""][1] if self.top == "baseline" else ""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for path in modules() for found in _imports(path))


def chains(room: str) -> dict[str, tuple[str, ...]]:
    """All that a room imports at run time, itself and through other rooms: name -> the rooms on the way to it.

    Names are those of our rooms, and of the packages of others.
    """
    found: dict[str, tuple[str, ...]] = {room: ()}
    waiting = [room]
    while waiting:
        here = waiting.pop(0)
        for one in imports():
            name = one.target or one.top
            if one.room == here and not one.typing and name not in found:
                found[name] = (*found[here], here)
                waiting += [one.target] if one.target else []
    return found


def _imports(path: Path) -> Iterator[Import]:
    tree = tree_of(path)
    typing = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for body in node.body
        for inner in ast.walk(body)
    }
    where, room = str(path.relative_to(PACKAGE.parent)), room_of(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{where}: imports are written from the root"
            module = node.module or ""
            names = [f"baseline.{alias.name}" for alias in node.names] if module == "baseline" else [module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            yield Import(f"{where}:{node.lineno}", room, name, node in typing)


def rank(room: str) -> int:
    for number, rooms in enumerate(BOTTOM_UP):
        if room in rooms:
            return number
    raise AssertionError(f"{room!r} has no place in BOTTOM_UP: give it one")
