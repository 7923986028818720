"""`render --as ansible`: what hosts lack, written into a folder as a role."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from baseline.ansible_role import Planned
    from baseline.cli.options import Chosen, TakingOptions, Where
    from baseline.model import Report


def written(where: Where, chosen: Chosen, taking: TakingOptions, folder: Path, *, verbose: bool) -> int:
    """Plan for each host, write the role, and say what it has.

    Gives the exit code: 0 when every host is in it, 3 when one could not be planned for. Raises `UserError` for a
    folder in which something is already, before any host is asked.
    """
    from baseline.ansible_role import role_files
    from baseline.cli.job import How, Kept
    from baseline.cli.job import job as made_job
    from baseline.cli.options import FORKS
    from baseline.cli.output import say
    from baseline.deadline import HOST_SECONDS, RUN_SECONDS
    from baseline.fleet import plan_all
    from baseline.version import __version__

    _empty(folder)
    how = How(FORKS, HOST_SECONDS, RUN_SECONDS, False, None, None, verbose, Kept(None, not_at_all=True))
    job = made_job(where, chosen, how)
    taken = taking.of(chosen, job.baseline.control_ids, job.baseline.renamed)
    report = job.worked(partial(plan_all, taking=taken))
    hosts = _planned(report)
    titled = f"{job.baseline.name} {job.baseline.version}"
    _write(folder, role_files(hosts, folder.name, titled, __version__, datetime.now(UTC).date()))
    for one in hosts:
        plan = one.plan
        left = f", {len(plan.by_hand)} left to people" if plan and plan.by_hand else ""
        say(f"{one.host}: {one.reason or f'{len(plan.files if plan else ())} files{left}'}\n")
    say(f"written: {folder}; {folder / 'README.md'} says what it has for each host\n")
    return 3 if any(one.plan is None for one in hosts) else 0


def _planned(report: Report) -> list[Planned]:
    from baseline.ansible_role import Planned

    plans = {plan.host: plan for plan in report.plans}
    return [
        Planned(one.name, plans.get(one.name), "" if one.name in plans else one.error or "it could not be planned for")
        for one in report.hosts
    ]


def _empty(folder: Path) -> None:
    try:
        if any(folder.iterdir()):
            raise UserError(f"{folder} has files already: name another folder with -o, or remove it")
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(f"{folder} cannot be written to: {error.strerror}") from None


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files that their owner alone may read: some of a host's are read by root alone."""
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as opened:
                opened.write(content)
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror}") from None
