"""Strangers find an exemption that holds everybody: no control that rests on the rule passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from baseline.errors import CannotTell
from baseline.formats.networks import everybody, parse_network
from baseline.kinds.base import Control
from baseline.model import Outcome
from baseline.readings.dovecot_tls import DOVECOT
from baseline.readings.exemptions import NOT_EVERYBODY, question
from baseline.readings.mynetworks import NETWORKS
from tests.adversary.case import adversary
from tests.cases.changed import answering, outcome, recorded
from tests.kinds.antispam import HERE, host, state, verdict
from tests.kinds.hosts import control, for_a_person

HELO = "reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname"
MAIN = {
    "smtpd_helo_required": "yes",
    "disable_vrfy_command": "yes",
    "smtpd_helo_restrictions": f"permit_mynetworks, {HELO}",
    "smtpd_sender_restrictions": "reject_authenticated_sender_login_mismatch, permit_mynetworks, "
    "reject_non_fqdn_sender, reject_unknown_sender_domain",
    "smtpd_sender_login_maps": "hash:/etc/postfix/owners",
    "smtpd_forbid_bare_newline": "normalize",
    "smtpd_forbid_unauth_pipelining": "yes",
    "smtpd_data_restrictions": "reject_unauth_pipelining",
    "smtpd_reject_unlisted_recipient": "yes",
    "relay_domains": "example.org",
    "smtpd_recipient_restrictions": "permit_mynetworks, reject_unverified_recipient",
    **dict.fromkeys(
        (
            "unknown_local_recipient_reject_code",
            "unknown_virtual_mailbox_reject_code",
            "unknown_virtual_alias_reject_code",
            "unknown_relay_recipient_reject_code",
        ),
        "550",
    ),
}
DERIVED = ("smtpd_client_event_limit_exceptions", "smtpd_forbid_bare_newline_exclusions")
"""Lists that are mynetworks unless they say otherwise: `postconf -x` prints them so."""

SUBMITS = {"smtpd_sasl_auth_enable": "yes", "smtpd_relay_restrictions": "permit_sasl_authenticated,reject"}
OVERRIDES = {"submission/inet": {"smtpd_client_message_rate_limit": "100", **SUBMITS}}
TRUSTING = ("envelope_sanity", "open_relay", "sending_limits", "smtp_smuggling", "unknown_recipients")
"""Kinds of which a rule, a limit or a refusal exempts mynetworks."""

ALL = "said 221 0 60 0 chsfd OK\n"


def of(kind: str, main: Mapping[str, str] | None = None, tables: str = "", **more: Any) -> str:
    """The outcome of a control on a host that conforms but for these settings."""
    wanted: Control = control(kind, **more.pop("fields", {}))
    settings = {**MAIN, **(main or {})}
    networks = settings.get("mynetworks", "127.0.0.0/8 [::1]/128")
    settings = {**dict.fromkeys(DERIVED, networks), **settings}
    overrides = {**OVERRIDES, **more.pop("overrides", {})}
    answers = host(settings, overrides, more={question(HERE): tables, **more.pop("answers", {})})
    try:
        return verdict(wanted, state(wanted, answers)).outcome.value
    except CannotTell:
        return Outcome.UNKNOWN.value


@pytest.mark.parametrize("kind", [*TRUSTING, "content_filter"])
def test_a_host_without_such_an_exemption_passes(kind: str) -> None:
    assert of(kind) == "pass"


@adversary("strangers", "come from anywhere, where the trusted networks are everywhere")
@pytest.mark.parametrize("kind", TRUSTING)
@pytest.mark.parametrize(
    ("networks", "tables"),
    [
        ("0.0.0.0/0", ""),
        ("127.0.0.0/8 [::]/0", ""),
        ("[::ffff:0:0]/96", ""),
        ("0.0.0.0/1 128.0.0.0/1", ""),
        (" ".join(f"{first}.0.0.0/8" for first in range(1, 224)), ""),
        ("!192.0.2.7 0.0.0.0/0", ""),
        ("static:all", f"table static:all\n{ALL}"),
        ("127.0.0.0/8 regexp:/etc/own", f"table regexp:/etc/own\n{ALL}"),
        ("cidr:/etc/own", "table cidr:/etc/own\nsaid 221 0 0 0 - DUNNO\n"),
        ("/etc/own", "list /etc/own\n127.0.0.0/8 # us\n0.0.0.0/0\n"),
        ("0.0.0.0/0 mysql:/etc/own", "closed mysql:/etc/own\n"),
    ],
)
def test_trusted_networks_that_are_everybody_swallow_every_rule_that_exempts_them(
    kind: str, networks: str, tables: str
) -> None:
    """Rules for HELO and senders, limits, bare newlines, recipients tried out, relaying: each fails.

    Before: only the control of relaying failed, and only where the network stood there in one word; `static:all` and
    `regexp:` made it unknown, and `cidr:` with DUNNO a pass, though Postfix takes any answer for a match.
    """
    listed = {NETWORKS: "".join(f"closed {word}\n" for word in networks.split() if word.startswith(("static", "reg")))}
    if networks == "cidr:/etc/own":
        listed = {NETWORKS: "table cidr:/etc/own\n0.0.0.0/0 DUNNO\n"}
    assert of(kind, {"mynetworks": networks}, tables, answers=listed) == "fail"


@adversary("strangers", "come in at the one service that trusts everybody, or by XCLIENT")
@pytest.mark.parametrize("kind", [one for one in TRUSTING if one != "sending_limits"])
@pytest.mark.parametrize("parameter", ["mynetworks", "smtpd_authorized_xclient_hosts"])
def test_one_service_that_trusts_everybody_is_enough(kind: str, parameter: str) -> None:
    """It fails, as it does where everybody may name himself by XCLIENT.

    Before: mynetworks in master.cf made the control of relaying unknown and changed no other, and nobody looked at
    XCLIENT.
    """
    assert of(kind, overrides={"smtp/inet": {parameter: "0.0.0.0/0"}}) == "fail"


@adversary("strangers", "are let pass by a rule that stands before the one that would refuse them")
@pytest.mark.parametrize(
    ("rule", "tables", "outcome"),
    [
        ("permit_auth_destination", "", "fail"),
        ("permit_tls_all_clientcerts", "", "fail"),
        ("check_client_access static:OK", f"table static:OK\n{ALL}", "fail"),
        ("check_client_access static:100", "table static:100\nsaid 221 0 60 0 chsfd 100\n", "fail"),
        ("check_client_access cidr:/own", "table cidr:/own\nsaid 125 0 0 0 - permit\n", "fail"),
        ("check_client_access hash:/own", "table hash:/own\nsaid 0 3 0 0 - ok\n", "fail"),
        ("check_client_access regexp:/own", "table regexp:/own\nsaid 0 0 0 0 c OK\n", "fail"),
        ("check_helo_access regexp:/own", "table regexp:/own\nsaid 0 0 0 0 h OK\n", "fail"),
        ("check_sender_access pcre:/own", "table pcre:/own\nsaid 0 0 0 0 s permit_auth_destination\n", "fail"),
        ("check_recipient_access hash:/own", "table hash:/own\nsaid 0 0 0 0 d OK\n", "fail"),
        ("warn_if_reject check_client_access static:OK", f"table static:OK\n{ALL}", "fail"),
        ("check_client_access mysql:/own", "closed mysql:/own\n", "unknown"),
        ("check_client_access cidr:/own", "table cidr:/own\nsaid 1 0 0 0 - OK\n", "pass"),
        ("check_client_access static:REJECT", "table static:REJECT\nsaid 221 0 60 0 chsfd REJECT\n", "pass"),
        ("check_client_access static:x", "table static:x\nsaid 221 0 60 0 chsfd permit_mynetworks, reject\n", "pass"),
        ("check_sender_access hash:/own", "table hash:/own\n", "pass"),
        ("permit_sasl_authenticated", "", "pass"),
    ],
)
def test_a_rule_that_lets_everybody_pass_before_the_check(rule: str, tables: str, outcome: str) -> None:
    """The control of HELO and senders fails, and is unknown where the table cannot be asked.

    Before: it passed behind every rule but `permit`.
    """
    assert of("envelope_sanity", {"smtpd_helo_restrictions": f"{rule}, {HELO}"}, tables) == outcome


def test_a_rule_that_another_list_asks_of_everybody_is_asked() -> None:
    twice = {
        "smtpd_helo_restrictions": f"check_client_access static:OK, {HELO}",
        "smtpd_client_restrictions": HELO,
    }
    assert of("envelope_sanity", twice, f"table static:OK\n{ALL}") == "pass"


def test_what_fails_anyway_is_not_hidden_by_a_table_that_cannot_be_asked() -> None:
    main = {"smtpd_helo_restrictions": f"check_client_access mysql:/own, {HELO}", "smtpd_helo_required": "no"}
    assert of("envelope_sanity", main, "closed mysql:/own\n") == "fail"


@adversary("strangers", "send without limit from an address that the limits except")
@pytest.mark.parametrize(
    ("excepted", "tables", "outcome"),
    [
        ("0.0.0.0/0", "", "fail"),
        ("static:all", f"table static:all\n{ALL}", "fail"),
        ("ldap:/own", "closed ldap:/own\n", "unknown"),
        ("198.51.100.0/24 .example.org", "", "pass"),
        ("", "", "pass"),
    ],
)
def test_limits_that_except_everybody(excepted: str, tables: str, outcome: str) -> None:
    """The control of limits fails; by user in Rspamd, they hold all the same.

    Before: it passed whatever smtpd_client_event_limit_exceptions said.
    """
    main = {"smtpd_client_event_limit_exceptions": excepted}
    assert of("sending_limits", main, tables) == outcome
    by_user: dict[str, Any] = {"ratelimit": {"rates": {"user": {}}}}
    no_limit = {"submission/inet": {**OVERRIDES["submission/inet"], "smtpd_client_message_rate_limit": "0"}}
    answers = host({**MAIN, **main}, no_limit, rspamd=by_user, more={question(HERE): tables})
    wanted = control("sending_limits")
    assert verdict(wanted, state(wanted, answers)).outcome == "pass"


@adversary("strangers", "are exempt from the order of commands, or from whole line ends")
@pytest.mark.parametrize(
    ("main", "tables"),
    [
        ({"smtpd_forbid_bare_newline_exclusions": "0.0.0.0/0"}, ""),
        (
            {"smtpd_data_restrictions": "check_client_access static:OK, reject_unauth_pipelining"},
            f"table static:OK\n{ALL}",
        ),
    ],
)
def test_smuggling_from_everywhere(main: dict[str, str], tables: str) -> None:
    """The control of smuggling fails.

    Before: it passed.
    """
    assert of("smtp_smuggling", main, tables) == "fail"


@adversary("strangers", "send past the filter, which a table takes away from everybody")
@pytest.mark.parametrize(
    ("tables", "outcome"),
    [
        ("table cidr:/own\nsaid 221 0 60 0 - DISABLE\n", "fail"),
        ("table cidr:/own\nsaid 221 0 60 0 - inet:127.0.0.1:1\n", "fail"),
        ("table cidr:/own\nsaid 221 0 60 0 - inet:127.0.0.1:11332\n", "pass"),
        ("table cidr:/own\n", "pass"),
        ("closed cidr:/own\n", "unknown"),
    ],
)
def test_a_filter_that_is_taken_from_everybody(tables: str, outcome: str) -> None:
    """The control of the filter fails.

    Before: it passed, as it looked at smtpd_milters alone.
    """
    assert of("content_filter", {"smtpd_milter_maps": "cidr:/own"}, tables) == outcome


def test_a_declared_network_that_is_everybody_fails_as_well() -> None:
    fields = {"trusted_networks": ["0.0.0.0/0"]}
    assert of("open_relay", {"mynetworks": "0.0.0.0/0"}, fields=fields) == "fail"
    assert of("open_relay", {"mynetworks": "11.0.0.0/8"}, fields={"trusted_networks": ["11.0.0.0/8"]}) == "warn"


@pytest.mark.parametrize(
    ("networks", "held"),
    [
        (("8.0.0.0/7",), True),
        (("8.0.0.0/8",), False),
        (("8.0.0.0/8", "9.0.0.0/8"), True),
        (("8.0.0.0/8", "8.0.0.0/8", "8.1.0.0/16"), False),
        (("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"), False),
        (("2000::/15",), True),
        (("2001::/16",), False),
        (("fc00::/7", "fe80::/10", "::1/128"), False),
        (("!0.0.0.0/0",), False),
        ((), False),
    ],
)
def test_who_everybody_is(networks: tuple[str, ...], held: bool) -> None:
    assert everybody([parse_network(one) for one in networks]) is held


def test_the_finding_says_by_what() -> None:
    wanted = control("envelope_sanity")
    found = state(wanted, host({**MAIN, "mynetworks": "0.0.0.0/0"}))
    assert found["exempt in smtp/inet"] == "everybody, by permit_mynetworks (mynetworks has 0.0.0.0/0)"
    assert found["exempt in submission/inet"] == NOT_EVERYBODY
    assert "what lets everybody pass at smtp/inet: permit_mynetworks" in for_a_person(wanted, found, HERE)
    assert wanted.remedy(found, HERE) is None


EVERYWHERE: list[Any] = [["0.0.0.0/0"], "0.0.0.0/1, 128.0.0.0/1", ["10.0.0.0/8", "::/0"]]


@adversary("strangers", "come from an address that Rspamd leaves alone, as it does all of them")
@pytest.mark.parametrize("networks", EVERYWHERE)
@pytest.mark.parametrize(
    ("kind", "rspamd"),
    [
        ("greylisting", lambda networks: {"greylist": {"timeout": 300, "expire": 86400, "whitelisted_ip": networks}}),
        ("greylisting", lambda networks: {"options": {"local_addrs": networks}}),
        ("spam_thresholds", lambda networks: {"settings": {"all": {"ip": networks, "want_spam": True}}}),
        ("spam_thresholds", lambda networks: {"settings": {"all": {"client_ip": networks, "apply": {"actions": {}}}}}),
        ("sending_limits", lambda networks: {"ratelimit": {"rates": {"user": {}}, "whitelisted_ip": networks}}),
    ],
)
def test_rspamd_leaves_everybody_alone(kind: str, rspamd: Callable[[Any], dict[str, Any]], networks: Any) -> None:
    """Greylisting, the scores and limits by user fail, and are unknown where the networks are in a map.

    Before: they passed.
    """
    overrides = {"submission/inet": {"smtpd_client_message_rate_limit": "0", **SUBMITS}}

    def found(listed: Any) -> str:
        wanted = control(kind)
        answers = host(MAIN, overrides, rspamd=rspamd(listed), more={question(HERE): ""})
        try:
            return verdict(wanted, state(wanted, answers)).outcome.value
        except CannotTell:
            return "unknown"

    assert found(networks) == "fail"
    assert found(["192.0.2.0/24", "fd00::/8", "mail.example.org"]) == "pass"
    assert found("/etc/rspamd/maps.d/own.map") == "unknown"
    assert found(["/etc/rspamd/maps.d/own.map", "0.0.0.0/0"]) == "fail"


@adversary("strangers", "log in to mailboxes without TLS, as everybody may whom Dovecot trusts")
@pytest.mark.parametrize("kind", ["auth_over_tls", "mailbox_tls"])
@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize(
    ("networks", "found"),
    [
        ("0.0.0.0/0", "fail"),
        ("0.0.0.0/0 ::/0", "fail"),
        ("0.0.0.0/1, 128.0.0.0/1", "fail"),
        ("127.0.0.1/0", "fail"),
        ("proxy 0.0.0.0/0", "fail"),
        ("192.0.2.0/24 10.0.0.0/8 [fd00::]/8", "pass"),
        ("proxy", "unknown"),
    ],
)
def test_everybody_is_trusted_without_tls(kind: str, everywhere: bool, networks: str, found: str) -> None:
    """Both controls of TLS for mailboxes fail, whatever `ssl` and `disable_plaintext_auth` are.

    Before: nobody looked at login_trusted_networks. Dovecot 2.3.19 takes passwords in the clear from whom it holds,
    with `ssl = required`, too.
    """
    case = recorded(f"{kind}/pass-applied")
    asked = DOVECOT[1 if everywhere else 2]
    lines = case.answers[asked].stdout.decode().split("\n")
    first = 3 if everywhere else next(n for n, line in enumerate(lines) if line == "protocol imap") + 4
    assert lines[first] == ""
    lines[first] = networks
    assert outcome(answering(case, {asked: "\n".join(lines)}))[0] == found
