"""One report over what several runs told: every host in it, and exit codes that add up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import UserError
from baseline.model import Outcome, Report, SubjectReport
from baseline.model.united import united
from tests.reports.cases import MX1, MX2, RUN, fails, passes, unknown
from tests.reports.test_exit_codes import PARTS

WORST_FIRST = (6, 130, 4, 1, 3, 0)


def named(report: Report, name: str) -> Report:
    """The same report of a host of another name, by a run of its own."""
    return replace(
        report,
        run=replace(
            report.run,
            id=f"{report.run.id}-{name}",
            baseline_name="one",
            baseline_version="1.0.0",
            baseline_sha256="aa",
        ),
        strict=False,
        hosts=tuple(replace(host, name=f"{name}-{host.name}") for host in report.hosts),
        findings=tuple(one if one.subject else replace(one, host=f"{name}-{one.host}") for one in report.findings),
        plans=tuple(replace(plan, host=f"{name}-{plan.host}") for plan in report.plans),
        applies=tuple(replace(apply, host=f"{name}-{apply.host}") for apply in report.applies),
        subjects=tuple(replace(one, through=one.through and f"{name}-{one.through}") for one in report.subjects),
    )


@given(st.lists(st.sampled_from(sorted(PARTS)), min_size=1, max_size=5))
def test_the_exit_code_is_the_worst_of_all(chosen: list[str]) -> None:
    reports = [named(PARTS[part][1], f"n{number}") for number, part in enumerate(chosen)]
    codes = {report.exit_code for report in reports}
    assert united(reports).exit_code == next(code for code in WORST_FIRST if code in codes)


@given(st.lists(st.sampled_from(sorted(PARTS)), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_every_host_and_finding_is_in_it_in_whatever_order(chosen: list[str], order: object) -> None:
    reports = [named(PARTS[part][1], f"n{number}") for number, part in enumerate(chosen)]
    shuffled = list(reports)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    joined = united(shuffled)
    assert sorted(host.name for host in joined.hosts) == sorted(one.name for part in reports for one in part.hosts)
    assert len([one for one in joined.findings if not one.subject]) == len(
        [one for part in reports for one in part.findings if not one.subject]
    )
    assert joined.run.id == united(reports).run.id
    assert joined.exit_code == united(reports).exit_code
    assert Report.from_dict(joined.to_dict()).to_dict() == joined.to_dict()


def test_a_run_alone_stays_what_it_is() -> None:
    alone = Report(RUN, (MX1, MX2), (fails(), passes()))
    joined = united([alone])
    assert replace(joined, run=alone.run) == alone


def test_it_began_with_the_first_and_ended_with_the_last() -> None:
    early = Report(replace(RUN, id="a", started="2026-11-23T08:00:00Z"), (MX1,), ())
    late = Report(replace(RUN, id="b", finished="2026-11-23T09:00:00Z", cut_short="deadline"), (MX2,), ())
    run = united([early, late]).run
    assert (run.started, run.finished, run.cut_short) == ("2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z", "deadline")
    assert run.id.startswith("20261123T090000Z-")


def test_a_host_in_two_reports_is_told_as_of_the_later_one() -> None:
    before = Report(replace(RUN, id="a"), (MX1,), (fails(),))
    after = Report(
        replace(RUN, id="b", finished="2026-11-24T08:15:02Z"), (MX1,), (replace(fails(), outcome=Outcome.PASS),)
    )
    for order in ([before, after], [after, before]):
        joined = united(order)
        assert [one.outcome for one in joined.findings] == [Outcome.PASS]
        assert joined.hosts == (MX1,)
        assert joined.notes == ("in several of the joined reports, and told as of the one that ended last: mx1",)


def test_of_a_domain_that_several_runs_looked_at_the_worst_counts_once() -> None:
    domain = replace(passes(), host="example.my", subject="example.my")
    apart = SubjectReport("example.my", "domain")
    through = SubjectReport("example.my", "domain", "mx2")
    well = Report(replace(RUN, id="a"), (MX1,), (domain,), subjects=(apart,))
    badly = Report(replace(RUN, id="b"), (MX2,), (replace(domain, outcome=Outcome.FAIL),), subjects=(through,))
    for order in ([well, badly], [badly, well]):
        joined = united(order)
        assert [one.outcome for one in joined.findings] == [Outcome.FAIL]
        assert joined.subjects == (through,)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (replace(RUN, baseline_name="mail-2026"), "by different baselines, mail-2026 1.0.0 and mampu-2007 1.0.0"),
        (replace(RUN, baseline_sha256="00"), "by different versions of mampu-2007 1.0.0"),
    ],
)
def test_reports_by_other_rules_are_not_joined(other: object, words: str) -> None:
    reports = [Report(RUN, (MX1,), ()), Report(other, (MX2,), ())]  # type: ignore[arg-type]
    with pytest.raises(UserError, match=words):
        united(reports)


def test_strict_and_other_reports_are_not_joined() -> None:
    with pytest.raises(UserError, match="some of these reports are strict"):
        united([Report(RUN, (MX1,), ()), Report(RUN, (MX2,), (), strict=True)])


def test_nothing_is_no_report() -> None:
    with pytest.raises(UserError, match="there is no report to join"):
        united([])


def test_an_unknown_host_is_not_lost() -> None:
    lost = Report(
        replace(RUN, id="b"), (replace(MX2, reachable=False, error="gone"),), (replace(unknown(), host="mx2"),)
    )
    assert united([Report(RUN, (MX1,), (passes(),)), lost]).exit_code == 3
