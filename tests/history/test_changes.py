"""What changed since a run: the class of every change, and its cause as far as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from baseline.errors import NothingMatched, UserError
from baseline.history import History
from baseline.history.since import moment_of
from baseline.model import (
    Change,
    Changes,
    Compared,
    Finding,
    HostPlan,
    Obligation,
    Outcome,
    Report,
    SubjectReport,
    Wanted,
    Whole,
)
from baseline.model.heard import Heard, of_command, of_probe, seen_bytes
from baseline.model.plans import ApplyOutcome, HostApply
from baseline.model.probes import Lookup, Records
from tests.history.reports import finding, report
from tests.history.test_store import kept

PASS, WARN, FAIL, UNKNOWN = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.UNKNOWN


def told(history: History, since: str = "1", **only: str) -> list[tuple[str, str, str]]:
    """Class, host and control of what changed."""
    return [(one.kind, one.host, one.control) for one in history.changes(since, **only).changes]


def only_one(history: History, since: str = "1") -> Change:
    (change,) = history.changes(since).changes
    return change


@pytest.mark.parametrize(
    ("outcomes", "kinds"),
    [
        ([PASS, PASS], []),
        ([PASS, FAIL], ["newly failing"]),
        ([PASS, WARN], ["newly failing"]),
        ([FAIL, PASS], ["mended"]),
        ([FAIL, Outcome.NOTAPPLICABLE], ["mended"]),
        ([PASS, Outcome.NOTAPPLICABLE], []),
        ([WARN, FAIL], ["failing otherwise"]),
        ([PASS, UNKNOWN], ["newly unknown"]),
        ([FAIL, UNKNOWN], ["newly unknown"]),
        ([UNKNOWN, PASS], ["known again"]),
        ([UNKNOWN, FAIL], ["newly failing"]),
        ([PASS, FAIL, PASS], []),
        ([PASS, FAIL, PASS, FAIL], ["flapping"]),
        ([PASS, FAIL, UNKNOWN, PASS], ["flapping"]),
        ([FAIL, WARN, FAIL, WARN, FAIL], []),
    ],
)
def test_the_class_of_what_an_outcome_became(history: History, outcomes: Sequence[Outcome], kinds: list[str]) -> None:
    kept(history, *(report(number, finding(outcome=one, found=0)) for number, one in enumerate(outcomes, 1)))
    assert [kind for kind, _, _ in told(history)] == kinds


@pytest.mark.parametrize(
    ("first", "now", "kind"),
    [(PASS, PASS, "known again"), (PASS, FAIL, "newly failing"), (FAIL, FAIL, "known again"), (FAIL, PASS, "mended")],
)
def test_what_was_unknown_is_compared_with_what_was_known_before(
    history: History, first: Outcome, now: Outcome, kind: str
) -> None:
    kept(history, *(report(number, finding(outcome=one)) for number, one in enumerate((first, UNKNOWN, now), 1)))
    assert told(history, "2") == [(kind, "mx1", "OUR-A-01")]


def test_a_fail_with_another_state_fails_otherwise_and_other_words_alone_are_no_change(history: History) -> None:
    one = finding(outcome=FAIL, found=7)
    kept(history, report(1, one), report(2, replace(one, reason="in other words")))
    assert told(history) == []
    kept(history, report(3, finding(outcome=FAIL, found=8)))
    assert told(history) == [("failing otherwise", "mx1", "OUR-A-01")]


def test_of_a_fail_a_key_that_is_as_wanted_changes_nothing(history: History) -> None:
    def with_room(free: int) -> Finding:
        one = finding(outcome=FAIL, found=7)
        return replace(one, keys=(*one.keys, Compared("free", free, Wanted("at_least", (1,)), PASS)))

    kept(history, report(1, with_room(100)), report(2, with_room(101)))
    assert told(history) == []


def test_drift_begins_and_goes_and_is_by_hand(history: History) -> None:
    file = "/etc/postfix/main.cf: content changed at line 70"
    reason = "limit is 1; /etc/postfix/main.cf: content changed since it was applied"
    drifted = report(2, finding(drift=True, reason=reason))
    others = ("/etc/other: deleted", "/etc/postfix/main: mode changed")
    drifted = replace(drifted, hosts=(replace(drifted.hosts[0], drifted=(file, *others)),))
    kept(history, report(1, finding()), drifted)
    change = only_one(history)
    assert (change.kind, change.cause, change.because) == ("newly drifted", "by hand", file)
    kept(history, report(3, finding()))
    assert told(history, "2") == [("drift gone", "mx1", "OUR-A-01")]


def applied(number: int, *controls: str, outcome: ApplyOutcome = ApplyOutcome.APPLIED) -> Report:
    done = HostApply("mx1", outcome, "done", f"t{number}", HostPlan("mx1", controls=controls))
    return report(number, finding(found=number), applies=(done,))


def test_an_apply_of_ours_is_the_cause_for_the_controls_that_it_was_for(history: History) -> None:
    one, other = finding(outcome=FAIL), finding(control="OUR-A-02", outcome=FAIL)
    kept(history, report(1, one, other))
    kept(history, replace(applied(2, "OUR-A-01"), findings=(finding(), other)), command="apply")
    kept(history, report(3, finding(), finding(control="OUR-A-02")))
    causes = {change.control: (change.cause, change.because, change.seen) for change in history.changes("1").changes}
    assert causes["OUR-A-01"] == ("apply", "apply t2 by ali@controller", report(2).run.id)
    assert causes["OUR-A-02"] == ("unknown", "", report(3).run.id)
    assert history.changes("2").changes[0].cause == "unknown", "that apply was before"


def test_an_apply_that_was_taken_back_is_no_cause_and_a_rollback_is(history: History) -> None:
    kept(history, report(1, finding()))
    refused = replace(applied(2, "OUR-A-01", outcome=ApplyOutcome.REFUSED), findings=(finding(),))
    kept(history, refused, command="apply")
    kept(history, report(3, finding(outcome=FAIL)))
    assert only_one(history).cause == "unknown"
    back = applied(4, outcome=ApplyOutcome.ROLLED_BACK)
    kept(history, replace(back, findings=(), run=replace(back.run, baseline_name="")), command="rollback")
    kept(history, report(5, finding(outcome=WARN)))
    change = only_one(history, "3")
    assert (change.cause, change.because) == ("apply", "rollback t4 by ali@controller")


def answer(command: str, text: str) -> Heard:
    question = of_command(command)
    return Heard({question: f"0 {len(text)}\n{text}".encode()}, {"OUR-A-01": (question,)})


def test_a_package_is_the_cause_with_its_versions(history: History) -> None:
    command = "dpkg-query -W -f '...' -- postfix"
    kept(history, report(1, finding()), mx1=answer(command, "postfix|installed|3.7.6-0\nlibc6|installed|2.36\n"))
    after = answer(command, "postfix|installed|3.7.11-0\nlibc6|installed|2.36\n")
    kept(history, report(2, finding(outcome=FAIL)), mx1=after)
    change = only_one(history)
    assert (change.cause, change.because) == ("package", "postfix 3.7.6-0 → 3.7.11-0")


def test_what_was_seen_from_outside_is_the_cause(history: History) -> None:
    probe = Lookup("agensi.example", "MX")
    question = of_probe(probe)
    for number, (records, outcome) in enumerate(((("10 mx1.",), PASS), (("10 mx2.",), FAIL)), 1):
        told = Heard({question: seen_bytes(Records("noerror", records))}, {"OUR-A-01 agensi.example": (question,)})
        one = finding("agensi.example", outcome=outcome, subject="agensi.example")
        through = (SubjectReport("agensi.example", "domain", "mx1"),)
        kept(history, replace(report(number, one), subjects=through), mx1=told)
    change = only_one(history)
    assert (change.cause, change.because) == ("outside", "lookup MX agensi.example")


def by(number: int, sha256: str, *controls: str, chosen: bool = False, **others: object) -> Report:
    made = report(number, *(finding(control=one, **others) for one in controls))  # type: ignore[arg-type]
    some = Whole(9, {"f": 9}) if chosen else None
    run = replace(made.run, baseline_sha256=sha256, baseline_version=sha256[0], chosen_from=some)
    return replace(made, run=run)


def test_controls_come_go_and_change_with_the_baseline(history: History) -> None:
    kept(history, by(1, "1" * 64, "OUR-A-01", "OUR-A-02"))
    kept(history, by(2, "2" * 64, "OUR-A-01", "OUR-A-03", obligation=Obligation.RECOMMENDED))
    assert told(history) == [
        ("control added", "", "OUR-A-03"),
        ("control removed", "", "OUR-A-02"),
        ("control changed", "", "OUR-A-01"),
    ]
    assert {(one.cause, one.because) for one in history.changes("1").changes} == {("baseline", "ours 1 → 2")}
    assert told(history, control="our-a-03") == [("control added", "", "OUR-A-03")]


def test_a_run_of_some_controls_tells_of_none_that_it_is_gone(history: History) -> None:
    kept(history, by(1, "1" * 64, "OUR-A-01", "OUR-A-02"), by(2, "2" * 64, "OUR-A-01", chosen=True))
    assert told(history) == []


def test_hosts_appear_and_vanish_with_the_inventory_and_not_with_a_limit(history: History) -> None:
    for number, (everybody, hosts) in enumerate(((("mx1", "mx2"), ("mx1", "mx2")), (("mx1", "mx3"), ("mx1",))), 1):
        history.everybody = everybody
        kept(history, report(number, *(finding(host) for host in hosts)))
    assert told(history) == [("host appeared", "mx3", ""), ("host vanished", "mx2", "")]
    assert told(history, host="mx2") == [("host vanished", "mx2", "")]
    history.everybody = None
    kept(history, report(3, finding()))
    assert told(history, "2") == []


def test_a_host_with_another_release(history: History) -> None:
    for number, release in enumerate(("12", "13"), 1):
        kept(
            history,
            report(number, finding()),
            mx1=answer("cat /etc/os-release", f'ID=debian\nVERSION_ID="{release}"\n'),
        )
    change = only_one(history)
    assert (change.kind, change.before, change.now) == ("release upgraded", "debian 12", "debian 13")


def test_what_fails_when_it_is_first_seen_is_told_and_what_passes_is_not(history: History) -> None:
    kept(history, report(1, finding()), report(2, finding(), finding("mx2"), finding("mx3", outcome=FAIL)))
    assert told(history) == [("newly failing", "mx3", "OUR-A-01")]


def test_only_some(history: History) -> None:
    every = [(host, control) for host in ("mx1", "mx2") for control in ("OUR-A-01", "OUR-A-02")]
    kept(
        history,
        *(
            report(number, *(finding(*one, outcome=outcome) for one in every))
            for number, outcome in ((1, PASS), (2, FAIL))
        ),
    )
    assert len(told(history)) == 4
    assert told(history, host="mx2", control="our-a-02") == [("newly failing", "mx2", "OUR-A-02")]


def test_since_when(history: History) -> None:
    assert_no = Changes("", "", report(1).run.id)
    kept(history, report(1, finding()))
    assert history.changes() == assert_no, "the first run has nothing to be compared with"
    kept(history, report(2, finding(outcome=FAIL)), report(3, finding(outcome=FAIL)))
    other = report(4, finding())
    kept(history, replace(other, run=replace(other.run, baseline_name="theirs")))
    kept(history, report(5, finding(outcome=FAIL)))
    assert history.changes().since == report(3).run.id, "one of another baseline is not compared with"
    assert told(history, "") == []
    assert history.changes("2026-01-02T00:00Z").since == report(1).run.id
    assert history.changes("2026-01-03T12:00+08:00").since == report(2).run.id
    assert history.changes(report(1).run.id[:8]).since == report(1).run.id
    assert history.changes("2026-01-01T00:00Z").since == ""
    assert history.changes("1", until="2").until == report(2).run.id
    for wrong in ("4", "5", "1999-1"):
        with pytest.raises(NothingMatched):
            history.changes(wrong)
    with pytest.raises(UserError, match="is no date or time"):
        history.changes("2026-02-30")


def test_moments_are_of_the_zone_of_who_asks() -> None:
    kuala_lumpur = timezone(timedelta(hours=8))
    present = datetime(2026, 3, 1, 0, 30, tzinfo=kuala_lumpur)
    assert moment_of("yesterday", present) == datetime(2026, 2, 28, tzinfo=kuala_lumpur)
    assert moment_of("2026-02-28", present) == datetime(2026, 2, 28, tzinfo=kuala_lumpur)
    assert moment_of("2026-02-28T06:00Z", present) == datetime(2026, 2, 28, 14, tzinfo=kuala_lumpur)
    assert moment_of("17", present) is None


def test_changes_are_read_back(history: History) -> None:
    kept(history, report(1, finding()), report(2, finding(outcome=FAIL)))
    changes = history.changes()
    assert Changes.from_dict(changes.to_dict()) == changes
    whole = replace(report(2, finding(outcome=FAIL)), changes=changes)
    assert Report.from_dict(whole.to_dict()) == whole
