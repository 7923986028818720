"""The pages of the documentation, taken apart: fences of code, commands in them, and the files that they name.

The info string of a fence says what is in it:

    yaml file=site/ours.yml     a file of the reader's: written, and loaded by the tests
    yaml file=x.yml broken      one with mistakes, which has to be refused
    console                     a terminal as it was: `$ command`, then what the command printed
    sh                          commands to type, of which nothing is shown
    diff                        a change of files of the project, which a test makes in a copy
    python / json / ini / text  an excerpt
    … unplayed=WHY-NOT          left out of all tests, for this reason
    … host=NAME                 typed, or written, on that host as root; the prompt in a console is `NAME# `

In a console, `…` stands for anything on the line, and a line that holds nothing else for any number of lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

NO_HOST = (
    "baseline lint",
    "baseline render",
    "baseline explain",
    "baseline baselines",
    "baseline waiver new",
    "baseline --version",
    "echo $?",
)
"""How the commands begin that reach no host; those of a page are typed, and what they print is compared."""

_FENCE = re.compile(r"^( *)```(.*)\n((?:.*\n)*?)\1```$", re.M)
_COMMENT = re.compile(r"<!--.*?-->", re.S)


@dataclass(frozen=True)
class Command:
    """One command of a page, with what the page says it printed; None where it says nothing."""

    page: str
    line: int
    text: str
    output: str | None = None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Fence:
    """One block of code. `line` is that of its first line of code, from 1."""

    page: str
    line: int
    info: str
    text: str

    @property
    def language(self) -> str:
        """The first word of the info string."""
        return self.info.partition(" ")[0]

    @property
    def file(self) -> str:
        """The file that the block is; empty when it is none."""
        found = re.search(r"\bfile=(\S+)", self.info)
        return found[1] if found else ""

    @property
    def host(self) -> str:
        """The host that the block is for; empty when it is the reader's own machine."""
        found = re.search(r"\bhost=(\S+)", self.info)
        return found[1] if found else ""

    def commands(self) -> Iterator[Command]:
        """The commands of a console, of a list of commands, and of a systemd unit."""
        if self.language == "console":
            yield from self._console()
        for number, line in _unfolded(self.text, self.line):
            words = line.removeprefix("ExecStart=")
            if self.language == "sh" or words != line:
                yield Command(self.page, number, words)

    def _console(self) -> Iterator[Command]:
        prompt = f"{re.escape(self.host)}# " if self.host else r"\$ "
        parts = re.split(f"^{prompt}", self.text, flags=re.M)
        number = self.line + parts[0].count("\n")
        for part in parts[1:]:
            yield _command(self.page, number, part)
            number += part.count("\n")


def pages() -> dict[str, str]:
    """Path from the root -> text of every page."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(found)}


def written() -> dict[str, str]:
    """The pages that a person wrote: the reference is generated, and has tests of its own."""
    return {page: text for page, text in pages().items() if not page.startswith("docs/reference/")}


def fences(page: str, text: str) -> list[Fence]:
    """Every fence of a page, in order, with the indentation of lists taken off."""
    found = []
    for match in _FENCE.finditer(text):
        indent, info, body = match.groups()
        lines = [line.removeprefix(indent) for line in body.splitlines(keepends=True)]
        line = text.count("\n", 0, match.start()) + 2
        found.append(Fence(page, line, info.strip(), "".join(lines)))
    return found


def needs_no_host(fence: Fence) -> bool:
    """Whether a console holds only commands that reach no host, is typed on none, and is not left out."""
    typed_here = fence.language == "console" and not fence.host and "unplayed=" not in fence.info
    return typed_here and all(
        command.text == "echo $?" or command.text.startswith(NO_HOST) for command in fence.commands()
    )


def prose(text: str) -> str:
    """A page without its fences and comments, line numbers kept."""
    blank = _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    return _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), blank)


def inline_code(page: str, text: str) -> Iterator[Command]:
    """Every piece of code in the prose of a page, which may run over a line's end."""
    without = prose(text)
    for match in re.finditer(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", without, re.S):
        if "\n\n" not in match[2]:
            yield Command(page, without.count("\n", 0, match.start()) + 1, " ".join(match[2].split()))


def _command(page: str, line: int, part: str) -> Command:
    first, _, output = part.partition("\n")
    while first.endswith("\\"):
        more, _, output = output.partition("\n")
        first = f"{first[:-1]} {more.removeprefix('> ').strip()}"
    return Command(page, line, " ".join(first.split()), output)


def _unfolded(text: str, line: int) -> Iterator[tuple[int, str]]:
    """The lines with those joined that a backslash breaks, without blank ones and comments."""
    start, folded = line, ""
    for number, raw in enumerate(text.splitlines(), line):
        start = number if not folded else start
        folded = f"{folded} {raw.strip()}".strip()
        if folded.endswith("\\"):
            folded = folded[:-1].strip()
            continue
        if folded and not folded.startswith("#"):
            yield start, folded
        folded = ""
