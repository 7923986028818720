"""What a run came to, worked out in one place: for all hosts, for one of them, and for a plan with its apply."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.model import ApplyOutcome, Finding, HostApply, HostPlan, Obligation, Outcome, Report, SubjectReport
from tests.reports.cases import (
    APPLIES,
    CHECKS,
    GONE,
    MX1,
    MX2,
    PLANS,
    ROLLBACKS,
    RUN,
    STALE,
    UNDECIDED,
    UNLOADABLE,
    fails,
    passes,
    plan,
)
from tests.reports.cases import unknown as unknown_on

BROKEN = HostApply("mx1", ApplyOutcome.ROLLED_BACK, "", restored=False)
HALF = (replace(UNDECIDED[1], state="broken"),)
BACK = HostApply("mx1", ApplyOutcome.ROLLED_BACK, "", restored=True)
PARTS: dict[str, tuple[int, Report]] = {
    "not wholly restored": (6, Report(RUN, (MX1,), (), applies=(BROKEN,))),
    "an earlier apply not wholly restored": (6, Report(RUN, (replace(MX1, undecided=HALF),), ())),
    "rolled back": (4, Report(RUN, (MX1,), (), applies=(BACK,))),
    "refused": (1, Report(RUN, (MX1,), (), applies=(HostApply("mx1", ApplyOutcome.REFUSED, "", restored=True),))),
    "a mandatory fail": (1, Report(RUN, (MX1,), (fails(),))),
    "drift of a file": (1, Report(RUN, (replace(MX1, drifted=("/etc/x: deleted",)),), ())),
    "drift of a control": (1, Report(RUN, (MX1,), (replace(passes(), drift=True),))),
    "a stale daemon": (1, Report(RUN, (replace(MX1, stale=STALE),), ())),
    "a program that refuses its files": (1, Report(RUN, (replace(MX1, unloadable=UNLOADABLE),), ())),
    "an unknown control": (3, Report(RUN, (MX1,), (unknown_on(),))),
    "an apply out of sight": (3, Report(RUN, (MX1,), (), applies=(HostApply("mx1", ApplyOutcome.UNKNOWN, ""),))),
    "not begun": (3, Report(RUN, (MX1,), (), applies=(HostApply("mx1", ApplyOutcome.NOT_BEGUN, ""),))),
    "unreachable, and no control is for it": (3, Report(RUN, (GONE,), ())),
    "daemons that do not tell": (3, Report(RUN, (replace(MX1, untold=("why",)),), ())),
    "a transaction without a decision": (3, Report(RUN, (replace(MX1, undecided=UNDECIDED),), ())),
    "a pass": (0, Report(RUN, (MX1,), (passes(),))),
}
"""Each thing that a report may hold, alone, with the exit code that it gives."""
ORDER = [6, 4, 1, 3, 0]


@pytest.mark.parametrize("name", PARTS)
def test_each_thing_has_its_code(name: str) -> None:
    code, report = PARTS[name]
    assert report.exit_code == code
    assert report.conforms == (code == 0)
    assert report.to_dict()["exit_code"] == code


@pytest.mark.parametrize(("one", "other"), list(combinations(PARTS, 2)))
def test_of_two_the_graver_one_decides(one: str, other: str) -> None:
    (first, report), (second, more) = PARTS[one], PARTS[other]
    both = replace(
        report,
        hosts=(*report.hosts, *more.hosts),
        findings=(*report.findings, *more.findings),
        applies=(*report.applies, *more.applies),
    )
    assert both.exit_code == min(first, second, key=ORDER.index)


def _code(finding: Finding, *, strict: bool = False) -> int:
    return Report(RUN, (MX1,), (passes(), finding), strict=strict).exit_code


def test_only_unwaived_mandatory_fails_count_unless_strict() -> None:
    waived = replace(fails(), waived="by the CISO")
    advised = replace(fails(), obligation=Obligation.ENCOURAGED)
    warned = replace(fails(), outcome=Outcome.WARN)
    assert [_code(one) for one in (fails(), waived, advised, warned)] == [1, 0, 0, 0]
    assert [_code(one, strict=True) for one in (fails(), waived, advised, warned)] == [1, 0, 1, 1]


CASES = [*CHECKS.values(), *PLANS.values(), *APPLIES.values(), *ROLLBACKS.values()]


@given(st.sampled_from(CASES), st.booleans())
def test_the_code_of_a_run_is_the_gravest_of_its_hosts(report: Report, strict: bool) -> None:
    report = replace(report, strict=strict, run=replace(report.run, cut_short=""))
    hosts = {host.name for host in report.hosts}
    if all(finding.host in hosts for finding in report.findings):
        codes = [report.of(name).exit_code for name in hosts]
        assert report.exit_code == min(codes, key=ORDER.index)


@pytest.mark.parametrize("name", PARTS)
def test_an_interrupt_goes_before_all_but_what_a_person_has_to_look_at_and_is_the_run_s_alone(name: str) -> None:
    code, report = PARTS[name]
    cut = replace(report, run=replace(RUN, cut_short="interrupted"))
    assert cut.exit_code == (6 if code == 6 else 130)
    assert cut.of("mx1") == report.of("mx1")
    assert replace(report, run=replace(RUN, cut_short="deadline")).exit_code == code
    assert Report.from_dict(cut.to_dict()) == cut


def test_the_part_of_one_host_holds_what_is_its_own() -> None:
    report = APPLIES["rolled-back"]
    mx2 = report.of("mx2")
    assert [host.name for host in mx2.hosts] == ["mx2"]
    assert {finding.host for finding in mx2.findings} == {"mx2"}
    assert [one.host for one in mx2.plans] == [one.host for one in mx2.applies] == ["mx2"]
    assert (mx2.run, mx2.exit_code, report.of("mx1").exit_code) == (report.run, 0, 4)


@pytest.mark.parametrize(("through", "code"), [("mx1", 1), ("mx2", 0), ("", 0)])
def test_a_domain_belongs_to_the_host_that_it_was_looked_at_through(through: str, code: int) -> None:
    about = replace(fails(), host="agensi.example", subject="agensi.example")
    subject = SubjectReport("agensi.example", "domain", through)
    report = Report(RUN, (MX1, MX2), (passes(), about), subjects=(subject,))
    assert report.of("mx1").exit_code == code
    assert report.of("mx1").subjects == ((subject,) if through == "mx1" else ())


def test_plans_joined_with_the_apply_of_some() -> None:
    before: tuple[Finding, ...] = (fails(), passes("mx2"))
    planned = Report(RUN, (MX1, MX2, GONE), (*before, unknown_on("mx3")), (plan(), HostPlan("mx2")))
    later = replace(RUN, id="other", started="2026-11-23T09:00:00Z", finished="2026-11-23T09:05:00Z")
    ended = HostApply("mx1", ApplyOutcome.APPLIED, "applied, verified and confirmed", plan=plan())
    healed = replace(fails(), outcome=Outcome.PASS)
    done = Report(later, (replace(MX1, exchanges=3),), (healed,), (plan(),), (ended,), strict=True)
    both = planned.joined(done)
    assert (both.run.id, both.run.started, both.run.finished) == ("other", RUN.started, later.finished)
    assert [(host.name, host.exchanges) for host in both.hosts] == [("mx1", 3), ("mx2", 1 + 1), ("mx3", 0)]
    assert both.findings == (healed, passes("mx2"), unknown_on("mx3"))
    assert both.plans == (plan(), HostPlan("mx2"))
    assert [(one.host, one.outcome) for one in both.applies] == [
        ("mx1", ApplyOutcome.APPLIED),
        ("mx2", ApplyOutcome.NOTHING),
    ]
    assert (both.strict, both.exit_code) == (True, 3)
