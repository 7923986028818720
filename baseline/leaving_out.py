"""Which controls of a plan an apply failed by, so that it can go on without them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from baseline.model import ApplyOutcome, HostApply, HostPlan


def blamed(ended: HostApply, plan: HostPlan, no_better: Sequence[str]) -> tuple[str, ...]:
    """The controls whose remedies displeased, of an apply that left its host as it was; empty where none can be named.

    `no_better` are those that the second look found no better. A command that failed names its controls; so do the
    files of a tree that a program's own checker refuses. What fails otherwise, such as a reload, may be anybody's.
    """
    unharmed = ended.outcome is ApplyOutcome.REFUSED or (ended.outcome is ApplyOutcome.ROLLED_BACK and ended.restored)
    if not unharmed:
        return ()
    found = {*no_better, *(name for step in ended.steps for name in _named_by(step, plan))}
    return tuple(name for name in plan.controls if name in found)


def _named_by(step: str, plan: HostPlan) -> Iterator[str]:
    """The controls that a step of the transaction speaks of as failed."""
    for action in plan.actions:
        if step.startswith(f"action: {action.name}: "):
            yield from action.controls
    if step.startswith("validate: "):
        root = step.removeprefix("validate: ").partition(": ")[0]
        for change in plan.files:
            if change.path == root or change.path.startswith(f"{root}/"):
                yield from change.controls
