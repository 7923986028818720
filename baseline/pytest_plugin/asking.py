"""testinfra's host over the desk of a host: for tests of one's own, run or rehearsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from baseline.facts import TYPICAL
from baseline.model import Answer
from baseline.pytest_plugin.looks import Looks, asked_by

if TYPE_CHECKING:
    from baseline.pytest_plugin.one_host import OneHost

MOST_QUESTIONS = 1_000
"""How much one rehearsal may ask: a test that asks until something changes may never end on typical answers."""


class Over(BaseException):
    """A rehearsal is over: not an `Exception`, so that no test swallows it."""


class _Answers(Protocol):
    def __call__(self, command: str, /, *, looks: bool, place: str) -> Answer:
        """The answer to a command as the host's shell gets it."""


class Travelling(BaseBackend):
    """A backend of testinfra that asks whom it is told to ask, and knows which commands only look."""

    NAME = "baseline"

    def __init__(self, hostname: str, answers: _Answers, looks: Looks) -> None:
        super().__init__(hostname)
        self._answers, self._looks = answers, looks

    def get_encoding(self) -> str:
        """UTF-8, without asking the host."""
        return "utf-8"

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:
        """The answer to a command. Raises `HostError`, and `Over` at the end of a rehearsal."""
        del kwargs
        line = self.get_command(command, *args)
        by_testinfra, place = asked_by()
        looks = by_testinfra or self._looks.only(self.quote(command, *args))
        answer = self._answers(as_sent(line), looks=looks, place=place)
        return self.result(answer.rc, self.encode(line), answer.stdout, answer.stderr)


class Typical:
    """Answers that nearly every host gives, beside those that are known; notes what is asked."""

    def __init__(self, known: Mapping[str, Answer]) -> None:
        self._known = known
        self.asked: dict[str, None] = {}
        self.over = False
        self.late = False
        self._count = 0

    def __call__(self, command: str, /, *, looks: bool, place: str) -> Answer:
        """The answer to a command that only looks. At any other one the rehearsal is over."""
        del place
        self._count += 1
        if self.over or not looks or self._count > MOST_QUESTIONS:
            self.over = True
            raise Over
        self.asked[command] = None
        return self._known.get(command) or _TYPICAL.get(command) or Answer(0)


def host_of(name: str, desk: OneHost, looks: Looks) -> Host:
    """testinfra's host for one of the inventory."""
    return _host(Travelling(name, desk.answer, looks))


def rehearsed_host(name: str, typical: Typical, looks: Looks) -> Host:
    """testinfra's host for a rehearsal: it asks nobody."""
    return _host(Travelling(name, typical, looks))


def as_sent(line: str) -> str:
    """A command as the host's shell gets it: in the home of who is logged in, as over SSH, whatever went before."""
    return f'eval "cd ~${{LOGNAME:-root}}" 2>/dev/null || :\numask 022\n{line}'


def _host(backend: Travelling) -> Host:
    host = Host(backend)
    backend.set_host(host)
    return host


_DEBIAN = {
    "command -v command": Answer(0, b"command\n"),
    **{f"command -v {name}": Answer(127) for name in ("apk", "rpm", "pacman", "initctl", "rc-service", "sysrc")},
    **{f"command -v {name}": Answer(0, f"/usr/bin/{name}\n".encode()) for name in ("systemctl", "dpkg-query", "ss")},
}

_TYPICAL: Mapping[str, Answer] = {as_sent(line): answer for line, answer in {**TYPICAL, **_DEBIAN}.items()}
