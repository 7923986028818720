"""The year of the agency as a check judges its register: what is wanting in it is seen, on the day it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from baseline.evidence.due import Due, due
from baseline.load import load_baseline
from baseline.model import Evidence, Outcome, Subject, Target
from tests.bench.year import START
from tests.dossier.agency import HERE, SITE, agreement, assessment, checklists, deliveries


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> tuple[Evidence, ...]:
    """The register of the whole year."""
    document = tmp_path_factory.mktemp("year") / "agreement.txt"
    document.write_text("Premium maintenance, by day and night.\n")
    return (agreement(document), assessment(), *deliveries(range(365)), *checklists(range(365)))


def judged(register: tuple[Evidence, ...], day: int) -> dict[str, Due]:
    """How the controls that only the register tells of stand in the evening of a day of the year."""
    now = (START + timedelta(days=day)).astimezone(HERE).replace(hour=23)
    known = tuple(one for one in register if one.issued_on <= now)
    site = Target(SITE, "", site=SITE, speaks_for=(Subject("site", SITE),), register=known)
    return {one.control: one for one in due(site, load_baseline("mampu-2007").controls_for(site), now, 0)}


def test_an_agreement_counts_until_the_end_of_the_year(register: tuple[Evidence, ...]) -> None:
    assert datetime(2027, 12, 31, tzinfo=HERE).date() == (START + timedelta(days=213)).date()
    assert judged(register, 100)["MEL-G-04"].today is Outcome.PASS
    assert "days left of agreement-2027 is 0 days" in judged(register, 213)["MEL-G-04"].reason
    expired = judged(register, 214)["MEL-G-04"]
    assert expired.today is not Outcome.PASS
    assert "days left" not in expired.reason


def test_an_assessment_without_the_power_supply_is_not_enough(register: tuple[Evidence, ...]) -> None:
    found = judged(register, 120)["MEL-G-05"]
    assert found.today is Outcome.FAIL
    assert "electrical_power" in found.reason


@pytest.mark.parametrize(("day", "missed"), [(123, "2027-09-30"), (216, "2027-12-31")])
def test_a_missed_checklist_stays_missed(register: tuple[Evidence, ...], day: int, missed: str) -> None:
    found = judged(register, day)["MEL-H-07"]
    assert found.today is Outcome.FAIL
    assert missed in found.reason


def test_the_leap_day_is_a_day_like_others(register: tuple[Evidence, ...]) -> None:
    assert (START + timedelta(days=273)).date().isoformat() == "2028-02-29"
    assert "2028-02-29" not in judged(register, 275)["MEL-H-07"].reason
