"""Rulesets of nftables: verdicts against a plain reading of the same rules, and what cannot be told."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.nft_packets import Packet, verdicts
from baseline.formats.nftables import Ruleset, parse

ACCEPT, DROP = {"accept": None}, {"drop": None}


def payload(protocol: str, field: str) -> dict[str, Any]:
    return {"payload": {"protocol": protocol, "field": field}}


def match(left: Any, right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def ports(right: Any, op: str = "==") -> dict[str, Any]:
    return match(payload("tcp", "dport"), right, op)


def ruleset(*rules: list[dict[str, Any]], policy: str = "drop", family: str = "inet", **more: Any) -> Ruleset:
    """A ruleset with one chain on input, and more chains or sets by name."""
    where = {"family": family, "table": "t"}
    base = {"chain": {**where, "name": "input", "type": "filter", "hook": "input", "prio": 0, "policy": policy}}
    entries: list[Any] = [{"metainfo": {}}, {"table": {"family": family, "name": "t"}}, base]
    for name, value in more.items():
        if isinstance(value, dict):
            entries.append({"set": {**where, "name": name, "type": "ipv4_addr", **value}})
        else:
            entries.append({"chain": {**where, "name": name}})
            entries += [{"rule": {**where, "chain": name, "expr": rule}} for rule in value]
    entries += [{"rule": {**where, "chain": "input", "expr": rule}} for rule in rules]
    return parse(json.dumps({"nftables": entries}))


def told(rules: Ruleset, **fields: Any) -> set[str]:
    packet: dict[str, Any] = {"family": "ip", "source": "203.0.113.9", "protocol": "tcp", "port": 25} | fields
    return set(verdicts(rules, Packet(**packet)))


numbers = st.integers(1, 30)
sets = st.lists(
    st.one_of(numbers, st.tuples(numbers, numbers).map(lambda pair: {"range": sorted(pair)})), min_size=1, max_size=3
)
one_rule = st.tuples(sets, st.sampled_from(["accept", "drop", "reject", "return"]), st.booleans())


def member(port: int, members: list[Any]) -> bool:
    return any(one["range"][0] <= port <= one["range"][1] if isinstance(one, dict) else one == port for one in members)


@given(st.lists(one_rule, max_size=6), st.sampled_from(["accept", "drop"]), numbers)
def test_the_first_rule_that_fits_decides(rules: list[Any], policy: str, port: int) -> None:
    written = [
        [ports({"set": members}, "!=" if inverted else "=="), {"counter": {"packets": 0, "bytes": 0}}, {word: None}]
        for members, word, inverted in rules
    ]
    decided = next((word for members, word, inverted in rules if member(port, members) != inverted), "return")
    expected = {"return": policy, "reject": "drop"}.get(decided, decided)
    assert told(ruleset(*written, policy=policy), port=port) == {expected}


@given(st.lists(one_rule, max_size=6))
def test_ports_between_two_bounds_fare_alike(rules: list[Any]) -> None:
    found = ruleset(*[[ports({"set": members}), {word: None}] for members, word, _ in rules])
    edges = [*found.ports(), 65536]
    for low, high in pairwise(edges):
        if high - low > 1:
            assert told(found, port=low) == told(found, port=high - 1)


@given(st.lists(one_rule, min_size=1, max_size=4), numbers)
def test_a_chain_that_is_jumped_to_is_as_if_it_stood_there(rules: list[Any], port: int) -> None:
    written = [[ports({"set": members}), {word: None}] for members, word, _ in rules if word != "return"]
    apart = ruleset([{"jump": {"target": "sub"}}], sub=written)
    assert told(apart, port=port) == told(ruleset(*written), port=port)


@given(st.lists(one_rule, max_size=4), numbers)
def test_what_is_not_understood_is_followed_both_ways(rules: list[Any], port: int) -> None:
    written = [[ports({"set": members}), {word: None}] for members, word, _ in rules]
    strange = [match({"meta": {"key": "mark"}}, 7), ACCEPT]
    assert told(ruleset(strange, *written), port=port) == told(ruleset(*written), port=port) | {"accept"}


@pytest.mark.parametrize(
    ("rule", "fields", "fits"),
    [
        ([match(payload("ip", "saddr"), {"prefix": {"addr": "203.0.113.0", "len": 24}})], {}, True),
        ([match(payload("ip", "saddr"), {"prefix": {"addr": "10.0.0.0", "len": 8}})], {}, False),
        ([match(payload("ip6", "saddr"), {"prefix": {"addr": "::", "len": 0}})], {}, False),
        ([match(payload("ip", "saddr"), {"range": ["203.0.113.1", "203.0.113.10"]})], {}, True),
        ([match(payload("ip", "saddr"), "@bans")], {}, True),
        ([match(payload("ip", "saddr"), "@empty")], {}, False),
        ([match({"meta": {"key": "nfproto"}}, "ipv6")], {}, False),
        ([match({"meta": {"key": "iifname"}}, "eth*")], {}, True),
        ([match({"meta": {"key": "iif"}}, "lo")], {}, False),
        ([match({"meta": {"key": "l4proto"}}, {"set": ["tcp", "udp"]})], {}, True),
        ([match({"ct": {"key": "state"}}, ["established", "related"], "in")], {}, False),
        ([match({"ct": {"key": "state"}}, "established", "in")], {"state": "established"}, True),
        ([match(payload("udp", "dport"), 25)], {}, False),
        ([match(payload("th", "dport"), 25)], {}, True),
        ([ports(24, ">")], {}, True),
        ([ports({"set": [{"elem": {"val": 25, "timeout": 5}}]})], {}, True),
        (
            [match(payload("icmp", "type"), {"set": ["echo-request"]})],
            {"protocol": "icmp", "type": "echo-request"},
            True,
        ),
        ([match({"&": [payload("tcp", "flags"), ["fin", "syn"]]}, "syn", "!=")], {}, False),
        ([match({"fib": {"result": "type", "flags": ["daddr"]}}, "local")], {}, True),
        ([{"limit": {"rate": 5, "per": "second"}}], {}, True),
        ([{"limit": {"rate": 5, "per": "second", "inv": True}}], {}, False),
        ([{"vmap": {"key": payload("tcp", "dport"), "data": {"set": [[25, {"accept": None}]]}}}], {}, True),
        ([{"vmap": {"key": payload("tcp", "dport"), "data": {"set": [[26, {"accept": None}]]}}}], {}, False),
    ],
)
def test_single_conditions(rule: list[dict[str, Any]], fields: dict[str, Any], fits: bool) -> None:
    rules = ruleset([*rule, ACCEPT], bans={"elem": ["203.0.113.9"]}, empty={})
    assert told(rules, **fields) == {"accept" if fits else "drop"}


@pytest.mark.parametrize(
    "statement",
    [
        match({"meta": {"key": "mark"}}, 1),
        match(payload("tcp", "sport"), 20),
        match({"concat": [payload("ip", "saddr")]}, "@both"),
        {"xt": None},
        {"queue": None},
        {"jump": {"target": "nowhere"}},
    ],
)
def test_what_cannot_be_told(statement: dict[str, Any]) -> None:
    assert told(ruleset([statement, ACCEPT])) == {"accept", "drop"}


def test_a_later_chain_may_still_drop() -> None:
    both = json.dumps(
        {
            "nftables": [{"table": {"family": "inet", "name": name}} for name in ("first", "last")]
            + [
                {
                    "chain": {
                        "family": "inet",
                        "table": name,
                        "name": "input",
                        "type": "filter",
                        "hook": "input",
                        "prio": priority,
                        "policy": policy,
                    }
                }
                for name, priority, policy in (("first", -10, "accept"), ("last", 0, "drop"))
            ]
        }
    )
    rules = parse(both)
    assert told(rules) == {"drop"}
    assert told(rules.without(("inet", "last"))) == {"accept"}
    assert rules.acting() == [("inet", "last")]


def test_a_table_of_ipv4_says_nothing_of_ipv6() -> None:
    rules = ruleset(family="ip")
    assert told(rules) == {"drop"}
    assert told(rules, family="ip6", source="2001:db8::1") == {"accept"}


def test_what_is_counted_and_learnt_makes_no_difference() -> None:
    one = ruleset([{"counter": {"packets": 1, "bytes": 2}}, DROP], seen={"elem": ["1.1.1.1"], "flags": ["timeout"]})
    other = ruleset([{"counter": {"packets": 9, "bytes": 9}}, DROP], seen={"flags": ["timeout"]})
    assert one.same(("inet", "t"), other)
    assert not one.same(("inet", "t"), ruleset([ACCEPT]))
    assert not ruleset(admin={"elem": ["1.1.1.1"]}).same(("inet", "t"), ruleset(admin={"elem": ["2.2.2.2"]}))


@pytest.mark.parametrize(
    "printed", ["", "[]", "{}", '{"nftables": 1}', '{"nftables": [{"rule": {}}]}', '{"nftables": [7]}']
)
def test_other_documents_are_refused(printed: str) -> None:
    with pytest.raises(ValueError, match=r"nft|Expecting"):
        parse(printed)
