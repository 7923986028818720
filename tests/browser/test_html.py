"""A report as HTML in a browser: on a desk, on a phone and on paper, light and dark, with and without its script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from baseline.cli.site import made
from baseline.languages import language
from baseline.reports import FORMATS, Display
from baseline.reports.html import agencies
from tests.browser.looking import Look, Seen, look
from tests.browser.month import month
from tests.browser.pages import agency, shown
from tests.reports.cases import APPLIES, CHECKS, PLANS
from tests.reports.consoles import console
from tests.reports.hostile import WORDS, hostile
from tests.rollup.country import country

pytestmark = pytest.mark.checkout

_FILTERED = """(() => {
  const name = document.getElementById("name"), event = () => name.dispatchEvent(new Event("input", {bubbles: true}));
  const count = () => [...document.querySelectorAll("table.map tbody tr")].filter((row) => !row.hidden).length;
  name.value = "STORE"; event(); const some = count(); name.value = ""; event();
  return [some, count(), document.getElementById("shown").value, document.getElementById("filter").hidden];
})()"""
_MAP = """(() => { const box = document.querySelector(".tall"); return box.scrollWidth > box.clientWidth; })()"""
_SECOND = """document.querySelector(".steps li:nth-child(2)").getBoundingClientRect().bottom <= window.innerHeight"""
_SHOTS = {
    "desk": Look(""),
    "phone": Look("", width=390, height=844),
    "paper": Look("", width=794, height=1123, media="print"),
}


def _looked(folder: Path) -> dict[str, Seen]:
    """What every look brought, by its name."""
    report = agency()
    pages = {
        "agency": FORMATS["html"](report, shown(report), console()),
        "malay": FORMATS["html"](report, replace(shown(report), language=language("ms")), console()),
        "hostile": FORMATS["html"](hostile(), Display(), console()),
        "conforms": FORMATS["html"](CHECKS["conforms"], Display(), console()),
        "plan": FORMATS["html"](PLANS["plan"], Display("plan"), console()),
        "applied": FORMATS["html"](APPLIES["rolled-back"], Display("apply"), console()),
        "agencies": agencies.render(country(), language("en")),
        "agencies-malay": agencies.render(country(), language("ms")),
    }
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, "utf-8", "surrogatepass")
    looks = {}
    for size, plain in _SHOTS.items():
        for scheme in ("light", "dark"):
            # Nobody touches paper, and how large a phone's targets are does not depend on colours.
            axe = size == "desk" or (size, scheme) == ("phone", "light")
            one = replace(plain, url=_url(folder, "agency"), scheme=scheme, axe=axe)
            looks[f"{size} {scheme}"] = replace(one, ask={"filtered": _FILTERED, "map": _MAP, "second": _SECOND})
        looks[f"{size} without script"] = replace(plain, url=_url(folder, "agency"), script=False)
    for name in ("malay", "hostile", "conforms", "plan", "applied"):
        looks[name] = Look(_url(folder, name), axe=True, width=390, height=844)
    for size, plain in _SHOTS.items():
        looks[f"agencies {size}"] = replace(plain, url=_url(folder, "agencies"), axe=size == "desk")
    looks["agencies in Malay"] = Look(_url(folder, "agencies-malay"), axe=True, width=390, height=844)
    site = list(made(month(folder), 31, None, language("en")))
    for path, text in site:
        (folder / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "site" / path).write_text(text, "utf-8")
    for name in ("index", "changes", "hosts/mx2", "controls/our-a-01", "runs/20"):
        (page,) = (folder / "site").glob(f"{name}*.html")
        looks[f"site {name}"] = Look(page.as_uri(), axe=True, width=390, height=844)
    return dict(zip(looks, look(list(looks.values())), strict=True))


def _url(folder: Path, name: str) -> str:
    return (folder / f"{name}.html").as_uri()


def _no_page_asks_anything_of_anybody(seen: dict[str, Seen]) -> None:
    """Nothing is asked for besides the page, and the console stays empty: no script of a host ran, none was blocked."""
    for name, one in seen.items():
        assert len(one.requests) == 1, name
        assert one.requests[0].startswith("file:"), name
        assert one.complaints == [], name


def _axe_finds_nothing(seen: dict[str, Seen]) -> None:
    assert {name: one.violations for name, one in seen.items() if one.violations} == {}


def _no_page_is_wider_than_its_window(seen: dict[str, Seen]) -> None:
    """What is wide scrolls within its box, and on paper nothing does."""
    assert {name: one.wide for name, one in seen.items() if one.wide > 0 and "paper" not in name} == {}
    assert seen["phone light"].answers["map"] is True


def _without_script_everything_is_there(seen: dict[str, Seen]) -> None:
    for size in _SHOTS:
        with_script, without = seen[f"{size} light"].text, seen[f"{size} without script"].text
        lines = {line.strip() for line in with_script.splitlines()} - {"Show hosts named", "only with something to do"}
        missing = [line for line in lines if line and line not in without and "hosts" not in line]
        assert missing == [], size


def _the_script_filters_hosts(seen: dict[str, Seen]) -> None:
    assert seen["desk light"].answers["filtered"] == [1, 4, "4 of 4 hosts", False]


def _what_matters_comes_first(seen: dict[str, Seen]) -> None:
    """The verdict, the worst clause with its hosts, and what to do: on a desk without scrolling, in that order."""
    text = seen["desk light"].text
    wanted = [
        "Does not conform: 2 mandatory controls fail on mx1 and mx2",
        "Worst clause",
        "clause f.i on mx1 and mx2",
        "What to do first",
        "mx3: Not reached, so nothing is known",
        "mx1 and mx2: No account has an effective quota below the floor",
        "Take the rule out of the account's userdb entry",
        "Because of",
    ]
    assert [text.find(words) for words in wanted] == sorted(text.find(words) for words in wanted)
    assert all(words in text for words in wanted)
    assert seen["desk light"].answers["second"] is True
    malay = seen["malay"].text
    words = [
        "Tidak mematuhi: 2 kawalan wajib",
        "Klausa paling teruk",
        "Apa yang perlu dibuat dahulu",
        "Disebabkan oleh",
    ]
    assert [malay.find(word) for word in words] == sorted(malay.find(word) for word in words)
    assert words[0] in malay


def _what_hosts_say_is_text(seen: dict[str, Seen]) -> None:
    """HTML, escapes and marks of direction are shown as what they are."""
    text = seen["hostile"].text
    assert WORDS[0] in text
    assert WORDS[1] in text
    assert "\\x1b]0;owned\\x07" in text
    assert "\\u202egpj.exe\\u2066\\u200b\\ufeff" in text
    assert "{{ 7 * 7 }}" in text
    assert not {char for char in text if not char.isprintable()} - {"\n", "\t", "\xa0"}
    assert all(link.startswith("file:") and "#" in link for link in seen["hostile"].links)


def test_reports_in_a_browser(tmp_path: Path) -> None:
    """One start of the browser for all that is to be seen, since it is what takes the time."""
    seen = _looked(tmp_path)
    _no_page_asks_anything_of_anybody(seen)
    _axe_finds_nothing(seen)
    _no_page_is_wider_than_its_window(seen)
    _without_script_everything_is_there(seen)
    _the_script_filters_hosts(seen)
    _what_matters_comes_first(seen)
    _what_hosts_say_is_text(seen)
