"""What is older than the policy says goes; what holds since then stays, and all that is left can be verified."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baseline.errors import HistoryError, UserError
from baseline.history import History
from baseline.history.pruned import as_document, cut_at
from baseline.history.writing import Answered, Occasion, write
from baseline.model import Outcome, Report
from tests.history.conftest import empty
from tests.history.reports import finding, heard, report, run
from tests.history.test_store import kept
from tests.history.test_verify import grown

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, 6, tzinfo=UTC)


def cut(history: History, through: int) -> None:
    """Prune up to a run, whatever its age."""
    with history.database.writing() as connection:
        document = as_document(cut_at(connection, through))
        made = Report(run(90 + through), (), ())
        write(connection, Occasion("prune", "ali"), made, Answered(), document)
    history.database.compact()


def test_what_is_left_is_as_it_was_and_verified(tmp_path: Path) -> None:
    history = grown(tmp_path)
    reports = {one.number: history.report(str(one.number))[1] for one in history.runs()}
    answers = {number: history.heard(str(number), "mx1") for number in reports}
    for through in (4, 7):
        cut(history, through)
        assert history.verify().wrong == ()
        for number in range(through + 1, 12):
            assert history.report(str(number))[1] == reports[number]
            assert history.heard(str(number), "mx1") == answers[number]
        for number in range(1, through + 1):
            with pytest.raises(HistoryError, match="was pruned"):
                history.report(str(number))
    assert len(history.runs()) == 11 + 2, "the lines stay, and each cut is one"
    kept(history, report(40, finding(outcome=Outcome.FAIL)))
    assert history.verify().wrong == ()
    spans = history.spans(host="mx2", control="OUR-A-01")
    assert [(one.first_run, one.ended) for one in spans] == [(run(1).id, "")], "it is known since when it holds"
    with pytest.raises(HistoryError, match="was pruned"):
        history.changes("3")
    assert history.changes("9").changes


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE runs SET finished = '2025' WHERE number = 2",
        "UPDATE spans SET first = 2 WHERE first = 1 AND series = 2",
        "DELETE FROM runs WHERE number = 1",
        "DELETE FROM runs WHERE command = 'prune'",
        "UPDATE answers SET first = 3 WHERE first = 1",
    ],
)
def test_what_stayed_of_the_time_before_a_cut_is_verified_too(tmp_path: Path, sql: str) -> None:
    history = grown(tmp_path)
    cut(history, 5)
    assert history.place.file is not None
    with closing(sqlite3.connect(history.place.file)) as connection, connection:
        assert connection.execute(sql).rowcount > 0
    assert history.verify().wrong


def test_a_year_is_the_least_and_the_last_run_stays(tmp_path: Path) -> None:
    history = empty(tmp_path)
    kept(history, report(1, finding()), report(2, finding()), mx1=heard(postconf=b"1"))
    with pytest.raises(UserError, match="365 days are too few"):
        history.prune(365)
    assert history.prune(400) == 0, "nothing is that old"
    old = empty(tmp_path / "..")
    kept(old, *(report(number, finding(found=number), day=number - 900) for number in range(1, 6)))
    assert old.prune(400) == 4
    assert old.prune(400) == 0
    assert (old.runs()[0].number, old.runs()[0].command) == (6, "prune")
    assert old.report("5")[1] == report(5, finding(found=5), day=-895)
    assert "pruned: runs 1 to 4" in old.report("6")[1].notes[0]
    assert old.verify().wrong == ()


def test_what_was_altered_is_not_pruned_away(tmp_path: Path) -> None:
    history = empty(tmp_path)
    kept(history, *(report(number, finding(found=number), day=number - 900) for number in range(1, 6)))
    assert history.place.file is not None
    with closing(sqlite3.connect(history.place.file)) as connection, connection:
        connection.execute("UPDATE runs SET exit_code = 4 WHERE number = 2")
    with pytest.raises(HistoryError, match=r"is not pruned, since that would hide that run 2 .* was altered"):
        history.prune(400)
    assert history.report("1")
