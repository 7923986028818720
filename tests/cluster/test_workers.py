"""What the controller makes of tasks that fail, never end, or are lost: a client of the test's own stands for Dask."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from baseline.cluster import workers
from baseline.cluster.parcel import Parcel, Rules
from baseline.cluster.results import written
from baseline.cluster.watching import WorkersWatched
from baseline.cluster.workers import Workers, listener
from baseline.deadline import Deadline
from baseline.engine import HostResult, not_known
from baseline.hands import Order
from baseline.kinds.base import Control
from baseline.load import Baseline
from baseline.model import ApplyOutcome, HostApply, Target
from baseline.model.plans import HostPlan
from baseline.reviewed import Reviewed
from tests.cluster.rules import MTA, one_file

TARGET = Target("mx1", "192.0.2.1", roles=MTA, site="A")


class KilledWorker(Exception):
    """As Dask calls it."""


@dataclass
class Task:
    """What came of a task: its status, and what it gave or raised."""

    status: str = "finished"
    gives: object = b""

    def add_done_callback(self, call: Callable[[object], None]) -> None:
        if self.status != "pending":
            call(self)

    def result(self, timeout: float) -> object:
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives

    def exception(self, timeout: float) -> object:
        return self.gives

    def release(self) -> None:
        pass


@dataclass
class Dask:
    """Takes parcels, and makes of each what the test says."""

    makes: Callable[[Parcel], Task]
    parcels: list[Parcel] = field(default_factory=list)
    wanted: list[object] = field(default_factory=list)

    def submit(self, work: object, sent: bytes, *, resources: object, **how: object) -> Task:
        assert how["retries"] == 0
        self.parcels.append(Parcel.unpacked(sent))
        self.wanted.append(resources)
        return self.makes(self.parcels[-1])


class NotHere:
    """Nothing is to be done on this machine."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was done here")


@pytest.fixture
def rules(tmp_path: Path) -> Baseline:
    return one_file(tmp_path, tmp_path / "file")


def watched(*sites: str, wait: float = 0) -> WorkersWatched:
    told = {"workers": {site: {"resources": {f"site:{site}": 4}} for site in sites}}
    watch = WorkersWatched(lambda: told, wait, "of the test")
    watch.once()
    return watch


def hands(
    rules: Baseline, makes: Callable[[Parcel], Task], watch: WorkersWatched | None = None
) -> tuple[Workers, Dask]:
    dask = Dask(makes)
    made = Workers(dask, watch or watched("A"), Rules.of(rules), NotHere(), lambda *_: None, "t", False)  # type: ignore[arg-type]
    return made, dask


def controls(rules: Baseline) -> tuple[Control, ...]:
    return rules.controls_for(TARGET)


LOST = [
    (lambda _: Task(gives=b"nonsense"), "did not do its work: what it gave is no result"),
    (lambda _: Task(gives={"pickled": "thing"}), "did not do its work: it gave a dict, and no result"),
    (lambda _: Task(gives=TypeError("only able to deserialize data with")), "the result of a worker cannot be had"),
    (lambda _: Task("error", KilledWorker("x")), "every worker that took it was lost"),
    (lambda _: Task("error", ValueError("of its own")), "a worker of the cluster failed: ValueError: of its own"),
    (lambda _: Task("cancelled"), "the connection to the scheduler was lost"),
    (lambda _: Task("lost"), "the connection to the scheduler was lost"),
    (lambda _: Task("pending"), "its worker did not give a result in time"),
]


@pytest.mark.parametrize(("makes", "words"), LOST)
def test_a_check_that_comes_to_nothing_is_unknown_and_says_why(
    rules: Baseline, monkeypatch: pytest.MonkeyPatch, makes: Callable[[Parcel], Task], words: str
) -> None:
    monkeypatch.setattr(workers, "MARGIN_SECONDS", -59)
    made, dask = hands(rules, makes)
    result = made.check(TARGET, controls(rules), Deadline(60))
    assert words in (result.host.error or "")
    assert [finding.outcome.value for finding in result.findings] == ["unknown"]
    assert len(dask.parcels) == 1
    assert dask.wanted == [{"site:A": 1}]


@pytest.mark.parametrize(("makes", "words"), LOST)
def test_an_apply_of_which_nobody_hears_is_looked_up_in_the_journal_and_never_sent_again(
    rules: Baseline, monkeypatch: pytest.MonkeyPatch, makes: Callable[[Parcel], Task], words: str
) -> None:
    monkeypatch.setattr(workers, "APPLY_SECONDS", -419)
    said = HostApply("mx1", ApplyOutcome.ROLLED_BACK, "may have begun: the journal says so", restored=True)
    seen = not_known(TARGET, controls(rules), "")

    def first(parcel: Parcel) -> Task:
        told = HostResult(seen.host, seen.findings, None, said)
        return Task(gives=written(told)) if parcel.doing == "journal" else makes(parcel)

    made, dask = hands(rules, first)
    result = made.apply(TARGET, controls(rules), Deadline(60), Order())
    assert [parcel.doing for parcel in dask.parcels] == ["apply", "journal"]
    assert dask.parcels[0].transaction == dask.parcels[1].transaction != ""
    assert result.apply is not None
    assert (result.apply.outcome, result.apply.restored) == (ApplyOutcome.ROLLED_BACK, True)
    assert words in result.apply.reason
    assert result.apply.reason.endswith("; may have begun: the journal says so")


def test_an_apply_whose_journal_cannot_be_read_either_is_unknown(rules: Baseline) -> None:
    made, _ = hands(rules, lambda _: Task("cancelled"))
    apply = made.apply(TARGET, controls(rules), Deadline(60), Order()).apply
    assert apply is not None
    assert apply.outcome is ApplyOutcome.UNKNOWN
    assert "it may have begun, and the host's journal could not be read" in apply.reason


def test_an_apply_that_is_given_up_may_have_begun(rules: Baseline) -> None:
    deadline = Deadline(60)

    def given_up(parcel: Parcel) -> Task:
        del parcel
        deadline.give_up("the run was interrupted", begun_too=True)
        return Task("pending")

    made, dask = hands(rules, given_up)
    apply = made.apply(TARGET, controls(rules), deadline, Order()).apply
    assert apply is not None
    assert apply.outcome is ApplyOutcome.UNKNOWN
    assert "the run was interrupted while its apply was under way" in apply.reason
    assert [parcel.doing for parcel in dask.parcels] == ["apply"]


def test_without_a_worker_nothing_is_sent_and_an_apply_is_not_begun(rules: Baseline) -> None:
    made, dask = hands(rules, lambda _: Task(), watched("B"))
    words = "no worker for site A for 0 s: start one there, with the resource 'site:A'"
    assert words in (made.check(TARGET, controls(rules), Deadline(60)).host.error or "")
    assert words in (made.plan(TARGET, controls(rules), Deadline(60), Order()).host.error or "")
    apply = made.apply(TARGET, controls(rules), Deadline(60), Order()).apply
    assert apply is not None
    assert apply.outcome is ApplyOutcome.NOT_BEGUN
    assert words in apply.reason
    assert dask.parcels == []


def test_a_site_whose_workers_are_lost_meanwhile_is_not_waited_for(rules: Baseline) -> None:
    watch = watched("A")

    def lose(parcel: Parcel) -> Task:
        del parcel
        watch.look = lambda: {"workers": {}}
        watch.once()
        return Task("pending")

    made, _ = hands(rules, lose, watch)
    begun = time.monotonic()
    result = made.check(TARGET, controls(rules), Deadline(600))
    assert "its worker was lost: the cluster of the test has had no worker for site A" in (result.host.error or "")
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("told", [{}, {"workers": 3}, {"workers": {"a": {}}}, {"workers": {"a": {"resources": None}}}])
def test_a_scheduler_that_tells_nonsense_has_told_nothing(told: dict[str, Any]) -> None:
    watch = WorkersWatched(lambda: told, 0, "of the test")
    watch.once()
    assert not watch.has("A")
    assert not watch.has("")


def test_hosts_without_a_site_go_to_any_worker(rules: Baseline) -> None:
    anywhere = Target("mx1", "192.0.2.1", roles=MTA)
    made, dask = hands(rules, lambda _: Task("cancelled"))
    made.check(anywhere, controls(rules), Deadline(60))
    assert dask.wanted == [None]


def test_this_machine_is_looked_at_by_this_machine(rules: Baseline) -> None:
    made, _ = hands(rules, lambda _: Task())
    with pytest.raises(AssertionError, match="check was done here"):
        made.check(Target("here", "local", roles=MTA), controls(rules), Deadline(60))


def test_only_progress_of_our_hosts_that_is_fit_to_print_is_passed_on() -> None:
    heard: list[tuple[str, str]] = []
    hear = listener([TARGET], lambda host, doing: heard.append((host, doing)))
    for told in (
        {"host": "mx1", "doing": "looking"},
        {"host": "mx2", "doing": "looking"},
        {"host": "mx1", "doing": "\x1b[2J"},
        {"host": "mx1", "doing": "x" * 81},
        {"host": "mx1", "doing": 3},
        {"host": ["mx1"], "doing": "looking"},
        {},
        "looking",
        None,
    ):
        hear((0.0, told))
    assert heard == [("mx1", "looking")]


def test_a_plan_that_somebody_reviewed_is_what_a_worker_is_to_apply(rules: Baseline) -> None:
    made, dask = hands(rules, lambda _: Task("cancelled"))
    reviewed = Reviewed(HostPlan("mx1", reloads=("postfix",)))
    made.apply(TARGET, controls(rules), Deadline(60), Order(expected=reviewed, leave_out=True, confirm_within=7))
    order = dask.parcels[0].order
    assert order.expected is not None
    assert order.expected.is_still(reviewed.plan)
    assert (order.leave_out, order.confirm_within) == (True, 7)
