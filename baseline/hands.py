"""Who does the work on a host: this process itself, or others that stand where the hosts can be reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from baseline import engine
from baseline.classes import dataclass
from baseline.deadline import CONFIRM_SECONDS, Deadline
from baseline.model.taking import ALL_TAKEN, Taking
from baseline.transaction import Note, Transaction
from baseline.waiving import Waive, nothing_waived

if TYPE_CHECKING:
    from baseline.kinds.base import Control
    from baseline.load import Baseline
    from baseline.model import Target
    from baseline.outside import Outlook
    from baseline.reviewed import Reviewed


@dataclass(frozen=True)
class Order:
    """How a host shall be planned or applied, as `engine.plan` and `engine.apply` have it. `expected` is per host.

    `looked_at` counts for hosts that this process looks at itself: the clock of another one is its own.
    """

    taking: Taking = ALL_TAKEN
    waive: Waive = nothing_waived
    note: Note | None = None
    confirm_within: int = CONFIRM_SECONDS
    expected: Reviewed | None = None
    looked_at: float | None = None
    leave_out: bool = False
    transactions: Callable[[], Transaction] = Transaction


class Hands(Protocol):
    """Does one thing to one host, and gives what was learnt. Raises nothing for what a host does."""

    def check(self, target: Target, controls: Sequence[Control], deadline: Deadline) -> engine.HostResult:
        """See `engine.check`."""
        ...

    def plan(self, target: Target, controls: Sequence[Control], deadline: Deadline, order: Order) -> engine.HostResult:
        """See `engine.plan`."""
        ...

    def apply(self, target: Target, controls: Sequence[Control], deadline: Deadline, order: Order) -> engine.HostResult:
        """See `engine.apply`."""
        ...


class Elsewhere(Protocol):
    """Many hands on other machines, or in other processes."""

    def hands(
        self,
        baseline: Baseline,
        targets: Sequence[Target],
        here: Hands,
        *,
        at_once: int,
        answers: bool,
        progress: engine.Progress,
    ) -> AbstractContextManager[Hands]:
        """Hands for these targets, of which `at_once` are worked on at a time. `here` does what only this machine can.

        `answers` says whether what hosts answered is wanted. Raises `UserError` where the engine cannot be used at all.
        """
        ...


@dataclass(frozen=True)
class Here:
    """The hands of this process."""

    connect: engine.Connect
    progress: engine.Progress
    outlook: Outlook

    def check(self, target: Target, controls: Sequence[Control], deadline: Deadline) -> engine.HostResult:
        """See `engine.check`."""
        return engine.check(target, controls, self.connect, self.progress, outlook=self.outlook, deadline=deadline)

    def plan(self, target: Target, controls: Sequence[Control], deadline: Deadline, order: Order) -> engine.HostResult:
        """See `engine.plan`."""
        return engine.plan(
            target,
            controls,
            self.connect,
            self.progress,
            taking=order.taking,
            outlook=self.outlook,
            deadline=deadline,
            waive=order.waive,
        )

    def apply(self, target: Target, controls: Sequence[Control], deadline: Deadline, order: Order) -> engine.HostResult:
        """See `engine.apply`."""
        return engine.apply(
            target,
            controls,
            self.connect,
            self.progress,
            note=order.note,
            confirm_within=order.confirm_within,
            expected=order.expected,
            looked_at=order.looked_at,
            leave_out=order.leave_out,
            taking=order.taking,
            outlook=self.outlook,
            deadline=deadline,
            waive=order.waive,
            transactions=order.transactions,
        )
