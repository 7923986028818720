"""A waiver to fill in, as text: alone, or behind those of a file, which keeps every byte that it has."""

from __future__ import annotations

import json
import re
from pathlib import Path

from baseline.errors import UserError
from baseline.load import yaml
from baseline.load.draft import Draft
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Items, Problems, plain

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_WORDS_OF_YAML = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null")


def new_waiver(draft: Draft, limit: str) -> str:
    """The entry for a control on some hosts. What a person has to say is left empty, which `lint` tells."""
    title = " ".join(draft.title.split())
    return f"""\
- control: {draft.id}
  # {title}
  hosts: {_scalar(limit)}
  # Why it is not met, and what will be done about it.
  reason:
  # Who answers for it: name and office.
  approver:
  # Until when, with the zone: 2027-03-31T17:00+08:00, or 2027-03-31+08:00 for the end of that day.
  expires:
  # What is done instead, and where it is written about.
  # compensating:
  # ticket:
"""


def appended(path: Path, entry: str) -> str:
    """The text of a file with one more entry behind its own. A file that is not there yet is the entry alone.

    Raises `InputError` for a file that is no YAML, `UserError` for one that an entry cannot be put behind as it stands.
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
    indent = "" if _only_comments(checked) else _indent(path, checked)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [f"{indent}{line}".rstrip() for line in entry.splitlines()]
    new = f"{text}{'' if text.endswith(chr(10)) else newline}{newline.join(lines)}{newline}"
    if not _harmless(checked, new, path):
        raise UserError(f"{path}: nothing can be put behind what stands at its end: print the waiver without -o")
    return new


def _only_comments(text: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())


def _indent(path: Path, text: str) -> str:
    """How far the entries of a list are indented, which is written with a dash for each."""
    problems = Problems()
    tree = yaml.parse(text, str(path), problems)
    problems.raise_any()
    if not isinstance(tree, Items) or not tree.nodes:
        raise UserError(f"{path}: this is no list of waivers (`- control: …`): print the waiver without -o")
    first = tree.nodes[0].place
    before = text.split("\n")[first.line - 1][: first.column - 1]
    dash = re.fullmatch(r"( *)- +", before)
    if dash is None:
        raise UserError(f"{path}:{first.line}: this list is not written with a dash for each: print it without -o")
    return dash[1]


def _harmless(old: str, new: str, path: Path) -> bool:
    """Whether all that was there is as it was, and one entry is more."""
    tree = None if _only_comments(old) else yaml.parse(old, str(path), Problems())
    before = [] if tree is None else plain(tree)
    problems = Problems()
    text = decode(new.encode(), str(path), problems)
    after = None if text is None else yaml.parse(text, str(path), problems)
    return isinstance(after, Items) and len(after.nodes) == len(before) + 1 and plain(after)[:-1] == before


def _scalar(text: str) -> str:
    plainly = _PLAIN.fullmatch(text) and not _WORDS_OF_YAML.fullmatch(text)
    return text if plainly else json.dumps(text, ensure_ascii=False)
