"""Every property of every control: broken on a real host, found by exactly that control, and mended by an apply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from baseline import engine
from baseline.kinds.base import Control
from baseline.load import Baseline, load_inventory
from baseline.model import ApplyOutcome, Finding, Outcome, Target
from baseline.visit import Connect
from tests.lab.alone import alone
from tests.lab.real import RealHost
from tests.scenarios import SCENARIOS, Scenario
from tests.scenarios.together import together

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def host() -> Iterator[RealHost]:
    """A host that only scenarios are played on."""
    with alone("scenes") as found:
        yield found


def outcomes(findings: tuple[Finding, ...]) -> dict[str, str]:
    """Control id -> outcome and reason, for what is neither as wanted nor beside the point."""
    fine = (Outcome.PASS, Outcome.NOTAPPLICABLE)
    return {finding.control: finding.outcome.value for finding in findings if finding.outcome not in fine}


GROUPS = together(scenario for scenario in SCENARIOS if not scenario.recorded_only)


@dataclass(frozen=True)
class Stage:
    """An applied host, and what plays scenarios on it."""

    host: RealHost
    target: Target
    controls: tuple[Control, ...]
    standing: dict[str, str]
    connect: Connect

    def play(self, group: tuple[Scenario, ...]) -> str:
        """What is found otherwise than the scenarios say, played all at once. Empty when all is as they say."""
        touched = set(self.standing) | {scenario.control for scenario in group}
        try:
            # The same damage that several controls see is done once.
            for damage in dict.fromkeys(scenario.damage for scenario in group):
                self.host.root(damage)
            result = engine.check(self.target, self.controls, self.connect)
            found = outcomes(result.findings)
            # What the others say afterwards, the check of the next scenarios tells.
            touched = {scenario.control for scenario in group} | set(found)
        finally:
            for mend in dict.fromkeys(scenario.mend for scenario in reversed(group)):
                self.host.root(mend)
            # The timer may have looked while something was missing, and would say so until it looks again in an hour.
            # One that looks still would fail only now.
            self.host.root("systemctl stop {0}; systemctl reset-failed {0}".format("baseline-quota-reconcile.service"))
            chosen = [control for control in self.controls if control.id in touched]
            mended = engine.apply(self.target, chosen, self.connect)
        return self._otherwise(group, found, result.findings) or self._not_mended(mended, touched)

    def _otherwise(self, group: tuple[Scenario, ...], found: dict[str, str], findings: tuple[Finding, ...]) -> str:
        expected = self.standing | {control: word for scenario in group for control, word in scenario.also}
        expected |= {scenario.control: scenario.outcome for scenario in group}
        lax = expected.pop("*", None)
        if lax:
            found = {one: word for one, word in found.items() if one in expected or word != lax != "any"}
        wanted = {control: word for control, word in expected.items() if word != "pass"}
        if found == wanted:
            return ""
        reasons = {finding.control: finding.reason for finding in findings if finding.control in found}
        return f"found {found}, wanted {wanted}: {reasons}"

    def _not_mended(self, mended: engine.HostResult, touched: set[str]) -> str:
        assert mended.apply is not None
        if mended.apply.outcome not in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING):
            return f"not mended: {mended.apply.reason}"
        left = outcomes(mended.findings)
        wanted = {control: word for control, word in self.standing.items() if control in touched}
        reasons = {finding.control: finding.reason for finding in mended.findings if finding.control in left}
        return "" if left == wanted else f"after mending {left}, wanted {wanted}: {reasons}"


@pytest.fixture(scope="module")
def stage(host: RealHost, played_with: Baseline, connect: Connect) -> Stage:
    """A host with the mandate applied, ready to be damaged."""
    (target,) = load_inventory(host.directory / "inventory.yml").targets
    controls = played_with.controls_for(target)
    # A service that died of a scenario is otherwise not begun again for a minute, be it mended or not.
    host.root("postconf -e service_throttle_time=1s && systemctl reload postfix")
    applied = engine.apply(target, controls, connect)
    assert applied.apply is not None
    assert applied.apply.outcome is ApplyOutcome.APPLIED, applied.apply.reason
    return Stage(host, target, controls, outcomes(applied.findings), connect)


@pytest.mark.parametrize("group", GROUPS, ids=lambda one: "+".join(f"{each.control}-{each.name}" for each in one))
def test_it_is_found_by_that_control_alone_and_mended(group: tuple[Scenario, ...], stage: Stage) -> None:
    """A group is played at once to save time. When it is found otherwise, each of it is played alone to tell which."""
    said = stage.play(group)
    alone = {f"{one.control}-{one.name}": stage.play((one,)) for one in group} if said and len(group) > 1 else {}
    failed = {name: otherwise for name, otherwise in alone.items() if otherwise}
    assert not said, failed or f"{said} (each alone holds, so they meet)" if alone else said
