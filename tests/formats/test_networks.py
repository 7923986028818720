"""Networks as Postfix lists them."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.networks import IPNetwork, Network, inside, parse_network, plain, public, split_list, within


def network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int) -> IPNetwork:
    return ipaddress.ip_network(f"{address}/{length}", strict=False)


networks = st.one_of(
    st.builds(network, st.ip_addresses(v=4), st.integers(0, 32)),
    st.builds(network, st.ip_addresses(v=6), st.integers(0, 128)),
)


@given(networks, st.booleans())
def test_a_network_is_read_as_it_is_written(one: IPNetwork, excluded: bool) -> None:
    sign = "!" if excluded else ""
    bare = f"[{one.network_address}]/{one.prefixlen}" if one.version == 6 else str(one)
    assert parse_network(f"{sign}{bare}") == Network(one, excluded)


@pytest.mark.parametrize("word", ["", "10.0.0.1/8", "10.0.0.0/33", "hash:/etc/x", "10.0.0.0/8.", "[::1", "example.org"])
def test_what_is_no_network(word: str) -> None:
    if word == "[::1":
        assert parse_network(word).network == ipaddress.ip_network("::1/128")
        return
    with pytest.raises(ValueError):  # noqa: PT011 -- ipaddress has words of its own
        parse_network(word)


@given(st.lists(networks, max_size=5), st.ip_addresses())
def test_an_address_is_inside_exactly_when_a_network_holds_it(
    listed: list[IPNetwork], address: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    expected = any(address in one for one in listed)
    mapped = address.version == 4 and any(ipaddress.IPv6Address(f"::ffff:{address}") in one for one in listed)
    assert inside(address, [Network(one) for one in listed]) is (expected or mapped)


def test_the_first_entry_that_holds_an_address_decides() -> None:
    listed = [parse_network("!10.0.0.1"), parse_network("10.0.0.0/8")]
    assert not inside(ipaddress.ip_address("10.0.0.1"), listed)
    assert inside(ipaddress.ip_address("10.0.0.2"), listed)


def test_tables_are_told_from_networks() -> None:
    value = "127.0.0.0/8, [::1]/128 cidr:/etc/own.cidr hash:/etc/own /etc/list !cidr:/x 10.0.0.1 fd00::1"
    words, tables = split_list(value)
    assert tables == ["cidr:/etc/own.cidr", "hash:/etc/own", "/etc/list", "!cidr:/x"]
    assert words == ["127.0.0.0/8", "[::1]/128", "10.0.0.1", "fd00::1"]


@given(networks)
def test_a_mapped_network_is_plain(one: IPNetwork) -> None:
    if one.version == 4:
        mapped = ipaddress.ip_network(f"::ffff:{one.network_address}/{one.prefixlen + 96}")
        assert plain(mapped) == one
    assert plain(plain(one)) == plain(one)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1.0.0/16", False),
        ("172.16.0.0/12", False),
        ("172.0.0.0/8", True),
        ("0.0.0.0/0", True),
        ("203.0.113.7/32", True),
        ("fd12::/16", False),
        ("::/0", True),
        ("2001:db8::/32", True),
        ("127.0.0.0/8", False),
    ],
)
def test_what_anybody_can_have(text: str, expected: bool) -> None:
    assert public(ipaddress.ip_network(text)) is expected


def test_within_compares_like_with_like() -> None:
    assert not within(ipaddress.ip_network("10.0.0.0/8"), [ipaddress.ip_network("::/0")])
    assert within(ipaddress.ip_network("10.0.0.0/8"), [ipaddress.ip_network("10.0.0.0/8")])
