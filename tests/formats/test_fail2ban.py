"""What fail2ban's client prints, and which entries of the journal a match selects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.fail2ban import PROMPT, Watch, matching, members, replies, status

texts = st.lists(st.text("abc |`-:\n", max_size=20).map(str.strip), max_size=5)


@given(texts)
def test_replies_come_in_the_order_of_the_commands(said: list[str]) -> None:
    assert replies("head\n" + "".join(f"{PROMPT}{one}\n" for one in said), len(said)) == said


def test_too_few_replies() -> None:
    with pytest.raises(ValueError, match="1 replies to 2 commands"):
        replies(f"{PROMPT}5\n", 2)


STATUS = "Status for the jail: x\n|- Filter\n|  |- Currently failed:\t0\n|  |- Total failed:\t0\n"


def test_status() -> None:
    journal = STATUS + "|  `- Journal matches:\t_SYSTEMD_UNIT=a + _COMM=b\n`- Actions\n"
    assert status(journal) == Watch("_SYSTEMD_UNIT=a + _COMM=b")
    assert status(STATUS + "|  `- File list:\t/var/log/a /var/log/b\n`- Actions") == Watch(
        files=("/var/log/a", "/var/log/b")
    )
    assert status(STATUS + "|  `- Journal matches:\t\n`- Actions\n") == Watch()
    assert status("") is None
    assert status("Sorry but the jail 'x' does not exist") is None
    with pytest.raises(ValueError, match="no status"):
        status("something else")


def test_members() -> None:
    assert members("These are ignored:\n|- 127.0.0.0/8\n`- ::1") == ("127.0.0.0/8", "::1")
    assert members("The jail has the following actions:\nnftables-multiport") == ("nftables-multiport",)
    assert members("No IP address/network is ignored") == ()


ENTRY = {"_SYSTEMD_UNIT": frozenset(("postfix@-.service",)), "_COMM": frozenset(("smtpd",))}


@pytest.mark.parametrize(
    ("matches", "selected"),
    [
        ("", True),
        ("_SYSTEMD_UNIT=postfix.service", False),
        ("_SYSTEMD_UNIT=postfix.service + _SYSTEMD_UNIT=postfix@-.service", True),
        ("_SYSTEMD_UNIT=postfix.service _SYSTEMD_UNIT=postfix@-.service", True),
        ("_SYSTEMD_UNIT=postfix@-.service _COMM=cleanup", False),
        ("_COMM=smtpd", True),
        ("_HOSTNAME=mx", False),
    ],
)
def test_matches(matches: str, selected: bool) -> None:
    assert matching(matches, ENTRY) == selected
