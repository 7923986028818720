"""Host patterns, as `-l` takes them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from baseline.errors import InputError, NothingMatched, UserError
from baseline.load import load_inventory
from baseline.load.patterns import matching, split

ANSIBLE = Path(__file__).parent / "ansible"
RECORDED = json.loads((ANSIBLE / "expected.json").read_text())["patterns"]
HOSTS = ("mx1", "mx2", "ns1", "s1", "2001:db8::1")
GROUPS = {"mta": ("mx1", "mx2"), "edge": ("mx2",), "dns": ("ns1",), "empty": ()}


@pytest.mark.parametrize("limit", sorted(RECORDED))
def test_selects_what_ansible_selects(limit: str) -> None:
    inventory = load_inventory(ANSIBLE / "first", ANSIBLE / "second")
    if RECORDED[limit]:
        assert sorted(target.name for target in inventory.select(limit)) == RECORDED[limit]
    else:
        with pytest.raises(NothingMatched):
            inventory.select(limit)


def test_without_a_limit_everything_is_selected() -> None:
    inventory = load_inventory(ANSIBLE / "first")
    assert inventory.select() == inventory.select(None) == inventory.targets


@pytest.mark.parametrize(
    ("limit", "parts"),
    [
        ("a:b:!c", ["a", "b", "!c"]),
        ("a, b ,&c", ["a", "b", "&c"]),
        ("mx[0:1]:b", ["mx[0:1]", "b"]),
        ("~(a|b):c", ["~(a|b)", "c"]),
        ("a b", ["a", "b"]),
        ("@f:!a", ["@f", "!a"]),
        ("~[", ["~["]),
        ("2001:db8::1", ["2001:db8::1"]),
        ("!2001:db8::1", ["!2001:db8::1"]),
        ("a,,!,", ["a"]),
        ("", []),
    ],
)
def test_split(limit: str, parts: list[str]) -> None:
    assert split(limit) == parts


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ("2001:db8::1", ["2001:db8::1"]),
        ("!mta", ["ns1", "s1", "2001:db8::1"]),
        ("s1:mta", ["mx1", "mx2", "s1"]),
        ("all:!empty", list(HOSTS)),
        ("mta:!x*", ["mx1", "mx2"]),
        ("mta:!~x", ["mx1", "mx2"]),
        ("mta[5:]:s1", None),
    ],
)
def test_matching(limit: str, found: list[str] | None) -> None:
    if found is None:
        with pytest.raises(NothingMatched):
            matching(limit, HOSTS, GROUPS)
    else:
        assert list(matching(limit, HOSTS, GROUPS)) == found


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("mx1:mx9", "no host matches mx9: did you mean `mx2` or `mx1`?"),
        ("all:!mx9", "there is no host or group mx9: did you mean `mx2` or `mx1`?"),
        ("all:&mtaa", "there is no host or group mtaa: did you mean `mta`?"),
        ("mta:!mx*", "no host matches mta:!mx*"),
        ("empty", "no host matches empty: did you mean `empty`?"),
    ],
)
def test_nothing_matched(limit: str, message: str) -> None:
    with pytest.raises(NothingMatched) as caught:
        matching(limit, HOSTS, GROUPS)
    assert str(caught.value) == message


def test_files_hold_patterns_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "retry"
    path.write_text("# hosts that failed\nmx1\n\nns1:!s1\n")
    assert matching(f"@{path}", HOSTS, GROUPS) == ("mx1", "ns1")
    assert matching(f"s1,@{path}", HOSTS, GROUPS) == ("mx1", "ns1")
    with pytest.raises(InputError, match="there is no such file"):
        matching(f"@{tmp_path / 'none'}", HOSTS, GROUPS)


def test_bad_regular_expressions_are_the_users() -> None:
    with pytest.raises(UserError, match=r"~\( is no regular expression"):
        matching("~(", HOSTS, GROUPS)


names = st.sampled_from([*HOSTS[:4], *[name for name in GROUPS if name != "empty"], "all"])


def members(name: str) -> set[str]:
    return set(HOSTS) if name == "all" else set(GROUPS.get(name, (name,)))


@given(st.lists(names, max_size=3), st.lists(names, max_size=2), st.lists(names, max_size=2), st.randoms())
def test_patterns_are_unions_then_intersections_then_differences(
    plus: list[str], both: list[str], minus: list[str], random: object
) -> None:
    parts = [*plus, *(f"&{name}" for name in both), *(f"!{name}" for name in minus)]
    random.shuffle(parts)  # type: ignore[attr-defined]
    expected = set().union(*(members(name) for name in plus)) if plus else set(HOSTS)
    for name in both:
        expected &= members(name)
    for name in minus:
        expected -= members(name)
    for separator in ":,":
        if expected:
            assert set(matching(separator.join(parts), HOSTS, GROUPS)) == expected
        else:
            with pytest.raises(NothingMatched):
                matching(separator.join(parts), HOSTS, GROUPS)


@given(st.text(st.sampled_from("mxs12*?[]!&~:,-(.@ "), max_size=12))
@example("~[[")
def test_any_limit_selects_or_is_refused(limit: str) -> None:
    with contextlib.suppress(UserError):
        assert matching(limit, HOSTS, GROUPS)
