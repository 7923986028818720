"""The tests as pytest has them: one for each control on each host, and one for what is told of a host as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import pytest

from baseline.model import Finding, HostReport, Outcome
from baseline.pytest_plugin import BaselineWarning
from baseline.pytest_plugin.chosen import UnderTest, Visited, has_to_be_looked_at
from baseline.pytest_plugin.told import finding_told, host_told, in_short

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr

    from baseline.pytest_plugin.running import Running

ROOT = "baseline"
"""What the names of all tests of a baseline begin with."""

AS_A_WHOLE = "host"
"""The test of what is told of a host as a whole: drift, and what its daemons run or would refuse."""


class NotMet(Exception):
    """A control that fails; what it says is what is printed."""


class BaselineTests(pytest.Collector):
    """All tests of a baseline."""

    running: Running

    @classmethod
    def under(cls, session: pytest.Session, running: Running) -> BaselineTests:
        """Those of a run."""
        root: BaselineTests = cls.from_parent(session, name=ROOT, nodeid=ROOT)
        root.running = running
        root.add_marker(pytest.mark.baseline)
        return root

    def collect(self) -> Iterator[AboutOne]:
        """What there is to tell of: hosts, domains and sites."""
        for name, tests in self.running.grouped().items():
            about: AboutOne = AboutOne.from_parent(self, name=name)
            about.tests = tests
            yield about


class AboutOne(pytest.Collector):
    """A host, a domain or a site."""

    tests: Sequence[tuple[Visited, Finding | None]]

    def collect(self) -> Iterator[Test]:
        """The controls on it."""
        for visit, finding in self.tests:
            name = AS_A_WHOLE if finding is None else finding.control
            test: Test = (WholeTest if finding is None else ControlTest).from_parent(self, name=name)
            test.visit = visit
            if finding is not None:
                test.foreseen = finding
                if not has_to_be_looked_at(finding):
                    test.add_marker(pytest.mark.skip(reason=in_short(finding.reason)))
            yield test


class Test(pytest.Item):
    """One test of a baseline."""

    visit: Visited
    foreseen: Finding

    @property
    def running(self) -> Running:
        """The run that it is of."""
        root = self.parent and self.parent.parent
        assert isinstance(root, BaselineTests)
        return root.running

    def reportinfo(self) -> tuple[PathLike[str] | str, int | None, str]:
        """Where it stands: nowhere in a file; and what it is called above what it says."""
        assert self.parent is not None
        return self.path / ROOT, 0, f"{self.name} on {self.parent.name}"

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        """What was found, in the words of a report, and no traceback of this program."""
        if isinstance(excinfo.value, NotMet):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class ControlTest(Test):
    """One control on one host, domain or site."""

    _finding: Finding | None = None

    @property
    def key(self) -> str:
        """The control among those that are asked of its host."""
        return self.foreseen.key

    def setup(self) -> None:
        """Look. What could not be judged is an error, as is all that goes wrong before a test."""
        finding = self.running.finding(self.visit, self.key)
        if finding.outcome is Outcome.UNKNOWN and finding.waived is None:
            pytest.fail(finding_told(finding), pytrace=False)
        self._finding = finding

    def runtest(self) -> None:
        """Judge, in the words of pytest."""
        finding = self._finding
        assert finding is not None
        if finding.drift:
            raise NotMet(finding_told(finding))
        if finding.waived is not None and finding.outcome is not Outcome.PASS:
            pytest.xfail(in_short(finding.waived))
        if finding.outcome is Outcome.FAIL:
            raise NotMet(finding_told(finding))
        if finding.outcome is Outcome.NOTAPPLICABLE:
            raise pytest.skip.Exception(in_short(finding.reason), _use_item_location=True)
        if finding.outcome is Outcome.WARN:
            if self.running.strict:
                raise NotMet(finding_told(finding))
            self.warn(BaselineWarning(f"{self.nodeid}\n{finding_told(finding)}"))


class WholeTest(Test):
    """What is told of a host as a whole."""

    _host: HostReport | None = None

    def setup(self) -> None:
        """Look. That a host cannot be looked at is an error."""
        host = self.running.host_report(self.visit)
        if host.error or (host.untold and not host.drifted and not host.stale and not host.unloadable):
            pytest.fail(host_told(host), pytrace=False)
        self._host = host

    def runtest(self) -> None:
        """Whether it runs what was applied to it and what its files say."""
        assert self._host is not None
        if text := host_told(self._host):
            raise NotMet(text)


def tests_of(chosen: UnderTest) -> dict[str, list[tuple[Visited, Finding | None]]]:
    """What there is to tell of, each with its tests in the order of a report."""
    found: dict[str, list[tuple[Visited, Finding | None]]] = {}
    for visit in chosen.visits.values():
        if visit.target.is_host and visit.target.shell == "sh" and not visit.target.outside_only:
            found.setdefault(visit.target.name, []).append((visit, None))
    for visit, finding in chosen.tests():
        found.setdefault(finding.host, []).append((visit, finding))
    return found
