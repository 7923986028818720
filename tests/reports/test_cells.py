"""Cells of spreadsheets: nothing that a host says becomes a formula, and nothing of it is lost."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.model.cells import plain
from baseline.reports.cells import LONGEST, as_csv, cell
from baseline.reports.words import visible
from tests.reports.test_properties import HOSTILE, SCALARS

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\n=1",
    "#REF!",
    "  =1",
    "\uff1d1",
    "\uff20a",
    "=cmd|' /C calc'!A0",
    "'=1",
]
TEXTS = (
    HOSTILE
    | st.text(max_size=40)
    | st.text(alphabet="'=+-@\t\r\n ;,\"\uff1da_x0D", max_size=12)
    | st.sampled_from([*FORMULAS, "_x000D_", "<t>&amp;</t>", "TRUE", "1e5", "2027-01-01"])
)


@pytest.mark.parametrize("text", FORMULAS)
def test_what_would_be_a_formula_is_text(text: str) -> None:
    made = cell(text)
    assert isinstance(made, str)
    assert made.startswith("'")
    assert plain(made) == visible(text)


def test_a_carriage_return_is_seen_instead_of_obeyed() -> None:
    assert cell("\r=1") == "\\r=1"


def test_numbers_stay_numbers_and_none_is_empty() -> None:
    assert [cell(one) for one in (-5, 1.5, True, None, "-5")] == [-5, 1.5, True, "", "'-5"]


def test_a_text_beyond_what_a_cell_takes_is_cut_and_says_so() -> None:
    made = cell("=" * 40_000)
    assert isinstance(made, str)
    assert len(made) == LONGEST
    assert made.endswith("… (cut)")


@given(TEXTS)
def test_every_visible_text_comes_back_from_its_cell(text: str) -> None:
    made = cell(text)
    assert isinstance(made, str)
    assert made.lstrip()[:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"}
    assert plain(made) == visible(text)


@given(st.lists(st.lists(SCALARS | TEXTS, min_size=2, max_size=4), max_size=4))
def test_csv_comes_back_as_it_was_written(rows: list[list[str | int | None]]) -> None:
    text = as_csv(rows)
    assert text.startswith("\ufeff")
    read = list(csv.reader(io.StringIO(text[1:], newline=""), strict=True))
    assert read == [[str(cell(value)) for value in row] for row in rows]


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=6))
def test_a_workbook_holds_texts_as_they_are_and_no_formula(texts: list[str]) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([cell(text) for text in texts])
    assert {one.data_type for one in sheet[1]} == {"s"}
    file = io.BytesIO()
    book.save(file)
    again = openpyxl.load_workbook(io.BytesIO(file.getvalue()), data_only=False).worksheets[0]
    assert [(one.data_type, one.value) for one in again[1]] == [("s", cell(text)) for text in texts]
