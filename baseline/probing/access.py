"""Access tests: every service of every mailbox, beside each other, bounded, and tried again where that may help."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from baseline.classes import dataclass
from baseline.crew import Task, work_through
from baseline.deadline import Deadline, Halt
from baseline.delivery.failing import NoAnswer, WrongAnswer
from baseline.errors import CannotTell
from baseline.load.probed import ProbedMailbox, ProbeLimits, ProbesDocument
from baseline.load.probes import USUAL
from baseline.model.measurements import AccessRun, AccessStep, StepName, StepOutcome, Vantage
from baseline.probes.patience import TOO_LATE
from baseline.probing.dialogue import NonsenseAnswer
from baseline.probing.steps import Passed, opened, tried

_MARGIN_SECONDS = 2


@dataclass(frozen=True)
class AccessStepTask:
    """One step that is to be tried: of which mailbox, which service, and how, within so many seconds."""

    mailbox: ProbedMailbox
    name: StepName
    attempt: Callable[[float], Passed]


@dataclass(frozen=True)
class _Ended:
    step: AccessStep
    near: bool = False


def step_tasks(mailboxes: Sequence[ProbedMailbox]) -> tuple[AccessStepTask, ...]:
    """All steps of some mailboxes, in their order."""
    return tuple(task for mailbox in mailboxes for task in _of_mailbox(mailbox))


def _of_mailbox(mailbox: ProbedMailbox) -> Iterator[AccessStepTask]:
    for service in USUAL:
        server = getattr(mailbox, service)
        if server is not None:
            yield AccessStepTask(mailbox, service, partial(tried, service, server))
    if mailbox.webmail is not None:
        yield AccessStepTask(mailbox, "webmail", partial(opened, mailbox.webmail))


def access_runs(
    document: ProbesDocument,
    over: Deadline,
    *,
    halt: Halt | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> dict[str, AccessRun]:
    """One run of access tests, by site. What was given up in the middle of it was not reached, and is told so."""
    at, limits = now(), document.limits
    wanted = step_tasks(document.mailboxes)
    longest = limits.tries * (limits.step_seconds + limits.retry_seconds) + _MARGIN_SECONDS
    done = work_through(
        [Task(partial(_step, one, limits), partial(_lost, one), longest, TOO_LATE) for one in wanted],
        limits.at_once,
        over=over,
        halt=halt,
    )
    found = {}
    for site in document.sites:
        ended = [one for task, one in zip(wanted, done, strict=True) if task.mailbox.site == site]
        vantage: Vantage = "host" if any(one.near for one in ended) else document.vantage
        found[site] = AccessRun(at, vantage, tuple(one.step for one in ended))
    return found


def _step(task: AccessStepTask, limits: ProbeLimits, deadline: Deadline) -> _Ended:
    """A step, tried until it goes through, the answer is a wrong one, or all tries are used up."""
    tries = 0
    while True:
        tries += 1
        began = time.monotonic()
        try:
            passed = task.attempt(limits.step_seconds)
            step = AccessStep(task.mailbox.address, task.name, "ok", _since(began), "", tries, passed.tls)
            return _Ended(step, passed.near)
        except (NoAnswer, WrongAnswer, CannotTell) as error:
            again = isinstance(error, NoAnswer | NonsenseAnswer) and tries < limits.tries
            outcome: StepOutcome = "unreachable" if isinstance(error, NoAnswer) else "wrong"
            if not again:
                return _Ended(AccessStep(task.mailbox.address, task.name, outcome, _since(began), str(error), tries))
        deadline.sleep(limits.retry_seconds)


def _lost(task: AccessStepTask, deadline: Deadline) -> _Ended:
    return _Ended(AccessStep(task.mailbox.address, task.name, "unreachable", 0, deadline.why or TOO_LATE))


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
