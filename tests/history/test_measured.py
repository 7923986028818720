"""Measurements are kept in a chain: what was altered, removed, put in or signed by another proves nothing, and is told.

Here a keyed digest stands for a signature; who signs is for the installation's key to say.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baseline.errors import HistoryError, UserError
from baseline.history import History
from baseline.history.measured import Measured, Trust
from baseline.model.measurements import AccessRun, AccessStep, AccessTests, Measurement
from tests.history.conftest import empty
from tests.history.reports import finding, report
from tests.history.test_prune import cut
from tests.history.test_store import kept

AT = datetime(2028, 2, 28, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


def signing(key: bytes, covered: bytes) -> str:
    return hmac.new(key, covered, hashlib.sha256).hexdigest()


def signed_by(key: bytes) -> Trust:
    def trust(covered: bytes, signature: str) -> None:
        if signing(key, covered) != signature:
            raise UserError("it is not signed by the key of this installation")

    return trust


def measurement(hour: int, site: str = "cyberjaya") -> Measurement:
    step = AccessStep("probe@agensi.example.my", "imap", "ok", 0.25)
    return Measurement(site, "baseline", "1.0", AccessTests((AccessRun(AT + hour * HOUR, "outside", (step,)),), 3600))


def measure(history: History, *several: Measurement, key: bytes = b"ours") -> None:
    for one in several:
        history.keep_measurement(one, lambda covered: signing(key, covered))


def told(history: History, since: datetime = AT, site: str = "cyberjaya") -> Measured:
    return history.measured(site, since, signed_by(b"ours"))


def change(history: History, sql: str, *values: object) -> None:
    assert history.place.file is not None
    with closing(sqlite3.connect(history.place.file)) as connection, connection:
        assert connection.execute(sql, values).rowcount > 0


def numbers(measured: Measured) -> list[int]:
    return [one.number for one in measured.sound]


@pytest.fixture
def eight(tmp_path: Path) -> History:
    """A history of eight hours, of which two are of another site, with a run after the last one."""
    history = empty(tmp_path)
    measure(history, *(measurement(hour, "kuching" if hour in (2, 5) else "cyberjaya") for hour in range(8)))
    kept(history, report(1, finding()))
    return history


def test_what_was_measured_is_read_back_by_site_and_time(history: History) -> None:
    assert history.measured("cyberjaya", AT, signed_by(b"ours")) == Measured()
    several = [measurement(hour, "kuching" if hour == 1 else "cyberjaya") for hour in range(4)]
    measure(history, *several)
    found = history.measured("cyberjaya", AT, signed_by(b"ours"))
    assert [one.measurement for one in found.sound] == [several[0], several[2], several[3]]
    assert found.wrong == ()
    assert numbers(history.measured("cyberjaya", AT + 2 * HOUR, signed_by(b"ours"))) == [3, 4]
    assert numbers(history.measured("cyberjaya", AT, signed_by(b"ours"), "access")) == [1, 3, 4]
    assert numbers(history.measured("cyberjaya", AT, signed_by(b"ours"), "delivery")) == []
    assert history.measured("cyberjaya", AT + 9 * HOUR, signed_by(b"ours")) == Measured()
    assert history.verify().wrong == ()


def test_nothing_is_made_by_asking(tmp_path: Path) -> None:
    assert told(History(tmp_path / "none.db")) == Measured()
    assert list(tmp_path.iterdir()) == []


COLUMNS = ("site", "sort", "at", "address", "content", "signature", "previous", "digest", "number")


@pytest.mark.parametrize("other", [None, "x"], ids=["other", "text"])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_row_that_was_altered_proves_nothing(eight: History, column: str, other: str | None) -> None:
    others = {"at": "2028-02-28T20:00:00.000001Z", "sort": "delivery"}
    value = 40 if column == "number" else others.get(column, b"") if other is None else other
    change(eight, f"UPDATE measurements SET {column} = ? WHERE number = 5", value)
    found = told(eight)
    assert numbers(found) == [1, 2, 4, 7, 8]
    assert any("measurement" in sentence for sentence in found.wrong)
    assert column == "signature" or eight.verify().wrong != ()


def test_a_row_that_takes_the_place_of_another_proves_nothing(eight: History) -> None:
    change(eight, "DELETE FROM measurements WHERE number = 5")
    change(eight, "UPDATE measurements SET number = 5 WHERE number = 4")
    assert numbers(told(eight)) == [1, 2, 7, 8], "nor the one after it, whose predecessor is gone"


@pytest.mark.parametrize(("removed", "left"), [(1, [4, 5, 7, 8]), (5, [1, 2, 4, 7, 8]), (6, [1, 2, 4, 5, 8])])
def test_a_row_that_was_removed_is_missed(eight: History, removed: int, left: list[int]) -> None:
    change(eight, "DELETE FROM measurements WHERE number = ?", removed)
    found = told(eight)
    assert set(numbers(found)) <= set(left)
    assert found.wrong == (f"measurement {removed + 1} does not follow on the one before it: one was removed",)
    assert found.wrong[0] in eight.verify().wrong


def test_a_window_does_not_hide_that_its_first_row_does_not_follow(eight: History) -> None:
    change(eight, "DELETE FROM measurements WHERE number = 4")
    found = told(eight, AT + 4 * HOUR)
    assert numbers(found) == [7, 8]
    assert found.wrong == ("measurement 5 does not follow on the one before it: one was removed",)


def test_an_end_that_was_removed_is_known_to_the_runs(eight: History) -> None:
    change(eight, "DELETE FROM measurements WHERE number > 6")
    wrong = ("run 1 knew of measurement 8, which is another one now, or was removed",)
    assert (told(eight).wrong, eight.verify().wrong) == (wrong, wrong)


def test_what_another_key_signed_proves_nothing(eight: History) -> None:
    measure(eight, measurement(9), key=b"theirs")
    measure(eight, measurement(10))
    found = told(eight)
    assert numbers(found) == [1, 2, 4, 5, 7, 8, 10]
    assert found.wrong == ("measurement 9: it is not signed by the key of this installation",)


def test_what_is_pruned_is_no_gap_in_the_chain(tmp_path: Path) -> None:
    history, old = empty(tmp_path), datetime.now(UTC) - timedelta(days=500)
    kept(history, *(report(number, finding(found=number), day=number - 900) for number in range(1, 4)))
    ago = int((old - AT) / HOUR)
    measure(history, *(measurement(ago + hour) for hour in range(3)), measurement(ago + 24 * 400))
    assert history.prune(400) == 2
    since = old - timedelta(days=1)
    assert (numbers(told(history, since)), told(history, since).wrong) == ([4], ())
    assert history.verify().wrong == ()
    change(history, "DELETE FROM measurements WHERE number = 4")
    measure(history, measurement(ago + 24 * 401))
    (wrong,) = history.verify().wrong
    assert wrong == "run 4 knew of measurement 4, which is another one now, or was removed"


def test_a_cut_of_runs_alone_leaves_measurements(eight: History) -> None:
    kept(eight, report(2, finding(found=2)), report(3, finding(found=3)))
    cut(eight, 1)
    assert (len(told(eight).sound), eight.verify().wrong) == (6, ())


def test_what_cannot_be_signed_is_not_kept(tmp_path: Path) -> None:
    history = empty(tmp_path)

    def refuse(covered: bytes) -> str:
        raise UserError(f"no key for {len(covered)} bytes")

    with pytest.raises(UserError, match="no key"):
        history.keep_measurement(measurement(0), refuse)
    measure(history, measurement(1))
    assert numbers(told(history)) == [1]


def test_runs_that_were_altered_are_told_and_break_nothing(eight: History) -> None:
    change(eight, "UPDATE contents SET data = x'0041' WHERE id = (SELECT about FROM runs)")
    with pytest.raises(HistoryError, match="is damaged"):
        told(eight)
