"""Asking a host everything at once, through testinfra's vocabulary.

testinfra asks one command at a time and decides from each answer what to ask next. To send all questions in one
exchange the controls are first *rehearsed* against typical answers, which tells the commands they will ask; these
are asked together; then the controls are *replayed* on the real answers. A guess can cost an exchange, never a
wrong finding: judging happens on real answers only. This is the only module that imports testinfra at run time.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from baseline import file_contents
from baseline.errors import BadReply, CannotTell, NothingToJudge
from baseline.kinds import in_brackets
from baseline.model import Answer, FileState, Target
from baseline.model.looks import Found, Looked, settled

if TYPE_CHECKING:
    from baseline.kinds.base import Control

ROUNDS = 8
"""How often a host is asked again for what only the last answers brought up."""

MOST_BYTES = 16 << 20
"""How much a host may answer in one look, all exchanges together."""

MOST_QUESTIONS = 10_000
"""How much one control may ask in one go: one that asks until something fails may never end on typical answers."""

Ask = Callable[[Sequence[str]], Mapping[str, Answer]]
"""Sends commands in one exchange and gives the answer of each."""


class Unanswered(BaseException):
    """A control asked what is not known yet: ask, then replay. Not an `Exception`, so that no kind swallows it."""


Lacking = Callable[[str], BaseException]
"""What is raised for a command that has no answer."""


class Snapshot(BaseBackend):
    """A testinfra backend over known answers. Without `default` an unknown command raises what `lacking` gives."""

    NAME = "snapshot"

    def __init__(
        self, hostname: str, answers: Mapping[str, Answer], default: Answer | None = None, lacking: Lacking = Unanswered
    ) -> None:
        super().__init__(hostname)
        self.answers = answers
        self.default = default
        self.lacking = lacking
        self.asked: dict[str, None] = {}
        self.runs = 0

    def __repr__(self) -> str:
        # testinfra's messages carry it into findings, which have to be the same for the same answers.
        return f"Snapshot({self.hostname!r})"

    def get_encoding(self) -> str:
        """UTF-8, without asking the host."""
        return "utf-8"

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:
        """The known answer to a command, and a note that it was asked."""
        del kwargs
        line = self.get_command(command, *args)
        self.asked[line] = None
        self.runs += 1
        if self.runs > MOST_QUESTIONS:
            raise CannotTell(f"it asks more than {MOST_QUESTIONS} questions, the last of them `{line[:200]}`")
        answer = self.answers.get(line, self.default)
        if answer is None:
            raise self.lacking(line)
        return self.result(answer.rc, line.encode(), answer.stdout, answer.stderr)


def _not_ours(record: logging.LogRecord) -> bool:
    args = record.args if isinstance(record.args, tuple) else ()
    return not any(isinstance(getattr(one, "backend", None), Snapshot) for one in args)


# testinfra logs every answer in full, for whoever listens at DEBUG: files of hosts, digests of secrets.
logging.getLogger("testinfra").addFilter(_not_ours)

TYPICAL: Mapping[str, Answer] = {
    "uname -s": Answer(0, b"Linux\n"),
    "cat /etc/os-release": Answer(0, b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'),
    "uname -m": Answer(0, b"x86_64\n"),
    "test -d /run/systemd/system/": Answer(0),
}
"""What nearly every host answers to testinfra's own questions about the system."""


def snapshot_host(
    hostname: str, answers: Mapping[str, Answer], default: Answer | None = None, lacking: Lacking = Unanswered
) -> Host:
    """testinfra's host object over known answers."""
    backend = Snapshot(hostname, answers, default, lacking)
    host = Host(backend)
    backend.set_host(host)
    return host


def look(
    controls: Sequence[Control],
    target: Target,
    ask: Ask,
    *,
    paths: Sequence[str] = (),
    questions: Sequence[str] = (),
) -> Looked:
    """Look at a host with all controls, at the files at `paths`, and ask `questions`, all in the same exchange.

    Raises what `ask` raises (`HostError`). A control whose questions never settle is `CannotTell`.
    """
    besides = [*(file_contents.question(path) for path in paths), *questions]
    pending = [*_rehearse(controls, target), *besides]
    answers: dict[str, Answer] = {}
    states: dict[str, Found] = {control.key: {} for control in controls}
    asked: dict[str, tuple[str, ...]] = {}
    unsettled = controls
    exchanges = 0
    while True:
        if pending:
            exchanges += 1
            answers |= ask(list(dict.fromkeys(pending)))
            if sum(len(one.stdout) + len(one.stderr) for one in answers.values()) > MOST_BYTES:
                raise BadReply(f"the answers are longer than {MOST_BYTES >> 20} MiB together")
        # At least once, also when nothing is asked: a control may know its state without a question. After that only
        # who lacked an answer: to the others the new ones tell nothing.
        found, now_asked, missing = _replay(unsettled, target, answers)
        states |= found
        asked |= now_asked
        pending = [*missing.values(), *(one for one in besides if one not in answers)]
        unsettled = [control for control in unsettled if control.key in missing]
        if not pending or exchanges >= ROUNDS:
            break
    files = {path: _file(path, answers) for path in paths}
    return Looked(states, states, files, answers, exchanges=exchanges, asked=asked)


def look_back(
    controls: Sequence[Control], target: Target, answers: Mapping[str, Answer], lacking: Callable[[str], CannotTell]
) -> Looked:
    """The same over answers that were kept: nobody is asked. `lacking` gives the reason for a command without one."""
    states, asked, _ = _replay(controls, target, answers, lacking)
    return Looked(states, states, {}, answers, asked=asked)


def file_state(answer: Answer, path: str) -> FileState:
    """What `file_contents.question` told. Raises `CannotTell` when that is of no use, and for all but regular files."""
    head, _, content = answer.stdout.partition(b"\n")
    if answer.rc != 0:
        raise CannotTell(f"{path} cannot be read: {answer.stderr.decode('utf-8', 'replace').strip()}")
    if head == b"absent":
        return FileState(None)
    fields = head.decode("utf-8", "replace").split("|")
    if len(fields) != 4:
        raise CannotTell(f"{path} cannot be read: {head[:100]!r}")
    kind, owner, group, mode = fields
    if not re.fullmatch(r"[0-7]{1,4}", mode):
        raise CannotTell(f"{path} cannot be read: {head[:100]!r}")
    if kind not in ("regular file", "regular empty file"):
        raise CannotTell(f"{path} is a {kind}, and only regular files are edited")
    return FileState(content, owner, group, int(mode, 8))


def _rehearse(controls: Iterable[Control], target: Target) -> list[str]:
    asked: dict[str, None] = {}
    for control in controls:
        host = snapshot_host(target.name, TYPICAL, default=Answer(0))
        # Typical answers fit no control fully; only its questions count.
        with contextlib.suppress(Exception, SystemExit):
            control.actual(host, control.asked_of(target))
        if host.backend.runs <= MOST_QUESTIONS:
            asked |= host.backend.asked
    return list(asked)


def _replay(
    controls: Sequence[Control], target: Target, answers: Mapping[str, Answer], lacking: Lacking = Unanswered
) -> tuple[dict[str, Found], dict[str, tuple[str, ...]], dict[str, str]]:
    """The state of each control, what each asked, and of those that lacked an answer the first question without one."""
    states: dict[str, Found] = {}
    asked: dict[str, tuple[str, ...]] = {}
    missing: dict[str, str] = {}
    for control in controls:
        host = snapshot_host(target.name, answers, lacking=lacking)
        try:
            states[control.key] = settled(control.actual(host, control.asked_of(target)))
        except (CannotTell, NothingToJudge) as reason:
            states[control.key] = reason.kept()
        except Unanswered as question:
            missing[control.key] = str(question)
            states[control.key] = CannotTell(f"its questions did not settle in {ROUNDS} rounds")
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- an answer that a kind did not foresee is "could not look"
            said = f"an answer could not be read: {type(error).__name__}: {error}"
            states[control.key] = CannotTell(said + in_brackets(control))
        asked[control.key] = tuple(host.backend.asked)
    return states, asked, missing


def _file(path: str, answers: Mapping[str, Answer]) -> FileState | CannotTell:
    try:
        return file_state(answers[file_contents.question(path)], path)
    except CannotTell as reason:
        return reason.kept()
