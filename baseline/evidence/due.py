"""What evidence is due: how each control about a site is judged today, and from which day on it is judged worse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.kinds.base import Control
from baseline.model import Finding, Outcome, Target
from baseline.model.evidence import FACTS
from baseline.model.looks import Looked
from baseline.model.probes import Probe
from baseline.outside import look_back_outside
from baseline.visit import findings_of

FARTHEST_DAYS = 800
"""Evidence of two years, such as an audit every second one, and some time to prepare it."""

_WORSE = (Outcome.NOTAPPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.UNKNOWN, Outcome.FAIL)


@dataclass(frozen=True)
class Due:
    """One control about one site. `on` is the first day from which it is judged worse than today; None: not in sight.

    `today` and `then` are how it is judged, `reason` is why it is so then, or today where that is no pass.
    """

    site: str
    control: str
    title: str
    today: Outcome
    then: Outcome
    on: date | None
    reason: str

    @property
    def now(self) -> bool:
        """Whether something is to be done today."""
        return self.today not in (Outcome.PASS, Outcome.NOTAPPLICABLE)

    def to_dict(self) -> dict[str, str]:
        """The keys of `evidence due --format json`."""
        return {
            "site": self.site,
            "control": self.control,
            "title": self.title,
            "today": str(self.today),
            "then": str(self.then),
            "on": "" if self.on is None else self.on.isoformat(),
            "reason": self.reason,
        }


def due(site: Target, controls: Iterable[Control], now: datetime, within: int) -> tuple[Due, ...]:
    """How the controls about a site stand today and within so many days, those that are due first.

    Controls that look at more than the register are left out. `within` is 0 to 800 days; a day is 24 hours from `now`,
    so that what expires in the evening is due the next day. Raises ValueError for other numbers.
    """
    if not 0 <= within <= FARTHEST_DAYS:
        raise ValueError(f"{within} is not between 0 and {FARTHEST_DAYS} days")
    of_register = [one for one in controls if one.about == "site" and one.id in FACTS]
    days = [now + timedelta(days=number) for number in range(within + 1)]
    judged = [_judged(of_register, site, moment) for moment in days]
    found = [
        _due(site, control, [(day, each[number]) for day, each in zip(days, judged, strict=True)])
        for number, control in enumerate(of_register)
    ]
    return tuple(sorted(found, key=lambda one: (not one.now, one.on or date.max, one.control)))


def _due(site: Target, control: Control, course: Sequence[tuple[datetime, Finding]]) -> Due:
    today = course[0][1]
    worse = next((one for one in course if _rank(one[1]) > _rank(today)), None)
    then = today if worse is None else worse[1]
    return Due(
        site=site.name,
        control=control.id,
        title=control.title.en,
        today=today.outcome,
        then=then.outcome,
        on=None if worse is None else worse[0].date(),
        reason=today.reason if _rank(today) > _WORSE.index(Outcome.PASS) else "" if worse is None else then.reason,
    )


def _rank(finding: Finding) -> int:
    return _WORSE.index(finding.outcome)


def _judged(controls: Sequence[Control], site: Target, moment: datetime) -> tuple[Finding, ...]:
    looked = look_back_outside(
        controls, site, Looked({control.key: {} for control in controls}), {}, moment, _not_looked
    )
    return findings_of(controls, site, looked.states)


def _not_looked(probe: Probe) -> CannotTell:
    return CannotTell(f"nothing is looked at for what is due: {probe!r}")
