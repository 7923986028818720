"""Lists of milters, and the sockets that something listens on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.milters import Milter, addresses, listening, listens, parse_milters

ports = st.integers(min_value=1, max_value=65535)
hosts = st.sampled_from(["127.0.0.1", "localhost", "[::1]", "192.0.2.7", "filter.example"])
endpoints = st.one_of(
    st.builds(lambda host, port: f"inet:{host}:{port}", hosts, ports),
    st.sampled_from(["unix:spamass/spamass.sock", "unix:/run/rspamd/milter.sock", "local:opendkim/opendkim.sock"]),
)
options = st.dictionaries(
    st.sampled_from(["connect_timeout", "default_action", "protocol"]), st.sampled_from(["10s", "accept", "6"])
)


@given(st.lists(st.tuples(endpoints, options), max_size=4), st.sampled_from([", ", " ", ","]), st.booleans())
def test_a_list_is_taken_apart(wanted: list[tuple[str, dict[str, str]]], gap: str, spaced: bool) -> None:
    sign = " = " if spaced else "="
    written = gap.join(
        f"{{ {', '.join([endpoint, *(f'{name}{sign}{value}' for name, value in own.items())])} }}" if own else endpoint
        for endpoint, own in wanted
    )
    assert parse_milters(written) == tuple(Milter(endpoint, own) for endpoint, own in wanted)


@pytest.mark.parametrize("value", ["", " , ", "{ }"])
def test_no_milter(value: str) -> None:
    assert parse_milters(value) == ()


@given(endpoints)
def test_an_endpoint_is_itself(endpoint: str) -> None:
    assert addresses(endpoint)
    assert addresses(endpoint) == addresses(endpoint)


def test_names_of_one_endpoint() -> None:
    assert addresses("inet:localhost:11332") & addresses("inet:127.0.0.1:11332")
    assert addresses("inet:localhost:11332") & addresses("inet:[::1]:11332")
    assert not addresses("inet:127.0.0.1:11332") & addresses("inet:127.0.0.1:11333")
    assert not addresses("inet:127.0.0.1:11332") & addresses("inet:127.0.0.2:11332")
    assert addresses("unix:/spamass/s.sock") & addresses("unix:spamass/s.sock")
    assert addresses("unix:/var/spool/postfix/spamass/s.sock") & addresses("local:spamass/s.sock")
    assert addresses("$smtpd_milters") == frozenset()


TCP = """\
LISTEN 0      4096                          127.0.0.1:11332 0.0.0.0:*
LISTEN 0      100                             0.0.0.0:25    0.0.0.0:*
LISTEN 0      4096                              [::1]:11334    [::]:*
LISTEN 0      511                                   *:80          *:*
"""
UNIX = "u_str LISTEN 0      4096   /var/spool/postfix/spamass/spamass.sock 12345            * 0\nshort line\n"


@pytest.mark.parametrize(
    ("endpoint", "there"),
    [
        ("inet:127.0.0.1:11332", True),
        ("inet:localhost:11332", True),
        ("inet:localhost:11334", True),
        ("inet:127.0.0.1:11334", False),
        ("inet:[::1]:11334", True),
        ("inet:127.0.0.1:25", True),
        ("inet:127.0.0.1:80", True),
        ("inet:127.0.0.1:1132", False),
        ("unix:spamass/spamass.sock", True),
        ("unix:spamass/other.sock", False),
    ],
)
def test_whether_something_listens(endpoint: str, there: bool) -> None:
    assert listens(endpoint, listening(TCP + UNIX)) is there
