"""What stands at a path and above it, asked of a host for many files at once. Pure.

Each control about a file has a question of its own, which is what is recorded and judged. Sent one by one they cost a
host four programs each. So an exchange asks one question in their place, and their answers are made of its own, byte
for byte as each of them would have been answered. Where that is not certain there is no answer: the question is asked
by itself, in another exchange, and the shell and the programs speak for themselves.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from baseline.classes import dataclass
from baseline.late import regex
from baseline.model import Answer

MOST_TOGETHER = 60_000
"""Bytes of the paths of one question for many: a program is begun with it as one word, and Linux takes 128 KiB."""

_FORMAT = "%F|%U|%G|%a|%n"
_OWN_PATH = regex(r"; then sha256sum <(?P<path>.+); fi\Z", re.DOTALL)
PLAIN_PATH = regex(r"/[\w@%+=:,./-]*", re.ASCII)
"""A path that no program puts more than plain quotes around."""

NOT_THERE = regex(r"stat: cannot statx? '([^']*)': (?:No such file or directory|Not a directory)")
_DIGEST = regex(rb"([0-9a-f]{64})  (.+)", re.DOTALL)


@lru_cache(maxsize=4096)
def question(path: str) -> str:
    """What tells type, owner, group and mode of a path and of every directory above it, and the digest of a file."""
    own, above = shlex.quote(path), " ".join(map(shlex.quote, above_it(path)))
    return f"stat -c '{_FORMAT}' -- {above} {own}; if [ ! -L {own} ] && [ -f {own} ]; then sha256sum <{own}; fi"


@lru_cache(maxsize=4096)
def above_it(path: str) -> tuple[str, ...]:
    """The directories above an absolute path, the uppermost first, without the root."""
    parts = path.split("/")[1:-1]
    return tuple("/" + "/".join(parts[: count + 1]) for count in range(len(parts)))


def path_of(command: str) -> str | None:
    """The absolute path that a question is about; None for any other command."""
    match = _OWN_PATH.search(command) if command.startswith("stat -c '") else None
    if match is None:
        return None
    path = match["path"]
    if not PLAIN_PATH.fullmatch(path):
        try:
            path = "".join(shlex.split(path))
        except ValueError:
            return None
    return path if path.startswith("/") and question(path) == command else None


@dataclass(frozen=True)
class Together:
    """One command in place of questions about files; `paths` says for each question which path it is about."""

    command: str
    paths: Mapping[str, str]

    def answers(self, told: Answer) -> dict[str, Answer]:
        """What each question would have been answered; none for one of which this does not tell for certain."""
        # The lines of stat, nothing, those of sha256sum, nothing; and a NUL behind each. Cut short it is not that.
        lines = told.stdout.split(b"\0")
        if lines.count(b"") != 3 or lines[-2:] != [b"", b""]:
            return {}
        middle = lines.index(b"")
        there = {name: line for name, line in map(_named, lines[:middle]) if name}
        sums = {match[2]: match[1] for one in lines[middle:] if (match := _DIGEST.fullmatch(one))}
        gone = {
            said[1].encode(): line.encode() + b"\n"
            for line in told.stderr.decode("utf-8", "surrogateescape").splitlines()
            if (said := NOT_THERE.fullmatch(line)) and PLAIN_PATH.fullmatch(said[1])
        }
        made = ((asked, _made(path, there, sums, gone)) for asked, path in self.paths.items())
        return {asked: answer for asked, answer in made if answer is not None}


def together(questions: Sequence[str]) -> Iterator[Together]:
    """Commands in place of two questions or more, each for as many as it may take."""
    found = [(asked, path) for asked in questions if (path := path_of(asked)) is not None]
    for part in in_parts(found, lambda path: (*above_it(path), path)):
        if len(part) > 1:
            yield _command(part)


def in_parts(asked: Iterable[tuple[str, str]], names_of: Callable[[str], Sequence[str]]) -> Iterator[Mapping[str, str]]:
    """Questions with their paths, in parts of which one command can name all that `names_of` gives for each path."""
    paths: dict[str, str] = {}
    names: dict[str, None] = {}
    size = 0
    for question_, path in asked:
        more = [name for name in names_of(path) if name not in names]
        size += _length(more)
        if paths and size > MOST_TOGETHER:
            yield paths
            paths, names, more = {}, {}, list(names_of(path))
            size = _length(more)
        paths[question_] = path
        names |= dict.fromkeys(more)
    if paths:
        yield paths


def _length(names: Iterable[str]) -> int:
    """Bytes of names as words of a shell, with a space before each."""
    return sum(len(shlex.quote(name).encode("utf-8", "surrogateescape")) + 1 for name in names)


def _command(paths: Mapping[str, str]) -> Together:
    own = dict.fromkeys(paths.values())
    above = [name for name in dict.fromkeys(name for path in own for name in above_it(path)) if name not in own]
    words = " ".join(map(shlex.quote, (*above, *own)))
    command = (
        f"set -- {words}; stat --printf '{_FORMAT}\\0' -- \"$@\"; printf '\\0'; shift {len(above)}; "
        'for p do shift; [ ! -L "$p" ] && [ -f "$p" ] && set -- "$@" "$p"; done; '
        "[ $# = 0 ] || sha256sum -z -- \"$@\"; printf '\\0'"
    )
    return Together(command, dict(paths))


def _named(line: bytes) -> tuple[bytes, bytes]:
    """The path that a line of stat is about, and the line."""
    parts = line.split(b"|", 4)
    return (parts[4] if len(parts) == 5 else b"", line)


def _made(
    path: str, there: Mapping[bytes, bytes], sums: Mapping[bytes, bytes], gone: Mapping[bytes, bytes]
) -> Answer | None:
    out, err = [], []
    own = path.encode("utf-8", "surrogateescape")
    for name in (*(one.encode("utf-8", "surrogateescape") for one in above_it(path)), own):
        if (name in there) == (name in gone):
            return None
        if name in there:
            out.append(there[name] + b"\n")
        else:
            err.append(gone[name])
    regular = there.get(own, b"").partition(b"|")[0] in (b"regular file", b"regular empty file")
    if regular != (own in sums):
        return None
    if regular:
        out.append(sums[own] + b"  -\n")
    return Answer(0, b"".join(out), b"".join(err))
