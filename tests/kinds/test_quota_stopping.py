"""Senders stopped by a site's own rules, script and table: judged by what these do, and by nothing less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from baseline.model import Answer, Outcome, State
from baseline.readings.quota_stopping import STOPPED_BY
from baseline.remedies.remedy import Displacing
from tests.kinds.hosts import judged, seen
from tests.kinds.test_quota_thresholds import ACCESS, HELD, OURS, QUOTA, host, thresholds

TABLE = "hash:/etc/postfix/site_stopped"
SITE = f"check_sasl_access {TABLE}"
RULES = (
    "  quota_warning = storage=95%% quota-warning stop %u\n"
    "  quota_warning2 = storage=80%% quota-warning warn %u\n"
    "  quota_warning3 = -storage=95%% quota-warning free %u\n"
)
SERVICE = "service quota-warning {\n  executable = script /usr/local/sbin/site-quota\n}\n"
SCRIPT = b'#!/bin/sh\necho "$2" >>/etc/postfix/site_stopped\n'


def state(answers: Mapping[str, Answer]) -> State:
    """What is asked of a site's own rules depends on them: their services, then the scripts, then the table."""
    return seen(thresholds(), answers, HELD, exchanges=4)


def site(
    rules: str = RULES,
    sender: str = SITE,
    *,
    service: str = SERVICE,
    script: Answer | None = None,
    table: Answer | None = None,
    overrides: Mapping[str, str] | None = None,
) -> dict[str, Answer]:
    """A host to which nothing was applied, and which stops senders by itself but for what is given."""
    plain = host(
        QUOTA + rules,
        sender,
        service="",
        timer="\n",
        files=False,
        folder="\n",
        table=Answer(1, b"", b"postmap: fatal: open database"),
        overrides=overrides,
    )
    return plain | {
        "doveconf service/quota-warning": Answer(0, service.encode()),
        "head -c 65536 /usr/local/sbin/site-quota": script or Answer(0, SCRIPT),
        f"postmap -q baseline-probe {TABLE}": table or Answer(1),
    }


def test_a_site_that_warns_stops_and_frees_conforms_without_anything_of_ours() -> None:
    assert judged(thresholds(), state(site()), HELD).outcome is Outcome.PASS
    found = state(site())
    assert found[STOPPED_BY] == TABLE
    assert (found["stops sending at"], found["sending opens below"]) == (95, 95)


@pytest.mark.parametrize(
    "answers",
    [
        site(script=Answer(0, b"#!/bin/sh\nmail root\n")),
        site(script=Answer(1, b"", b"head: cannot open")),
        site(service=""),
        site(sender=f"permit_sasl_authenticated, {SITE}"),
        site(overrides={"submission/inet/smtpd_sender_restrictions": "permit"}),
        site(sender=f"warn_if_reject {SITE}"),
        site(sender=""),
    ],
)
def test_a_chain_that_is_broken_stops_nobody(answers: dict[str, Answer]) -> None:
    found = state(answers)
    assert STOPPED_BY not in found
    assert found["stops sending at"] is None
    assert judged(thresholds(), state(answers), HELD).outcome is Outcome.FAIL


def test_a_table_that_cannot_be_asked_stops_nobody() -> None:
    broken = Answer(1, b"", b"postmap: fatal: open database /etc/postfix/site_stopped.db: No such file or directory")
    found = state(site(table=broken))
    assert STOPPED_BY not in found
    assert judged(thresholds(), found, HELD).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (RULES.replace("95", "90"), "stop sending at 90 % and free it below 90 %, and 95 % is wanted of both"),
        (RULES.replace("quota_warning3 = -storage", "quota_warning4 = -storage"), "is wanted of both"),
    ],
)
def test_a_site_that_does_it_otherwise_is_told_so_and_nothing_is_planned(rules: str, words: str) -> None:
    answers = site(rules)
    assert judged(thresholds(), state(answers), HELD).outcome is Outcome.FAIL
    remedy = thresholds().remedy(state(answers), HELD)
    assert remedy is not None
    assert not remedy.edits
    assert words in remedy.advice


def test_rules_that_stop_nobody_are_displaced_where_ours_come_to_their_level() -> None:
    remedy = thresholds().remedy(state(site(script=Answer(0, b"#!/bin/sh\nmail root\n"))), HELD)
    assert remedy is not None
    assert [(one.what, one.rule) for one in remedy.displaces] == [
        ("the warning rule `storage=95%% quota-warning stop %u`", "quota_warning"),
        ("the warning rule `-storage=95%% quota-warning free %u`", "quota_warning3"),
    ]
    assert all(isinstance(one, Displacing) and "would run no more" in one.effect for one in remedy.displaces)
    # The site warns at our level already: a rule of ours there would take the place of its own.
    assert "baseline-quota-warning warn" not in str(remedy.edits)
    assert remedy.noticed == "Users cannot send from 95 % of their quota on until there is room."


def test_rules_at_other_levels_are_kept_and_lose_nothing() -> None:
    remedy = thresholds().remedy(state(site(RULES.replace("95", "90").replace("80", "70"), "")), HELD)
    assert remedy is not None
    assert remedy.displaces == ()
    assert remedy.noticed.startswith("Users get a mail at 80 %")


def test_once_ours_run_nothing_is_displaced_any_more() -> None:
    answers = host(QUOTA + OURS + "  quota_warning4 = storage=95%% site %u\n", ACCESS, files=False)
    remedy = thresholds().remedy(state(answers), HELD)
    assert remedy is not None
    assert remedy.displaces == ()


def test_a_grace_of_the_site_within_bounds_is_kept() -> None:
    remedy = thresholds().remedy(state(host(QUOTA + "  quota_grace = 5%%\n", "", files=False)), HELD)
    assert remedy is not None
    assert "quota_grace = 5%%" in str(remedy.edits)


def test_a_relay_only_host_has_nothing_to_stop() -> None:
    store = replace(HELD, roles=frozenset({"mailstore"}))
    assert thresholds().expected(store) == {}
