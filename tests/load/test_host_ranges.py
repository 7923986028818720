"""Ranges of host names in inventories, such as `mx[01:10]`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.load.ranges import expand


@pytest.mark.parametrize(
    ("pattern", "names", "port"),
    [
        ("mx1", ["mx1"], None),
        ("mx1:2222", ["mx1"], 2222),
        ("mx[01:03].example.my", ["mx01.example.my", "mx02.example.my", "mx03.example.my"], None),
        ("mx[8:10]:22", ["mx8", "mx9", "mx10"], 22),
        ("mx[1:5:2]", ["mx1", "mx3", "mx5"], None),
        ("[a:c]x", ["ax", "bx", "cx"], None),
        ("r[1:2]-[a:b]", ["r1-a", "r1-b", "r2-a", "r2-b"], None),
        ("192.0.2.1:22", ["192.0.2.1"], 22),
        ("2001:db8::1", ["2001:db8::1"], None),
        ("[2001:db8::1]:22", ["2001:db8::1"], 22),
        ("[2001:db8::1]", ["2001:db8::1"], None),
    ],
)
def test_expand(pattern: str, names: list[str], port: int | None) -> None:
    assert expand(pattern) == (names, port)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "a b",
        "a/b",
        "-x",
        "a:b",
        "a:b:c",
        "mx[1:2",
        "mx[1]",
        "mx[a:1]",
        "mx[2:1]",
        "mx[b:a]",
        "mx:99999",
        "$(x)",
        "{{ x }}",
        "a\nb",
    ],
)
def test_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        expand(pattern)


@given(st.integers(0, 500), st.integers(0, 60), st.integers(1, 7), st.integers(0, 4))
def test_ranges_count_with_both_ends_and_keep_their_digits(first: int, more: int, step: int, width: int) -> None:
    last = first + more
    digits = max(width, len(str(last))) if width else 0
    written = [str(number).zfill(digits) for number in (first, last)]
    names, _ = expand(f"mx[{written[0]}:{written[1]}:{step}].x")
    assert [int(name[2:-2]) for name in names] == list(range(first, last + 1, step))
    assert all(len(name) == len(names[0]) for name in names) or written[0][:1] != "0" or written[0] == "0"


@given(st.text(st.sampled_from("mx1:[]a.-29"), max_size=14))
def test_any_pattern_gives_hosts_or_is_refused(pattern: str) -> None:
    try:
        names, _ = expand(pattern)
    except ValueError:
        return
    assert names
    assert all(names)
