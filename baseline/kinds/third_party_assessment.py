"""Kind `third_party_assessment`: somebody else assesses the infrastructure once a year, all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.judge import Advised, AtMost, Equal, OneOf, Wants
from baseline.kinds.base import ByHand, Control, Line, Loosens
from baseline.model import About, Evidence, Scalar, State, Target
from baseline.model.evidence import Agreement, Assessment
from baseline.model.probes import View
from baseline.readings.evidence import IN_FORCE, as_obliged, days_between, named, proofs, standing

AssessmentRecord = tuple[Evidence, Assessment]

THIRD = "a third party"
SUPPLIER = "the maintenance supplier"


class ThirdPartyAssessment(Control):
    """Reports of assessments: how old, by whom, of what, and what stayed open.

    Looked at: the attested records of MEL-G-05 about the site, by the date of the report (`issued_on`). Those of the
    last `max_age_days` count, together: partial reports may cover the aspects and the scope between them. None that
    recent fails. `aspects` and `scope` have to be covered. The assessor may be neither the agency nor whoever operates
    the system for it, by the names in the record: an internal audit is no third party's, and does not count where
    there is one that is. The supplier of a MEL-G-04 record as assessor is a warning, since it then assesses its own
    work. A critical finding that is open needs somebody who owns it and a date. Field work that ended more than
    `max_age_days` ago, under a report of later date, is a warning. A report that expired by its own `valid_to` does
    not count; without any record it is `unknown`.

    Applied: nothing. Sources: clause e; ISO/IEC 27001:2022 A.5.35 and A.7.11.
    """

    summary: ClassVar[str] = "Somebody else assesses the infrastructure once a year, all of it."
    about: ClassVar[About] = "site"
    loosens: ClassVar[Loosens] = {
        "max_age_days": "higher",
        "aspects": "lower",
        "scope": "lower",
    }
    by_hand: ClassVar[ByHand] = {
        "days since the last report": (
            "Have somebody who neither owns nor runs the system assess it anew, and record the report."
        ),
        "record": ("Have somebody who neither owns nor runs the system assess it anew, and record the report."),
        "assessor of *": "Have the next assessment done by somebody who neither owns nor runs the system.",
        "aspects not assessed": "Have {found} assessed as well, and record it.",
        "scope not assessed": "Have {found} assessed as well, and record it.",
        "open critical findings without owner or date": ("Give each open critical finding an owner and a date."),
        "days since the field work": ("Have the system looked at anew: the report is younger than the work behind it."),
    }

    kind: Literal["third_party_assessment"]
    max_age_days: Annotated[int, Field(ge=30, le=366, description="Days since the report, at most.")] = 366
    aspects: Annotated[tuple[Line, ...], Field(min_length=1, description="What has to be assessed.")] = (
        "performance",
        "security_risk",
        "electrical_power",
    )
    scope: Annotated[tuple[Line, ...], Field(min_length=1, description="What has to be assessed in it.")] = (
        "mail",
        "dns",
        "firewall",
        "ips",
    )

    def expected(self, target: Target) -> Wants:
        """A recent report by somebody else, of everything, with nothing critical left alone."""
        del target
        none = as_obliged(self.obligation, Equal("none"))
        age = AtMost(self.max_age_days, unit="days")
        return {
            "days since the last report": as_obliged(self.obligation, age),
            "record": as_obliged(self.obligation, Equal(IN_FORCE)),
            "assessor of *": as_obliged(self.obligation, OneOf((THIRD,), warn=(SUPPLIER,))),
            "aspects not assessed": none,
            "scope not assessed": none,
            "open critical findings without owner or date": none,
            "days since the field work": Advised(age),
        }

    def outside(self, view: View, state: State, target: Target) -> State:
        """The reports that count, taken together."""
        del state
        entries = proofs(target, "MEL-G-05", Assessment, view.now).some()
        suppliers = {
            compared_name(record.facts.supplier)
            for record in target.register or ()
            if isinstance(record.facts, Agreement)
        }
        others = [entry for entry in entries if _assessor(entry[1], suppliers) in (THIRD, SUPPLIER)] or list(entries)
        recent = [entry for entry in others if days_between(entry[0].issued_on, view.now) <= self.max_age_days]
        counted = [entry for entry in recent if standing(entry[0], view.now) == IN_FORCE]
        counted = counted or [max(others, key=lambda entry: entry[0].issued_on)]
        latest, facts = max(counted, key=lambda entry: entry[0].issued_on)
        found: dict[str, Scalar] = {
            "days since the last report": days_between(latest.issued_on, view.now),
            "record": standing(latest, view.now),
            "aspects not assessed": named(
                _lacking(self.aspects, [aspect for _, one in counted for aspect in one.aspects])
            ),
            "scope not assessed": named(_lacking(self.scope, [part for _, one in counted for part in one.scope])),
            "open critical findings without owner or date": named(
                [
                    open_one.finding
                    for _, one in counted
                    for open_one in one.open_critical
                    if not open_one.owner or open_one.due is None
                ]
            ),
            "days since the field work": days_between(facts.field_work_until, view.now),
        }
        return found | {f"assessor of {record.id}": _assessor(one, suppliers) for record, one in counted}


def _assessor(facts: Assessment, suppliers: set[str]) -> str:
    assessor = compared_name(facts.assessor)
    if assessor == compared_name(facts.agency):
        return "the agency itself"
    if assessor == compared_name(facts.operator):
        return "the operator"
    return SUPPLIER if assessor in suppliers else THIRD


def compared_name(organisation: str) -> str:
    """The name of an organisation as it is compared: no case, no points and commas, single spaces."""
    return " ".join(organisation.casefold().replace(".", " ").replace(",", " ").split())


def _lacking(wanted: Sequence[str], there: Sequence[str]) -> list[str]:
    known = {word.casefold() for word in there}
    return [word for word in wanted if word.casefold() not in known]
