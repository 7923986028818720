"""Since when: from what a person says to the earlier of the two runs that are compared."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection

from baseline.errors import NothingMatched, UserError
from baseline.history.between import Window, document_of, run_before
from baseline.history.comparing import changes_between
from baseline.history.reading import KeptRun, named_run
from baseline.model.changes import Changes

_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:.*)?")


def changes_since(connection: Connection, since: str, until: str, host: str | None, control: str | None) -> Changes:
    """See `History.changes`."""
    now = named_run(connection, until)
    before = earlier(connection, since, now)
    if before is None:
        return Changes("", "", now.id)
    renamed = document_of(connection, now)["run"].get("renamed", {})
    asked = control and renamed.get(control.upper(), control)
    return changes_between(connection, Window(before, now, host, asked, renamed))


def earlier(connection: Connection, since: str, now: KeptRun) -> KeptRun | None:
    """The run that is compared with; None where there is none. Raises `UserError` and `NothingMatched`."""
    if not since:
        return run_before(connection, now)
    when = moment_of(since, datetime.now().astimezone())
    if when is not None:
        return run_before(connection, now, finished_by=f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    named = named_run(connection, since)
    if named.number >= now.number or named.baseline != now.baseline:
        wanted = f"it has to be an earlier one of {now.baseline}"
        raise NothingMatched(f"run {named.id} cannot be compared with {now.id}: {wanted}")
    return named


def moment_of(since: str, present: datetime) -> datetime | None:
    """The moment that a person names: a date is its beginning, `yesterday` too; None for what is no time.

    What has no zone is of the zone of `present`. Raises `UserError` for a date that there is not.
    """
    if since == "yesterday":
        return datetime.combine(present.date() - timedelta(days=1), time(), present.tzinfo)
    if not _TIME.fullmatch(since):
        return None
    try:
        told = datetime.fromisoformat(since)
    except ValueError:
        raise UserError(f"--since: {since} is no date or time, such as 2026-11-01 or 2026-11-01T06:00") from None
    return told if told.tzinfo else told.replace(tzinfo=present.tzinfo)
