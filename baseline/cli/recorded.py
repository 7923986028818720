"""`check --recorded`: what a baseline says of answers that were kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.cli.job import Job
    from baseline.model import Report


def refuse_beside(recorded: bool, run: str | None, others: Mapping[str, object]) -> None:
    """Raise `UserError` for options that say nothing together."""
    if run is not None and not recorded:
        raise UserError("--run names whose answers are judged, and needs --recorded")
    beside = [name for name, given in others.items() if given]
    if recorded and beside:
        raise UserError(f"--recorded contacts no host and keeps no run, so that {' and '.join(beside)} cannot be had")


def judged(job: Job, run: str | None) -> Report:
    """The report over the answers of a run. Raises `HistoryError` and `NothingMatched`."""
    from baseline.cli.progress import watching
    from baseline.recorded import check_recorded
    from baseline.waiving import with_waivers

    assert job.history is not None, "--no-history was refused before"
    with watching(job.names, verbose=job.how.verbose) as progress:
        answers = job.history.answers(run or "last")
        report = check_recorded(job.targets, job.baseline, answers, strict=job.how.strict, progress=progress)
    return with_waivers(report, job.waivers)
