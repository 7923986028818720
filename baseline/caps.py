"""Limits on what one run may change, checked against its plans before anything is changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.model import HostPlan


@dataclass(frozen=True)
class Caps:
    """The most hosts that may be changed, controls mended on any one host, and files deleted, in one run."""

    hosts: int = 100
    controls: int = 60
    deletions: int = 10

    def hold(self, plans: Sequence[HostPlan], reason: str) -> None:
        """Raise `UserError` for plans that go beyond a cap, unless there is a reason why they may."""
        exceeded = self.exceeded(plans)
        if exceeded and not reason.strip():
            raise UserError(
                f"nothing was changed: {'; '.join(exceeded)}. Raise the cap, or give --force and the reason"
            )

    def exceeded(self, plans: Sequence[HostPlan]) -> tuple[str, ...]:
        """What goes beyond a cap, in sentences; empty when nothing does."""
        changing = [plan for plan in plans if not plan.empty]
        most = max((len(plan.controls) for plan in changing), default=0)
        deleted = sum(change.action == "delete" for plan in changing for change in plan.files)
        found = []
        if len(changing) > self.hosts:
            found.append(f"{len(changing)} hosts would be changed, and the cap is {self.hosts} (--max-hosts)")
        if most > self.controls:
            found.append(
                f"{most} controls would be mended on one host, and the cap is {self.controls} (--max-controls)"
            )
        if deleted > self.deletions:
            found.append(f"{deleted} files would be deleted, and the cap is {self.deletions} (--max-deletions)")
        return tuple(found)
