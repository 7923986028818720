"""Kind `awareness_programme`: programmes on the use of e-mail are held again and again."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.judge import Advised, AtLeast, AtMost, Equal, Matches, Want, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import About, Scalar, State, Target
from baseline.model.evidence import Programme
from baseline.model.probes import View
from baseline.readings.evidence import IN_FORCE, UtcOffset, as_obliged, day_of, days_between, proofs, standing


class AwarenessProgramme(Control):
    """When the last programme on awareness, procedure and culture of e-mail was held, and when the next one is.

    Looked at: the attested record of MEL-G-02 about the site whose programme was held last. More than `period_days`
    ago fails, and so does a record that has expired by its own `valid_to`. No next one on record is a warning. With
    `min_attendance_pct`, so many percent of the officers have to have attended. Without a record it is `unknown`.

    Applied: nothing. Sources: clause a, "secara berkala", which names no period: 365 days are the project's reading.
    """

    summary: ClassVar[str] = "Programmes on the use of e-mail are held again and again."
    about: ClassVar[About] = "site"
    loosens: ClassVar[Loosens] = {
        "period_days": "higher",
        "min_attendance_pct": "lower",
    }

    kind: Literal["awareness_programme"]
    period_days: Annotated[int, Field(ge=30, le=730, description="Days from one programme to the next, at most.")] = 365
    min_attendance_pct: Annotated[int, Field(ge=0, le=100, description="Percent of officers that attended.")] = 0
    utc_offset: UtcOffset = "+08:00"

    def expected(self, target: Target) -> Wants:
        """One not long ago, and the next one fixed."""
        del target
        wants: dict[str, Want] = {
            "record": as_obliged(self.obligation, Equal(IN_FORCE)),
            "days since the last programme": as_obliged(self.obligation, AtMost(self.period_days, unit="days")),
            "next programme": Advised(Matches(r"\d{4}-\d\d-\d\d", "fixed")),
        }
        if self.min_attendance_pct:
            wants["attendance"] = as_obliged(self.obligation, AtLeast(self.min_attendance_pct, unit="%"))
        return wants

    def outside(self, view: View, state: State, target: Target) -> State:
        """What the last programme's record says."""
        del state
        past = proofs(target, "MEL-G-02", Programme, view.now).held(lambda facts: facts.held_at, view.now)
        record, facts = max(past, key=lambda one: (standing(one[0], view.now) == IN_FORCE, one[1].held_at))
        plans = [one.next_at for _, one in past if one.next_at is not None and one.next_at > view.now]
        found: dict[str, Scalar] = {
            "programme": record.id,
            "record": standing(record, view.now),
            "days since the last programme": days_between(facts.held_at, view.now),
            "next programme": day_of(min(plans), self.utc_offset).isoformat() if plans else None,
        }
        return found | {"attendance": facts.attendance_pct}

    def advice(self, state: State) -> str:
        """What to do next."""
        del state
        return self.fix or "Hold the next programme, and record it with its date, its attendance and the one after it."
