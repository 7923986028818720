"""Any sequence of applies, edits by hand and rollbacks ends as its last generation says, and mail flows all along.

A sequence that fails is shrunk and told, and is played again with BASELINE_SEQUENCE set to what was told.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Sequence

import pytest

from baseline import condition, lab, transaction, unloadable
from baseline.load import load_baseline, load_inventory
from tests.faults.sequences import Played, Step, differing, look, made, mail_flows, shrunk, told
from tests.lab.real import RealHost
from tests.labs import lab_name

pytestmark = pytest.mark.lab

LAB = lab_name("labf")
FEW, ALL = 5, 50
TO_AND_FRO: tuple[Step, ...] = (("apply", "MEL-Q-01,MEL-Q-04"), ("back", "0"), ("apply", "MEL-Q-01,MEL-Q-04"))
"""Led back to the start at the end, this once stopped the mail of all who log in."""
_FORGET = "rm -rf /var/lib/baseline; cp -a /root/kept/. /; newaliases; postfix reload 2>/dev/null; :"


class Stage:
    """The host that sequences are played on, and how to have it as it was."""

    def __init__(self) -> None:
        self.host = self._fresh()

    def _fresh(self) -> RealHost:
        lab.down()
        (running,) = lab.up(1, release=("bookworm",))
        host = RealHost(running, tuple(lab.enter(running.name)), lab.directory())
        host.root("mkdir /root/kept && cp -a --parents /etc/postfix/main.cf /etc/aliases /etc/fstab /root/kept")
        # What the first mail, the first login and the first apply bring along is no change of a sequence.
        mail_flows(host)
        host.root("mkdir -p /var/lib/baseline && systemctl daemon-reload")
        self.before = look(host)
        return host

    def plays(self, steps: tuple[Step, ...]) -> None:
        """Play all of it, then go back to the start. Raises AssertionError where anything is not as it has to be."""
        (target,) = load_inventory(self.host.directory / "inventory.yml").targets
        controls = tuple(load_baseline("mampu-2007").controls_for(target))
        running = self.host.root("systemctl is-system-running", fine=False).strip()
        played = Played(self.host, target, controls, running)
        for step in (*steps, ("back", "0")):
            played.step(step)
        assert self.host.delivers(f"sequence {random.randrange(1 << 32)}")
        self.host.root(_FORGET)
        other = differing(look(self.host), self.before)
        assert not other, f"the host is not as it was before all (is, and was): {other}"

    def fails(self, steps: tuple[Step, ...]) -> bool:
        """Whether it does so on a fresh host."""
        self.host = self._fresh()
        try:
            self.plays(steps)
        except AssertionError:
            return True
        return False


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One host for all sequences; another one after a failure."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", LAB)
        # The checkers of programs are no part of this, and take the longest.
        patch.setattr(transaction, "VALIDATORS", ())
        asked = tuple(one for one in condition.HOST_QUESTIONS if one != unloadable.QUESTION)
        patch.setattr(condition, "HOST_QUESTIONS", asked)
        patch.setattr(condition, "refused_files", lambda looked: ((), ()))
        try:
            yield Stage()
        finally:
            lab.down()


def _given() -> Sequence[object]:
    """That which the environment gives, else those of the seeds."""
    given = os.environ.get("BASELINE_SEQUENCE")
    if given:
        return [pytest.param(tuple((what, which) for what, which in json.loads(given)), id="given")]
    few = [pytest.param(TO_AND_FRO, id="to-and-fro")]
    few += [pytest.param(made(seed, 2), id=f"seed-{seed}") for seed in range(FEW)]
    return few + [
        pytest.param(made(seed, 2 + seed % 4), id=f"seed-{seed}", marks=pytest.mark.whole) for seed in range(FEW, ALL)
    ]


@pytest.mark.parametrize("steps", _given())
def test_a_sequence(steps: tuple[Step, ...], stage: Stage) -> None:
    try:
        stage.plays(steps)
    except AssertionError as error:
        least = shrunk(steps, stage.fails) if not os.environ.get("BASELINE_SEQUENCE") else steps
        stage.host = stage._fresh()
        raise AssertionError(f"play it again with BASELINE_SEQUENCE='{told(least)}': {error}") from error
