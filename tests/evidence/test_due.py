"""What is due: each control judged as of later days, by the same rules as a check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from baseline.evidence.due import FARTHEST_DAYS, Due, due
from baseline.load import load_baseline
from baseline.model import Evidence, Outcome, Subject, Target
from baseline.model.evidence import Agreement, Assessment, Programme

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = Target("here", "", site="here", speaks_for=(Subject("site", "here"),))
CONTROLS = load_baseline("mampu-2007").controls_for(SITE)


def of(*records: Evidence, within: int = 30) -> dict[str, Due]:
    site = Target("here", "", site="here", speaks_for=SITE.speaks_for, register=records)
    return {one.control: one for one in due(site, CONTROLS, NOW, within)}


def agreement(days: int) -> Evidence:
    facts = Agreement("premium", "A", "MOF-1")
    end = NOW + days * DAY
    return Evidence("a", "MEL-G-04", "*", NOW - DAY, "x", facts, NOW - DAY, end, "", "", "b", NOW - DAY)


def test_what_has_no_record_is_due_today() -> None:
    found = of()
    assert {"MEL-G-02", "MEL-G-05", "MEL-H-05", "MEL-H-06", "MEL-H-07"} <= found.keys()
    assert all(one.now and one.reason for one in found.values())
    assert not {"MEL-H-01", "MEL-G-03"} & found.keys(), "they look at hosts as well"


def test_the_first_day_on_which_it_is_judged_worse_is_told() -> None:
    """The control warns with fewer than 90 days left; 95 days are left, so it does on the sixth day from now."""
    found = of(agreement(95))["MEL-G-04"]
    assert (found.today, found.then, found.on) == (Outcome.PASS, Outcome.WARN, (NOW + 6 * DAY).date())
    assert "days left of a is 89 days" in found.reason
    assert not found.now


def test_what_stays_good_within_the_days_is_in_no_sight() -> None:
    assert of(agreement(95), within=5)["MEL-G-04"].on is None
    assert of(agreement(95), within=6)["MEL-G-04"].on is not None


def test_what_warns_today_and_fails_later_has_both() -> None:
    late = Assessment("A", "B", "C", NOW - 400 * DAY, ("performance", "security_risk", "electrical_power"), ("mail",))
    record = Evidence("a", "MEL-G-05", "*", NOW - 360 * DAY, "x", late, attested_by="y", attested_at=NOW - DAY)
    found = of(record)["MEL-G-05"]
    assert (found.today, found.on) == (Outcome.FAIL, None), "the scope lacks, so it fails already"
    full = Assessment("A", "B", "C", NOW - 400 * DAY, late.aspects, ("mail", "dns", "firewall", "ips"))
    record = Evidence("a", "MEL-G-05", "*", NOW - 360 * DAY, "x", full, attested_by="y", attested_at=NOW - DAY)
    found = of(record)["MEL-G-05"]
    assert (found.today, found.then, found.on) == (Outcome.WARN, Outcome.FAIL, (NOW + 7 * DAY).date())


def test_what_is_due_first_comes_first() -> None:
    site = Target("here", "", site="here", speaks_for=SITE.speaks_for, register=(agreement(95),))
    order = due(site, CONTROLS, NOW, 30)
    assert [one.now for one in order] == sorted((one.now for one in order), reverse=True)


def test_a_programme_in_the_future_is_not_due() -> None:
    facts = Programme(NOW - DAY, NOW + 100 * DAY)
    record = Evidence("p", "MEL-G-02", "here", NOW - DAY, "x", facts, attested_by="y", attested_at=NOW - DAY)
    assert of(record)["MEL-G-02"].today is Outcome.PASS


@pytest.mark.parametrize("within", [-1, FARTHEST_DAYS + 1])
def test_days_that_are_none_are_refused(within: int) -> None:
    with pytest.raises(ValueError, match="not between"):
        due(SITE, CONTROLS, NOW, within)
