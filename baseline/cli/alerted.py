"""Who is told of a check: the file of alerts that is named, and a check that could not be made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from baseline.classes import dataclass
from baseline.errors import BaselineError, CannotTell, UserError

if TYPE_CHECKING:
    from baseline.cli.job import Job
    from baseline.load.alerts import Alerts
    from baseline.model import Changes, Report, Target


@dataclass(frozen=True)
class Alerted:
    """The option that names the file of alerts."""

    file: Path | None = None

    def of(self, targets: Sequence[Target]) -> Alerts | None:
        """The alerts of some targets: of the file that is named, else of that of their inventory; None for neither.

        Raises `InputError`, and `UserError` for targets whose inventory names several.
        """
        named = sorted({target.alerts for target in targets})
        if self.file is None and len(named) > 1:
            files = " and ".join(one or "no file" for one in named)
            raise UserError(f"these hosts have several files of alerts, {files}: name one with --alerts")
        place = self.file or "".join(named)
        if not place:
            return None

        from baseline.load.alerts import load_alerts

        return load_alerts(place)

    @contextlib.contextmanager
    def told_of_failure(self, baseline: str) -> Iterator[None]:
        """Have it told when the check inside cannot be made: what a schedule runs into, nobody sees."""
        try:
            yield
        except BaselineError as error:
            if self.file is not None:
                _tell_failure(self.file, error, baseline)
            raise


@contextlib.contextmanager
def only_one(scheduled: bool) -> Iterator[None]:
    """No other scheduled check of this user is at work meanwhile. Raises `CannotTell` where one is."""
    if not scheduled:
        yield
        return

    from baseline.alerting.kept import alone

    with contextlib.ExitStack() as held:
        try:
            free = held.enter_context(alone("schedule"))
        except OSError as error:
            where = f"{error.filename}: {error.strerror}"
            raise UserError(f"{where}: this is where a scheduled check notes that it is at work") from None
        if not free:
            raise CannotTell("another scheduled check is at work: this one does nothing")
        yield


def told(job: Job, report: Report, alerts: Alerts | None, baseline: str) -> Report:
    """The report, once what is new in it was told. `baseline` is what the option says."""
    if alerts is None:
        return report

    from baseline.alerting.telling import tell

    def since(run: str) -> Changes:
        if job.history is None:
            raise CannotTell("this run is not kept in the history")
        return job.history.changes(run, until=report.run.id)

    return tell(report, alerts, since, baseline)


def _tell_failure(file: Path, error: BaselineError, baseline: str) -> None:
    from baseline.alerting.telling import tell_failure
    from baseline.load.alerts import load_alerts

    try:
        troubles = [f"{one.channel}: {one.trouble}" for one in tell_failure(error, load_alerts(file), baseline)]
        troubles = [one for one in troubles if not one.endswith(": ")]
    except (BaselineError, OSError) as reason:
        troubles = [str(reason)]
    for one in troubles:
        typer.echo(f"baseline: nobody was told that this check could not be made: {one}", err=True)
