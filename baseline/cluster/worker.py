"""What a worker of a cluster does with a parcel: the same work as this process would do itself. Bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache

from baseline import engine
from baseline.begun import JournalSaid, nth
from baseline.cluster.parcel import Parcel, Rules
from baseline.cluster.results import refused, written
from baseline.deadline import Deadline
from baseline.engine import HostResult
from baseline.errors import CannotTell, HostError
from baseline.hands import Here
from baseline.kinds.base import Control
from baseline.load import Baseline
from baseline.model import ApplyOutcome, HostApply, Target
from baseline.outside import LocalOutlook
from baseline.recording import cleaned
from baseline.transaction import Transaction
from baseline.version import __version__

LONGEST_WORDS = 80


def work(sent: bytes) -> bytes:
    """Do what a parcel says, and give the result as `results.read` takes it. This is what a task runs."""
    parcel = Parcel.unpacked(sent)
    if parcel.version != __version__:
        # Nothing is done: what the controls of another release mean nobody can say.
        return refused()
    return written(done(parcel, connect(parcel.topic), _teller(parcel.topic)))


def done(parcel: Parcel, way: engine.Connect, progress: engine.Progress) -> HostResult:
    """The work itself. Raises nothing for what a host does."""
    controls = _rules(parcel.rules).controls_for(parcel.target)
    deadline = Deadline(parcel.seconds, f"given up: its time of {parcel.seconds:g} s (--host-timeout) is over")
    target, order = parcel.target, parcel.order
    here = Here(way, progress, _outlook(parcel.topic, parcel.doing in ("check", "plan")))
    if parcel.doing == "check":
        result = here.check(target, controls, deadline)
    elif parcel.doing == "plan":
        result = here.plan(target, controls, deadline, order)
    else:
        result = _applied_once(parcel, controls, here, deadline)
    if parcel.answers and result.looked:
        result = replace(result, heard=cleaned(result.looked, target, controls))
    return replace(result, looked=None)


def _applied_once(parcel: Parcel, controls: tuple[Control, ...], here: Here, deadline: Deadline) -> HostResult:
    """Apply, unless the host's journal says that this very apply was begun before: then it is reported from there.

    The scheduler gives the tasks of a worker that it lost to another one, whatever that one had begun.
    """
    target, claim = parcel.target, parcel.doing == "journal"
    try:
        begun = engine.journal_of(
            target, here.connect, parcel.transaction, here.progress, claim=claim, deadline=deadline
        )
    except (HostError, CannotTell) as error:
        # Whether a worker that is lost had begun it, nobody can tell now.
        lost = engine.not_known(target, controls, str(error))
        return replace(lost, apply=HostApply(target.name, ApplyOutcome.UNKNOWN, f"{error}; nothing was begun now"))
    if begun or parcel.doing == "journal":
        return _reported(begun, target, controls, here, deadline)
    return here.apply(target, controls, deadline, replace(parcel.order, transactions=_named(parcel.transaction)))


def _reported(
    begun: JournalSaid, target: Target, controls: tuple[Control, ...], here: Here, deadline: Deadline
) -> HostResult:
    seen = here.check(target, controls, deadline)
    return replace(seen, apply=begun.ended(target.name))


def _named(identity: str) -> Callable[[], Transaction]:
    """Transactions whose ids are known beforehand: the host refuses one that it has seen."""

    def ids() -> Iterator[Transaction]:
        attempt = 0
        while True:
            yield Transaction(nth(identity, attempt))
            attempt += 1

    return ids().__next__


@lru_cache(maxsize=4)
def _rules(rules: Rules) -> Baseline:
    return rules.unpacked()


@lru_cache(maxsize=4)
def _outlook(topic: str, changes_nothing: bool) -> LocalOutlook:
    """The outlook of this worker for one run, which the topic tells from others."""
    del topic
    return LocalOutlook(sharing=changes_nothing)


@lru_cache(maxsize=4)
def connect(topic: str) -> engine.Connect:
    """How this worker connects, with its own keys and known_hosts: read once for a run, which the topic tells."""
    del topic
    from baseline.session import Connector

    return Connector().connect


def _teller(topic: str) -> engine.Progress:
    """Tells the controller, over the scheduler, what is being done to a host."""
    from distributed import get_worker

    worker = get_worker()

    def tell(host: str, doing: str) -> None:
        worker.log_event(topic, {"host": host, "doing": doing[:LONGEST_WORDS]})

    return tell
