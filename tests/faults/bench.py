"""One case: a host as prepared, an apply that something happens to, and what became of both."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from baseline import engine, transaction
from baseline.deadline import Deadline
from baseline.model import ApplyOutcome, Report, Run, Target
from baseline.session import Connector
from baseline.transaction import Validator
from tests.faults import site
from tests.faults.case import AS_BEFORE, AS_PLANNED, NO_APPLY, Case, Ended, Said, plain
from tests.faults.host import Deed, Picture, SiteHost, wait_until
from tests.faults.wire import Wire
from tests.lab.real import eventually

SETTLE_SECONDS = 25
"""How long after its deadline a host may need to settle: restoring takes seconds, and a start of the host some more."""

QUICK_VALIDATORS = (
    Validator("/etc/postfix", 'postconf -c "$TREE" >/dev/null'),
    Validator("/etc/site", 'grep -qx new "$TREE/changed"'),
)
"""Instead of the shipped ones, of which `postfix check` alone takes two seconds; cases of their own run those."""

_sleep = Deadline.sleep
_HOSTS_SIDE = Path(transaction.__file__).parent
_LIMITS = (
    ("timeout -k 10 120 ", "timeout -k 1 3 ", 3),
    ("timeout -k 10 90 ", "timeout -k 1 3 ", 2),
    ("TRIES=20 PAUSE=30", "TRIES=20 PAUSE=2", 1),
)
"""Limits of the host's side that a case with `short_limits` lowers, and how often each stands there."""


@dataclass
class Bench:
    """The host, how it looks before and after an apply, and the way to it."""

    host: SiteHost
    target: Target
    before: Picture
    planned: Picture
    patch: pytest.MonkeyPatch
    short: Path

    def connector(self) -> Connector:
        """A way to the host that gives up soon."""
        return Connector(timeout=3)

    def run(self, case: Case) -> Ended:
        """Break one apply, and prove that it strands nothing."""
        self.host.reset()
        with self.patch.context() as patch:
            self._quicken(patch, case)
            mending = list(case.mend)
            try:
                return self._broken(case, mending)
            finally:
                self._mend(mending)

    def _broken(self, case: Case, mending: list[Deed]) -> Ended:
        host = self.host
        for deed in case.given:
            deed(host)
        wire = Wire(host, self.connector().connect, case.events)
        begun = time.monotonic()
        said = (case.controller or in_process)(self, case, wire)
        wire.finish()
        for deed in case.then:
            deed(host)
        if case.past_deadline:
            wait_until(begun + case.confirm_within + 1)
        last = max(time.monotonic(), begun + case.confirm_within) + SETTLE_SECONDS
        assert eventually(host.settled, last - time.monotonic()), host.state_of_affairs()
        left = self._left(case)
        self._nothing_is_left(case)
        self._mend(mending)
        assert host.delivers(case.name), "mail does not arrive any more"
        assert said.restored == case.restored, said
        return Ended(said.outcome, said.exit_code, plain(said.reason), left, self._next(case))

    def _mend(self, mending: list[Deed]) -> None:
        """Every deed once, whatever comes in between."""
        while mending:
            mending.pop(0)(self.host)

    def _left(self, case: Case) -> str:
        """Whether all of the plan is as before or all is as planned. Fails for anything between."""
        now = self.host.picture()
        before = sorted({*now.differences(self.before)} - {*case.edited})
        planned = sorted({*now.differences(self.planned)} - {*case.edited})
        assert not before or not planned, f"neither as before ({before}) nor as planned ({planned})"
        wanted = site.LIMIT_AFTER if before else site.LIMIT_BEFORE
        assert eventually(lambda: self.host.announced() == wanted), f"Postfix announces {self.host.announced()}"
        return AS_PLANNED if before else AS_BEFORE

    def _nothing_is_left(self, case: Case) -> None:
        left = [line for line in self.host.leftovers() if not any(re.search(one, line) for one in case.leaves)]
        assert left == []

    def _next(self, case: Case) -> str:
        """What the next apply does, with nothing in its way any more."""
        said = told(engine.apply(self.target, site.controls(), self.connector().connect, confirm_within=60))
        if said.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING):
            assert self.host.picture().differences(self.planned) == []
            self._nothing_is_left(case)
            return said.outcome
        return f"{said.outcome}: {plain(said.reason)}"

    def _quicken(self, patch: pytest.MonkeyPatch, case: Case) -> None:
        if not case.shipped_validators:
            patch.setattr(transaction, "VALIDATORS", QUICK_VALIDATORS)
        if case.short_limits:
            shutil.copytree(_HOSTS_SIDE, self.short, dirs_exist_ok=True)
            texts = {part: (self.short / part).read_text() for part in transaction.PARTS}
            for limit, shorter, count in _LIMITS:
                assert sum(text.count(limit) for text in texts.values()) == count, limit
                texts = {part: text.replace(limit, shorter) for part, text in texts.items()}
            for part, text in texts.items():
                (self.short / part).write_text(text)
            patch.setattr(transaction, "files", lambda _: self.short)
        # What waits between its tries for a host that comes back waits a tenth of that here.
        patch.setattr(Deadline, "sleep", lambda deadline, seconds: _sleep(deadline, seconds / 10))


def in_process(bench: Bench, case: Case, wire: Wire) -> Said:
    """An apply by this very process."""
    return told(engine.apply(bench.target, site.controls(), wire.connect, confirm_within=case.confirm_within))


def told(result: engine.HostResult) -> Said:
    """What a run over this one host reports."""
    applies = () if result.apply is None else (result.apply,)
    report = Report(Run("", "", "", "", "", "", ""), (result.host,), result.findings, applies=applies)
    if result.apply is None:
        return Said(NO_APPLY, report.exit_code, result.host.error or "")
    return Said(str(result.apply.outcome), report.exit_code, result.apply.reason, result.apply.restored)
