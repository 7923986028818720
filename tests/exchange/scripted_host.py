"""A host in memory: files that commands read, and a transaction that goes as the test says."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from baseline import engine, file_contents, manifest
from baseline.errors import HostError
from baseline.kinds.base import Control
from baseline.model import Answer, FileState, HostPlan, Target
from tests.exchange.fakes import TARGET
from tests.scripted import AnswersFrom

Step = Answer | HostError
"""What comes of one verb: the answer of the host's side, or a broken exchange."""

DONE = Answer(0, b"staged /etc/x\nwaiting for confirmation\n")
CONFIRMED = Answer(0, b"confirmed\n")
RESTORED = Answer(0, b"restored\n")


@dataclass
class ScriptedHost:
    """`cat PATH` reads `files`. `verbs` holds what comes of each apply, confirm and restore, in turn.

    An apply writes the plan, unless `spoils` says what stands there instead; a restore takes it back. With `lands`
    a verb whose exchange broke has been done all the same. `asks` breaks the Nth look, `refuses` the connections in
    turn. `unforeseen` are answers that the files do not give, `afterwards` files that stand otherwise after a verb.
    `machine` is what it proves to be.
    """

    files: dict[str, FileState] = field(default_factory=dict)
    verbs: dict[str, list[Step]] = field(default_factory=dict)
    plan: HostPlan | None = None
    spoils: dict[str, FileState] = field(default_factory=dict)
    lands: bool = True
    asks: dict[int, HostError] = field(default_factory=dict)
    refuses: list[HostError | None] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    unforeseen: dict[str, Answer] = field(default_factory=dict)
    afterwards: dict[str, dict[str, FileState]] = field(default_factory=dict)
    machine: str = ""
    _before: dict[str, FileState] = field(default_factory=dict)

    def connect(self, target: Target) -> ScriptedHost:
        self.events.append("connect")
        trouble = self.refuses.pop(0) if self.refuses else None
        if trouble is not None:
            raise trouble
        return self

    def close(self) -> None:
        self.events.append("close")

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        return AnswersFrom(_Answers(self)).exchange(script)

    def look(self, command: str) -> Answer:
        """The answer to a question."""
        if command in self.unforeseen:
            return self.unforeseen[command]
        if command == manifest.QUESTION:
            return Answer(0)
        for path in {*self.files, *(change.path for change in (self.plan.files if self.plan else ())), manifest.PATH}:
            state = self.files.get(path, FileState(None))
            if command == file_contents.question(path):
                return _told(state)
            if command == f"cat {path}":
                return Answer(1, b"", b"No such file") if state.content is None else Answer(0, state.content)
        return Answer(0, b"ok") if command == "true" else Answer(127, b"", b"not found")

    def transact(self, verb: str) -> Answer:
        """What comes of a verb; the files change with it."""
        self.events.append(verb)
        step = self.verbs[verb].pop(0)
        if self.lands if isinstance(step, HostError) else step.rc == 0:
            self._change(verb)
        self.files |= self.afterwards.get(verb, {})
        if isinstance(step, HostError):
            raise step
        return step

    def _change(self, verb: str) -> None:
        if verb == "apply":
            assert self.plan is not None
            self._before = dict(self.files)
            self.files |= {change.path: change.after for change in self.plan.files} | self.spoils
        elif verb == "restore":
            self.files = dict(self._before or self.files)


class _Answers(Mapping[str, Answer]):
    """The host as the table that `AnswersFrom` answers from; counts each look as one event."""

    def __init__(self, host: ScriptedHost) -> None:
        self._host = host
        self._looked = False

    def __getitem__(self, command: str) -> Answer:
        if "/host.sh" in command and command not in self._host.unforeseen:
            return self._host.transact(shlex.split(command)[-2])
        if not self._looked:
            self._looked = True
            self._host.events.append("look")
            trouble = self._host.asks.get(self._host.events.count("look"))
            if trouble is not None:
                raise trouble
        return self._host.look(command)

    def __iter__(self):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


def _told(state: FileState) -> Answer:
    if state.content is None:
        return Answer(0, b"absent\n")
    return Answer(0, f"regular file|{state.owner}|{state.group}|{state.mode:o}\n".encode() + state.content)


def applied(host: ScriptedHost, controls: Sequence[Control], target: Target = TARGET) -> engine.HostResult:
    """An apply to a host whose plan is what a look at it gives."""
    planned = engine.plan(target, controls, replace(host, events=[], refuses=[], asks={}).connect).plan
    host.plan = planned
    return engine.apply(target, controls, host.connect, confirm_within=60)
