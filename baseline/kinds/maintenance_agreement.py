"""Kind `maintenance_agreement`: a premium maintenance agreement with a qualified supplier is in force."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.judge import Advised, AtLeast, Equal, Matches, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import About, State, Target
from baseline.model.evidence import Agreement
from baseline.model.probes import View
from baseline.readings.evidence import IN_FORCE, as_obliged, days_between, proofs, standing


class MaintenanceAgreement(Control):
    """The maintenance agreement: its time, its level, and what shows the supplier to be qualified.

    Looked at: the attested record of MEL-G-04 about the site that runs longest. It has to be in force by its own
    `valid_from` and `valid_to`, of level `premium`, with the supplier's qualification recorded (a registration number,
    such as that of the Ministry of Finance). Fewer than `notice_days` left are a warning in time to renew it.

    The circular encourages such an agreement and demands none. So a register without one is a warning, never a fail,
    and so is one that expired; without a register nobody knows, which is `unknown`. An overlay that makes the control
    mandatory makes these fails.

    Applied: nothing. Sources: clause d ("digalakkan"); ISO/IEC 27001:2022 A.5.22.
    """

    summary: ClassVar[str] = "A premium maintenance agreement with a qualified supplier is in force."
    about: ClassVar[About] = "site"
    loosens: ClassVar[Loosens] = {"notice_days": "lower"}

    kind: Literal["maintenance_agreement"]
    notice_days: Annotated[int, Field(ge=0, le=365, description="Days left from which renewal is not yet urgent.")] = 90

    def expected(self, target: Target) -> Wants:
        """In force for a while, premium, with a qualified supplier."""
        del target
        return {
            "agreement": as_obliged(self.obligation, Equal(IN_FORCE)),
            "level of *": as_obliged(self.obligation, Equal("premium")),
            "qualification of *": as_obliged(self.obligation, Matches(".+", "recorded")),
            "days left of *": Advised(AtLeast(self.notice_days, unit="days")),
        }

    def outside(self, view: View, state: State, target: Target) -> State:
        """The agreement that runs longest."""
        del state
        found = proofs(target, "MEL-G-04", Agreement, view.now)
        if not found.usable:
            return {"agreement": f"not attested yet ({found.waiting[0]})" if found.waiting else None}
        in_force = [one for one in found.usable if standing(one[0], view.now) == IN_FORCE]
        record, facts = max(in_force or found.usable, key=lambda one: one[0].valid_to or view.now)
        if not in_force:
            return {"agreement": standing(record, view.now), "supplier": facts.supplier}
        return {
            "agreement": IN_FORCE,
            "supplier": facts.supplier,
            f"level of {record.id}": facts.level,
            f"qualification of {record.id}": facts.qualification,
            f"days left of {record.id}": days_between(view.now, record.valid_to or view.now),
        }

    def advice(self, state: State) -> str:
        """What to do next."""
        if self.fix:
            return self.fix
        if state.get("agreement") != IN_FORCE:
            return "Record the agreement for MEL-G-04 in the register, once there is one."
        return "Renew or raise the agreement, and record what shows the supplier to be qualified."
