"""Tests spread over the workers of pytest-xdist: all tests that ask one host go to one worker, over one connection."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.pytest_plugin.chosen import UnderTest
from baseline.pytest_plugin.nodes import AS_A_WHOLE, ROOT


class Spread:
    """What pytest-xdist asks, where it is there."""

    def __init__(self, config: pytest.Config, chosen: UnderTest) -> None:
        self._visited = chosen.spoken_for
        self._hosts = {one.name for one in chosen.job.targets}
        if config.option.dist == "each":
            raise pytest.UsageError("--dist each would ask every host once for each worker: leave it out")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """One that keeps the tests of a host together, and shares out the others as `--dist` says, else one by one."""
        from xdist.scheduler import LoadFileScheduling, LoadGroupScheduling, LoadScopeScheduling

        ways = {"loadfile": LoadFileScheduling, "loadscope": LoadScopeScheduling}
        base = ways.get(config.getoption("dist"), LoadGroupScheduling)
        host_of = self._host_of

        class ByHost(base):  # type: ignore[misc,valid-type]
            """The tests of a host are one piece of work."""

            def _split_scope(self, nodeid: str) -> str:
                host = host_of(nodeid)
                return f"host {host}" if host is not None else str(super()._split_scope(nodeid))

        return ByHost(config, log)

    def _host_of(self, nodeid: str) -> str | None:
        """The host that a test asks, by the test's name; None for one that asks none."""
        root, _, rest = nodeid.partition("::")
        if root == ROOT:
            about, _, name = rest.rpartition("::")
            return about if name == AS_A_WHOLE else self._visited.get((about, name))
        parameters = nodeid.partition("[")[2].rpartition("]")[0]
        # pytest joins the names of parameters by dashes, which those of hosts may hold as well: the longest one counts.
        found = [one for one in self._hosts if f"-{one}-" in f"-{parameters}-"]
        return max(found, key=lambda one: (len(one), one), default=None)
