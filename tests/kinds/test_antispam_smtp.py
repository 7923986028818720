"""What clients say, and how much users send, over answers given in the test."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.errors import NothingToJudge
from baseline.formats import postfix
from baseline.kinds.envelope_sanity import LOGINS
from tests.kinds.antispam import HERE, files, host, state, verdict
from tests.kinds.hosts import control

# --- envelope_sanity ------------------------------------------------------------------------------

SANE = {
    "smtpd_helo_required": "yes",
    "disable_vrfy_command": "yes",
    "smtpd_helo_restrictions": "permit_mynetworks, reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname",
    "smtpd_sender_restrictions": "reject_authenticated_sender_login_mismatch, permit_mynetworks, "
    "reject_non_fqdn_sender, reject_unknown_sender_domain",
    "smtpd_sender_login_maps": "hash:/etc/postfix/owners",
}


@pytest.mark.parametrize(
    ("main", "overrides", "outcome"),
    [
        ({}, {}, "pass"),
        ({"smtpd_helo_required": "no"}, {}, "fail"),
        ({"smtpd_delay_reject": "no"}, {}, "fail"),
        ({}, {"submission/inet": {"smtpd_helo_required": "no"}}, "fail"),
        ({"smtpd_helo_restrictions": "reject_invalid_helo_hostname"}, {}, "fail"),
        ({}, {"submission/inet": {"smtpd_helo_restrictions": "", "smtpd_relay_restrictions": "reject"}}, "pass"),
        ({}, {"smtp/inet": {"smtpd_sender_restrictions": "permit"}}, "fail"),
        ({"smtpd_sender_restrictions": f"permit_sasl_authenticated, {SANE['smtpd_sender_restrictions']}"}, {}, "fail"),
        (
            {"smtpd_sender_restrictions": SANE["smtpd_sender_restrictions"].replace("authenticated_sender", "sender")},
            {},
            "pass",
        ),
        ({"smtpd_sender_login_maps": ""}, {}, "fail"),
    ],
)
def test_form_and_ownership(main: dict[str, str], overrides: dict[str, dict[str, str]], outcome: str) -> None:
    wanted = control("envelope_sanity")
    auth = {"smtpd_sasl_auth_enable": "yes", "smtpd_relay_restrictions": "permit_sasl_authenticated,reject"}
    given = {one: {**(auth if one == "submission/inet" else {}), **values} for one, values in overrides.items()}
    assert verdict(wanted, state(wanted, host(SANE | main, given))).outcome == outcome


def test_everything_is_put_where_it_belongs() -> None:
    wanted = control("envelope_sanity")
    bare = {"smtpd_sender_restrictions": "check_sasl_access hash:/x, permit_sasl_authenticated, permit"}
    found = state(wanted, host(bare, more={LOGINS: "1 0\n"}))
    after = files(
        wanted, found, {"/etc/postfix/main.cf": f"smtpd_sender_restrictions = {bare['smtpd_sender_restrictions']}\n"}
    )
    assert after is not None
    main = postfix.parameters(after["/etc/postfix/main.cf"])
    assert main["smtpd_sender_restrictions"] == (
        "check_sasl_access hash:/x, reject_authenticated_sender_login_mismatch, permit_sasl_authenticated, "
        "permit_mynetworks, reject_non_fqdn_sender, reject_unknown_sender_domain, permit"
    )
    assert main["smtpd_helo_restrictions"] == (
        "permit_mynetworks, permit_sasl_authenticated, reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname"
    )
    assert main["smtpd_sender_login_maps"] == "regexp:/etc/postfix/baseline-sender-logins"
    assert main["smtpd_helo_required"] == main["disable_vrfy_command"] == "yes"
    assert state(wanted, host(main, more={LOGINS: "1 0\n"}))["owners asked in submission/inet"] == "yes"


@pytest.mark.parametrize(
    ("main", "logins"),
    [({}, "1 1\n"), ({}, "0 1\n"), ({}, "0 0\n"), ({}, ""), ({"virtual_alias_maps": "hash:/etc/postfix/v"}, "1 0\n")],
)
def test_no_map_is_written_that_could_keep_users_from_sending(main: dict[str, str], logins: str) -> None:
    wanted = control("envelope_sanity")
    found = state(wanted, host(SANE | {"smtpd_sender_login_maps": ""} | main, more={LOGINS: logins}))
    assert verdict(wanted, found).outcome == "fail"
    assert wanted.remedy(found, HERE) is None
    assert "smtpd_sender_login_maps" in wanted.advice(found)


# --- sending_limits -------------------------------------------------------------------------------

USER_RATES = {"ratelimit": {"rates": {"user": {"bucket": {"burst": 10}}}}}


@pytest.mark.parametrize(
    ("main", "overrides", "rspamd", "outcome"),
    [
        ({}, {"smtpd_client_message_rate_limit": "100"}, {}, "pass"),
        ({"smtpd_client_recipient_rate_limit": "300"}, {}, {}, "pass"),
        ({"smtpd_client_message_rate_limit": "100", "anvil_rate_time_unit": "1s"}, {}, {}, "fail"),
        ({"smtpd_client_message_rate_limit": "5000", "anvil_rate_time_unit": "1h"}, {}, {}, "pass"),
        ({}, {}, {}, "fail"),
        ({}, {}, USER_RATES, "pass"),
        ({}, {}, {"ratelimit": {"rates": {"to": {}}}}, "fail"),
        ({"smtpd_client_message_rate_limit": "ten"}, {}, {}, "fail"),
    ],
)
def test_limits(main: dict[str, str], overrides: dict[str, str], rspamd: dict[str, Any], outcome: str) -> None:
    wanted = control("sending_limits")
    auth = {"smtpd_sasl_auth_enable": "yes", "smtpd_relay_restrictions": "permit_sasl_authenticated,reject"}
    found = state(wanted, host(main, {"submission/inet": auth | overrides}, rspamd=rspamd))
    assert verdict(wanted, found).outcome == outcome


def test_a_port_for_strangers_is_not_slowed_down() -> None:
    wanted = control("sending_limits")
    found = state(wanted, host({"smtpd_sasl_auth_enable": "yes"}))
    assert verdict(wanted, found).outcome == "fail"
    assert wanted.remedy(found, HERE) is None


def test_without_logins_there_is_nothing_to_limit() -> None:
    with pytest.raises(NothingToJudge):
        state(control("sending_limits"), host(overrides={"submission/inet": {"smtpd_sasl_auth_enable": "no"}}))
