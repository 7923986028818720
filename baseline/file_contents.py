"""What stands at a path, with the bytes of a file, asked of a host for many files at once. Pure.

As `file_looks` does it for types and digests: each file has a question of its own, which is what is recorded and
judged, and an exchange asks one in place of all of them. `stat` tells what stands there, and `tar` reads the files, as
it does without following a link or waiting for a FIFO that somebody put there meanwhile. What is not certain from both
has no answer, and is asked by itself.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from baseline.classes import dataclass
from baseline.file_looks import NOT_THERE, PLAIN_PATH, in_parts
from baseline.model import Answer
from baseline.shell import script

_BLOCK = 512
_END = b"whole\n"


def question(path: str) -> str:
    """One command that tells what stands at a path: type, owner, group, mode, then the bytes of a regular file."""
    return script("baseline", "facts", p=path)


def path_of(command: str) -> str | None:
    """The path that a question is about; None for any other command."""
    first, _, _ = command.partition("\nif [ -e ")
    if not first.startswith("p="):
        return None
    try:
        path = "".join(shlex.split(first[2:]))
    except ValueError:
        return None
    return path if path.startswith("/") and question(path) == command else None


@dataclass(frozen=True)
class Contents:
    """One command in place of questions about files; `paths` says for each question which path it is about."""

    command: str
    paths: Mapping[str, str]

    def answers(self, told: Answer) -> dict[str, Answer]:
        """What each question would have been answered; none for one of which this does not tell for certain."""
        read = _taken_apart(told.stdout) if told.rc == 0 else None
        if read is None:
            return {}
        lines, contents = read
        said = told.stderr.decode("utf-8", "surrogateescape").splitlines()
        gone = {match[1] for line in said if (match := NOT_THERE.fullmatch(line)) and PLAIN_PATH.fullmatch(match[1])}
        made = ((asked, _made(path, lines, contents, gone)) for asked, path in self.paths.items())
        return {asked: answer for asked, answer in made if answer is not None}


def contents(questions: Sequence[str]) -> Iterator[Contents]:
    """Commands in place of two questions or more, each for as many as it may take."""
    found = [(asked, path) for asked in questions if (path := path_of(asked)) is not None]
    for part in in_parts(found, lambda path: (path,)):
        if len(part) > 1:
            yield Contents(_command(list(dict.fromkeys(part.values()))), part)


def _command(paths: Sequence[str]) -> str:
    return f"set -- {' '.join(map(shlex.quote, paths))}\n{script('baseline', 'file_contents')}"


def _taken_apart(told: bytes) -> tuple[Mapping[str, bytes], Mapping[str, bytes]] | None:
    """The line of stat of each path, without its name, and the bytes of each file; None when it is cut or broken."""
    if not told.endswith(_END):
        return None
    lines: dict[str, bytes] = {}
    position = 0
    while (end := told.find(b"\0", position)) > position:
        parts = told[position:end].split(b"|", 4)
        if len(parts) != 5:
            return None
        lines[parts[4].decode("utf-8", "surrogateescape")] = b"|".join(parts[:4])
        position = end + 1
    files = _archived(memoryview(told)[position + 1 : -len(_END)]) if end == position else None
    return None if files is None else (lines, files)


def _archived(archive: memoryview) -> Mapping[str, bytes] | None:
    """The files of an archive of nothing but regular files; None for any other, or one that does not end as one."""
    # Takes a while to import, and a look at one file has no use for it.
    import tarfile

    files: dict[str, bytes] = {}
    position = 0
    while position < len(archive):
        header = bytes(archive[position : position + _BLOCK])
        if not any(header):
            rest = archive[position:]
            return files if len(rest) == 2 * _BLOCK and not any(rest) else None
        try:
            entry = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            return None
        start = position + _BLOCK
        position = start + -(-entry.size // _BLOCK) * _BLOCK
        if entry.type != tarfile.REGTYPE or entry.name in files or not 0 <= entry.size <= len(archive) - start:
            return None
        files[entry.name] = bytes(archive[start : start + entry.size])
    return files if not archive else None


def _made(path: str, lines: Mapping[str, bytes], files: Mapping[str, bytes], gone: set[str]) -> Answer | None:
    if (path in lines) == (path in gone):
        return None
    if path in gone:
        return None if path in files else Answer(0, b"absent\n")
    regular = lines[path].partition(b"|")[0] in (b"regular file", b"regular empty file")
    if regular != (path in files):
        return None
    return Answer(0, lines[path] + b"\n" + files.get(path, b""))
