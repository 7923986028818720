"""The plugin of a run that is about a baseline: its tests, the hosts that they ask, and the fixture `host`."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from testinfra.host import Host

from baseline.errors import HostError, UserError
from baseline.model import Finding, HostReport
from baseline.outside import LocalOutlook
from baseline.pytest_plugin.asking import host_of
from baseline.pytest_plugin.chosen import UnderTest, Visited
from baseline.pytest_plugin.looks import Looks
from baseline.pytest_plugin.named import hosts_named
from baseline.pytest_plugin.nodes import BaselineTests, ControlTest, Test, tests_of
from baseline.pytest_plugin.one_host import OneHost
from baseline.pytest_plugin.rehearsal import FIXTURE, Rehearsals, host_name
from baseline.session import Connector


class Running:
    """Hooks and fixtures of a run."""

    def __init__(self, config: pytest.Config, chosen: UnderTest) -> None:
        self._config, self._chosen = config, chosen
        self.strict = bool(config.getoption("baseline_strict"))
        self._desks: dict[str, OneHost] = {}
        self._left: dict[str, int] = {}
        self._looks = Looks(tuple(config.getini("baseline_looks")))
        self._rehearsals = Rehearsals((), self._looks)

    def grouped(self) -> dict[str, list[tuple[Visited, Finding | None]]]:
        """All tests of the baseline, by what they tell of."""
        return tests_of(self._chosen)

    def finding(self, visit: Visited, key: str) -> Finding:
        """What was found of a control; looks, where nobody has yet."""
        result = self._desks[visit.name].result()
        (finding,) = self._chosen.as_waived([one for one in result.findings if one.key == key])
        return finding

    def host_report(self, visit: Visited) -> HostReport:
        """What is told of a host as a whole; looks, where nobody has yet."""
        return self._desks[visit.name].result().host

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """The tests of the baseline come first, beside what is found in files."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            others = [] if getattr(self._config.option, "baseline_only", False) else report.result or []
            report.result = [BaselineTests.under(collector, self), *others]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep of the baseline's tests those that are named on the command line."""
        wanted = getattr(config.option, "baseline_ids", None)
        if not wanted:
            return
        unknown = [one for one in wanted if not any(_under(item.nodeid, one) for item in items)]
        if unknown:
            raise pytest.UsageError(
                f"no test of the baseline is called {', '.join(unknown)}; --collect-only lists them"
            )
        out = [one for one in items if isinstance(one, Test) and not any(_under(one.nodeid, name) for name in wanted)]
        items[:] = [one for one in items if one not in out]
        config.hook.pytest_deselected(items=out)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Lay a place for each host that is left to be asked. Nobody is asked yet."""
        connect, outlook = Connector().connect, LocalOutlook(sharing=True)
        self._rehearsals = Rehearsals(session.items, self._looks, off=self._config.getoption("baseline_one_by_one"))
        keys: dict[str, set[str]] = {}
        for item in session.items:
            name = self._visited_by(item)
            if name is not None:
                self._left[name] = self._left.get(name, 0) + 1
                keys.setdefault(name, set()).update({item.key} if isinstance(item, ControlTest) else ())
        for name, wanted in keys.items():
            self._desks[name] = OneHost(self._chosen.visits[name], wanted, connect, outlook, self._rehearsals)

    def _visited_by(self, item: pytest.Item) -> str | None:
        """The host that a test asks; None for one that asks none."""
        return item.visit.name if isinstance(item, Test) else host_name(item)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One's own tests are made for each host that they, or `--hosts`, name; else for all."""
        if FIXTURE not in metafunc.fixturenames:
            return
        specs = metafunc.config.getoption("hosts", None)
        named = specs.split(",") if specs else getattr(metafunc.module, "testinfra_hosts", None)
        try:
            hosts = hosts_named(named, self._chosen)
        except UserError as error:
            pytest.fail(f"{metafunc.module.__name__}: {error}", pytrace=False)
        metafunc.parametrize(FIXTURE, hosts, ids=hosts, scope="module", indirect=True)

    def host(self, name: str) -> Host:
        """testinfra's host for one of the inventory."""
        return host_of(name, self._desks[name], self._looks)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A test of one's own begins to ask. That its host cannot be asked is an error."""
        if isinstance(item, Test):
            return
        if not self._rehearsals.can(item):
            # Whatever it does, the tests behind it shall see it.
            for desk in self._desks.values():
                desk.forget()
        name = host_name(item)
        if name is not None:
            try:
                self._desks[name].begin(item.nodeid)
            except HostError as error:
                pytest.fail(f"could not look at {name}: {error}", pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A host that stops answering in the middle of a test is an error of that test, and no failure."""
        report = yield
        error = None if call.excinfo is None else call.excinfo.value
        if isinstance(error, pytest.fail.Exception) and isinstance(item, Test):
            report.longrepr = str(error.msg)
        elif isinstance(error, HostError) and call.when == "call":
            report.when = "setup"
            report.longrepr = f"could not look at {self._visited_by(item)}: {error}"
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Hang up where nobody will ask any more."""
        name = self._visited_by(item)
        if name is not None:
            self._left[name] -= 1
            if self._left[name] <= 0:
                self._desks[name].end()

    def pytest_sessionfinish(self) -> None:
        """Hang up everywhere, also where tests were left out."""
        for desk in self._desks.values():
            desk.end()

    def pytest_report_header(self) -> str:
        """What is tested."""
        job = self._chosen.job
        return f"baseline: {job.baseline.name} {job.baseline.version}, {len(job.targets)} host(s)"


def _under(nodeid: str, name: str) -> bool:
    return nodeid == name or nodeid.startswith(f"{name}::")
