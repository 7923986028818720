"""The roll-up as a page and as tables: nothing in it that is no good news looks like some."""

from __future__ import annotations

import csv
import io
import json
import re

from baseline.languages import language
from baseline.reports.agencies import agencies_csv, clauses_csv, render_json
from baseline.reports.html.agencies import render
from tests.rollup.country import country


def _row(page: str, agency: str) -> str:
    return re.split(r"<tr", page.partition(f">{agency}.gov.example<")[2])[0]


def test_only_agencies_that_are_current_are_green() -> None:
    page = render(country(), language("en"))
    assert '<td class="p">pass' in _row(page, "mof")
    for agency in ("old", "moh", "kpm", "none"):
        assert '<td class="p">' not in _row(page, agency), agency
        assert not re.search(r'<rect class="p"[^>]*></svg>', _row(page, agency).replace("/>", ">")), agency
    assert '<td class="f">FAIL' in _row(page, "moh")


def test_every_agency_and_every_refused_document_has_its_line() -> None:
    view = country()
    page = render(view, language("en"))
    rows = list(csv.DictReader(io.StringIO(agencies_csv(view).removeprefix("\ufeff"))))
    document = json.loads(render_json(view))
    assert [row["agency"] for row in rows] == [one["name"] for one in document["agencies"]]
    assert len(rows) == 7
    assert all(f">{row['agency']}<" in page for row in rows)
    assert {one["file"] for one in document["refused"]} == {"inbox/kpm.zip", "inbox/<b>x</b>\u202e.zip"}
    assert "inbox/&lt;b&gt;x&lt;/b&gt;\\u202e.zip" in page
    told = {(row["agency"], row["verdict"]) for row in csv.DictReader(io.StringIO(clauses_csv(view)[1:]))}
    assert {verdict for agency, verdict in told if agency == "none.gov.example"} == {"untold"}


def test_the_page_is_in_malay_too() -> None:
    page = render(country(), language("ms"))
    assert "1 daripada 7 agensi tidak mematuhi; bagi 4 daripada 7 agensi" in page
    assert "Agensi, yang paling teruk dahulu" in page
