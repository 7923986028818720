"""What the register of evidence proves: MEL-G, and MEL-H-05 to 07."""

from __future__ import annotations

from dataclasses import replace

from baseline.model import Account
from tests.scenarios.quota import SAVED, USERS_BACK
from tests.scenarios.scenario import Scenario
from tests.scenarios.told import DAY, accounts, each, facts, no_register, site, without

ALICE = r"alice=$(sed -n 's/^\(alice@[^:]*\):.*/\1/p' /etc/dovecot/users)"
FULL = (
    f"{SAVED} && sed -i '/^alice@/s/$/userdb_quota_rule=*:storage=100/' /etc/dovecot/users && {ALICE} && "
    "{ printf 'Subject: large\\n\\n'; head -c 90000 /dev/zero | tr '\\0' x | fold -w 70; } | doveadm save -u $alice"
)
EMPTY = f"{USERS_BACK}; {ALICE}; doveadm expunge -u $alice mailbox INBOX all; doveadm quota recalc -u $alice"


def untrained(account: Account) -> Account:
    return replace(account, trained="") if account.address.startswith("bob@") else account


def trained_late(account: Account) -> Account:
    return replace(account, trained="2024-01-16") if account.address.startswith("bob@") else account


def trained_that_day(account: Account) -> Account:
    return replace(account, trained=account.created)


def undated(account: Account) -> Account:
    return replace(account, created="") if account.address.startswith("bob@") else account


GOVERNANCE = (
    site("MEL-G-01", "pass-applied"),
    site("MEL-G-01", "fail-never-trained", accounts(untrained)),
    site("MEL-G-01", "fail-trained-afterwards", accounts(trained_late)),
    site("MEL-G-01", "nothing-on-the-same-day", accounts(trained_that_day)),
    site("MEL-G-01", "unknown-when-created", accounts(undated)),
    site("MEL-G-02", "pass-applied"),
    site("MEL-G-02", "fail-long-ago", facts("MEL-G-02", held_at=lambda one: one.held_at - 400 * DAY)),
    site("MEL-G-02", "fail-expired", each("MEL-G-02", lambda one: replace(one, valid_to=one.issued_on + DAY))),
    site("MEL-G-02", "warn-no-next-one", facts("MEL-G-02", next_at=lambda _: None)),
    site(
        "MEL-G-02",
        "nothing-in-force-for-long",
        each("MEL-G-02", lambda one: replace(one, valid_to=one.issued_on + 900 * DAY)),
    ),
    site("MEL-G-02", "unknown-no-register", no_register),
    site(
        "MEL-G-02",
        "unknown-not-attested",
        each("MEL-G-02", lambda one: replace(one, attested_by=None, attested_at=None)),
    ),
    Scenario("MEL-G-03", "pass-applied", "true"),
    Scenario(
        "MEL-G-03",
        "fail-no-report-this-month",
        "true",
        recorded_only=True,
        told=facts("MEL-G-03", sent_at=lambda one: one.sent_at - 40 * DAY),
    ),
    Scenario("MEL-G-03", "warn-owner-not-told", FULL, mend=EMPTY, recorded_only=True),
    Scenario(
        "MEL-G-03",
        "nothing-three-weeks-ago",
        "true",
        recorded_only=True,
        told=facts("MEL-G-03", sent_at=lambda one: one.sent_at - 21 * DAY),
    ),
    Scenario("MEL-G-03", "unknown-no-record", "true", recorded_only=True, told=without("MEL-G-03")),
    site("MEL-G-04", "pass-applied"),
    site("MEL-G-04", "warn-none", without("MEL-G-04")),
    site("MEL-G-04", "warn-expired", each("MEL-G-04", lambda one: replace(one, valid_to=one.issued_on + DAY))),
    site("MEL-G-04", "warn-standard", facts("MEL-G-04", level=lambda _: "standard")),
    site("MEL-G-04", "warn-supplier-unknown", facts("MEL-G-04", qualification=lambda _: "")),
    site("MEL-G-04", "warn-ends-soon", each("MEL-G-04", lambda one: replace(one, valid_to=one.issued_on + 60 * DAY))),
    site("MEL-G-04", "nothing-another-supplier", facts("MEL-G-04", supplier=lambda _: "Pembekal Contoh Sdn. Bhd.")),
    site("MEL-G-04", "unknown-no-register", no_register),
    site("MEL-G-05", "pass-applied"),
    site(
        "MEL-G-05",
        "fail-two-years-ago",
        each("MEL-G-05", lambda one: replace(one, issued_on=one.issued_on - 700 * DAY)),
    ),
    site("MEL-G-05", "fail-no-electrical-power", facts("MEL-G-05", aspects=lambda one: one.aspects[:2])),
    site("MEL-G-05", "fail-no-firewall", facts("MEL-G-05", scope=lambda _: ("mail", "dns", "ips"))),
    site("MEL-G-05", "fail-internal-audit", facts("MEL-G-05", assessor=lambda one: one.agency.upper())),
    site("MEL-G-05", "warn-supplier-assesses-itself", facts("MEL-G-05", assessor=lambda _: "Lab: made up for tests.")),
    site("MEL-G-05", "nothing-another-assessor", facts("MEL-G-05", assessor=lambda _: "Penilai Contoh Sdn. Bhd.")),
    site("MEL-G-05", "unknown-no-record", without("MEL-G-05")),
    site("MEL-H-05", "pass-applied"),
    site("MEL-H-05", "fail-gap-of-an-hour", facts("MEL-H-05", longest_gap_seconds=lambda _: 3600)),
    site("MEL-H-05", "fail-from-the-mail-host", facts("MEL-H-05", vantage=lambda _: "host")),
    site("MEL-H-05", "fail-many-failed", facts("MEL-H-05", succeeded=lambda _: 200)),
    site("MEL-H-05", "fail-no-imap", facts("MEL-H-05", steps=lambda one: one.steps[:2])),
    site(
        "MEL-H-05",
        "fail-last-week",
        facts("MEL-H-05", **dict.fromkeys(("since", "until", "last_success_at"), lambda one: one.since - 7 * DAY)),
    ),
    site("MEL-H-05", "warn-from-inside", facts("MEL-H-05", vantage=lambda _: "inside")),
    site("MEL-H-05", "nothing-webmail-as-well", facts("MEL-H-05", steps=lambda one: (*one.steps, "webmail"))),
    site("MEL-H-05", "unknown-no-record", without("MEL-H-05")),
    site("MEL-H-06", "pass-applied"),
    site(
        "MEL-H-06", "fail-a-day-without", each("MEL-H-06", lambda one: replace(one, subject="elsewhere"), slice(5, 6))
    ),
    site(
        "MEL-H-06", "fail-never-arrived", facts("MEL-H-06", slice(5, 6), arrived_at=lambda _: None, folder=lambda _: "")
    ),
    site("MEL-H-06", "fail-too-late", facts("MEL-H-06", slice(5, 6), arrived_at=lambda one: one.sent_at + DAY / 24)),
    site("MEL-H-06", "fail-taken-for-spam", facts("MEL-H-06", slice(5, 6), folder=lambda _: "Junk")),
    site(
        "MEL-H-06",
        "fail-not-taken-outside",
        facts("MEL-H-06", slice(5, 6), submission_reply=lambda _: "535 5.7.8 bad password"),
    ),
    site(
        "MEL-H-06", "nothing-some-minutes-later", facts("MEL-H-06", arrived_at=lambda one: one.sent_at + DAY / 24 / 12)
    ),
    site("MEL-H-06", "unknown-no-record", without("MEL-H-06")),
    site("MEL-H-07", "pass-applied"),
    site(
        "MEL-H-07", "fail-a-day-without", each("MEL-H-07", lambda one: replace(one, subject="elsewhere"), slice(5, 6))
    ),
    site(
        "MEL-H-07",
        "fail-changed-afterwards",
        facts("MEL-H-07", slice(5, 6), items=lambda one: (replace(one.items[0], result="failed"), *one.items[1:])),
    ),
    site(
        "MEL-H-07",
        "fail-lacks-the-item",
        facts("MEL-H-07", slice(-1, None), items=lambda one: one.items[1:]),
    ),
    site(
        "MEL-H-07",
        "fail-done-on-another-day",
        facts(
            "MEL-H-07",
            slice(-1, None),
            items=lambda one: (replace(one.items[0], at=one.items[0].at - DAY), *one.items[1:]),
        ),
    ),
    site(
        "MEL-H-07",
        "fail-missed-the-item",
        facts("MEL-H-07", slice(-1, None), items=lambda one: (replace(one.items[0], result="missed"), *one.items[1:])),
    ),
    site(
        "MEL-H-07",
        "warn-lacks-an-advised-item",
        facts("MEL-H-07", slice(-1, None), items=lambda one: one.items[:-1]),
    ),
    site(
        "MEL-H-07",
        "nothing-no-block-list",
        facts(
            "MEL-H-07",
            slice(-1, None),
            items=lambda one: (*one.items[:-1], replace(one.items[-1], result="not_applicable")),
        ),
    ),
    site("MEL-H-07", "fail-no-test-behind-it", without("MEL-H-06")),
    site(
        "MEL-H-07",
        "nothing-another-item-too",
        facts("MEL-H-07", slice(-1, None), items=lambda one: (*one.items, replace(one.items[0], item="fans"))),
    ),
    site("MEL-H-07", "unknown-no-record", without("MEL-H-07")),
)
