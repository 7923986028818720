"""Strings of PowerShell: nothing breaks out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.powershell import quoted

QUOTES = "'\u2018\u2019\u201a\u201b"


def tokens(script: str) -> Iterator[tuple[str, str]]:
    """Single-quoted strings, comments, and all else of a script, as PowerShell's tokenizer takes them apart.

    In a string any of the single quotes, followed by any of them, stands for the second one; by itself it ends it.
    """
    at, rest = 0, ""
    while at < len(script):
        if script[at] == "#" and not rest.strip().endswith(("`", "$")):
            end = re.compile(r"[\r\n]|\Z").search(script, at)
            assert end is not None
            yield from (("code", rest), ("comment", script[at : end.start()]))
            at, rest = end.start(), ""
        elif script[at] in QUOTES:
            value, at = "", at + 1
            while script[at] not in QUOTES or script[at + 1 : at + 2] in (*QUOTES,):
                at += script[at] in QUOTES
                value, at = value + script[at], at + 1
            yield from (("code", rest), ("string", value))
            at, rest = at + 1, ""
        else:
            rest, at = rest + script[at], at + 1
    yield "code", rest


texts = st.text(st.one_of(st.sampled_from(QUOTES + '"`$(){};#\n'), st.characters(codec="utf-8")))


@given(texts)
def test_a_string_is_one_token_with_its_text(text: str) -> None:
    assert [token for token in tokens(f"Set {quoted(text)} x") if token != ("code", "")] == [
        ("code", "Set "),
        ("string", text),
        ("code", " x"),
    ]


@pytest.mark.parametrize("quote", QUOTES)
def test_every_single_quote_is_doubled(quote: str) -> None:
    assert quoted(f"O{quote}Brien") == f"'O{quote * 2}Brien'"
