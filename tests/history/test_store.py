"""What is written is read back."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from baseline.errors import HistoryError, NothingMatched
from baseline.history import History
from baseline.model import Outcome, Report
from baseline.model.heard import Heard
from tests.history.conftest import empty
from tests.history.reports import finding, heard, report, sequences
from tests.reports import cases


def kept(history: History, *reports: Report, command: str = "check", **told: Heard) -> None:
    """Write reports, one run each; `told` are answers of hosts in each of them."""
    for one in reports:
        keeping = history.begin(command)
        for host, answers in told.items():
            keeping.heard(host, answers)
        assert keeping.keep(one) == ""


@settings(max_examples=60)
@given(sequences())
def test_any_sequence_of_reports_is_read_back_as_it_was(reports: list[Report]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history = empty(Path(folder))
        kept(history, *reports)
        assert [history.report(str(number))[1] for number in range(1, len(reports) + 1)] == reports
        assert [one.id for one in history.runs()] == [one.run.id for one in reversed(reports)]


def test_every_kind_of_report_is_read_back_as_it_was(history: History) -> None:
    every = [case for name, case in vars(cases).items() if name.isupper() and isinstance(case, dict)]
    reports = [one for case in every for one in case.values() if isinstance(one, Report)]
    assert len(reports) >= 40
    named = [
        replace(one, run=replace(one.run, id=f"{one.run.id}-{number}"))
        for number, one in enumerate(reports)
        if len({(each.host, each.key) for each in one.findings}) == len(one.findings)
    ]
    kept(history, *named)
    for number, one in enumerate(named, 1):
        assert history.report(str(number))[1].to_dict() == one.to_dict()


def test_what_stays_the_same_is_kept_once(history: History) -> None:
    same = [report(number, finding(), finding("mx2")) for number in range(1, 30)]
    kept(history, *same, mx1=heard(postconf=b"a = b\n" * 1000), mx2=heard(postconf=b"a = b\n" * 1000))
    with history.database.reading() as connection:
        counts = {
            name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar()
            for name in ("spans", "answers", "series", "hosts")
        }
        # A document for each run; one definition, one finding, one scope, one list of who asked, one of all hosts,
        # one question and one answer for all of them.
        assert connection.exec_driver_sql("SELECT count(*) FROM contents").scalar() == 29 + 7
    assert counts == {"spans": 2, "answers": 2, "series": 2, "hosts": 2}


def test_answers_are_read_back_as_they_were_in_each_run(history: History) -> None:
    first, second = heard(postconf=b"a = 1\n", ss=b"\xff\0"), heard(postconf=b"a = 2\n")
    kept(history, report(1, finding()), mx1=first)
    kept(history, report(2, finding()), mx1=second)
    kept(history, report(3, finding("mx2")))
    assert [history.heard(str(number), "mx1") for number in (1, 2, 3)] == [first, second, Heard()]


def test_a_later_look_at_a_host_replaces_the_one_before(history: History) -> None:
    keeping = history.begin("apply")
    keeping.heard("mx1", heard(postconf=b"before"))
    keeping.heard("mx1", heard(postconf=b"after"))
    assert keeping.keep(report(1, finding())) == ""
    assert history.heard("last", "mx1") == heard(postconf=b"after")
    with history.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM contents").scalar()
    assert rows == 8, "nothing is kept of what nobody speaks of"


def test_runs_are_named_by_number_id_and_last(history: History) -> None:
    reports = [report(number, finding(outcome=Outcome.FAIL)) for number in (1, 2, 3)]
    kept(history, *reports)
    for name in ("2", reports[1].run.id, reports[1].run.id[:10]):
        run, found = history.report(name)
        assert (run.number, found) == (2, reports[1])
    assert history.report("last")[1] == reports[2]
    assert (run.command, run.who, run.exit_code, run.summary["fail"]) == ("check", "ali@controller", 1, 1)
    with pytest.raises(NothingMatched, match="more than one run"):
        history.report("2026")
    for name in ("4", "1999", "%"):
        with pytest.raises(NothingMatched, match="no run is named"):
            history.report(name)
    assert [one.number for one in history.runs(most=2)] == [3, 2]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_where_nothing_was_kept_is_no_history_and_none_is_made(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    place = tmp_path / "state" / "history.db"
    history = History(place if kind == "sqlite" else request.getfixturevalue("postgresql").format("postgres"))
    for _ in range(2):
        with pytest.raises(HistoryError, match="there is no history yet in"):
            history.runs()
    assert not place.parent.exists()


def test_its_user_alone_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "state" / "history.db"
    kept(History(file), report(1, finding()))
    modes = {path.name: path.stat().st_mode & 0o777 for path in (file.parent, *file.parent.iterdir())}
    assert modes.pop("state") == 0o700
    assert set(modes.values()) == {0o600}
    file.chmod(0o644)
    kept(History(file), report(2, finding()))
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_report_that_says_two_things_of_one_control_is_not_kept(history: History) -> None:
    said = history.begin("check").keep(report(1, finding(), finding(outcome=Outcome.FAIL)))
    assert "two things of the same control" in said
    kept(history, report(2, finding()))
    assert [one.number for one in history.runs()] == [1]


def test_what_hosts_have_alike_is_told_apart_by_its_type(tmp_path: Path) -> None:
    found = (1, True, 1.0, "1", None)
    one = report(1, *(finding(f"mx{number}", found=value) for number, value in enumerate(found)))
    history = empty(tmp_path)
    kept(history, one)
    read = history.report("1")[1].findings
    assert [(type(each.keys[0].found), each.keys[0].found) for each in read] == [(type(each), each) for each in found]


def test_a_run_in_which_all_is_as_before_costs_a_few_statements_however_many_hosts(tmp_path: Path) -> None:
    from sqlalchemy import event

    history = empty(tmp_path)
    names = [f"mx{number}" for number in range(200)]
    same = [report(number, *(finding(name) for name in names)) for number in (1, 2)]
    answers = heard(postconf=b"a = b\n")

    def kept_all(one: Report) -> None:
        keeping = history.begin("check")
        for name in names:
            keeping.heard(name, answers)
        assert keeping.keep(one) == ""

    kept_all(same[0])
    said: list[str] = []
    with history.database.reading() as connection:
        event.listen(connection.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    kept_all(same[1])
    assert [one for one in said if "INTO spans" in one or "INTO answers" in one or "UPDATE spans" in one] == []
    assert len(said) < 25, said


def test_what_keeping_needs_is_imported_while_hosts_are_asked_and_nothing_is_made_by_that(tmp_path: Path) -> None:
    script = """
import sys
from baseline.history import History
history = History(sys.argv[1])
assert "sqlalchemy" not in sys.modules
run = history.begin("check")
run.ready()
assert "sqlalchemy" in sys.modules and "baseline.history.writing" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "history.db")], check=True, timeout=120)
    assert [*tmp_path.iterdir()] == []
