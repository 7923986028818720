"""Rosters: accounts by class, and when officers were trained."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.errors import InputError
from baseline.load import load_roster
from baseline.load.rosters import read_roster
from baseline.load.tree import Problems
from baseline.model import Account


def test_empty_cells_have_defaults_and_blank_lines_are_nothing(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("\ufeffAddress, class ,created,trained\r\n\r\n a@example.my ,,2007-11-23,\r\n,,,\r\n", "utf-8")
    assert load_roster(path) == (Account("a@example.my", "standard", "2007-11-23", ""),)


def test_columns_may_be_missing_or_in_another_order(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('trained;address\n;"a@example.my"\n2007-11-23;b@example.my\n')
    assert load_roster(path) == (Account("a@example.my"), Account("b@example.my", trained="2007-11-23"))


def test_a_row_of_fewer_cells_has_empty_ones(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("address,class,created\na@example.my\n")
    assert load_roster(path) == (Account("a@example.my"),)


@pytest.mark.parametrize("name", ["r.csv", "r.yml"])
def test_files_that_are_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        load_roster(tmp_path / name)
    assert [problem.message for problem in caught.value.problems] == ["there is no such file"]


@pytest.mark.parametrize(
    "address",
    ["a@b", "a b@example.my", "-a@example.my", "a@-x.my", "$(x)@example.my", "a'b;c@example.my", "a@example.my\u00e9"],
)
def test_addresses_that_could_mean_something_else_to_a_command(tmp_path: Path, address: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"address\n{address}\n")
    with pytest.raises(InputError, match="is not an address"):
        load_roster(path)


words = st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,8}", fullmatch=True)
dates = st.just("") | st.dates(min_value=date(1000, 1, 1)).map(str)
accounts = st.builds(
    Account, words.map("{}@example.my".format), st.sampled_from(["standard", "top_management"]), dates, dates
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(accounts, min_size=1, max_size=5, unique_by=lambda account: account.address), st.sampled_from(",;"))
def test_reads_back_what_a_spreadsheet_wrote(tmp_path: Path, rows: list[Account], separator: str) -> None:
    path = tmp_path / "r.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(["address", "class", "created", "trained"])
        writer.writerows([[one.address, one.mailbox_class, one.created, one.trained] for one in rows])
    assert load_roster(path) == tuple(rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(accounts, min_size=1, max_size=5, unique_by=lambda account: account.address))
def test_reads_back_what_yaml_wrote(tmp_path: Path, rows: list[Account]) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(
        yaml.safe_dump(
            [
                {"address": one.address, "class": one.mailbox_class, "created": one.created, "trained": one.trained}
                for one in rows
            ]
        )
    )
    assert load_roster(path) == tuple(rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from('address,class;"\n@.a-1'), max_size=40))
def test_any_text_gives_accounts_or_problems_with_lines(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text("address,class\n" + text)
    problems = Problems()
    accounts = read_roster(path, problems)
    assert accounts or problems.found
    assert all(problem.file == str(path) for problem in problems.found)
