"""The files of a program's configuration as they are written on a host, and what to write in them instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.readings.answers import decoded, text
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

_HEAD = re.compile(rb"([^\t\n]+)\t(\d{1,9}|-)\n")


def files_question(*patterns: str) -> str:
    """One command that prints all files which some patterns of the shell match."""
    return script("baseline.upgrading", "files", patterns=" ".join(patterns))


@dataclass(frozen=True)
class Sources:
    """Files by their paths, in the order in which they were asked for. `unread` are there and cannot be read."""

    texts: Mapping[str, str]
    unread: tuple[str, ...] = ()

    @classmethod
    def read(cls, result: CommandResult) -> Sources:
        """What `files_question` told. Raises `CannotTell`."""
        text(result)
        raw, at = result.stdout_bytes, 0
        texts: dict[str, str] = {}
        unread: list[str] = []
        while at < len(raw):
            head = _HEAD.match(raw, at)
            if head is None:
                raise CannotTell("the configuration files changed while they were read")
            path, at = decoded(head[1]), head.end()
            if head[2] == b"-":
                unread.append(path)
                continue
            end = at + int(head[2])
            if len(raw) <= end:
                raise CannotTell(f"of {path} less was read than stands in it")
            texts[path] = decoded(raw[at:end])
            at = end + 1
        return cls(texts, tuple(unread))

    def place(self, path: str, at: int) -> str:
        """`file:line` of a character of a file."""
        return f"{path}:{self.texts[path].count(chr(10), 0, at) + 1}"

    def first(self, pattern: str) -> str:
        """`file:line` of the first line that a regular expression matches; empty where none does."""
        wanted = re.compile(pattern, re.M)
        for path, content in self.texts.items():
            if found := wanted.search(content):
                return self.place(path, found.start())
        return ""


def diff(path: str, before: str, after: str) -> str:
    """The lines that change, without those around them: they may hold secrets."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), path, path, n=0, lineterm="")
    return "\n".join(lines)


def without(content: str, start: int, end: int) -> str:
    """A text without some characters, nor the line that they leave empty."""
    line_start = content.rfind("\n", 0, start) + 1
    line_end = content.find("\n", end)
    line_end = len(content) if line_end < 0 else line_end + 1
    if not (content[line_start:start] + content[end:line_end]).strip():
        start, end = line_start, line_end
    return content[:start] + content[end:]
