"""Whose mailboxes are full, since when, and when they were told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from baseline.mailboxes.owners import MailboxOwner, MailboxOwners, mailbox_owners
from baseline.model import Account, Answer, Evidence, Target
from baseline.model.evidence import MailboxReport
from tests.mailboxes.kept import KeptRunOf, listed, quotas

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STORE = Target(
    "s1",
    "192.0.2.1",
    site="here",
    roles=frozenset({"mailstore"}),
    domains=("agensi.example.my",),
    roster=(Account("ali@agensi.example.my"), Account("Siti@agensi.example.my")),
    register=(),
)


def day(number: int) -> str:
    """The moment of a run, in March."""
    return f"2026-03-0{number}T00:00:00+00:00"


def owners(*answers: Answer | None, targets: tuple[Target, ...] = (STORE,), level: float = 80) -> MailboxOwners:
    """The owners of a store by its answers, the first of day 1."""
    runs = [KeptRunOf(day(number), {"s1": answer}) for number, answer in enumerate(answers, 1)]
    return mailbox_owners(targets, reversed(runs), {"s1": level}, NOW)


def one(found: MailboxOwners, name: str = "ali") -> MailboxOwner:
    (owner,) = [one for one in found.owners if one.login.startswith(name)]
    return owner


def since(*answers: Answer | None) -> tuple[str, bool]:
    """Since when the mailbox of ali is full, and whether that may be longer."""
    owner = one(owners(*answers))
    return ("" if owner.full_since is None else f"{owner.full_since:%d}"), owner.or_before


def test_how_full_each_mailbox_is_the_fullest_first() -> None:
    found = owners(quotas(siti=50, ali=90, eve=None))
    assert [(each.login.partition("@")[0], each.percent, each.in_roster) for each in found.owners] == [
        ("ali", 90, True),
        ("siti", 50, True),
        ("eve", 0, False),
    ]
    ali, siti, eve = found.owners
    assert (ali.used, ali.limit, ali.full) == (90 << 20, 100 << 20, True)
    assert (siti.address, siti.full) == ("Siti@agensi.example.my", False)
    assert (eve.limit, eve.full) == (None, False)
    assert ali.at == datetime(2026, 3, 1, tzinfo=UTC)
    assert not one(owners(quotas(ali=90), level=91)).full


def test_since_when_a_mailbox_is_full() -> None:
    assert since(quotas(ali=10), quotas(ali=85), quotas(ali=99)) == ("02", False)
    assert since(quotas(ali=85), quotas(ali=85)) == ("01", True)
    assert since(quotas(ali=85), quotas(ali=10), quotas(ali=85)) == ("03", False)
    assert since(quotas(ali=85), quotas(siti=1), quotas(ali=85)) == ("03", False)
    assert since(quotas(ali=85), quotas(ali=10)) == ("", False)


def test_a_look_that_could_not_tell_neither_begins_nor_breaks_the_time() -> None:
    lost = Answer(75, listed({"siti": 1}).stdout, b"doveadm(ali@agensi.example.my): Error: it failed\n")
    nobody = Answer(75, listed({"siti": 1}).stdout, b"doveadm: Error: it failed\n")
    for silent in (None, Answer(127), lost, nobody):
        assert since(quotas(ali=10), quotas(ali=85), silent, quotas(ali=85)) == ("02", False)
        assert since(silent, quotas(ali=85)) == ("02", True)


def test_a_mailbox_whose_size_is_not_known_is_neither_full_nor_empty() -> None:
    lost = Answer(75, listed({"siti": 1}).stdout, b"doveadm(ali@agensi.example.my): Error: it failed\n")
    ali = one(owners(quotas(ali=90), lost))
    assert (ali.used, ali.full, ali.note) == (None, False, "it failed")


def test_the_address_is_that_of_the_roster_or_follows_from_the_login() -> None:
    assert one(owners(listed({"siti": 1})), "siti").address == "Siti@agensi.example.my"
    assert one(owners(listed({"eve": 1})), "eve").address == "eve@agensi.example.my"
    two = replace(STORE, domains=("a.example.my", "b.example.my"))
    assert one(owners(listed({"eve": 1}), targets=(two,)), "eve").address == ""


def report(*notified: str, sent: datetime, attested: bool = True, subject: str = "here") -> Evidence:
    return Evidence(
        f"report-{sent:%d}-{attested}-{subject}",
        "MEL-G-03",
        subject,
        sent,
        "Operations",
        MailboxReport(sent, notified),
        attested_by="Kumar" if attested else None,
        attested_at=sent if attested else None,
    )


def test_when_an_owner_was_warned_is_told_by_attested_reports_alone() -> None:
    told = NOW - timedelta(days=9)
    register = (
        report("ALI@agensi.example.my", sent=told),
        report("ali", sent=told - timedelta(days=5)),
        report("siti@agensi.example.my", sent=NOW - timedelta(days=1)),
        report("ali", sent=NOW - timedelta(days=1), attested=False),
        report("ali", sent=NOW - timedelta(days=1), subject="there"),
        report("ali", sent=NOW + timedelta(days=1)),
    )
    found = owners(listed({"ali": 90, "eve": 90}), targets=(replace(STORE, register=register),))
    assert one(found).warned == told
    assert one(found, "eve").warned is None


def test_a_mailstore_of_which_no_run_tells_is_named() -> None:
    silent = replace(STORE, name="s2")
    mx = Target("mx1", "192.0.2.9", roles=frozenset({"mta"}))
    found = owners(quotas(ali=1), targets=(STORE, silent, mx))
    assert found.lacking == ("s2",)
    assert len(found.owners) == 1


def test_no_more_runs_are_read_than_are_needed() -> None:
    def runs() -> Iterator[KeptRunOf]:
        yield KeptRunOf(day(2), {"s1": quotas(ali=90)})
        yield KeptRunOf(day(1), {"s1": quotas(ali=10)})
        raise AssertionError("the run before was read")

    assert one(mailbox_owners((STORE,), runs(), {}, NOW)).full
