"""Every property of every control: broken on a real host, found by exactly that control, and mended by an apply."""

from __future__ import annotations

import pytest

from baseline import engine
from baseline.load import Baseline, Inventory
from baseline.model import ApplyOutcome, Finding, Outcome
from baseline.visit import Connect
from tests.lab.real import RealHost
from tests.scenarios import SCENARIOS, Scenario

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def applied(
    real_hosts: tuple[RealHost, ...], inventory: Inventory, played_with: Baseline, connect: Connect
) -> engine.HostResult:
    """mx1 with the mandate applied."""
    (target,) = inventory.select("mx1")
    result = engine.apply(target, played_with.controls_for(target), connect)
    assert result.apply is not None
    assert result.apply.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING), result.apply.reason
    return result


def outcomes(findings: tuple[Finding, ...]) -> dict[str, str]:
    """Control id -> outcome and reason, for what is neither as wanted nor beside the point."""
    fine = (Outcome.PASS, Outcome.NOTAPPLICABLE)
    return {finding.control: finding.outcome.value for finding in findings if finding.outcome not in fine}


PLAYED = [scenario for scenario in SCENARIOS if not scenario.recorded_only]


@pytest.mark.parametrize("scenario", PLAYED, ids=lambda one: f"{one.control}-{one.name}")
def test_it_is_found_by_that_control_alone_and_mended(
    scenario: Scenario,
    applied: engine.HostResult,
    real_hosts: tuple[RealHost, ...],
    inventory: Inventory,
    played_with: Baseline,
    connect: Connect,
) -> None:
    (target,) = inventory.select("mx1")
    controls = played_with.controls_for(target)
    host = real_hosts[0]
    standing = outcomes(applied.findings)
    touched = list(controls)
    try:
        host.root(scenario.damage)
        result = engine.check(target, controls, connect)
        found = outcomes(result.findings)
        # What the others say afterwards, the check of the next scenario tells.
        touched = [control for control in controls if control.id == scenario.control or control.id in found]
    finally:
        host.root(scenario.mend)
        mended = engine.apply(target, touched, connect)
    reasons = {finding.control: finding.reason for finding in result.findings if finding.control in found}
    expected = standing | dict(scenario.also) | {scenario.control: scenario.outcome}
    lax = expected.pop("*", None)
    if lax:
        found = {one: word for one, word in found.items() if one in expected or word != lax != "any"}
    assert found == {control: word for control, word in expected.items() if word != "pass"}, reasons
    assert mended.apply is not None
    assert mended.apply.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING), mended.apply.reason
    names = {control.id for control in touched}
    assert outcomes(mended.findings) == {control: word for control, word in standing.items() if control in names}
