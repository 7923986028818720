"""Action plans: written from a run, filled in as people do in a spreadsheet, and read back strictly."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.load.action_plan import MOST_UNPACKED, ReadPlan, read_action_plan
from baseline.load.tree import Problems
from baseline.model import Report
from baseline.model.action_plan import COLUMNS, SHEET
from baseline.reports.action_plan import csv_of, rows, workbook_of
from baseline.reports.words import visible
from tests.cli.conftest import BAD, Site, postfix
from tests.reports.cases import MX1, RUN
from tests.reports.test_properties import HOSTILE, findings

DECISION = "waive OUR-Q-01 on mx1"
SOON = f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}"
BORNE = {"decision": DECISION, "reason": "a new store is ordered", "approver": "CISO", "expires": f"{SOON}+08:00"}


@pytest.fixture
def failing(site: Site) -> Site:
    """A site on whose first host a mandatory control fails, with the report of a check."""
    site.hosts["mx1"] = postfix(BAD)
    (site.folder / "report.json").write_text(site.run("check", "--format", "json").stdout)
    return site


def made(site: Site, name: str) -> Path:
    file = site.folder / name
    done = site.bare("action-plan", str(site.folder / "report.json"), "-o", str(file))
    assert done.exit_code == 0, done.stderr
    return file


def fill(file: Path, row: int, filled: Mapping[str, Any]) -> None:
    """Type into cells of a row, counted from 1 below the heading, as a person would."""
    if file.suffix == ".csv":
        lines = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
        for name, value in filled.items():
            lines[row][COLUMNS.index(name)] = str(value)
        with file.open("w", encoding="utf-8", newline="") as to:
            csv.writer(to).writerows(lines)
        return
    book = openpyxl.load_workbook(file)
    for name, value in filled.items():
        book[SHEET].cell(row + 1, COLUMNS.index(name) + 1).value = value
    book.save(file)


def checked(site: Site, file: Path, *options: str) -> Any:
    return site.run("check", "-w", str(file), *options)


FILES = pytest.mark.parametrize("name", ["plan.csv", "plan.xlsx"])


@FILES
def test_it_lists_what_fails_and_waives_nothing_as_it_is_written(failing: Site, name: str) -> None:
    file = made(failing, name)
    assert checked(failing, file).exit_code == 1
    again = failing.bare("action-plan", "--read", str(file), "-b", str(failing.folder / "rules.yml"))
    assert (again.exit_code, again.stdout) == (0, "Action plan: 0\nWaivers: 0\n")


@FILES
def test_a_due_date_is_shown_and_waives_nothing(failing: Site, name: str) -> None:
    file = made(failing, name)
    due = date(2027, 3, 31) if name == "plan.xlsx" else "2027-03-31"
    fill(file, 1, {"owner": "Aminah", "due": due, "remark": "new disks"})
    told = checked(failing, file)
    assert told.exit_code == 1
    assert "OUR-Q-01  mx1  due 2027-03-31  Aminah  new disks" in told.stdout
    document = json.loads(checked(failing, file, "--format", "json").stdout)
    item = {"control": "OUR-Q-01", "host": "mx1", "owner": "Aminah", "due": "2027-03-31", "remark": "new disks"}
    assert document["actions"] == [item]
    assert Report.from_dict(document).actions[0].due == date(2027, 3, 31)


@FILES
def test_a_due_date_that_is_over_is_told(failing: Site, name: str) -> None:
    file = made(failing, name)
    fill(file, 1, {"due": "2026-01-31"})
    assert "overdue since 2026-01-31" in checked(failing, file).stdout


@FILES
def test_a_row_that_says_so_in_full_is_a_waiver(failing: Site, name: str) -> None:
    file = made(failing, name)
    fill(file, 1, BORNE)
    told = checked(failing, file)
    assert told.exit_code == 0
    assert "by CISO: a new store is ordered" in told.stdout
    read = failing.bare("action-plan", "--read", str(file), *failing.given)
    assert "Waivers: 1\n  OUR-Q-01  mx1  until " in read.stdout


@FILES
@pytest.mark.parametrize(
    ("filled", "column", "said"),
    [
        ({**BORNE, "decision": ""}, "reason", f"`decision` does not say so: write `{DECISION}` there, or empty this"),
        ({**BORNE, "decision": "yes"}, "decision", f"'yes' waives nothing: write `{DECISION}`"),
        ({**BORNE, "decision": "waive OUR-Q-01 on mx2"}, "decision", f"waives nothing: write `{DECISION}`"),
        ({**BORNE, "approver": ""}, "decision", "`approver` is missing"),
        ({**BORNE, "reason": ""}, "decision", "`reason` is missing"),
        ({**BORNE, "expires": SOON}, "expires", "has no zone"),
        ({**BORNE, "expires": "2099-01-01+08:00"}, "expires", "ends more than 366 days ahead"),
        ({"due": "31/3/2027"}, "due", "'31/3/2027' is no date: write it as 2027-03-31"),
        ({"control": "*"}, "control", "'*' names no control"),
        ({"host": "mx1:mx2"}, "host", "'mx1:mx2' names no host"),
        ({"control": "OUR-Q-0*", "decision": "waive OUR-Q-0* on mx1"}, "control", "names no control"),
    ],
)
def test_nobody_waives_by_accident(failing: Site, name: str, filled: Mapping[str, str], column: str, said: str) -> None:
    file = made(failing, name)
    fill(file, 1, filled)
    wrong = checked(failing, file)
    cell = f"cell {chr(ord('A') + COLUMNS.index(column))}2"
    assert wrong.exit_code == 2
    assert any(said in line and f"{cell}: " in line for line in wrong.stderr.splitlines()), wrong.stderr
    assert ("sheet `Action plan`" in wrong.stderr) == (name == "plan.xlsx")


@FILES
def test_lint_reads_it_with_all_other_files(failing: Site, name: str) -> None:
    file = made(failing, name)
    fill(file, 1, BORNE)
    assert "2 hosts, 1 waiver: no problems" in failing.run("lint", "-w", str(file)).stdout
    fill(file, 1, {"due": "soon"})
    rules = failing.folder / "rules.yml"
    rules.write_text(rules.read_text().replace("severity: medium", "severity: grave"))
    wrong = failing.run("lint", "-w", str(file)).stderr
    assert "'soon' is no date" in wrong
    assert "rules.yml:" in wrong


@FILES
def test_a_row_for_a_host_that_there_is_not_matches_nothing(failing: Site, name: str) -> None:
    file = made(failing, name)
    fill(file, 1, {"host": "mx9", "owner": "Aminah"})
    wrong = checked(failing, file)
    assert wrong.exit_code == 5
    assert "cell B2: there is no host mx9" in wrong.stderr


def test_a_date_cell_as_an_end_has_no_zone_and_is_refused(failing: Site) -> None:
    file = made(failing, "plan.xlsx")
    fill(file, 1, {**BORNE, "expires": date.fromisoformat(SOON)})
    assert "has no zone" in checked(failing, file).stderr


def test_a_decision_that_is_filled_down_waives_no_other_row(failing: Site) -> None:
    failing.hosts["mx2"] = postfix(BAD)
    (failing.folder / "report.json").write_text(failing.run("check", "--format", "json").stdout)
    file = made(failing, "plan.xlsx")
    fill(file, 1, BORNE)
    fill(file, 2, BORNE)
    assert "'waive OUR-Q-01 on mx1' waives nothing: write `waive OUR-Q-01 on mx2`" in checked(failing, file).stderr


def test_it_is_written_from_history_too(failing: Site, tmp_path: Path) -> None:
    place = ["--history", str(tmp_path / "history.db")]
    failing.run("check", *place)
    file = failing.folder / "plan.csv"
    done = failing.bare("action-plan", "-o", str(file), "--run", "last", *place)
    assert done.exit_code == 0
    assert "1 finding of run " in done.stderr
    assert "OUR-Q-01,mx1," in file.read_text("utf-8-sig")


def test_another_ending_or_document_is_refused(failing: Site) -> None:
    report = str(failing.folder / "report.json")
    assert "ends in .csv or .xlsx" in failing.bare("action-plan", report, "-o", "plan.ods").stderr
    wrong = failing.bare("action-plan", str(failing.folder / "rules.yml"), "-o", "plan.csv")
    assert (wrong.exit_code, "rules.yml: is no JSON" in wrong.stderr) == (2, True)


def read(file: Path) -> tuple[ReadPlan, list[str]]:
    problems = Problems()
    return read_action_plan(file, problems), [str(one) for one in problems.found]


@pytest.mark.parametrize("content", [b"PK\x03\x04 torn", b"", b"\x00" * 100, b"<xml/>"])
def test_a_broken_workbook_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.xlsx").write_bytes(content)
    plan, problems = read(tmp_path / "plan.xlsx")
    assert plan == ReadPlan((), ())
    assert len(problems) == 1
    assert "plan.xlsx: not a workbook that can be read" in problems[0]


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "plan.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (MOST_UNPACKED + 1))
    assert "unpacks to more than 64 MiB" in read(tmp_path / "plan.xlsx")[1][0]


def test_a_workbook_without_the_sheet_and_a_table_without_the_columns_are_told(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "plan.xlsx")
    assert "there is no sheet `Action plan` in it" in read(tmp_path / "plan.xlsx")[1][0]
    (tmp_path / "plan.csv").write_text("control,ownner\n")
    told = read(tmp_path / "plan.csv")[1]
    assert any("cell A1: the first row names the columns, and `host` is not among them" in one for one in told)
    assert any("cell B1: unknown column 'ownner': did you mean `owner`?" in one for one in told)


def test_a_formula_of_a_person_counts_as_what_it_came_to_and_one_that_never_ran_as_nothing(failing: Site) -> None:
    file = made(failing, "plan.xlsx")
    fill(file, 1, {"owner": '="Aminah"'})
    assert read(file)[0].actions == ()


@given(st.lists(findings(), max_size=4).map(tuple), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_hosts_say_comes_back_as_text_and_never_as_action_or_waiver(
    tmp_path: Path, found: Any, spreadsheet: bool
) -> None:
    report = Report(RUN, (MX1,), tuple({one.control: one for one in found}.values()))
    file = tmp_path / ("plan.xlsx" if spreadsheet else "plan.csv")
    if spreadsheet:
        file.write_bytes(workbook_of(report))
        assert all(cell.data_type != "f" for line in openpyxl.load_workbook(file)[SHEET] for cell in line)
    else:
        file.write_text(csv_of(report), encoding="utf-8")
    plan, problems = read(file)
    assert (plan, problems) == (ReadPlan((), ()), [])
    listed = [line[0] for line in rows(report)][1:]
    for number, _ in enumerate(listed, 1):
        fill(file, number, {"owner": f"person {number}"})
    plan, problems = read(file)
    assert problems == []
    assert [(one.control, one.owner) for one, _ in plan.actions] == [
        (control, f"person {number}") for number, control in enumerate(listed, 1)
    ]


@given(st.text(max_size=20) | HOSTILE, st.none() | st.dates(date(2000, 1, 1), date(2099, 1, 1)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_action_is_written_again_as_it_was_read(tmp_path: Path, text: str, due: date | None) -> None:
    from baseline.model.action_plan import ActionItem
    from tests.reports.cases import fails

    said = " ".join(visible(text).split())
    item = ActionItem("MEL-Q-02", "mx1", said, due, said)
    file = tmp_path / "plan.xlsx"
    file.write_bytes(workbook_of(Report(RUN, (MX1,), (fails(),), actions=(item,))))
    plan, problems = read(file)
    assert problems == []
    assert [one for one, _ in plan.actions] == ([item] if said or due else [])
