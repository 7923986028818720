"""Long answers as lines, differences between them, and the layout of the files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.layout import WIDTH, laid_out
from tests.cases.texts import GOES_ON, LONGEST, difference, lines_of, patched, text_of

words = st.text(st.characters(exclude_characters=GOES_ON, codec="utf-8"), max_size=12)
texts = st.one_of(
    st.text(st.characters(exclude_characters=GOES_ON, codec="utf-8")),
    st.lists(st.sampled_from(["a", " b", "  c,", "x" * LONGEST, "y,z -o w" * 40, "", "\r"])).map("\n".join),
)
some_lines = st.lists(st.sampled_from(["a {", " b", " c", "  d", "}", "", "@@ 1", "-a", "+a"]), max_size=12)


@given(texts)
def test_a_text_comes_back_from_its_lines(text: str) -> None:
    lines = lines_of(text)
    assert not any("\n" in line for line in lines)
    assert text_of(lines) == text


def test_long_lines_are_folded_and_a_missing_end_is_marked() -> None:
    listed = ",".join(["reject_unknown_sender_domain"] * 8)
    assert lines_of("short, short\n") == ["short, short"]
    assert lines_of(f"list = {listed}")[:2] == [
        f"list = reject_unknown_sender_domain,{GOES_ON}",
        f"reject_unknown_sender_domain,{GOES_ON}",
    ]
    assert lines_of("no end") == [f"no end{GOES_ON}"]
    with pytest.raises(ValueError, match="kept for lines that go on"):
        lines_of(f"one{GOES_ON}\n")


@given(some_lines, some_lines)
def test_a_text_comes_back_from_what_it_differs_in(base: list[str], lines: list[str]) -> None:
    changes = difference(base, lines)
    assert patched(base, changes) == lines
    assert (changes == []) == (base == lines)


def test_a_difference_shows_where_and_what() -> None:
    base = [
        '"actions": {',
        '  "reject": 15,',
        '  "greylist": 4',
        "}",
        '"worker": {',
        '  "normal": {',
        "    mime",
        "  }",
    ]
    assert difference(base, [*base[:6], "    none", *base[7:]]) == ["@@ 7 worker normal", "-    mime", "+    none"]
    assert difference(base, [*base[:1], '  "reject": 9999,', *base[2:]])[0] == "@@ 2 actions"
    folded = ["name = x", f"list = a,{GOES_ON}", f" b,{GOES_ON}", " c"]
    assert difference(folded, [*folded[:3], " d"]) == ["@@ 4 list = a,", "- c", "+ d"]


@pytest.mark.parametrize(
    "changes", [["@@ 1", "-other"], ["-b"], ["@@ 4", "+x"], ["@@ 2", "@@ 1"], ["?"], ["@@ 3", "-c"]]
)
def test_a_difference_from_another_text_is_an_error(changes: list[str]) -> None:
    with pytest.raises(ValueError, match=r"fit|place"):
        patched(["a", "b"], changes)


plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), words),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(words, inner)),
    max_leaves=20,
)


@given(plain)
def test_the_layout_is_json_and_says_the_same(value: object) -> None:
    assert json.loads(laid_out(value)) == value


def test_what_fits_into_a_line_is_one() -> None:
    lines = laid_out({"short": [1, {"a": []}], "long": ["x" * 60, "y" * 60], "deep": {"n": {"m" * 40: ["z" * 70]}}})
    assert lines.split("\n") == [
        "{",
        ' "short": [1, {"a": []}],',
        ' "long": [',
        f'  "{"x" * 60}",',
        f'  "{"y" * 60}"',
        " ],",
        ' "deep": {',
        '  "n": {',
        f'   "{"m" * 40}": [',
        f'    "{"z" * 70}"',
        "   ]",
        "  }",
        " }",
        "}",
    ]
    assert max(map(len, lines.split("\n"))) <= WIDTH
