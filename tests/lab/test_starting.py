"""A good host, which the mandate was applied to, is described by an overlay, and passes by that one too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from baseline import fleet
from baseline.kinds.base import Control
from baseline.load import Baseline, Inventory, load_baseline
from baseline.model import Finding, Outcome, Report
from baseline.recorded import judge_recorded
from baseline.starting.answers import HeldAnswers
from baseline.starting.learning import learn
from baseline.starting.overlay import learnt_overlay
from baseline.starting.proposing import proposals, what_runs, without_roles
from baseline.visit import Connect

pytestmark = pytest.mark.lab

ALL_FOUR = ("mta", "mailstore", "antispam", "dns")


@pytest.mark.usefixtures("applied")
def test_what_an_applied_host_teaches_it_passes_by(
    inventory: Inventory, mandate: Baseline, connect: Connect, tmp_path: Path
) -> None:
    target, answers = inventory.targets[0], HeldAnswers()
    report = fleet.check_all([target], mandate, connect=connect, history=answers)

    def judge(control: Control) -> Sequence[Finding]:
        return judge_recorded(target, [control], answers).findings

    learnt = learn(mandate.controls_for(target), target, report.findings, judge)
    assert {("MEL-Q-01", "min_bytes"), ("MEL-D-04", "accept")} <= {(one.control, one.field) for one in learnt.values}
    path = tmp_path / "learnt.yml"
    path.write_text(learnt_overlay(learnt, target.name, report.run.finished, "mampu-2007"))
    again = fleet.check_all([target], load_baseline(path), connect=connect)
    assert bad(again) == bad(report)


def bad(report: Report) -> set[tuple[str, str]]:
    return {(one.key, one.outcome.value) for one in report.findings if one.outcome is not Outcome.PASS}


@pytest.mark.usefixtures("shipped")
def test_roles_are_proposed_from_what_runs(inventory: Inventory, connect: Connect) -> None:
    report = fleet.check_all(without_roles(inventory.targets), what_runs(), connect=connect)
    assert [host.exchanges for host in report.hosts] == [1] * len(report.hosts)
    for one in proposals(inventory.targets, report):
        assert set(ALL_FOUR) <= set(one.roles), one
