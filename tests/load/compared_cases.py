"""The small inventories of `compared/`: each one file, which tells what lies where and what is asked of it.

What it shows.
differs: WHAT: why it is not what Ansible says, on purpose
refused: words of the error, where Ansible bears what is an error here
-i SOURCE
-l LIMIT
== PATH [crlf] [bom] [latin-1]
the file's text
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COMPARED = Path(__file__).parent / "compared"
_FILE = re.compile(r"(?m)^== (\S+)((?: (?:crlf|bom|latin-1))*)\n")


@dataclass(frozen=True)
class Case:
    """One inventory: what it shows, how it is asked, and its files."""

    name: str
    sources: tuple[str, ...]
    limits: tuple[str, ...]
    differs: Mapping[str, str]
    refused: str | None
    files: Mapping[str, bytes]

    def write(self, folder: Path) -> Path:
        """Put the files into a folder of the case's name; gives that."""
        root = folder / self.name
        for path, content in self.files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o755 if content.startswith(b"#!") else 0o644)
        root.mkdir(exist_ok=True)
        return root


def cases() -> list[Case]:
    """All of them, by name."""
    return [_case(path) for path in sorted(COMPARED.glob("*.txt"))]


def _case(path: Path) -> Case:
    head, *parts = _FILE.split(path.read_text())
    lines = head.split("\n")
    differs = dict(line.removeprefix("differs: ").split(": ", 1) for line in lines if line.startswith("differs: "))
    return Case(
        path.stem,
        tuple(line.removeprefix("-i ") for line in lines if line.startswith("-i ")),
        tuple(line.removeprefix("-l ") for line in lines if line.startswith("-l ")),
        differs,
        next((line.removeprefix("refused:").strip() for line in lines if line.startswith("refused:")), None),
        {name: _bytes(text, form) for name, form, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)},
    )


def _bytes(text: str, form: str) -> bytes:
    text = text.replace("\n", "\r\n") if "crlf" in form else text
    return (b"\xef\xbb\xbf" if "bom" in form else b"") + text.encode("latin-1" if "latin-1" in form else "utf-8")
