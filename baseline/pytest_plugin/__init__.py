"""The plugin for pytest: each control of a baseline on each host is a test, beside one's own tests of testinfra.

Without `--baseline` it costs nothing: what it is made of is imported only once that is given.

What is here:

- `asking`: Testinfra's host over the desk of a host: for tests of one's own, run or rehearsed.
- `begin`: What a run of pytest is about, from its options: the hosts, the controls, and the tests that come of them.
- `chosen`: The tests that a baseline and an inventory come to, before anybody is asked.
- `fixtures`: The fixture `host` of a run that is about a baseline, in place of testinfra's own.
- `looks`: Which commands of a test only look, so that they may be asked before its turn. Any other may change the host.
- `named`: The hosts that tests of one's own name in testinfra's ways: those of the inventory, or an error that says
  why.
- `nodes`: The tests as pytest has them: one for each control on each host, and one for what is told of a host as a
  whole.
- `one_host`: One host in a run of pytest: one connection, over which all tests that are about it are asked.
- `rehearsal`: Rehearsing tests of one's own: which questions they will ask, found by running them on answers that are
  made up.
- `running`: The plugin of a run that is about a baseline: its tests, the hosts that they ask, and the fixture `host`.
- `softened`: Tests that go on where a made-up answer would end them: of a test's function, a copy that no statement of
  ends.
- `spread`: Tests spread over the workers of pytest-xdist: all tests that ask one host go to one worker, over one
  connection.
- `told`: Findings as text, in the words of `baseline check`. Pure.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import pytest


class BaselineWarning(pytest.PytestWarning):
    """A control that warns. Workers of pytest-xdist and filters of warnings find it by its name, here."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with a name that no plugin known to us has."""
    group = parser.getgroup("baseline", "baseline: controls of a baseline as tests")
    group.addoption("--baseline", metavar="NAME|FILE", help="Test hosts by this baseline: a shipped one, or a file.")
    # The short name is pytest-ansible's as well, where that is installed.
    short = () if find_spec("pytest_ansible") else ("--inventory",)
    group.addoption(
        "--baseline-inventory",
        *short,
        dest="baseline_inventory",
        action="append",
        metavar="FILE",
        help="Inventory, as for `baseline check`; by default that of Ansible. May be given more than once.",
    )
    group.addoption("--baseline-limit", metavar="PATTERN", help="Only these hosts or groups, in Ansible's patterns.")
    group.addoption(
        "--baseline-controls",
        action="append",
        metavar="ID[,ID]",
        help="Only the controls of these ids; globs such as 'MEL-Q-*', and '!MEL-D-13' for all but that.",
    )
    group.addoption(
        "--baseline-waivers",
        action="append",
        metavar="FILE",
        help="What is not met for a while. By default what the inventory names as `waivers`.",
    )
    group.addoption("--baseline-strict", action="store_true", help="A warning of a control is a failure.")
    group.addoption(
        "--baseline-one-by-one",
        action="store_true",
        help="Rehearse no test: what they ask of a host is asked when they are run, one question after the other.",
    )
    parser.addini(
        "baseline_looks", "Commands of your tests that change nothing, as globs: they may be asked ahead.", "linelist"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin, where a baseline is given. Raises `pytest.UsageError` for a mistake in what people wrote."""
    config.addinivalue_line("markers", "baseline: a control of a baseline on a host (made by --baseline)")
    config.addinivalue_line(
        "markers", "baseline_alone: never rehearsed: what the test asks of a host is asked when it is run"
    )
    if config.getoption("baseline"):
        _leave_as_it_is(config)
        with _undisturbed():
            from baseline.pytest_plugin.begin import begin

            begin(config)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Meanwhile nothing that is read is looked through for what could be thrown away; afterwards it is left aside.

    pytest looks through everything five times at its end, and pydantic for plugins of others: together as long as
    reading a baseline takes.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYDANTIC_DISABLE_PLUGINS", "__all__")
            yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def _leave_as_it_is(config: pytest.Config) -> None:
    """Have pytest not rewrite the assertions of this whole package, which takes seconds: they are no tests."""
    hook = getattr(config.pluginmanager, "rewrite_hook", None)
    getattr(hook, "_must_rewrite", set[str]()).discard("baseline")
    getattr(hook, "_marked_for_rewrite_cache", dict[str, bool]()).clear()
