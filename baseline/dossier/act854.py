"""Act 854 of Malaysia (Cyber Security Act 2024) as this project reads it: a risk assessment a year, an audit in two.

What counts are attested records of assessments (MEL-G-05): for the first those that cover the aspect `security_risk`,
for the second those that cover `compliance_audit` and that neither the agency nor the operator made itself. Pure.
Source: section 22 of the Act, and the regulations of 2024 on the periods of both. No legal advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from baseline.classes import dataclass
from baseline.evidence.standing import standings
from baseline.kinds.third_party_assessment import compared_name
from baseline.model import Evidence
from baseline.model.evidence import Assessment
from baseline.reports.html.page import shown

SCHEMA = "baseline.act-854/1"
READING = (
    "This is how this project reads section 22 of the Cyber Security Act 2024 (Act 854): no legal advice, and no "
    "word of the Chief Executive. Whether the Act applies to the agency, and whether an auditor is an approved one, "
    "is not told here."
)
READING_MS = (
    "Inilah tafsiran projek ini terhadap seksyen 22 Akta Keselamatan Siber 2024 (Akta 854): bukan nasihat "
    "undang-undang dan bukan kata Ketua Eksekutif. Sama ada Akta ini terpakai kepada agensi, dan sama ada juruaudit "
    "telah diluluskan, tidak dinyatakan di sini."
)

ActVerdict = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True)
class Requirement:
    """What has to be done again within so many years. `independent`: not by the agency or the operator itself."""

    name: str
    title: str
    title_ms: str
    aspect: str
    years: int
    independent: bool = False


REQUIREMENTS = (
    Requirement("risk-assessment", "Risk assessment, every year", "Penilaian risiko, setiap tahun", "security_risk", 1),
    Requirement("audit", "Audit, every two years", "Audit, setiap dua tahun", "compliance_audit", 2, independent=True),
)


@dataclass(frozen=True)
class ActStanding:
    """How a site stands with a requirement: `counted` are (record, day of its report), the oldest first.

    `due` is the last day on which the next one is in time; `late` are the days on which one came, and on which it was
    due. `because` is a sentence.
    """

    site: str
    requirement: Requirement
    verdict: ActVerdict
    because: str
    counted: tuple[tuple[str, date], ...] = ()
    due: date | None = None
    late: tuple[tuple[date, date], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The standing as JSON carries it."""
        return {
            "requirement": self.requirement.name,
            "years": self.requirement.years,
            "verdict": self.verdict,
            "because": self.because,
            "records": [{"id": name, "day": day.isoformat()} for name, day in self.counted],
            "due": self.due.isoformat() if self.due else None,
            "late": [{"came": came.isoformat(), "due": due.isoformat()} for came, due in self.late],
        }


def act_standings(site: str, records: Sequence[Evidence], as_of: datetime) -> tuple[ActStanding, ...]:
    """How a site stands with each requirement at a moment, whose zone says what day that is."""
    return tuple(_standing(site, one, records, as_of) for one in REQUIREMENTS)


def _standing(site: str, requirement: Requirement, records: Sequence[Evidence], as_of: datetime) -> ActStanding:
    found = [one for one in _assessments(site, records, as_of) if requirement.aspect in _aspects(one[1])]
    own = [record.id for record, facts in found if requirement.independent and _by_itself(facts)]
    counted = sorted((_day(record.issued_on, as_of), record.id) for record, _ in found if record.id not in own)
    if not counted:
        if own:
            told = f"{', '.join(own)}: made by the agency or the operator itself, which is no audit by others"
            return ActStanding(site, requirement, "fail", told)
        return ActStanding(site, requirement, "unknown", f"no attested record covers the aspect {requirement.aspect}")
    days = [day for day, _ in counted]
    due = _later(days[-1], requirement.years)
    late = tuple(
        (after, _later(before, requirement.years))
        for before, after in pairwise(days)
        if after > _later(before, requirement.years)
    )
    verdict: ActVerdict = "pass" if _day(as_of, as_of) <= due else "fail"
    told = (
        f"the last one is of {days[-1].isoformat()}; the next one {'is' if verdict == 'pass' else 'was'} due by {due}"
    )
    return ActStanding(site, requirement, verdict, told, tuple((name, day) for day, name in counted), due, late)


def _assessments(site: str, records: Iterable[Evidence], as_of: datetime) -> Iterator[tuple[Evidence, Assessment]]:
    """The assessments that somebody attests, whatever their own `valid_to` says: they were made."""
    for worth in standings(records, site, as_of):
        record = worth.record
        made = record.attested_at is not None and max(record.attested_at, record.issued_on) <= as_of
        if made and isinstance(record.facts, Assessment):
            yield record, record.facts


def _aspects(facts: Assessment) -> set[str]:
    return {aspect.casefold() for aspect in facts.aspects}


def _by_itself(facts: Assessment) -> bool:
    return compared_name(facts.assessor) in (compared_name(facts.agency), compared_name(facts.operator))


def _day(moment: datetime, as_of: datetime) -> date:
    return moment.astimezone(as_of.tzinfo).date()


def _later(day: date, years: int) -> date:
    """The same day some years later; of a leap day the day before it."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def as_document(told: Sequence[ActStanding], as_of: datetime) -> dict[str, Any]:
    """All standings as JSON carries them, by site."""
    sites = dict.fromkeys(one.site for one in told)
    each = [{"site": site, "requirements": [one.to_dict() for one in told if one.site == site]} for site in sites]
    return {"schema": SCHEMA, "reading": READING, "reading_ms": READING_MS, "as_of": as_of.isoformat(), "sites": each}


def as_page(agency: str, told: Sequence[ActStanding], as_of: datetime) -> str:
    """The same as a page, in both languages."""
    values = {"agency": agency, "told": told, "as_of": as_of.isoformat(), "reading": READING, "reading_ms": READING_MS}
    return str(_template().render(values))


@cache
def _template() -> Any:
    import importlib.resources

    from jinja2 import Environment, StrictUndefined

    text = importlib.resources.files("baseline.dossier").joinpath("act-854.html.j2").read_text("utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined, finalize=shown, trim_blocks=True, lstrip_blocks=True)
    return made.from_string(text)
