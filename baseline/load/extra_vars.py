"""Variables given on the command line (`-e`), which go before all that the inventory says, as in Ansible.

-e size=2GB        -e 'a=1 b="two words"'        -e '{"a": 1}'        -e @vars.yml
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.late import regex
from baseline.load import yaml
from baseline.load.explain import table
from baseline.load.secret_tags import TAG
from baseline.load.text import decode, expanded, read_bytes
from baseline.load.tree import Leaf, Position, Problems, Tree
from baseline.load.vaults import HEADER, OPENED_BY, VAULT, Vaults, file_opened, revealed

if TYPE_CHECKING:
    from baseline.load.groups import Variables

_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACE = Position("-e")


def extra_variables(given: Iterable[str], problems: Problems, vaults: Vaults) -> Variables:
    """The variables of all `-e`, of which later ones go before earlier ones. Mistakes go to `problems`.

    `vaults` open what Ansible Vault encrypted.
    """
    found: dict[str, Tree] = {}
    for text in given:
        if text.startswith("@"):
            found |= _from_file(expanded(text[1:]), problems, vaults)
        elif text.lstrip().startswith(("{", "[")):
            found |= _from_mapping(text, "-e", problems, vaults)
        else:
            found |= _from_words(text, problems)
    return found


def _from_file(path: Path, problems: Problems, vaults: Vaults) -> dict[str, Tree]:
    raw = read_bytes(path, problems)
    if raw is not None and raw.startswith(HEADER.encode()):
        if not vaults:
            problems.add(Position(str(path), 1, 1), f"this is encrypted: {OPENED_BY}")
            return {}
        return _named(file_opened(raw, str(path), vaults, problems), problems)
    text = None if raw is None else decode(raw, str(path), problems)
    return {} if text is None else _from_mapping(text, str(path), problems, vaults)


def _from_mapping(text: str, file: str, problems: Problems, vaults: Vaults) -> dict[str, Tree]:
    tree = yaml.parse(text, file, problems, tags=frozenset({TAG, VAULT}))
    return _named(None if tree is None else revealed(tree, vaults, problems), problems)


def _named(tree: Tree | None, problems: Problems) -> dict[str, Tree]:
    variables = None if tree is None else table(tree, "what -e gives", problems)
    return {name: entry.tree for name, entry in variables.entries.items()} if variables else {}


def _from_words(text: str, problems: Problems) -> dict[str, Tree]:
    """`name=value` words; every value is a text, as in Ansible."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        problems.add(_PLACE, f"{text}: {str(error).lower()}: close the quotes")
        return {}
    found: dict[str, Tree] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not _NAME.fullmatch(name):
            problems.add(_PLACE, f"{word} is no variable: write name=value, a mapping, or @ and a file")
        else:
            found[name] = Leaf(value, _PLACE, value)
    return found
