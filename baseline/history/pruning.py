"""Pruning by policy: runs older than some days go, once it is known that nothing was altered before."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from baseline.errors import HistoryError, UserError
from baseline.history.measured import leave_out
from baseline.history.opening import HistoryDatabase
from baseline.history.pruned import PRUNE, as_document, cut_at, last_before, last_cut
from baseline.history.tables import runs
from baseline.history.verifying import verify
from baseline.history.writing import Answered, Occasion, write
from baseline.model import Report, Run

LEAST_DAYS = 366
"""What evidence needs: an assessment looks back over a year."""


def prune(database: HistoryDatabase, days: int, who: str) -> int:
    """See `History.prune`."""
    if days < LEAST_DAYS:
        raise UserError(f"{days} days are too few: an assessment looks back over a year, so {LEAST_DAYS} are the least")
    present = datetime.now(UTC)
    with database.writing() as connection:
        wrong = verify(connection).wrong
        if wrong:
            raise HistoryError(f"the history {database.place} is not pruned, since that would hide that {wrong[0]}")
        oldest = f"{present - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
        through = last_before(connection, oldest)
        before = last_cut(connection)
        done = before.through if before else 0
        if through <= done:
            return 0
        measured = leave_out(connection, oldest)
        cut = cut_at(connection, through)
        (version,) = connection.execute(select(runs.c.version).order_by(runs.c.number.desc()).limit(1)).one()
        moment = f"{present:%Y-%m-%dT%H:%M:%SZ}"
        run = Run(f"{present:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}", moment, moment, version, "", "", "")
        note = f"pruned: runs {done + 1} to {through}, which were older than {days} days"
        more = as_document(cut) | measured
        write(connection, Occasion(PRUNE, who), Report(run, (), (), notes=(note,)), Answered(), more)
    database.compact()
    return through - done
