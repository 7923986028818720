"""Twenty domains of a made-up Internet, with a mail server of each manner: `make outside` has 500 of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.outside.internet import internet
from tests.outside.place import why_not
from tests.outside.run import looked, most_in_a_minute, wrong

DOMAINS = 20

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "there is a namespace")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One look at all of them, with 4 s for all of a probe."""
    return looked(DOMAINS, 20, tmp_path_factory.mktemp("outside"), (10, 4))


def outcome(found: dict[str, Any], manner: str, control: str, *, host: bool = False) -> str:
    """What was found of the domain, or of the mail host, whose server behaves so."""
    address = next(one for one, its in internet(DOMAINS, every=True).mail.items() if its == manner and one > "11.1")
    number = int(address.rpartition(".")[2]) - 1
    said: str = found["outcomes"][f"{'mx.' if host else ''}d{number}.gov.test"][control]
    return said


def test_every_domain_is_in_the_report_and_nobody_was_pressed(found: dict[str, Any]) -> None:
    """Whatever the servers do; counted at the servers: each question once, five connections at once, no message."""
    assert list(wrong(found, DOMAINS)) == []


@pytest.mark.parametrize(
    ("manner", "control", "words"),
    [
        ("well", "MEL-D-01", "pass"),
        ("slow", "MEL-D-01", "pass"),
        ("refusing", "MEL-D-01", "fail: port 25 of 11.3.0.5"),
        ("dead", "MEL-D-01", "unknown: port 25 of 11.9.0.6"),
        ("endless", "MEL-D-01", "pass"),
    ],
)
def test_where_mail_goes(manner: str, control: str, words: str, found: dict[str, Any]) -> None:
    assert outcome(found, manner, control).startswith(words)


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("well", "pass"),
        ("no TLS", "fail: TLS offered on 25"),
        ("broken TLS", "unknown"),
        ("refusing", "unknown"),
        ("dead", "unknown"),
        ("endless", "unknown"),
        ("flooding", "unknown"),
    ],
)
def test_what_mail_servers_show_of_tls(manner: str, words: str, found: dict[str, Any]) -> None:
    """A server that cannot be talked to has failed nothing, and passed nothing."""
    assert outcome(found, manner, "MEL-S-01", host=True).startswith(words)


def test_names_that_lead_to_one_another_end(found: dict[str, Any]) -> None:
    assert found["outcomes"]["d13.gov.test"]["MEL-D-07"].startswith(("fail", "unknown"))


def test_text_without_end_is_read_once_by_tcp(found: dict[str, Any]) -> None:
    """60 kB of TXT records, of which none is SPF."""
    assert found["outcomes"]["d14.gov.test"]["MEL-D-04"].startswith("fail")
    assert [
        number for key, number in found["heard"]["questions"].items() if "tcp 11.0.0.53 d14.gov.test TXT" in key
    ] == [1]


def test_a_minute_is_counted_from_each_moment() -> None:
    assert most_in_a_minute([0, 30, 59, 61, 90, 200]) == 4
    assert most_in_a_minute([]) == 0
