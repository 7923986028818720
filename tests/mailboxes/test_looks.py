"""Which accounts hosts had, out of the runs that were kept, and which of their answers tell nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from baseline.mailboxes.looks import mailstores, with_seen_accounts
from baseline.model import Account, Answer, Target
from baseline.model.hosts import SeenAccounts
from baseline.secret import HIDDEN
from tests.mailboxes.kept import KeptRunOf, listed, quotas

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROSTER = (Account("ali@agensi.example.my"),)
STORES = tuple(
    Target(name, "192.0.2.1", site=site, roles=frozenset({"mailstore"}), roster=ROSTER)
    for name, site in (("s1", "here"), ("s2", "here"), ("s3", "there"))
)


def seen(*runs: KeptRunOf, targets: tuple[Target, ...] = STORES) -> SeenAccounts | None:
    """The accounts of the site `here`."""
    return with_seen_accounts(targets, STORES, runs, NOW)[0].seen_accounts


def run(finished: str = "2026-03-01T00:00:00+00:00", **hosts: Answer | None) -> KeptRunOf:
    return KeptRunOf(finished, hosts)


def names(found: SeenAccounts | None) -> list[str]:
    assert found is not None
    return sorted(login.partition("@")[0] for login in found.logins)


def test_the_mailstores_of_a_site_tell_together_each_by_its_last_answer() -> None:
    found = seen(run(s1=quotas(ali=10)), run("2026-02-27T00:00:00+00:00", s1=quotas(old=1), s2=quotas(siti=10)))
    assert found is not None
    assert names(found) == ["ali", "siti"]
    assert (found.lacking, found.since) == ((), datetime(2026, 2, 27, tzinfo=UTC))


def test_no_more_runs_are_read_than_are_needed() -> None:
    both = run(s1=quotas(ali=1), s2=quotas(siti=1), s3=quotas(kumar=1))

    def runs() -> Iterator[KeptRunOf]:
        yield both
        raise AssertionError("the run before was read")

    assert names(with_seen_accounts(STORES, STORES, runs(), NOW)[0].seen_accounts) == ["ali", "siti"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(0, b"[]"),
        Answer(0, b"{}"),
        Answer(127, b"", b"doveadm: not found"),
        Answer(0, listed({"ali": 1}).stdout[:-9]),
        Answer(0, listed({HIDDEN: 1}).stdout),
        None,
    ],
    ids=["nobody", "no-list", "not-there", "cut", "hidden", "unreadable"],
)
def test_an_answer_that_tells_nothing_is_not_taken_for_a_host_without_accounts(answer: Answer | None) -> None:
    found = seen(run(s1=answer), run(s2=quotas(siti=1)))
    assert names(found) == ["siti"]
    assert found is not None
    assert found.lacking == ("s1",)
    assert seen(run(s1=answer)) is None


def test_an_answer_of_more_than_a_week_ago_tells_nothing() -> None:
    assert seen(run("2026-02-23T08:59:59+00:00", s1=quotas(ali=1))) is None
    assert seen(run("2026-02-23T09:00:00+00:00", s1=quotas(ali=1))) is not None


def test_an_account_that_could_not_be_looked_at_is_one_and_a_complaint_about_nobody_may_hide_any() -> None:
    lost = b"doveadm(siti@agensi.example.my): Error: User listing returned failure\n"
    found = seen(run(s1=Answer(75, listed({"ali": 1}).stdout, lost), s2=quotas(kumar=1)))
    assert names(found) == ["ali", "kumar", "siti"]
    assert found is not None
    assert found.lacking == ()
    nobody = Answer(75, listed({"ali": 1}).stdout, b"doveadm: Error: User listing returned failure\n")
    hidden = seen(run(s1=nobody, s2=quotas(kumar=1)))
    assert hidden is not None
    assert hidden.lacking == ("s1",)


def test_without_a_roster_nothing_is_read() -> None:
    plain = tuple(replace(target, roster=None) for target in STORES)
    assert seen(run(s1=None), targets=plain) is None
    assert mailstores(STORES) == {"here": ("s1", "s2"), "there": ("s3",)}
