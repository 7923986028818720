"""What was measured is signed by the installation's key, and a check reads it in place of records by hand."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baseline.errors import UserError
from baseline.history import History
from baseline.model import Evidence, Target
from baseline.model.evidence import Monitoring, Programme
from baseline.probing.keeping import MeasurementKeeper, told_by
from tests.evidence.test_measured import HOUR, TEST, delivery, every_five_minutes, watched

NOW = datetime(2028, 3, 1, 0, 0, tzinfo=UTC)
MONITORED = Evidence(
    "zabbix", "MEL-H-01", "*", NOW, "x", Monitoring("zabbix", "7", NOW, NOW, 0, 100), attested_by="y", attested_at=NOW
)
PROGRAMME = Evidence("programme", "MEL-G-02", "*", NOW, "x", Programme(NOW), attested_by="y", attested_at=NOW)
REGISTER = (MONITORED, PROGRAMME)
HERE = Target("mx1", "192.0.2.1", site="cyberjaya", register=REGISTER)
ELSEWHERE = Target("mx2", "192.0.2.2", site="kuching", register=REGISTER)


@pytest.fixture
def keeper(tmp_path: Path) -> MeasurementKeeper:
    keeper = MeasurementKeeper(History(tmp_path / "history.db"), tmp_path / "state")
    keeper.keep(watched(*every_five_minutes(NOW - 2 * HOUR, NOW)))
    keeper.keep(delivery(TEST))
    return keeper


def controls(target: Target) -> list[str]:
    return [one.control for one in target.register or ()]


def change(keeper: MeasurementKeeper, sql: str) -> None:
    assert keeper.history.place.file is not None
    with closing(sqlite3.connect(keeper.history.place.file)) as connection, connection:
        assert connection.execute(sql).rowcount > 0


def test_a_check_reads_what_was_measured_about_its_site(keeper: MeasurementKeeper) -> None:
    here, elsewhere = told_by(keeper, [HERE, ELSEWHERE], NOW)
    assert controls(here) == ["MEL-G-02", "MEL-H-05", "MEL-H-01", "MEL-H-06"]
    assert here.unproven == ()
    assert "the installation's key ssh-ed25519 " in str((here.register or ())[1].attested_by)
    assert elsewhere == ELSEWHERE


def test_hosts_that_share_a_register_still_do(keeper: MeasurementKeeper) -> None:
    one, other = told_by(keeper, [HERE, Target("mx3", "192.0.2.3", site="cyberjaya", register=REGISTER)], NOW)
    assert one.register is other.register


def test_without_a_key_nothing_was_measured_and_none_is_made(tmp_path: Path) -> None:
    nothing = MeasurementKeeper(History(tmp_path / "history.db"), tmp_path / "state")
    assert told_by(nothing, [HERE], NOW) == (HERE,)
    assert list(tmp_path.iterdir()) == []


def test_what_was_altered_proves_nothing_and_is_told(keeper: MeasurementKeeper) -> None:
    change(keeper, "UPDATE measurements SET content = x'007b7d' WHERE number = 2")
    (here,) = told_by(keeper, [HERE], NOW)
    assert controls(here) == ["MEL-G-02", "MEL-H-05", "MEL-H-01"]
    assert here.unproven == ("measurement 2: it cannot be read: its content was altered",)


def test_what_another_installation_signed_proves_nothing_and_is_told(keeper: MeasurementKeeper) -> None:
    other = MeasurementKeeper(keeper.history, keeper.state.with_name("other"))
    other.keep(watched(*every_five_minutes(NOW - HOUR, NOW)))
    (here,) = told_by(other, [HERE], NOW)
    assert controls(here) == ["MEL-G-02", "MEL-H-05", "MEL-H-01"]
    assert len(here.unproven) == 2
    assert all("this installation does not allow the key that signed" in sentence for sentence in here.unproven)


def test_a_signature_of_something_else_by_the_same_key_is_none(keeper: MeasurementKeeper) -> None:
    change(
        keeper,
        "UPDATE measurements SET signature = (SELECT signature FROM measurements WHERE number = 1) WHERE number = 2",
    )
    (here,) = told_by(keeper, [HERE], NOW)
    assert "MEL-H-06" not in controls(here)
    assert ["measurement 2" in sentence for sentence in here.unproven] == [True]


def test_a_history_that_cannot_be_read_is_told(keeper: MeasurementKeeper) -> None:
    assert keeper.history.place.file is not None
    keeper.history.database.close()
    keeper.history.place.file.write_bytes(b"no database at all")
    broken = MeasurementKeeper(History(keeper.history.place.file), keeper.state)
    (here,) = told_by(broken, [HERE], NOW)
    assert here.register == REGISTER
    assert "what was measured cannot be read" in here.unproven[0]


def test_a_history_that_is_gone_is_no_measurement(keeper: MeasurementKeeper, tmp_path: Path) -> None:
    """It is told by what is then not recorded."""
    gone = MeasurementKeeper(History(tmp_path / "none.db"), keeper.state)
    assert told_by(gone, [HERE], NOW) == (HERE,)


def test_a_broken_key_measures_nothing(keeper: MeasurementKeeper) -> None:
    (keeper.state / "installation.key").write_text("no key")
    with pytest.raises(UserError, match="installation's key"):
        keeper.keep(delivery(TEST))
    shutil.rmtree(keeper.state)
    keeper.state.write_text("no folder")
    with pytest.raises(UserError, match="installation's key"):
        keeper.keep(delivery(TEST))


def test_how_far_back_is_read(keeper: MeasurementKeeper) -> None:
    """Deliveries a quarter, access tests a month and a day."""
    for days, expected in ((31, ["MEL-H-05", "MEL-H-01", "MEL-H-06"]), (34, ["MEL-H-06"]), (94, [])):
        (here,) = told_by(keeper, [Target("mx1", "192.0.2.1", site="cyberjaya")], NOW + timedelta(days=days))
        assert controls(here) == expected
