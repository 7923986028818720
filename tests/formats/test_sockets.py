"""What ss prints, against lines made of the same parts."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.sockets import Socket, parse

addresses = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
    st.sampled_from(["*", "0.0.0.0", "[::]", "127.0.0.53%lo", "[fe80::1]%eth0", "0.0.0.0%eth0"]),
)
names = st.text("abcXYZ-_() .", min_size=1, max_size=15)


@given(st.sampled_from(["tcp", "udp"]), addresses, st.integers(1, 65535), st.lists(names, max_size=3))
def test_every_part_of_a_line_is_read(protocol: str, address: str, port: int, programs: list[str]) -> None:
    state = "LISTEN" if protocol == "tcp" else "UNCONN"
    holders = ",".join(f'("{name}",pid=1,fd={n})' for n, name in enumerate(programs))
    line = f"{protocol} {state} 0      128    {address}:{port}   0.0.0.0:* {f'users:({holders})' if holders else ''}  "
    (found,) = parse(line + "\n")
    plain = address.partition("%")[0].strip("[]")
    assert found == Socket(protocol, plain, port, tuple(sorted(set(programs))))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_only_loopback_is_loopback(address: IPv4Address | IPv6Address) -> None:
    mapped = getattr(address, "ipv4_mapped", None)
    assert Socket("tcp", str(address), 1).on_loopback == (mapped or address).is_loopback


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback(address: str) -> None:
    assert Socket("tcp", str(ip_address(address)), 25).on_loopback


@pytest.mark.parametrize("address", ["*", "0.0.0.0", "::", "10.0.0.1", "fe80::1", "::ffff:10.0.0.1"])
def test_everything_else_is_not(address: str) -> None:
    assert not Socket("tcp", address, 25).on_loopback


@pytest.mark.parametrize("line", ["tcp LISTEN 0 1 nonsense:25 *:*", "raw x", "tcp LISTEN 0 1 127.0.0.1 *:*", "ss: no"])
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"no socket|does not appear"):
        parse(line)
