"""How an agency stands by its documents: nothing that is missing, old, half or unsigned looks like a good one."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from baseline.model import Outcome, Recorded, Report
from baseline.model.agencies import Agency, Refused, RollUp
from baseline.reports.json import render
from baseline.rollup import AgencyDocument, RollUpRules, joined
from baseline.rollup.seen import SeenBefore, of_bytes, to_bytes
from baseline.rollup.told import read
from tests.rollup.agencies import DAY, MANDATORY, NOW, measure, report, waived

AGE = timedelta(days=35)


def document(one: Report, agency: str = "mof", file: str = "", *, signed: bool = True) -> AgencyDocument:
    return AgencyDocument(file or f"{agency}.json", agency, signed, read(io.BytesIO(render(one).encode()), measure()))


def view(
    *taken: AgencyDocument | Refused,
    seen: Mapping[str, SeenBefore] | None = None,
    expected: Sequence[str] = ("mof",),
    gone: Sequence[str] = (),
) -> tuple[RollUp, dict[str, SeenBefore]]:
    made, kept = joined(taken, seen or {}, measure(), RollUpRules(NOW, AGE, tuple(expected), frozenset(gone)))
    assert of_bytes(to_bytes(kept), "agencies.json") == kept
    return made, kept


def only(made: RollUp) -> Agency:
    (agency,) = made.agencies
    return agency


FAIL = {("mx1", MANDATORY): Outcome.FAIL}


def test_a_fresh_and_signed_report_of_hosts_that_conform_is_the_only_good_one() -> None:
    made, _ = view(document(report()))
    agency = only(made)
    assert (agency.standing, agency.exit_code, agency.counted, made.exit_code) == ("current", 0, 0, 0)
    assert (agency.hosts, agency.conforming, agency.failing) == (2, 2, 0)
    assert {one.verdict for one in made.clauses} == {"pass"}


@pytest.mark.parametrize(
    ("taken", "standing"),
    [
        ((), "missing"),
        ((document(report(), signed=False, agency="other"),), "unsigned"),
        ((document(report(at=NOW - 36 * DAY)),), "stale"),
        ((Refused("mof.json", "mof", "is half"),), "refused"),
        ((document(report()), Refused("mof-2.json", "mof", "is half")), "refused"),
        ((document(report(at=NOW + DAY)),), "refused"),
    ],
)
def test_nothing_else_counts_as_good(taken: Sequence[AgencyDocument | Refused], standing: str) -> None:
    made, _ = view(*taken)
    assert standing in {one.standing for one in made.agencies}
    assert all(one.counted == 3 for one in made.agencies)
    assert made.exit_code == 3
    assert {one.verdict for one in made.clauses} == {"untold"}


def test_no_agency_at_all_is_not_good() -> None:
    assert view(expected=())[0].exit_code == 3


def test_a_document_that_nobody_can_be_told_of_keeps_the_whole_from_being_good() -> None:
    made, _ = view(document(report()), Refused("x.json", "", "nobody signed it"))
    assert only(made).counted == 0
    assert made.exit_code == 3


def test_an_unsigned_report_never_stands_for_an_agency_that_has_a_key() -> None:
    made, kept = view(document(report(), signed=False))
    assert only(made).standing == "missing"
    assert made.refused[0].why == "is not signed, and mof has a key"
    assert kept == {}


def test_a_fail_counts_whatever_the_standing() -> None:
    for at, standing in ((NOW - DAY, "current"), (NOW - 40 * DAY, "stale")):
        agency = only(view(document(report(wrong=FAIL, at=at)))[0])
        assert (agency.standing, agency.counted, agency.failing) == (standing, 1, 1)


def test_a_waived_fail_is_told_with_and_without_the_waiver() -> None:
    agency = only(view(document(waived(report(wrong=FAIL))))[0])
    assert (agency.exit_code, agency.without_waivers) == (0, 1)
    (at,) = [one for one in agency.clauses if one.verdict == "waived"]
    assert (at.without_waivers, at.because, at.places) == ("fail", (MANDATORY,), 1)


def test_an_older_document_in_place_of_a_newer_is_refused_by_name() -> None:
    _, kept = view(document(report(at=NOW - DAY)))
    made, after = view(document(report(at=NOW - 2 * DAY), file="old.json"), seen=kept)
    assert only(made).standing == "refused"
    assert made.refused[0].file == "old.json"
    assert "is old: it tells of mx1 as of 2026-11-25T06:00:00Z, and one as of 2026-11-26" in made.refused[0].why
    assert after == kept
    assert view(document(report(at=NOW - DAY)), seen=after)[0].exit_code == 0, "the same document again is no replay"


def test_an_older_document_beside_the_newer_is_outdone_and_no_trouble() -> None:
    _, kept = view(document(report(at=NOW - 2 * DAY)))
    both = document(report(wrong=FAIL, at=NOW - 2 * DAY), file="old.json"), document(report(), file="new.json")
    made, _ = view(*both, seen=kept)
    assert (made.exit_code, only(made).documents) == (0, ("new.json",))
    assert only(made).notes == ("old.json: a later document tells of hosts of it",)


def test_of_two_documents_of_one_moment_the_worse_counts() -> None:
    for order in (1, -1):
        both = [document(report(), file="good.json"), document(report(wrong=FAIL), file="bad.json")][::order]
        assert only(view(*both)[0]).documents == ("bad.json",)


def test_documents_of_different_hosts_are_told_together() -> None:
    made, _ = view(document(report(["mx1"], wrong=FAIL)), document(report(["mx2"]), file="b.json"))
    agency = only(made)
    assert (agency.hosts, agency.failing, agency.exit_code) == (2, 1, 1)


def test_the_oldest_look_says_how_fresh_an_agency_is() -> None:
    made, _ = view(document(report(["mx1"])), document(report(["mx2"], at=NOW - 40 * DAY), file="b.json"))
    assert only(made).standing == "stale"


def test_hosts_that_are_no_longer_told_of_are_missed_until_somebody_gives_them_up() -> None:
    _, kept = view(document(report(["mx1", "mx2", "mx3"], at=NOW - 3 * DAY)))
    for at in (NOW - 2 * DAY, NOW - DAY):
        made, kept = view(document(report(["mx1"], at=at)), seen=kept)
        agency = only(made)
        assert (agency.standing, agency.gone, agency.counted) == ("incomplete", ("mx2", "mx3"), 3)
    made, kept = view(document(report(["mx1"])), seen=kept, gone=["mof"])
    assert only(made).standing == "current"
    assert set(kept["mof"].hosts) == {"mx1"}


def test_hosts_of_an_outdone_document_are_missed_as_well() -> None:
    made, _ = view(document(report(["mx1", "mx2"], at=NOW - 2 * DAY)), document(report(["mx1"]), file="new.json"))
    assert (only(made).standing, only(made).gone) == ("incomplete", ("mx2",))


def test_controls_that_nobody_judged_are_unknown() -> None:
    lacking = replace(report(lacking=[MANDATORY]), run=replace(report().run, baseline_sha256="0" * 64))
    made, _ = view(document(lacking))
    agency = only(made)
    assert agency.exit_code == 3
    assert f"not judged: {MANDATORY} of mampu-2007" in agency.notes[0]
    assert {one.verdict for one in made.clauses} == {"pass", "unknown"}
    assert "differs from mampu-2007" in agency.baseline


def test_an_agency_of_which_nothing_is_judged_does_not_conform() -> None:
    places = ("mx1", "mx2", "agensi.example", "hq")
    nothing = {(place, control): Outcome.NOTAPPLICABLE for place in places for control in measure().controls}
    agency = only(view(document(report(wrong=nothing)))[0])
    assert (agency.standing, agency.counted) == ("current", 3)
    assert agency.notes == ("nothing was judged: no control is for the roles of its hosts",)


def test_an_agency_cannot_make_a_duty_a_suggestion() -> None:
    """Clause and obligation are those of the baseline that all are measured by."""
    from baseline.model import Obligation

    plain = report(wrong=FAIL)
    softer = [replace(one, obligation=Obligation.RECOMMENDED, clause="z") for one in plain.findings]
    agency = only(view(document(replace(plain, findings=tuple(softer))))[0])
    assert agency.exit_code == 1
    assert "z" not in {one.clause for one in agency.clauses}
    assert "have another clause or obligation there" in agency.notes[0]


def test_answers_that_were_recorded_are_as_old_as_they_are() -> None:
    again = report()
    run = replace(again.run, recorded=Recorded("20260901T000000Z-1", "2026-09-01T00:00:00Z"))
    assert only(view(document(replace(again, run=run)))[0]).standing == "stale"


def test_the_turn_is_told_against_the_document_before() -> None:
    _, kept = view(document(report(at=NOW - 2 * DAY)))
    made, kept = view(document(report(wrong=FAIL)), seen=kept)
    agency = only(made)
    assert agency.turn == "worse"
    assert {one.turn for one in agency.clauses if one.verdict == "fail"} == {"worse"}
    assert [(one.finished, one.exit_code) for one in agency.before] == [("2026-11-25T06:00:00Z", 0)]
    assert only(view(document(report(wrong=FAIL)), seen=kept)[0]).turn == "worse", "told the same once more"


def test_the_worst_comes_first_and_nobody_is_left_out() -> None:
    taken = (
        document(report(), "good"),
        document(report(wrong=FAIL), "bad"),
        document(report(at=NOW - 40 * DAY), "late"),
        Refused("half.json", "half", "is half"),
    )
    made, _ = view(*taken, expected=("good", "bad", "late", "half", "none"))
    assert [one.name for one in made.agencies] == ["bad", "half", "none", "late", "good"]
    assert made.exit_code == 1


def test_an_agency_that_may_sign_no_more_is_told() -> None:
    _, kept = view(document(report()))
    made, after = view(document(report(), "new"), seen=kept, expected=("new",))
    assert any("nobody may sign for any more: mof" in note for note in made.notes)
    assert after.keys() == {"mof", "new"}
