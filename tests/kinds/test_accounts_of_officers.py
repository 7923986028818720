"""MEL-G-01 against the accounts that hosts really have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline.errors import NothingToJudge
from baseline.model import Account, Outcome, Target
from baseline.model.hosts import SeenAccounts
from tests.kinds.test_evidence_kinds import NOW, judged, lab_site

SEEN = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Target:
    return lab_site(tmp_path, NOW)


def having(site: Target, *logins: str, lacking: tuple[str, ...] = ()) -> Target:
    return replace(site, seen_accounts=SeenAccounts(frozenset(logins), SEEN, lacking))


@pytest.mark.parametrize("login", ["bob", "bob@d1.lab.test"])
def test_an_account_has_its_officer_by_the_address_or_its_local_part(site: Target, login: str) -> None:
    assert judged(having(site, login, "postmaster@d1.lab.test"), "MEL-G-01").outcome is Outcome.PASS


def test_an_account_without_an_officer_is_a_warning(site: Target) -> None:
    found = judged(having(site, "bob", "eve@d1.lab.test"), "MEL-G-01")
    assert found.outcome is Outcome.WARN
    assert "accounts without an officer is eve@d1.lab.test" in found.reason


def test_an_officer_without_an_account_is_a_warning_where_every_mailstore_told(site: Target) -> None:
    officers = replace(
        site, roster=(*(site.roster or ()), Account("Siti@d1.lab.test", created="2024-01-01", trained="2023-01-01"))
    )
    found = judged(having(officers, "bob"), "MEL-G-01")
    assert found.outcome is Outcome.WARN
    assert "officers without an account is Siti@d1.lab.test" in found.reason
    assert judged(having(officers, "bob", lacking=("s2",)), "MEL-G-01").outcome is Outcome.PASS
    assert judged(officers, "MEL-G-01").outcome is Outcome.PASS


def test_what_fails_besides_is_still_a_failure(site: Target) -> None:
    late = replace(site, roster=(Account("bob@d1.lab.test", created="2020-01-01", trained="2023-01-01"),))
    found = judged(having(late, "bob", "eve"), "MEL-G-01")
    assert found.outcome is Outcome.FAIL
    assert "accounts without an officer is eve" in found.reason


def test_accounts_without_officers_are_told_where_no_officer_is_new(site: Target) -> None:
    assert judged(having(site, "bob", "eve"), "MEL-G-01", cutover_date="2025-01-01").outcome is Outcome.WARN
    with pytest.raises(NothingToJudge):
        judged(having(site, "bob"), "MEL-G-01", cutover_date="2025-01-01")
