"""Kind `access_probes`: a named tool uses the mail system on a schedule, as its users do, and succeeds."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.judge import Advised, AtLeast, AtMost, Equal, OneOf, Wants
from baseline.kinds.base import ByHand, Control, Line, Loosens
from baseline.model import About, State, Target
from baseline.model.evidence import ProbeSeries
from baseline.model.probes import View
from baseline.readings.evidence import UNPROVEN, named, proofs, proven, unproven


class AccessProbes(Control):
    """Tests of access that a tool makes on a schedule, as `baseline probe` measured them or the register has them.

    Looked at: the attested record of MEL-H-05 about the site that ended last. Its `tool` and `version` name what the
    agency identified as suitable. The record has to have ended at most `max_age_hours` ago; in its time no two runs
    may lie further apart than twice `period_seconds`, nor its last success further before its end; at least
    `success_pct` percent of the runs succeeded; and every one of `steps` is part of a run. Where the tool measured it,
    the time since its last run is a gap as well. A tool that stands on the mail host itself (`vantage: host`) proves
    nothing of firewall and DNS, and fails; one inside the agency's network is a warning.

    Without a record it is `unknown`: that nothing was recorded does not tell that nothing was tested.

    Applied: nothing. What can go wrong: a probe's account that is locked or over its quota, and a probe that fail2ban
    bans, look like an outage; give it a mailbox of its own. Sources: clause c, which names no period.
    """

    summary: ClassVar[str] = "A named tool uses the mail system on a schedule, and succeeds."
    about: ClassVar[About] = "site"
    loosens: ClassVar[Loosens] = {
        "period_seconds": "higher",
        "max_age_hours": "higher",
        "success_pct": "lower",
        "steps": "lower",
    }
    by_hand: ClassVar[ByHand] = {
        "hours since the record ended": (
            "Record the last day of the tool that probes, for MEL-H-05; it has to run every day."
        ),
        "vantage": "Let the tool stand outside the mail hosts, best outside the agency's network.",
        "steps not tried": "Have the tool try {found} as well.",
        "longest gap": ("Find out why the tool did not probe for {found}: its host, its account, its schedule."),
        "last success before the end": (
            "Find out why the tool had no success any more: its account, its schedule, the service itself."
        ),
        UNPROVEN: "Find out who changed the history: {found}.",
        "succeeded": ("Find the probes that failed in the tool's log, and what the mail hosts logged at those times."),
    }

    kind: Literal["access_probes"]
    period_seconds: Annotated[int, Field(ge=60, le=3600, description="Seconds from one run to the next.")] = 300
    max_age_hours: Annotated[
        int, Field(ge=1, le=168, description="Hours since the record ended, at most: how often it is written.")
    ] = 24
    success_pct: Annotated[float, Field(ge=50, le=100, description="Percent of runs that succeed, at least.")] = 99.5
    steps: Annotated[tuple[Line, ...], Field(description="What a run has to try.")] = ("smtp", "submission", "imap")

    def expected(self, target: Target) -> Wants:
        """A recent record of a tool that stands in the right place and succeeded."""
        return {
            "hours since the record ended": AtMost(self.max_age_hours, unit="hours"),
            "vantage": OneOf(("outside",), warn=("inside",)),
            "steps not tried": Equal("none"),
            "longest gap": AtMost(2 * self.period_seconds, unit="seconds"),
            "last success before the end": AtMost(2 * self.period_seconds, unit="seconds"),
            "succeeded": AtLeast(self.success_pct, unit="%"),
            "runs": Advised(AtLeast(1)),
            **proven(target),
        }

    def outside(self, view: View, state: State, target: Target) -> State:
        """What the latest record says."""
        del state
        record, facts = max(proofs(target, "MEL-H-05", ProbeSeries, view.now).some(), key=lambda one: one[1].until)
        last = facts.last_success_at
        return {
            "record": record.id,
            "tool": f"{facts.tool} {facts.version}",
            "hours since the record ended": round(max(0.0, (view.now - facts.until).total_seconds()) / 3600, 1),
            "vantage": facts.vantage,
            "steps not tried": named([step for step in self.steps if step not in facts.steps]),
            "longest gap": facts.longest_gap_seconds,
            "last success before the end": None if last is None else int((facts.until - last).total_seconds()),
            "succeeded": round(100 * facts.succeeded / facts.runs, 2) if facts.runs else 0,
            "runs": facts.runs,
            **unproven(target),
        }
