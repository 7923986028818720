"""Files of variables beside an inventory: `group_vars/` and `host_vars/`, as Ansible chooses among them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.load import yaml
from baseline.load.explain import table
from baseline.load.groups import ALL, UNGROUPED, FolderVariables, Graph, Variables
from baseline.load.secret_tags import TAG
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Position, Tree, nearest
from baseline.load.vaults import HEADER, OPENED_BY, file_opened, revealed

if TYPE_CHECKING:
    from baseline.load.reading import Reading

YAML = (".yml", ".yaml", ".json")
SUFFIXES = ("", *YAML)
TAGS = frozenset({"!vault", "!unsafe", TAG})
"""Tags that may stand in inventories."""


def variables_beside(folder: Path, graph: Graph, reading: Reading) -> FolderVariables:
    """The variables of the groups and hosts of a graph that lie in `group_vars/` and `host_vars/` of a directory."""
    groups = _variable_files(folder / "group_vars", [ALL, UNGROUPED, *graph.groups], "group", reading)
    hosts = _variable_files(folder / "host_vars", list(graph.hosts), "host", reading)
    return FolderVariables(groups, hosts)


def _variable_files(folder: Path, names: list[str], what: str, reading: Reading) -> dict[str, Variables]:
    """Name -> variables. A file for a name that nothing has is noted: most often it is misspelt."""
    if not folder.is_dir():
        return {}
    for entry in sorted(folder.iterdir()):
        name = entry.name if entry.is_dir() else entry.name.removesuffix(entry.suffix if entry.suffix in YAML else "")
        if name not in names and not entry.name.startswith("."):
            hint = nearest(name, names)
            reading.notes.add(Position(str(entry)), f"there is no {what} {name}, so this is not used: {hint}")
    return {name: _variables_in(folder, name, reading) for name in dict.fromkeys(names)}


def _variables_in(folder: Path, name: str, reading: Reading) -> dict[str, Tree]:
    candidates = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    present = [path for path in candidates if path.is_file() or (path.is_dir() and path.name == name)]
    for path in present[1:]:
        reading.notes.add(Position(str(path)), f"{present[0]} is used instead, as Ansible does")
    found: dict[str, Tree] = {}
    for path in present[:1]:
        for file in [path] if path.is_file() else _files_below(path):
            found.update(_variables_of(file, reading))
    return found


def _files_below(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it, in the order of names, without hidden ones and copies of editors."""
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name.endswith("~"):
            continue
        if entry.is_dir() and not entry.suffix:
            yield from _files_below(entry)
        elif entry.is_file() and entry.suffix in SUFFIXES:
            yield entry


def _variables_of(path: Path, reading: Reading) -> dict[str, Tree]:
    raw = read_bytes(path, reading.problems)
    if raw is None or not raw.strip():
        return {}
    if raw.startswith(HEADER.encode()):
        return _encrypted(raw, path, reading)
    text = decode(raw, str(path), reading.problems)
    if text is not None and not any(map(_says_something, text.split("\n"))):
        return {}
    tree = None if text is None else yaml.parse(text, str(path), reading.problems, tags=TAGS)
    if tree is not None and "vault" in (text or ""):
        tree = revealed(tree, reading.vaults, reading.problems)
    return _variables(tree, reading)


def _encrypted(raw: bytes, path: Path, reading: Reading) -> dict[str, Tree]:
    """The variables of a file that is encrypted as a whole: none without a password."""
    if not reading.vaults:
        reading.notes.add(Position(str(path)), f"left out: it is encrypted, and {OPENED_BY}")
        return {}
    tree = file_opened(raw, str(path), reading.vaults, reading.problems)
    return {} if tree is None else _variables(tree, reading)


def _variables(tree: Tree | None, reading: Reading) -> dict[str, Tree]:
    variables = table(tree, "a file of variables", reading.problems)
    return {name: entry.tree for name, entry in variables.entries.items()} if variables else {}


def _says_something(line: str) -> bool:
    """Whether a line is more than a comment or the mark of a document."""
    bare = line.partition("#")[0].strip()
    return bare not in ("", "---", "...")
