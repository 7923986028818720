"""A page played as a reader would: its files written, its commands typed, what they print compared."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.docs.pages import Command, Fence

Translate = Callable[[str], str]
"""Turns a text of the page into what holds here: names of the lab, addresses."""

_END = "end of what the command printed"


class Reader:
    """Someone at a shell in a folder of their own, with `baseline` on the PATH."""

    def __init__(
        self, folder: Path, translate: Translate = lambda text: text, extra: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self._translate = translate
        self._environment = {**os.environ, **(extra or {})}
        self._environment.pop("COLUMNS", None)
        self._environment["PATH"] = f"{Path(sys.executable).parent}:{self._environment['PATH']}"

    def write(self, fence: Fence) -> Path:
        """Keep the file that a fence is; one for a host lies below the folder instead of its root."""
        path = self.folder / fence.file.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._translate(fence.text), encoding="utf-8")
        return path

    def type(self, commands: Sequence[Command]) -> None:
        """Type the commands of one console, and compare. `$?` is that of the command before."""
        typed(commands, self._translate, self._run)

    def _run(self, script: str) -> str:
        return _printed(["bash", "-c", script], cwd=self.folder, env=self._environment)


class HostReader:
    """Someone at a shell as root on a host, which `enter` is the words of."""

    def __init__(self, enter: Sequence[str], translate: Translate) -> None:
        self._enter = enter
        self._translate = translate

    def write(self, fence: Fence) -> None:
        """Have the file that a fence is on the host."""
        path = shlex.quote(fence.file)
        command = ["sh", "-c", f'mkdir -p "$(dirname {path})" && cat >{path}']
        text = self._translate(fence.text).encode()
        subprocess.run([*self._enter, *command], input=text, timeout=60, check=True)

    def type(self, commands: Sequence[Command]) -> None:
        """Type the commands of one console, and compare."""
        typed(commands, self._translate, lambda script: _printed([*self._enter, "bash", "-c", script]))


def typed(commands: Sequence[Command], translate: Translate, run: Callable[[str], str]) -> None:
    """Run the commands as one script, and compare what each printed with the page."""
    script = "".join(f"{translate(command.text)}\nrc=$?; printf '%s\\n' '{_END}'; (exit $rc)\n" for command in commands)
    said = run(script)
    printed = said.split(f"{_END}\n")
    assert len(printed) == len(commands) + 1, said
    for command, found in zip(commands, printed, strict=False):
        assert command.output is not None
        wanted = translate(command.output)
        assert matches(wanted, found), f"{command}: $ {command.text}\n--- the page\n{wanted}\n--- here\n{found}"


def _printed(words: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        words,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return done.stdout


def matches(wanted: str, found: str) -> bool:
    """Whether an output is the one of the page, `…` standing for what the page leaves out."""
    lines = [line.rstrip() for line in wanted.strip("\n").splitlines()]
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r"[ \t]*\n" for line in lines
    )
    return re.fullmatch(pattern, found.strip("\n") + "\n" if found.strip("\n") else "") is not None
