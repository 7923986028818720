"""Phrases that a colleague would not say stay out of prose and messages, and what replaced them is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import baseline

ROOT = Path(__file__).parents[2]
PACKAGE = Path(str(baseline.__file__)).parent
"""What is tested may be installed elsewhere, its templates within it."""
FOLDERS = (PACKAGE, *(ROOT / name for name in ("docs", "templates", "inventories")))
ENDINGS = (".py", ".md", ".yml", ".j2", ".sh", ".ini")

RIDDLES = (
    "takes itself back unless it is verified",
    "taken back when it does not please",
    "first played through without it",
    "every planned control is better off",
    "What bans addresses for that should know",
    "what it sees tells nothing of strangers",
    "Of several, 4 goes before 3",
    "to loosen is a waiver",
    "and 443 is none",
    "is a mapping, and this is none",
    "where only the floor is met",
    "The n-th -o is where the n-th --format goes",
)
PLAIN = {
    "README.md": (
        "rolls back automatically if verification fails",
        "all planned controls improved and none got worse",
        "dry run of a host's controls collects the commands to ask",
        "Exempt the controller in fail2ban",
        "a trusted controller cannot test what strangers may do",
        "If several apply, the first of",
    ),
    "baseline/cli/hosts.py": ("rolled back if any check fails",),
    "baseline/cli/options.py": ("Each -o belongs to the --format in the same position",),
    "baseline/load/tighten.py": ("an overlay cannot weaken this control",),
    "baseline/load/variables.py": ("write `{plain(node)}/tcp`",),
    "baseline/load/hosts_yaml.py": ("needs `hosts:` under it",),
    "baseline/reports/verdict.py": ("minimum met, recommended value not",),
}


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that people read or that speaks to them, its lines joined."""
    inside = [path for folder in FOLDERS for path in folder.rglob("*") if path.suffix in ENDINGS]
    for path in (ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md", *inside):
        yield path, joined(path)


def joined(path: Path) -> str:
    """A text without the ends of its lines, and without the quotes that a message in code is broken by."""
    return " ".join(re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8")).split())


def test_no_riddle_is_left() -> None:
    found = [(str(path), words) for path, text in texts() for words in RIDDLES if words in text]
    assert found == []


@pytest.mark.parametrize(("page", "words"), [(page, words) for page, said in PLAIN.items() for words in said])
def test_what_replaced_it_is_said(page: str, words: str) -> None:
    place = PACKAGE.parent if page.startswith("baseline/") else ROOT
    assert words in joined(place / page)
