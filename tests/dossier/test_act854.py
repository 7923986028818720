"""Act 854, as this project reads it: what counts, when the next one is due, and what was late."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from baseline.dossier.act854 import ActStanding, act_standings, as_document, as_page
from baseline.dossier.making import dossier
from baseline.dossier.verify_dossier import Opened, examined
from baseline.model import Evidence
from tests.dossier.agency import HERE, SITE, MadeUpAgency, assessment

RISK, AUDIT = "security_risk", "compliance_audit"


def assessed(day: str, *aspects: str, assessor: str = "Penilai Sdn. Bhd.", **others: object) -> Evidence:
    """A report of a day, which somebody attested on the day after."""
    at = datetime.fromisoformat(f"{day}T09:00:00+08:00")
    before = assessment()
    facts = replace(before.facts, aspects=aspects, assessor=assessor)  # type: ignore[arg-type]
    made = replace(before, id=f"of-{day}", issued_on=at, attested_at=at + timedelta(days=1), facts=facts)
    return replace(made, **others)  # type: ignore[arg-type]


def told(as_of: str, *records: Evidence) -> tuple[ActStanding, ActStanding]:
    """How the site stands at eight in the evening of a day."""
    risk, audit = act_standings(SITE, records, datetime.fromisoformat(f"{as_of}T20:00:00+08:00"))
    return risk, audit


def test_nothing_recorded_is_unknown_and_never_fine() -> None:
    assert [one.verdict for one in told("2028-01-01")] == ["unknown", "unknown"]
    assert [one.verdict for one in told("2028-01-01", assessed("2027-12-01", "performance"))] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("last", "as_of", "verdicts"),
    [
        ("2027-03-01", "2028-03-01", ["pass", "pass"]),
        ("2027-03-01", "2028-03-02", ["fail", "pass"]),
        ("2027-03-01", "2029-03-01", ["fail", "pass"]),
        ("2027-03-01", "2029-03-02", ["fail", "fail"]),
        ("2028-02-29", "2029-02-28", ["pass", "pass"]),
        ("2028-02-29", "2029-03-01", ["fail", "pass"]),
        ("2027-12-31", "2028-12-31", ["pass", "pass"]),
    ],
)
def test_the_last_day_is_the_same_day_of_a_later_year(last: str, as_of: str, verdicts: list[str]) -> None:
    assert [one.verdict for one in told(as_of, assessed(last, RISK, AUDIT))] == verdicts


def test_the_day_is_that_of_the_zone_that_was_asked_for() -> None:
    late = datetime(2028, 3, 1, 17, tzinfo=timezone.utc)  # noqa: UP017 -- beside the zone of the agency
    record = assessed("2027-03-01", RISK)
    assert act_standings(SITE, [record], late)[0].verdict == "pass"
    assert act_standings(SITE, [record], late.astimezone(HERE))[0].verdict == "fail"


def test_what_nobody_attests_or_is_still_to_come_does_not_count() -> None:
    waiting = assessed("2027-12-01", RISK, attested_by=None, attested_at=None)
    assert told("2028-01-01", waiting)[0].verdict == "unknown"
    assert told("2027-12-01", assessed("2027-12-01", RISK))[0].verdict == "unknown"
    assert told("2028-01-01", assessed("2027-12-01", RISK, subject="elsewhere"))[0].verdict == "unknown"


def test_an_audit_is_made_by_others_and_a_risk_assessment_by_anybody() -> None:
    risk, audit = told("2028-01-01", assessed("2027-12-01", RISK, AUDIT, assessor="AGENSI.example"))
    assert (risk.verdict, audit.verdict) == ("pass", "fail")
    assert "no audit by others" in audit.because


def test_one_that_came_late_stays_visible() -> None:
    risk, audit = told("2029-06-01", assessed("2029-05-01", RISK, AUDIT), assessed("2027-03-01", RISK, AUDIT))
    assert (risk.verdict, audit.verdict) == ("pass", "pass")
    assert risk.late == ((date(2029, 5, 1), date(2028, 3, 1)),)
    assert audit.late == ((date(2029, 5, 1), date(2029, 3, 1)),)
    assert risk.to_dict()["late"] == [{"came": "2029-05-01", "due": "2028-03-01"}]


def test_page_and_document_say_whose_reading_it_is_and_hold_text_as_text() -> None:
    as_of = datetime(2028, 1, 1, tzinfo=HERE)
    found = told("2028-01-01", assessed("2027-12-01", RISK, id="<script>alert(1)</script>"))
    page, document = as_page("A & B", found, as_of), as_document(found, as_of)
    assert "<script>" not in page
    assert "A &amp; B" in page
    assert "no legal advice" in page
    assert "bukan nasihat undang-undang" in page
    assert "this project reads" in document["reading"]


def test_it_is_in_a_dossier_of_that_profile_alone(some_days: MadeUpAgency, whole: bytes) -> None:
    assert "act-854.json" not in Opened(whole).places
    order = replace(some_days.order(), profile="act-854")
    made = Opened(dossier(order, some_days.history, some_days.material, some_days.signer))
    assert examined(made) == []
    assert made.manifest["profile"] == "act-854"
    (site,) = json.loads(made.read("act-854.json"))["sites"]
    assert [one["verdict"] for one in site["requirements"]] == ["pass", "unknown"]
    assert b"Akta 854" in made.read("act-854.html")
