"""JSON that is read piece by piece says what `json` says of it, and costs no more than a bound."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.rollup.streamed import NoJson, Streamed

_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Trickle:
    """A source that gives a few bytes at a time."""

    @property
    def given(self) -> int:
        """How many bytes were taken."""
        return self._at

    def __init__(self, content: bytes, step: int) -> None:
        self._content, self._step, self._at = content, step, 0

    def read(self, _size: int = -1, /) -> bytes:
        self._at += self._step
        return self._content[self._at - self._step : self._at]


def whole(content: bytes, step: int) -> Any:
    streamed = Streamed(Trickle(content, step))
    found = {key: list(streamed.members()) for key in streamed.entries()}
    streamed.end()
    return found


@given(st.dictionaries(st.text(max_size=5), st.lists(_ANY, max_size=4), max_size=4), st.integers(1, 40), st.booleans())
def test_it_says_what_json_says(document: dict[str, list[Any]], step: int, ascii_only: bool) -> None:
    content = json.dumps(document, ensure_ascii=ascii_only, indent=1).encode("utf-8", "surrogatepass")
    try:
        content.decode()
    except UnicodeDecodeError:
        with pytest.raises(NoJson, match="not UTF-8"):
            whole(content, step)
        return
    assert whole(content, step) == document


@given(st.dictionaries(st.text(max_size=5), _ANY, max_size=4), st.integers(1, 40), st.integers(0, 3))
def test_what_is_skipped_is_passed_over_as_a_whole(document: dict[str, Any], step: int, depth: int) -> None:
    content = json.dumps({"first": document, "last": [1]}).encode()
    streamed = Streamed(Trickle(content, step))
    keys = streamed.entries()
    assert next(keys) == "first"
    streamed.skip(depth)
    assert next(keys) == "last"
    assert streamed.value() == [1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it ends in the middle"),
        (b"[]", "{ is wanted here"),
        (b'{"a": [1, 2', "it ends in the middle"),
        (b'{"a": [1, ]}', "Expecting value"),
        (b'{"a": [1]} x', "something follows"),
        (b'{"a": [1], "a": [2]}', "the key 'a' is there twice"),
        (b"{1: [1]}", "a key is no text"),
        (b'{"a": [\xff]}', "not UTF-8"),
        (b'{"a": ["\\ud8"]}', "Invalid"),
        (b'{"a": [' + b"[" * 200_000, "nested too deeply"),
        (b'{"a": [' + b"9" * 5_000 + b"]}", "integer"),
        (b'{"a": ["' + b"x" * (5 << 20) + b'"]}', "a value is too long"),
        (b'{"a": [' + b" " * (5 << 20), "it ends in the middle"),
    ],
)
def test_what_is_no_json_or_too_much_is_refused(content: bytes, words: str) -> None:
    for step in (1 << 16, 1 << 24):
        with pytest.raises(NoJson, match=words):
            whole(content, step)


def test_a_document_of_too_many_values_is_refused_early() -> None:
    for content in (
        b"[1" + b",1" * 200,
        b"[[]" + b",[]" * 200,
        b'{"0": 1' + b"".join(b',"%d": 1' % one for one in range(1, 200)),
    ):
        source = Trickle(content * 50, 40)
        with pytest.raises(NoJson, match="more than 100 values"):
            Streamed(source, most_values=100).skip()
        assert source.given < 1_000
