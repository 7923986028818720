"""A month of the daily checklist in a browser: on a desk, on a phone and on one sheet of paper, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline.languages import language
from baseline.reports.html.checklist import page
from tests.browser.checklist_month import broken_month, checklist_month
from tests.browser.looking import Look, Seen, look

pytestmark = pytest.mark.checkout

_ROWS = """document.querySelectorAll("table.days tbody tr").length"""
_MISSED = """[...document.querySelectorAll("tr.missed th")].map((one) => one.innerText.trim())"""
_SPOKEN = """document.querySelectorAll("tr.missed .spoken")[0].textContent"""
_TIMES = """getComputedStyle(document.querySelector(".days .at")).display"""


def _looked(folder: Path) -> dict[str, Seen]:
    looks = {}
    for lang in ("en", "ms"):
        file = folder / f"{lang}.html"
        file.write_text(page(checklist_month(), language(lang)), "utf-8")
        ask = {"rows": _ROWS, "missed": _MISSED, "spoken": _SPOKEN, "times": _TIMES}
        for scheme in ("light", "dark"):
            looks[f"{lang} desk {scheme}"] = Look(file.as_uri(), scheme=scheme, axe=True, ask=ask)
        looks[f"{lang} phone"] = Look(file.as_uri(), width=390, height=844, axe=True, ask=ask)
        paper = str(folder / f"{lang}.pdf")
        looks[f"{lang} paper"] = Look(file.as_uri(), width=794, height=1123, media="print", pdf=paper, ask=ask)
    (folder / "broken.html").write_text(page(broken_month(), language("ms")), "utf-8")
    looks["broken"] = Look((folder / "broken.html").as_uri(), axe=True)
    return dict(zip(looks, look(list(looks.values())), strict=True))


def test_a_month_is_one_page_wherever_it_is_looked_at(tmp_path: Path) -> None:
    seen = _looked(tmp_path)
    assert {name: one.violations for name, one in seen.items() if one.violations} == {}
    assert {name: one.wide for name, one in seen.items() if one.wide > 0} == {}
    assert {name: (len(one.requests), one.complaints) for name, one in seen.items()} == dict.fromkeys(seen, (1, []))
    for lang in ("en", "ms"):
        assert (tmp_path / f"{lang}.pdf").read_bytes().count(b"/Count 1\n") == 1, "one sheet of A4"
    answers = {name: one.answers for name, one in seen.items() if one.answers}
    assert {one["rows"] for one in answers.values()} == {29}
    assert answers["en desk light"]["missed"] == ["20 Sun", "21 Mon"]
    assert answers["ms phone"]["missed"] == ["20 Ahd", "21 Isn"]
    assert (answers["en desk dark"]["spoken"], answers["ms paper"]["spoken"]) == ("MISSED", "TIDAK DIBUAT")
    # A phone shows the signs; who did it and when is on the desk and on paper.
    assert {name.split()[1]: one["times"] for name, one in answers.items()} == {
        "desk": "inline",
        "phone": "none",
        "paper": "inline",
    }


def test_a_page_says_the_same_in_both_languages(tmp_path: Path) -> None:
    english, malay = (page(checklist_month(), language(lang)) for lang in ("en", "ms"))
    assert "26 of 28 days are closed; 2 days were missed; 1 list was closed late; 15 items were not done." in english
    assert "26 daripada 28 hari ditutup; 2 hari tidak dibuat" in malay
    assert "tiada sesiapa yang menandakannya" in malay
    assert "generator and &lt;power&gt; *" in malay
    assert "checklist-a menyusuli senarai selain checklist-b" in page(broken_month(), language("ms"))
    assert '<p class="note">' not in malay
