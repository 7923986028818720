"""Rosters by the lists of a personnel system: what comes, what changes, what stays, and every mistake at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from baseline.cli import app
from baseline.errors import InputError
from baseline.evidence.accounts import AccountColumns, accounts_of, roster_csv, united
from baseline.load import load_roster
from baseline.model import Account

COLUMNS = AccountColumns("Emel", "Akaun", "Latihan", "Gred", ("JUSA A", "turus"))
LIST = """\
Nama;Emel;Gred;Akaun;Latihan
Ali bin Abu;ALI@agensi.example.my;M41;2024-01-15;2024-01-10
"Siti; binti Omar";siti@agensi.example.my;jusa a;;2023-05-02
"""


def refused(text: str, columns: AccountColumns = COLUMNS) -> list[str]:
    with pytest.raises(InputError) as told:
        accounts_of(text, "hr.csv", columns)
    return str(told.value).split("\n")


def test_a_list_is_read_by_the_columns_that_are_named() -> None:
    assert accounts_of(LIST, "hr.csv", COLUMNS) == (
        Account("ali@agensi.example.my", "standard", "2024-01-15", "2024-01-10"),
        Account("siti@agensi.example.my", "top_management", "", "2023-05-02"),
    )
    assert accounts_of("address\na@b.my\n", "hr.csv", AccountColumns()) == (Account("a@b.my"),)


def test_every_mistake_is_told_at_its_line() -> None:
    text = f"{LIST}x;ali@agensi.example.my;;;\nx;no address;;;\nx;b@b.my;;15/01/2024;\nx;c@b.my;;;20240115\n"
    assert refused(text) == [
        "hr.csv:4:1: ali@agensi.example.my is given twice: first on line 2",
        "hr.csv:5:1: `no address` is not an address: local-part@domain is wanted",
        "hr.csv:6:1: `15/01/2024` of `Akaun` is no date: write it as 2007-11-23",
        "hr.csv:7:1: `20240115` of `Latihan` is no date: write it as 2007-11-23",
    ]
    assert refused("Emel;Gred;Akaun\n") == [
        "hr.csv:1:1: there is no column `Latihan` (--trained): it has Emel, Gred, Akaun"
    ]
    assert refused("address\n", AccountColumns()) == ["hr.csv:1:1: there is no row in it"]
    assert refused('address\n"a\n', AccountColumns()) == ["hr.csv:2:1: this is no CSV: unexpected end of data"]


def test_the_list_counts_and_what_it_leaves_empty_stays() -> None:
    roster = (
        Account("Ali@agensi.example.my", "top_management", "2024-01-15", ""),
        Account("old@agensi.example.my", "standard", "2020-01-01", "2020-01-01"),
    )
    found = united(roster, accounts_of(LIST, "hr.csv", COLUMNS), classes=True)
    assert found.accounts == (
        Account("Ali@agensi.example.my", "standard", "2024-01-15", "2024-01-10"),
        roster[1],
        Account("siti@agensi.example.my", "top_management", "", "2023-05-02"),
    )
    assert found.added == ("siti@agensi.example.my",)
    assert found.changed == ("Ali@agensi.example.my",)
    assert found.missing == ("old@agensi.example.my",)
    kept = united(roster, accounts_of("address\nali@agensi.example.my\n", "hr.csv", AccountColumns()), classes=False)
    assert kept.accounts == roster
    assert kept.changed == ()


@given(
    st.lists(
        st.builds(
            Account,
            st.from_regex(r"[a-z0-9_+=][a-z0-9._+=&'~-]{0,8}@[a-z]{1,5}\.my", fullmatch=True),
            st.sampled_from(["standard", "top_management"]),
            st.dates().map(str) | st.just(""),
            st.dates().map(str) | st.just(""),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda account: account.address,
    )
)
def test_a_roster_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, accounts: list[Account]) -> None:
    place = tmp_path_factory.getbasetemp() / "roster.csv"
    place.write_text(roster_csv(accounts))
    assert load_roster(place) == tuple(accounts)


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["evidence", "accounts", str(folder / "hr.csv"), *words])


def test_the_command_makes_a_roster_and_brings_it_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "hr.csv").write_text(LIST)
    roster = tmp_path / "roster.csv"
    words = ("-o", str(roster), "--address", "Emel", "--trained", "Latihan")
    assert run(tmp_path, *words).stderr == f"{roster}: 2 accounts, 2 added, 0 changed\n"
    (tmp_path / "hr.csv").write_text("Emel,Akaun\nali@agensi.example.my,2024-01-15\n")
    done = run(tmp_path, "-o", str(roster), "--address", "Emel", "--created", "Akaun")
    assert done.stderr == (
        f"{roster}: 2 accounts, 0 added, 1 changed; not in {tmp_path / 'hr.csv'}: siti@agensi.example.my\n"
    )
    assert load_roster(roster)[0] == Account("ali@agensi.example.my", "standard", "2024-01-15", "2024-01-10")


def test_nothing_is_written_where_something_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "hr.csv").write_text("address\nnobody\n")
    roster = tmp_path / "roster.csv"
    for words, told in (
        (("-o", str(roster)), "hr.csv:2:1: `nobody` is not an address"),
        (("-o", str(tmp_path / "roster.yml")), "a roster in YAML is not written"),
        (("-o", str(roster), "--top", "JUSA"), "--class names a column, and --top a word in it"),
    ):
        done = run(tmp_path, *words)
        assert done.exit_code == 2
        assert told in done.stderr
    assert not roster.exists()
    (tmp_path / "hr.csv").write_text("address\na@b.my\n")
    roster.write_text("address\nno roster\n")
    assert run(tmp_path, "-o", str(roster)).exit_code == 2
    assert roster.read_text() == "address\nno roster\n"
