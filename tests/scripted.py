"""Sessions that stand in for hosts: they answer a script's questions from known answers."""

from __future__ import annotations

import base64
import binascii
import io
import re
import shlex
import tarfile
from collections.abc import Mapping, Sequence
from itertools import pairwise

from baseline import apt, condition, drift, file_contents, file_looks, stale, undecided, unloadable
from baseline.model import Answer
from baseline.readings import outline, own_means, releases
from baseline.transaction import places

_SILENT = dict.fromkeys(
    (
        condition.OS_RELEASE,
        drift.QUESTION,
        stale.QUESTION,
        undecided.QUESTION,
        unloadable.QUESTION,
        outline.QUESTION,
        own_means.QUESTION,
        releases.QUESTION,
    ),
    Answer(0),
)
"""What a host of a table answers that says nothing of it: no daemon, file or program of its own is known, nor any
package or release; files may stand everywhere."""


def _silent(command: str) -> Answer | None:
    if command.startswith(places.BEGINNING):
        return Answer(0)
    return Answer(1) if command == apt.QUESTION else _SILENT.get(command)


class AnswersFrom:
    """Answers every question of a script from a table, in the frames of a real host: for sh, and for PowerShell.

    Notes what was asked, and what it could not answer.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.unknown: list[str] = []
        self.exchanges = 0

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        """The reply of the scripted host."""
        del seconds
        self.exchanges += 1
        token, commands = request_of(script)
        reply = b""
        for number, command in enumerate(commands):
            paths, read = _files_of(command), _read_of(command)
            if read is not None:
                answer = self._contents(read)
            else:
                answer = self._answer(command) if paths is None else self._together(*paths)
            head = f"\n{token} {number} {answer.rc} {len(answer.stdout)} {len(answer.stderr)}\n"
            reply += head.encode() + answer.stdout + answer.stderr
        return reply + f"\n{token} end {len(commands)}\n".encode()

    def _answer(self, command: str) -> Answer:
        self.asked.append(command)
        answer = self.answers.get(command, _silent(command))
        if answer is None:
            self.unknown.append(command)
            answer = Answer(127, b"", b"not recorded")
        return answer

    def _together(self, above: Sequence[str], own: Sequence[str]) -> Answer:
        """What a host tells of many files at once, made of what it tells of each."""
        stats: dict[str, str] = {}
        sums: dict[str, str] = {}
        said: dict[str, None] = {}
        for path in own:
            answer = self._answer(file_looks.question(path))
            for line in answer.stdout.decode().splitlines():
                if line.endswith("  -"):
                    sums[path] = f"{line[:-1]}{path}"
                else:
                    stats[line.rpartition("|")[2]] = line
            said |= dict.fromkeys(answer.stderr.decode().splitlines())
        lines = [*(stats[name] for name in (*above, *own) if name in stats), "", *sums.values(), ""]
        return Answer(
            0, "".join(f"{line}\0" for line in lines).encode(), "".join(f"{line}\n" for line in said).encode()
        )

    def _contents(self, paths: Sequence[str]) -> Answer:
        """What a host tells of the contents of many files at once, made of what it tells of each.

        A file whose own answer is no plain one is not told of, so that it is asked by itself.
        """
        stats, said = b"", b""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT, bufsize=512) as made:
            for path in paths:
                answer = self.answers.get(question := file_contents.question(path))
                if answer is None or answer.rc or answer.stderr:
                    continue
                self.asked.append(question)
                if answer.stdout == b"absent\n":
                    said += f"stat: cannot statx '{path}': No such file or directory\n".encode()
                    continue
                head, _, content = answer.stdout.partition(b"\n")
                stats += head + b"|" + path.encode() + b"\0"
                if head.startswith(b"regular"):
                    entry = tarfile.TarInfo(path)
                    entry.size = len(content)
                    made.addfile(entry, io.BytesIO(content))
            end = archive.tell()
        return Answer(0, stats + b"\0" + archive.getvalue()[:end] + bytes(1024) * bool(end) + b"whole\n", said)

    def close(self) -> None:
        """Nothing to close."""


def _read_of(command: str) -> list[str] | None:
    """The files whose contents one question in place of many is about."""
    match = re.match(r"set -- (.+)\nunset TAR_OPTIONS\n", command, re.DOTALL)
    return None if match is None else shlex.split(match[1])


def _files_of(command: str) -> tuple[list[str], list[str]] | None:
    """The directories and the files that one question in place of many is about."""
    match = re.match(r"set -- (.+); stat --printf '[^']*' -- \"\$@\"; .*; shift (\d+); for p do ", command, re.DOTALL)
    if match is None:
        return None
    names = shlex.split(match[1])
    return names[: int(match[2])], names[int(match[2]) :]


def request_of(script: bytes) -> tuple[str, list[str]]:
    """The token and the commands of a request."""
    try:
        return _in_powershell(base64.b64decode(b"".join(script.split()), validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        return _in_sh(script.decode("utf-8", "surrogateescape"))


_CALLS = ("slots", "begin", "ask", "several", "ended")


def _in_sh(script: str) -> tuple[str, list[str]]:
    token = re.search(r"^printf '\\n%s end %s\\n' (\w+) ", script, re.M)
    assert token is not None
    start = re.search(r"^(slots \d+$|(ask|several) 0 )", script, re.M)
    assert start is not None
    words = shlex.split(script[start.start() :].rpartition("\nprintf")[0], posix=True)
    calls = [index for index, word in enumerate(words) if word in _CALLS and words[index + 1].isdecimal()]
    asked: dict[int, str] = {}
    for index, until in pairwise([*calls, len(words)]):
        # `begin NUMBER SECONDS COMMAND…`; `slots` and `ended` have no command.
        number, commands = int(words[index + 1]), words[index + 3 : until]
        asked |= {number + place: command for place, command in enumerate(commands)}
    assert sorted(asked) == list(range(len(asked)))
    return token[1], [asked[number] for number in sorted(asked)]


def _in_powershell(script: str) -> tuple[str, list[str]]:
    token = re.search(r'"`n(\w+) end \d+`n"', script)
    assert token is not None
    asked = re.findall(r"^Ask (\d+) '([A-Za-z0-9+/=]*)'$", script, re.M)
    assert [int(number) for number, _ in asked] == list(range(len(asked)))
    return token[1], [base64.b64decode(question).decode() for _, question in asked]
