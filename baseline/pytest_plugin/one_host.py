"""One host in a run of pytest: one connection, over which all tests that are about it are asked."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

import pytest

from baseline import bundle, manifest
from baseline.deadline import Deadline
from baseline.engine import HostResult, visited
from baseline.errors import BadReply, HostError
from baseline.kinds.base import Control
from baseline.local import EXCHANGE_SECONDS, Session, Wrapping
from baseline.model import TOO_MUCH, Answer, Target
from baseline.outside import Outlook
from baseline.pytest_plugin.chosen import Visited
from baseline.pytest_plugin.rehearsal import Rehearsals
from baseline.visit import Connect, Visit, look_at

ROUNDS = 4
"""How often tests are rehearsed for what only the last answers brought up."""

MOST_AHEAD = 2_000
"""How many questions of tests are asked of a host ahead; what is beyond is asked when its test is run."""

FRESH_SECONDS = 300
"""How long an answer that was asked ahead is good for: what a test sees shall be about as it is."""

AGAIN_SECONDS = 0.5
"""How long after its first use an answer may be used again by the same test, and only from another line of it."""

HOST_SECONDS = 900
"""How long one look at a host may take."""

COMMAND_SECONDS = 840
"""How long a command of a test may take. testinfra knows no limit; one that never ends is an error here."""


class KeptOpen(Wrapping):
    """A session that stays when it is closed in peace, and ends when it is closed while it is waited for."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._waiting = False
        self.broken = False

    def exchange(self, script: bytes, *, seconds: int = EXCHANGE_SECONDS) -> bytes:
        """See `Session.exchange`."""
        self._waiting, self.broken = True, True
        try:
            reply = self._session.exchange(script, seconds=seconds)
            self.broken = False
            return reply
        finally:
            self._waiting = False

    def close(self) -> None:
        """See `Session.close`."""
        if self._waiting:
            self._session.close()

    def end(self) -> None:
        """End it."""
        self._session.close()


class OneHost:
    """One host, or what is looked at without one. `keys` are the controls that are judged.

    What tests ask ahead travels with the controls' questions. Nothing is asked before somebody wants to know.
    """

    def __init__(
        self, visit: Visited, keys: Collection[str], connect: Connect, outlook: Outlook, rehearsals: Rehearsals
    ) -> None:
        self._visited, self._keys, self._rehearsals = visit, frozenset(keys), rehearsals
        self._opened, self._kept = connect, _NOBODY
        self._visit = Visit(visit.target, self._connect, lambda *_: None, outlook, Deadline(HOST_SECONDS))
        self._result: HostResult | None = None
        self._ahead: dict[str, Answer] = {}
        self._taken = 0.0
        self._test = ""
        self._asked_anew = False
        self._used: dict[str, tuple[float, set[str]]] = {}

    @property
    def exchanges(self) -> int:
        """How many there were."""
        return self._visit.exchanges

    def result(self) -> HostResult:
        """What the look at the host came to: had once, with what tests ask ahead. Never raises for what a host does."""
        if self._result is None:
            self._result = visited(self._visit, self._visited.controls, self._look)
        return self._result

    def begin(self, test: str) -> None:
        """From now on a test asks. Raises `HostError` where the host cannot be asked."""
        self._test, self._asked_anew = test, False
        self._used.clear()
        if error := self.result().host.error:
            raise HostError(error)

    def forget(self) -> None:
        """Something may have changed the host: what was asked ahead counts no more."""
        self._ahead.clear()

    def answer(self, command: str, /, *, looks: bool, place: str) -> Answer:
        """The answer to a command of the test. One that only `looks` may be answered from what was asked ahead.

        Any other is run, once. `place` is the line that asks. Raises `HostError`.
        """
        if not looks:
            self.forget()
            return self._ask([command])[command]
        if time.monotonic() - self._taken > FRESH_SECONDS:
            self.forget()
        if command not in self._ahead and not self._asked_anew:
            self._asked_anew = True
            self._gather(self._run())
        answer = self._ahead.get(command)
        if answer is None or answer.rc == TOO_MUCH or not self._may_use(command, place):
            return self._ask([command])[command]
        return answer

    def _may_use(self, command: str, place: str) -> bool:
        """Whether an answer is unused by this test, or was used just now elsewhere: who asks again waits for news."""
        first, places = self._used.setdefault(command, (time.monotonic(), set()))
        again = place in places or time.monotonic() - first > AGAIN_SECONDS
        places.add(place)
        return not again

    def end(self) -> None:
        """Hang up. Who asks after that connects anew."""
        kept, self._kept = self._kept, _NOBODY
        kept.end()

    def _connect(self, target: Target) -> Session:
        if self._kept is _NOBODY or self._kept.broken:
            self._kept.end()
            self._kept = KeptOpen(self._opened(target))
        return self._kept

    def _run(self) -> list[pytest.Function]:
        """The tests that what is asked now may be good for."""
        return self._rehearsals.run_from(self._visit.target.name, self._test) if self._visit.target.is_host else []

    def _look(self, visit: Visit, applicable: Sequence[Control]) -> HostResult:
        controls = [one for one in applicable if one.key in self._keys]
        run = self._run()
        first = list(self._rehearsals.asked(run, {}))[:MOST_AHEAD]
        # Without a control nothing would be looked at, and the host as a whole is told of all the same.
        paths = () if controls or not visit.target.is_host else (manifest.PATH,)
        seen = look_at(visit, controls, "looking", paths=paths, questions=first)
        self._ahead = {one: seen.looked.answers[one] for one in first if one in seen.looked.answers}
        self._taken = time.monotonic()
        result = HostResult(visit.report(seen=seen), seen.findings, looked=seen.looked)
        if first:
            self._gather(run)
        return result

    def _gather(self, run: Sequence[pytest.Function]) -> None:
        """Ask ahead what tests will ask, in a few rounds: what only answers bring up is asked in the next one.

        Where that fails nothing is known: whoever needs it asks by itself, and is told why.
        """
        for _ in range(ROUNDS):
            lacking = [one for one in self._rehearsals.asked(run, self._ahead) if one not in self._ahead]
            if not lacking or len(self._ahead) > MOST_AHEAD:
                return
            self._visit.deadline = Deadline(HOST_SECONDS)
            try:
                self._ahead |= self._visit.ask(lacking[:MOST_AHEAD], texts=False)
            except HostError:
                return
            self._taken = time.monotonic()

    def _ask(self, commands: Sequence[str]) -> Mapping[str, Answer]:
        """Run commands of a test as they are, now. Raises `HostError`."""
        self._visit.deadline = Deadline(COMMAND_SECONDS + 60)
        request = bundle.ask(commands, seconds=COMMAND_SECONDS, bounded=False, texts=False)
        answers = self._visit.exchange(request, COMMAND_SECONDS + 60)
        for command, answer in answers.items():
            if answer.rc == TOO_MUCH:
                raise BadReply(f"`{command[:200]}`: {answer.stderr.decode()}")
        return answers


class _Nobody(KeptOpen):
    """The session before there is one."""

    def __init__(self) -> None:
        self.broken = False

    def end(self) -> None:
        """There is nothing to end."""


_NOBODY: KeptOpen = _Nobody()
