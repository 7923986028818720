"""Every command that reaches hosts is kept; `history` lists and shows what was."""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import Result

import baseline
from baseline import state_files
from baseline.cli.faults import Faults
from baseline.history import History
from baseline.load import load_baseline, load_inventory
from tests.cli.conftest import BAD, GOOD, Site, postfix
from tests.history.reports import finding
from tests.history.reports import report as report_of


def runs(place: str | Path | None = None) -> list[tuple[int, str]]:
    """Numbers and commands of the runs that are kept."""
    return [(one.number, one.command) for one in History(place or state_files.directory() / "history.db").runs()]


def document(done: Result) -> dict[str, object]:
    return dict(json.loads(done.stdout))


def test_check_and_plan_are_kept_by_themselves_and_shown_as_they_were(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    first = document(site.run("check", "--format", "json"))
    site.hosts = {"mx1": postfix(GOOD)}
    second = site.run("check", "--format", "text")
    planned = site.run("plan", "-l", "mx1")
    assert runs() == [(3, "plan"), (2, "check"), (1, "check")]
    shown = site.bare("history", "show", "1", "--format", "json")
    assert shown.exit_code == 0
    assert document(shown) == first
    assert site.bare("history", "show", "2").stdout == second.stdout
    assert site.bare("history", "show", "last").stdout == planned.stdout


def test_history_lists_the_runs_newest_first(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    site.run("check", "-l", "mx1")
    done = site.bare("history")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["run", "2", "1"]
    assert "ours 1.2.3" in lines[1]
    newest, first = json.loads(site.bare("history", "--format", "json").stdout)
    assert (newest["hosts"], newest["exit_code"], first["hosts"], first["exit_code"]) == (1, 0, 2, 1)
    assert len(json.loads(site.bare("history", "--format", "json", "-n", "1").stdout)) == 1


def test_history_of_a_host_and_of_a_control(site: Site) -> None:
    site.run("check")
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    site.run("check")
    spans = json.loads(site.bare("history", "--host", "mx2", "--control", "our-q-01", "--format", "json").stdout)
    assert [(one["outcome"], bool(one["ended"])) for one in spans] == [("pass", True), ("fail", False)]
    text = site.bare("history", "--control", "OUR-Q-01").stdout
    assert text.count("still") == 2
    assert "message_size_limit is 10240000" in text
    none = site.bare("history", "--host", "mx9")
    assert (none.exit_code, "no finding of host mx9" in none.stderr) == (5, True)


def test_before_any_run_there_is_no_history_and_none_is_made(site: Site) -> None:
    for command in (("history",), ("history", "show", "last"), ("history", "--host", "mx1")):
        done = site.bare(*command)
        assert done.exit_code == 3
        assert "there is no history yet" in done.stderr
    assert not state_files.directory().exists()


def test_it_lies_where_option_environment_or_inventory_say(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inventory = site.folder / "inventory.yml"
    inventory.write_text(inventory.read_text() + "    history: kept/of-inventory.db\n")
    site.run("check")
    monkeypatch.setenv("BASELINE_HISTORY", str(site.folder / "of-environment.db"))
    site.run("check")
    site.run("check", "--history", str(site.folder / "of-option.db"))
    site.run("check", "--no-history")
    for name in ("kept/of-inventory.db", "of-environment.db", "of-option.db"):
        assert runs(site.folder / name) == [(1, "check")]
    assert not (state_files.directory() / "history.db").exists()
    monkeypatch.delenv("BASELINE_HISTORY")
    assert "check" in site.bare("history", *site.given[:2]).stdout
    assert "check" in site.bare("history", *site.given[:2], "--history", str(site.folder / "of-option.db")).stdout


def test_hosts_that_name_several_histories_cannot_be_kept_in_one(site: Site) -> None:
    inventory = site.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("{ansible_host: 192.0.2.1}", "{history: a.db}"))
    done = site.run("check")
    assert done.exit_code == 2
    assert "these hosts have several histories" in done.stderr
    assert site.run("check", "--no-history").exit_code == 0


def test_another_kind_of_database_is_refused_before_any_host_is_asked(site: Site) -> None:
    done = site.run("check", "--history", "mysql://somebody:secret@db/baseline")
    assert done.exit_code == 2
    assert "mysql:// is not known" in done.stderr
    assert "secret" not in done.stderr
    assert not site.sessions


@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_what_cannot_be_kept_is_one_line_and_a_note_and_changes_nothing(site: Site, form: str) -> None:
    (site.folder / "damaged.db").write_text("this is no database\n" * 100)
    whole = site.run("check", "--format", form, "--no-history")
    # As `main` has it.
    with Faults().watched():
        done = site.run("check", "--format", form, "--history", str(site.folder / "damaged.db"))
    assert done.exit_code == whole.exit_code == 0
    told = [line for line in done.stderr.splitlines() if "history" in line]
    assert len(told) == 1
    assert told[0].startswith("baseline: this run is not in the history: ")
    assert "it is damaged" in " ".join(done.stdout.split())
    assert "history" not in whole.stdout
    if form == "json":
        assert [*document(done)["notes"]] == [told[0].removeprefix("baseline: ")]  # type: ignore[misc]


def test_the_library_keeps_runs_where_it_is_told_to_and_nowhere_else(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    inventory, rules = load_inventory(site.folder / "inventory.yml"), load_baseline(site.folder / "rules.yml")
    baseline.check_all(inventory.select(), rules)
    assert not state_files.directory().exists()
    place = site.folder / "ours.db"
    history = baseline.open_history(place, inventory=inventory)
    checked = baseline.check_all(inventory.select(), rules, history=history)
    planned = baseline.plan_all(inventory.select(), rules, history=history)
    applied = baseline.apply_all(inventory.select(), rules, planned=planned, history=history)
    assert runs(place) == [(3, "apply"), (2, "plan"), (1, "check")]
    for number, report in enumerate((checked, planned, applied), 1):
        assert history.report(str(number))[1].to_dict() == report.to_dict()
    assert caplog.get_records("call") == [one for one in caplog.get_records("call") if one.levelno < logging.WARNING]


def test_answers_are_kept_as_the_host_gave_them(site: Site) -> None:
    site.run("check")
    heard = History(state_files.directory() / "history.db").heard("last", "mx1")
    kept = {question.removeprefix("ask "): answer.partition(b"\n")[2] for question, answer in heard.answers.items()}
    asked = {question.removeprefix("ask ") for question in heard.asked["OUR-Q-01"]}
    assert asked
    assert asked <= kept.keys()
    assert {question: site.hosts["mx1"][question].stdout for question in asked} == {one: kept[one] for one in asked}


def test_changes_are_told_with_a_check_and_afterwards(site: Site) -> None:
    assert "There is no earlier run to compare with." in site.run("check", "--changes").stdout
    site.hosts["mx2"] = postfix(BAD)
    checked = site.run("check", "--changes")
    assert checked.exit_code == 1
    assert "newly failing  mx2  OUR-Q-01  Messages may be large" in checked.stdout
    done = site.bare("changes")
    assert done.exit_code == 0
    assert done.stdout.strip() in checked.stdout
    told = document(site.bare("changes", "--format", "json"))
    site.run("check")
    assert "Nothing changed since" in site.bare("changes").stdout
    (change,) = told["changes"]  # type: ignore[misc]
    assert (change["class"], change["host"], change["cause"]) == ("newly failing", "mx2", "unknown")  # type: ignore[has-type]
    assert "newly failing" in site.bare("changes", "--since", "1").stdout
    assert site.bare("changes", "--since", "1", "--host", "mx1").stdout.startswith("Nothing changed")


def test_changes_need_a_history(site: Site) -> None:
    done = site.run("check", "--changes", "--no-history")
    assert done.exit_code == 2
    assert "--changes compares with earlier runs" in done.stderr
    assert not site.sessions


def test_a_history_is_verified_and_what_is_wrong_with_it_is_named(site: Site) -> None:
    for _ in range(2):
        site.run("check")
    whole = site.bare("history", "verify")
    head = History(state_files.directory() / "history.db").runs()[0].digest
    assert (whole.exit_code, head in whole.stdout) == (0, True)
    assert site.bare("history", "verify", "--head", head).exit_code == 0
    assert site.bare("history", "verify", "--head", "00ff").exit_code == 1
    with closing(sqlite3.connect(state_files.directory() / "history.db")) as connection, connection:
        connection.execute("UPDATE runs SET who = 'nobody' WHERE number = 1")
    wrong = site.bare("history", "verify")
    assert (wrong.exit_code, "wrong: run 1" in wrong.stdout) == (1, True)
    assert len(document(site.bare("history", "verify", "--format", "json"))["wrong"]) == 1  # type: ignore[arg-type]
    done = site.bare("history", "prune")
    assert (done.exit_code, "is not pruned" in done.stderr) == (3, True)


def test_gaps_and_pruning_from_the_command(site: Site) -> None:
    site.run("check")
    done = site.bare("history", "gaps", "--every", "1d")
    assert (done.exit_code, done.stdout) == (0, "No check is missing.\n")
    assert site.bare("history", "gaps", "--every", "0d").exit_code == 2
    assert json.loads(site.bare("history", "gaps", "--format", "json").stdout) == []
    assert site.bare("history", "prune").stdout == "0 runs pruned\n"
    few = site.bare("history", "prune", "--older-than", "30")
    assert (few.exit_code, "30 days are too few" in few.stderr) == (2, True)


def test_a_check_of_a_schedule_says_when_the_next_one_is_due(site: Site) -> None:
    scheduled = document(site.run("check", "--every", "6h", "--format", "json"))
    by_hand = document(site.run("check", "--format", "json"))
    assert scheduled["run"]["every"] == 21_600  # type: ignore[index]
    assert "every" not in by_hand["run"]  # type: ignore[operator]
    kept = [report.run.every for _, report in (History(state_files.directory() / "history.db").report(n) for n in "12")]
    assert kept == [21_600, 0]
    diff = document(site.run("check", "--diff", "--every", "1d", "--format", "json"))
    assert diff["run"]["every"] == 86_400  # type: ignore[index]


@pytest.mark.parametrize("wrong", ["0d", "1", "1w", "-1d", "1.5h", "1d6h"])
def test_an_interval_that_is_none(site: Site, wrong: str) -> None:
    done = site.run("check", "--every", wrong)
    said = f"--every: {wrong} is no length of time, such as 1d, 6h or 30m\nnext: baseline check --help\n"
    assert (done.exit_code, done.stderr) == (2, said)
    assert not (state_files.directory() / "history.db").exists()


def test_a_scheduled_check_that_did_not_happen_is_told_in_the_next_report(site: Site) -> None:
    made = report_of(1, finding("mx1"), finding("mx2"))
    kept = History(state_files.directory() / "history.db").begin("check")
    assert kept.keep(replace(made, run=replace(made.run, every=86_400))) == ""
    first = document(site.run("check", "--format", "json", "-l", "mx1"))
    (mine, others) = sorted(first["gaps"], key=lambda one: one["hosts"])  # type: ignore[call-overload]
    assert (mine["start"], mine["hosts"], bool(mine["end"])) == ("2026-01-02T07:02:00Z", ["mx1"], True)
    assert (others["hosts"], others["end"]) == (["mx2"], "")
    second = site.run("check", "--format", "text")
    assert "No check of mx2 from 2026-01-02 07:02:00 to" in " ".join(second.stdout.split())
    assert second.exit_code == 0
    shown = document(site.bare("history", "show", "2", "--format", "json"))
    assert shown["gaps"] == first["gaps"]
    assert "gaps" not in document(site.run("check", "--format", "json"))
    assert site.bare("history", "gaps").exit_code == 1
