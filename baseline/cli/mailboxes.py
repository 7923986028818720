"""The runs that tell of mailboxes, out of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baseline.errors import HistoryError

if TYPE_CHECKING:
    from baseline.history import History
    from baseline.history.replaying import AskedRun


def looks(history: History, most: int) -> tuple[AskedRun, ...]:
    """Those of the last runs that asked hosts, the newest first.

    Nothing where there is no history yet, or none that can be read: who keeps the run then is told so.
    """
    file = history.place.file
    if file is not None and not file.exists():
        return ()  # before the database is imported, which takes longer than reading a baseline
    try:
        return history.asked_runs(most)
    except HistoryError:
        return ()
