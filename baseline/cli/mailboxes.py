"""The runs that tell of mailboxes, out of a history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from baseline.errors import HistoryError, NothingMatched

if TYPE_CHECKING:
    from baseline.history import History
    from baseline.recorded import KeptAnswers


def looks(history: History, most: int) -> Iterator[KeptAnswers]:
    """The answers of the last runs that asked hosts, the newest first. Those that were pruned are left out.

    Nothing where there is no history yet, or none that can be read: who keeps the run then is told so.
    """
    try:
        kept = history.runs(most)
    except HistoryError:
        return
    for run in kept:
        try:
            yield history.answers(run.id)
        except (HistoryError, NothingMatched):
            continue
