"""The hands of a cluster: each host is a task for a worker of its site, and an apply is never begun twice."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from baseline import engine
from baseline.classes import dataclass
from baseline.cluster import worker
from baseline.cluster.opening import PREFIX
from baseline.cluster.parcel import Doing, Parcel, Rules
from baseline.cluster.results import NoResult, read
from baseline.cluster.watching import WorkersWatched
from baseline.deadline import Deadline
from baseline.engine import HostResult
from baseline.errors import GivenUp, UserError
from baseline.hands import Hands, Order
from baseline.kinds.base import Control
from baseline.model import ApplyOutcome, HostApply, Target
from baseline.transaction import APPLY_SECONDS

if TYPE_CHECKING:
    from distributed import Client, Future

MARGIN_SECONDS = 30
"""How much longer than its own time a host may take on a worker, until that is given up."""

JOURNAL_SECONDS = 120
_LOOK_SECONDS = 0.5
_GATHER_SECONDS = 30


class Lost(Exception):
    """Nobody heard what became of a task; it may have been begun, more than once."""


class NobodyThere(Lost):
    """There was nobody to give a task to, so that nothing was begun."""


@dataclass(frozen=True)
class Workers:
    """Hands that let workers do the work. `here` does what only this machine can."""

    client: Client
    watch: WorkersWatched
    rules: Rules
    here: Hands
    progress: engine.Progress
    topic: str
    answers: bool

    def check(self, target: Target, controls: Sequence[Control], deadline: Deadline) -> HostResult:
        """See `engine.check`. Of a worker that is lost another one checks the hosts again, as Dask has it."""
        if _only_here(target):
            return self.here.check(target, controls, deadline)
        return self._looked("check", target, controls, deadline, Order())

    def plan(self, target: Target, controls: Sequence[Control], deadline: Deadline, order: Order) -> HostResult:
        """See `engine.plan`, and `check`."""
        if _only_here(target):
            return self.here.plan(target, controls, deadline, order)
        return self._looked("plan", target, controls, deadline, order)

    def apply(self, target: Target, controls: Sequence[Control], deadline: Deadline, order: Order) -> HostResult:
        """See `engine.apply`. When nobody hears how it ended, the host's journal is read, and that is reported."""
        if _only_here(target):
            return self.here.apply(target, controls, deadline, order)
        identity = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(8)}"
        try:
            self._awaited(target, deadline)
            parcel = self._parcel("apply", target, deadline.left(), order, identity)
            sent = parcel.packed()
            # From here on it may have begun, whatever is heard of it. One attempt and its look, or two of each.
            longest = (APPLY_SECONDS + 60 + order.confirm_within) * (2 if order.leave_out else 1)
            deadline.begin(parcel.seconds + longest + 2 * MARGIN_SECONDS)
        except (NobodyThere, GivenUp, UserError) as error:
            return engine.not_begun(target, controls, str(error))
        try:
            return self._done(parcel, sent, controls, time.monotonic() + parcel.seconds + longest, deadline)
        except Lost as error:
            return self._by_journal(parcel, controls, str(error))
        except GivenUp:
            return engine.given_up(target, controls, deadline)

    def _looked(
        self, doing: Doing, target: Target, controls: Sequence[Control], deadline: Deadline, order: Order
    ) -> HostResult:
        try:
            self._awaited(target, deadline)
            parcel = self._parcel(doing, target, deadline.left(), order)
            until = time.monotonic() + parcel.seconds + MARGIN_SECONDS
            return self._done(parcel, parcel.packed(), controls, until, deadline)
        except (Lost, GivenUp, UserError) as error:
            return engine.not_known(target, controls, str(error))
        finally:
            self.progress(target.name, "done")

    def _by_journal(self, apply: Parcel, controls: Sequence[Control], why: str) -> HostResult:
        """What the journal of a host says of an apply that nobody reported; it cannot begin any more then."""
        target, deadline = apply.target, Deadline(JOURNAL_SECONDS)
        self.progress(target.name, "reading the journal")
        try:
            self._awaited(target, deadline)
            parcel = replace(apply, doing="journal", seconds=JOURNAL_SECONDS)
            until = time.monotonic() + JOURNAL_SECONDS + MARGIN_SECONDS
            result = self._done(parcel, parcel.packed(), controls, until, deadline)
        except (Lost, GivenUp, UserError) as error:
            reason = f"{why}; it may have begun, and the host's journal could not be read: {error}"
            lost = engine.not_known(target, controls, reason)
            return replace(lost, apply=HostApply(target.name, ApplyOutcome.UNKNOWN, reason))
        assert result.apply is not None, "what reads a journal says how the apply ended"
        return replace(result, apply=replace(result.apply, reason=f"{why}; {result.apply.reason}"))

    def _parcel(self, doing: Doing, target: Target, seconds: float, order: Order, identity: str = "") -> Parcel:
        return Parcel(doing, target, self.rules, order, seconds, identity, self.answers, self.topic)

    def _awaited(self, target: Target, deadline: Deadline) -> None:
        """Wait until there is a worker for a host. Raises `NobodyThere` when there has been none for too long."""
        while not self.watch.has(target.site):
            if why := self.watch.missing(target.site):
                raise NobodyThere(why)
            deadline.sleep(_LOOK_SECONDS)
        if why := self.watch.missing(target.site):
            raise NobodyThere(why)

    def _done(
        self, parcel: Parcel, sent: bytes, controls: Sequence[Control], until: float, deadline: Deadline
    ) -> HostResult:
        """What a worker made of a parcel. Raises `Lost` when that is not heard by `until`, and `GivenUp`."""
        target = parcel.target
        needs = {f"{PREFIX}{target.site}": 1} if target.site else None
        key = f"baseline-{parcel.doing}-{secrets.token_hex(8)}"
        try:
            future = self.client.submit(worker.work, sent, key=key, pure=False, retries=0, resources=needs)
        except Exception as error:  # noqa: BLE001 -- the client is closed, or of another mind than we know of
            raise Lost(f"the cluster takes no task: {_said(error)}") from None
        ended = threading.Event()
        future.add_done_callback(lambda _: ended.set())
        try:
            with deadline.closing(ended.set):
                self._wait(ended, target, until, deadline)
            return read(self._gathered(future), target, controls, parcel.doing)
        except NoResult as error:
            raise Lost(f"a worker of the cluster did not do its work: {error}") from None
        finally:
            with contextlib.suppress(Exception):
                # The client may have ended meanwhile.
                future.release()

    def _wait(self, ended: threading.Event, target: Target, until: float, deadline: Deadline) -> None:
        while not ended.wait(_LOOK_SECONDS):
            if why := self.watch.missing(target.site):
                raise Lost(f"its worker was lost: {why}")
            if time.monotonic() > until:
                raise Lost("its worker did not give a result in time")
        deadline.left()

    def _gathered(self, future: Future[bytes]) -> object:
        """What a task gave, whatever that is. Raises `Lost`."""
        try:
            if future.status == "finished":
                return future.result(timeout=_GATHER_SECONDS)
            failed = future.exception(timeout=_GATHER_SECONDS) if future.status == "error" else None
        except Exception as error:  # noqa: BLE001 -- what does not come, or is not to be read, is no result
            raise Lost(f"the result of a worker cannot be had: {_said(error)}") from None
        if failed is None:
            raise Lost("the connection to the scheduler was lost")
        if type(failed).__name__ == "KilledWorker":
            raise Lost("every worker that took it was lost: it is not given to another one any more")
        raise Lost(f"a worker of the cluster failed: {_said(failed)}")


def _only_here(target: Target) -> bool:
    """Whether a target is this machine, or no machine at all."""
    return target.address in ("", "local")


def _said(error: BaseException | None) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def listener(hosts: Sequence[Target], progress: engine.Progress) -> Any:
    """Takes what workers tell of their progress, and passes on what is about these hosts and fit to print."""
    names = {target.name for target in hosts}

    def hear(event: tuple[float, object]) -> None:
        match event[1]:
            case {"host": str(host), "doing": str(doing)} if host in names:
                if len(doing) <= worker.LONGEST_WORDS and doing.isprintable():
                    progress(host, doing)

    return hear
