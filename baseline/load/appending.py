"""One more entry behind those of a YAML list that people write: the file keeps every byte that it has."""

from __future__ import annotations

import re
from pathlib import Path

from baseline.errors import UserError
from baseline.load import yaml
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Items, Problems, plain


def appended(path: Path, entry: str, first_key: str, number: int = 1) -> str:
    """The text of a file with one more entry behind its own, or `number` of them. Without a file it is the entry alone.

    `first_key` is that of such an entry, such as `control`. Raises `InputError` for a file that is no YAML, `UserError`
    for one that an entry cannot be put behind as it stands.
    """
    if not path.exists():
        return entry
    problems = Problems()
    raw = read_bytes(path, problems)
    if raw is not None and not raw.strip():
        return entry
    checked = None if raw is None else decode(raw, str(path), problems)
    problems.raise_any()
    assert raw is not None, "what is wrong with it is told by now"
    assert checked is not None, "what is wrong with it is told by now"
    text = raw.decode("utf-8")
    indent = "" if _only_comments(checked) else _indent(path, checked, first_key)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [f"{indent}{line}".rstrip() for line in entry.splitlines()]
    new = f"{text}{'' if text.endswith(chr(10)) else newline}{newline.join(lines)}{newline}"
    if not _harmless(checked, new, path, number):
        raise UserError(f"{path}: nothing can be put behind what stands at its end: print the entry without -o")
    return new


def _only_comments(text: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())


def _indent(path: Path, text: str, first_key: str) -> str:
    """How far the entries of a list are indented, which is written with a dash for each."""
    problems = Problems()
    tree = yaml.parse(text, str(path), problems)
    problems.raise_any()
    if not isinstance(tree, Items) or not tree.nodes:
        raise UserError(f"{path}: this is no list (`- {first_key}: …`): print the entry without -o")
    first = tree.nodes[0].place
    before = text.split("\n")[first.line - 1][: first.column - 1]
    dash = re.fullmatch(r"( *)- +", before)
    if dash is None:
        raise UserError(f"{path}:{first.line}: this list is not written with a dash for each: print it without -o")
    return dash[1]


def _harmless(old: str, new: str, path: Path, number: int) -> bool:
    """Whether all that was there is as it was, and so many entries are more."""
    tree = None if _only_comments(old) else yaml.parse(old, str(path), Problems())
    before = [] if tree is None else plain(tree)
    problems = Problems()
    text = decode(new.encode(), str(path), problems)
    after = None if text is None else yaml.parse(text, str(path), problems)
    return isinstance(after, Items) and len(after.nodes) == len(before) + number and plain(after)[:-number] == before
