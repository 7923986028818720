"""Sessions that stand in for hosts: they answer a script's questions from known answers."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping

from baseline import stale
from baseline.model import Answer

_SILENT = {stale.QUESTION: Answer(0)}
"""What a host of a table answers that says nothing of it: no daemon of it is known."""


class AnswersFrom:
    """Answers every `ask` of a script from a table, in the frames of a real host. Notes what it could not answer."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.unknown: list[str] = []
        self.exchanges = 0

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        """The reply of the scripted host."""
        del seconds
        self.exchanges += 1
        text = script.decode("utf-8", "surrogateescape")
        token = re.search(r"^printf '\\n%s end %s\\n' (\w+) ", text, re.M)
        assert token is not None
        words = shlex.split(text[text.index("\nask 0 ") :].rpartition("\nprintf")[0], posix=True)
        commands = [words[index + 3] for index in range(0, len(words), 4)]
        reply = b""
        self.asked += commands
        for number, command in enumerate(commands):
            answer = self.answers.get(command, _SILENT.get(command))
            if answer is None:
                self.unknown.append(command)
                answer = Answer(127, b"", b"not recorded")
            head = f"\n{token[1]} {number} {answer.rc} {len(answer.stdout)} {len(answer.stderr)}\n"
            reply += head.encode() + answer.stdout + answer.stderr
        return reply + f"\n{token[1]} end {len(commands)}\n".encode()

    def close(self) -> None:
        """Nothing to close."""


class PowerShellFrom:
    """Answers a bundle for PowerShell from a table, in the frames of its script. Stands in for a Windows host."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        """The reply of the scripted host."""
        del seconds
        return self.reply(base64.b64decode(script).decode())

    def reply(self, script: str) -> bytes:
        """What the decoded script would write."""
        token = re.search(r'"`n(\w+) end \d+`n"', script)
        assert token is not None
        reply = b""
        for number, question in re.findall(r"^Ask (\d+) '([A-Za-z0-9+/=]*)'$", script, re.M):
            command = base64.b64decode(question).decode()
            self.asked.append(command)
            answer = self.answers.get(command, Answer(1, b"", b"not recorded"))
            head = f"\n{token[1]} {number} {answer.rc} {len(answer.stdout)} {len(answer.stderr)}\n"
            reply += head.encode() + answer.stdout + answer.stderr
        return reply + f"\n{token[1]} end {len(self.asked)}\n".encode()

    def close(self) -> None:
        """Nothing to close."""
