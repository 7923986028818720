"""What a run of pytest is about, from its options: the hosts, the controls, and the tests that come of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from baseline.cli.job import How, Job, Kept, job
from baseline.cli.options import FORKS, HOST_SECONDS, RUN_SECONDS, Chosen, Where
from baseline.errors import BaselineError
from baseline.pytest_plugin import fixtures
from baseline.pytest_plugin.chosen import UnderTest
from baseline.pytest_plugin.fixtures import NAME
from baseline.pytest_plugin.nodes import ROOT
from baseline.pytest_plugin.running import Running

_ANOTHER_WAY = (
    "--connection",
    "--sudo",
    "--sudo-user",
    "--ssh-config",
    "--ssh-extra-args",
    "--ssh-identity-file",
    "--force-ansible",
)
"""Options of testinfra that would reach hosts in another way."""


def begin(config: pytest.Config) -> None:
    """Read what people wrote, and register what makes tests of it. Raises `pytest.UsageError` with their mistakes."""
    given = [option for option in _ANOTHER_WAY if config.getoption(option, None)]
    if given:
        raise pytest.UsageError(
            f"{', '.join(given)}: with --baseline hosts are reached as the inventory says (ansible_user, "
            "ansible_become, ansible_ssh_common_args); leave it out"
        )
    try:
        chosen = UnderTest.of(_job(config))
    except BaselineError as error:
        raise pytest.UsageError(str(error)) from None
    ids = {one: name for one in config.args if (name := _named(config, one))}
    if ids:
        config.option.baseline_ids = [*ids.values()]
        config.option.baseline_only = len(ids) == len(config.args)
        config.args[:] = [one for one in config.args if one not in ids]
    running = Running(config, chosen)
    config.pluginmanager.register(fixtures, f"{NAME}-fixtures")
    config.pluginmanager.register(running, NAME)
    if hasattr(config.option, "dist"):
        from baseline.pytest_plugin.spread import Spread

        config.pluginmanager.register(Spread(config, chosen), f"{NAME}-spread")


def _named(config: pytest.Config, given: str) -> str:
    """The name of a test of the baseline that is given, also as pytest prints it outside its root; else nothing."""
    path, colons, rest = given.partition("::")
    printed = colons and (config.invocation_params.dir / path).resolve() == (config.rootpath / ROOT).resolve()
    return f"{ROOT}{colons}{rest}" if path == ROOT or printed else ""


def _job(config: pytest.Config) -> Job:
    def paths(name: str) -> list[Path] | None:
        given: Any = config.getoption(name)
        return [config.invocation_params.dir / one for one in given] if given else None

    inventory = config.getoption("baseline_inventory") or config.getoption("ansible_inventory", None)
    inventory = [inventory] if isinstance(inventory, str) else inventory
    # Hosts themselves, as in `mx1,`, are no path.
    where = Where([Path(one) for one in inventory or ()] or None, config.getoption("baseline_limit"))
    chosen = Chosen(config.getoption("baseline"), controls=config.getoption("baseline_controls"))
    how = How(
        FORKS,
        HOST_SECONDS,
        RUN_SECONDS,
        strict=bool(config.getoption("baseline_strict")),
        formats=None,
        files=None,
        verbose=False,
        kept=Kept(None),
        waivers=paths("baseline_waivers"),
    )
    return job(where, chosen, how)
