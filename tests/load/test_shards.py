"""Shards: every host in exactly one, whatever other hosts there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import NothingMatched, UserError
from baseline.load.shards import Shard, shard_of
from baseline.model import Target

NAMES = st.text(min_size=1, max_size=40)


@given(NAMES, st.integers(1, 200))
def test_every_host_is_in_exactly_one(name: str, of: int) -> None:
    assert sum(Shard(number, of).has(name) for number in range(1, of + 1)) == 1


@given(st.sets(NAMES, min_size=1), NAMES, st.integers(1, 20), st.integers(1, 20))
def test_which_one_does_not_hang_on_other_hosts(names: set[str], new: str, number: int, of: int) -> None:
    if number > of:
        number, of = of, number
    shard = Shard(number, of)

    def chosen(some: set[str]) -> set[str]:
        return {name for name in some if shard.has(name)}

    assert chosen(names | {new}) - {new} == chosen(names) - {new}


def test_it_stays_what_it_was_in_every_release() -> None:
    """Reports of shards of today are joined with those of tomorrow."""
    assert [[n for n in ("mx1", "mx2", "mx3", "imap1", "imap2") if Shard(i, 3).has(n)] for i in (1, 2, 3)] == [
        ["mx2", "mx3"],
        ["imap1", "imap2"],
        ["mx1"],
    ]


def test_shards_are_of_about_one_size() -> None:
    names = [f"mx{number}.agensi{number % 700}.example.my" for number in range(3500)]
    sizes = [sum(map(Shard(number, 10).has, names)) for number in range(1, 11)]
    assert sum(sizes) == 3500
    assert min(sizes) > 250
    assert max(sizes) < 450


def test_a_shard_without_hosts_is_no_success() -> None:
    targets = [Target("mx1", "192.0.2.1")]
    shards = [Shard(number, 2) for number in (1, 2)]
    empty = next(one for one in shards if not one.has("mx1"))
    with pytest.raises(NothingMatched, match=f"none of 1 hosts is in shard {empty}"):
        empty.among(targets)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "a/b", "1/99999", "-1/4", "1/4/4", "", "1.5/4"])
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(UserError, match="is no part of a whole, such as 1/4"):
        shard_of(text)


def test_a_part_of_a_whole() -> None:
    assert shard_of("3/4") == Shard(3, 4)
