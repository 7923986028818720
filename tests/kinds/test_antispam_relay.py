"""Kind `open_relay` over answers and dialogues given in the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from baseline.errors import CannotTell
from baseline.formats import postfix
from baseline.model import Answer
from baseline.model.probes import Probe, Seen
from baseline.readings.exemptions import question
from baseline.readings.mynetworks import NETWORKS
from baseline.readings.relay_attempts import attempts
from baseline.readings.vantage import CLIENT
from tests.kinds.antispam import HERE, RELAY, SERVICES, files, host, replies, state, verdict
from tests.kinds.hosts import control, judged, seen
from tests.kinds.views import World

DENIED = "454 4.7.1 <relay-test@example.org>: Relay access denied"
REFUSED = ("250", DENIED, DENIED, DENIED, DENIED, DENIED)


def tried(codes: tuple[str, ...] = REFUSED) -> dict[Probe, Seen]:
    plain, local = attempts(HERE.address, "example.org", "example.org")
    return {**replies(plain, codes), **replies(local, codes[:2])}


def relay(
    main: Mapping[str, str] | None = None,
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    codes: tuple[str, ...] = REFUSED,
    more: Mapping[str, Answer | str] | None = None,
    **fields: Any,
) -> tuple[str, str]:
    """Outcome and reason."""
    wanted = control("open_relay", **fields)
    found = verdict(wanted, state(wanted, host(main, overrides, more=more), tried(codes)))
    return found.outcome.value, found.reason


@pytest.mark.parametrize(
    ("main", "overrides", "outcome"),
    [
        ({}, {}, "pass"),
        ({"smtpd_relay_restrictions": ""}, {}, "fail"),
        ({"smtpd_relay_restrictions": "", "smtpd_recipient_restrictions": RELAY}, {}, "pass"),
        ({"smtpd_recipient_restrictions": "permit"}, {}, "pass"),
        ({"smtpd_relay_restrictions": f"permit, {RELAY}"}, {}, "fail"),
        ({"smtpd_relay_restrictions": f"permit_tls_all_clientcerts, {RELAY}"}, {}, "fail"),
        ({"smtpd_relay_restrictions": f"check_sender_access hash:/etc/postfix/us, {RELAY}"}, {}, "warn"),
        ({"smtpd_relay_restrictions": f"check_client_access cidr:/etc/us, {RELAY}"}, {}, "pass"),
        ({"smtpd_relay_restrictions": f"check_client_access static:OK, {RELAY}"}, {}, "fail"),
        (
            {
                "smtpd_relay_restrictions": f"check_sender_access hash:/etc/postfix/us, {RELAY}",
                "smtpd_recipient_restrictions": RELAY,
            },
            {},
            "pass",
        ),
        ({}, {"smtp/inet": {"smtpd_relay_restrictions": "permit"}}, "fail"),
        ({}, {"127.0.0.1:10025/inet": {"smtpd_relay_restrictions": "permit_mynetworks, permit"}}, "pass"),
        ({"smtpd_relay_restrictions": "own", "smtpd_restriction_classes": "own", "own": RELAY}, {}, "pass"),
        ({"smtpd_relay_restrictions": "own", "smtpd_restriction_classes": "own", "own": "permit"}, {}, "fail"),
        ({"smtpd_client_restrictions": "permit_mynetworks, reject", "smtpd_relay_restrictions": ""}, {}, "pass"),
    ],
)
def test_what_the_lists_decide(main: dict[str, str], overrides: dict[str, dict[str, str]], outcome: str) -> None:
    asked = {question(HERE): "table cidr:/etc/us\nsaid 1 0 0 0 - OK\ntable static:OK\nsaid 221 0 60 0 chsfd OK\n"}
    assert relay(main, overrides, more=asked)[0] == outcome


@pytest.mark.parametrize(
    ("networks", "outcome"),
    [
        ("127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128", "pass"),
        ("127.0.0.0/8 192.0.2.1", "pass"),
        ("127.0.0.0/8 198.51.100.0/24", "pass"),
        ("127.0.0.0/8 198.51.100.7", "pass"),
        ("127.0.0.0/8 10.0.0.0/8", "warn"),
        ("127.0.0.0/8 172.17.0.0/16", "warn"),
        ("127.0.0.0/8 203.0.113.0/24", "fail"),
        ("0.0.0.0/0", "fail"),
        ("127.0.0.0/8 [2001:db8::]/32", "fail"),
        ("!203.0.113.7 127.0.0.0/8", "pass"),
    ],
)
def test_networks_that_are_trusted(networks: str, outcome: str) -> None:
    answers = {CLIENT: "203.0.113.250\n"} if networks != "0.0.0.0/0" else {CLIENT: ""}
    assert relay({"mynetworks": networks}, more=answers, trusted_networks=["198.51.100.0/24"])[0] == outcome


def test_a_wide_network_warns_though_it_is_declared() -> None:
    assert relay({"mynetworks": "10.0.0.0/8"}, trusted_networks=["10.0.0.0/8"])[0] == "warn"
    assert relay({"mynetworks": "10.1.0.0/16"}, trusted_networks=["10.0.0.0/8"])[0] == "pass"


@pytest.mark.parametrize(
    ("listed", "outcome"),
    [
        ("table cidr:/etc/own\n203.0.113.0/24 OK\n", "fail"),
        # Postfix takes whatever a table answers for a match, and asks a table of keys for whole addresses alone.
        ("table cidr:/etc/own\n# none\n203.0.113.0/24 DUNNO\n", "fail"),
        ("list /etc/own\n127.0.0.0/8 10.0.0.0/16\n", "warn"),
        ("keys hash:/etc/own\n203.0.113.9 OK\n", "fail"),
        ("keys hash:/etc/own\n203.0.113 OK\n", "pass"),
        ("keys hash:/etc/own\n127.0.0.1 OK\n", "pass"),
    ],
)
def test_tables_of_networks_are_read(listed: str, outcome: str) -> None:
    answers = {NETWORKS: listed, question(HERE): "table cidr:/etc/own\n"}
    assert relay({"mynetworks": "127.0.0.0/8 cidr:/etc/own"}, more=answers)[0] == outcome


@pytest.mark.parametrize(
    ("main", "overrides", "more"),
    [
        ({"mynetworks": "127.0.0.0/8 10.0.0.1/8"}, {}, {}),
        ({}, {}, {NETWORKS: "closed mysql:/etc/own\n"}),
        ({}, {}, {NETWORKS: Answer(1, b"", b"no such file")}),
        ({}, {"smtp/inet": {"mynetworks": "192.0.2.0/24"}}, {}),
        ({"smtpd_relay_restrictions": f"check_client_access cidr:/etc/postfix/us, {RELAY}"}, {}, {}),
    ],
)
def test_networks_that_cannot_be_read_are_unknown(main: Any, overrides: Any, more: Any) -> None:
    with pytest.raises(CannotTell):
        relay(main, overrides, more=more)


@pytest.mark.parametrize("place", range(1, 6))
def test_each_form_that_is_accepted_fails(place: int) -> None:
    codes = tuple("250" if at == place else code for at, code in enumerate(REFUSED))
    outcome, reason = relay(codes=codes)
    assert outcome == "fail"
    assert reason.count("accepted") == (2 if place == 1 else 1)


def test_accepted_from_inside_is_unknown_unless_the_settings_are_open() -> None:
    accepted = ("250",) * 6
    with pytest.raises(CannotTell, match=r"this look comes from 127\.0\.0\.1"):
        relay(codes=accepted, more={CLIENT: "127.0.0.1\n"})
    with pytest.raises(CannotTell, match="not known"):
        relay(codes=accepted, more={CLIENT: "\n"})
    assert relay({"smtpd_relay_restrictions": "permit"}, codes=accepted, more={CLIENT: "127.0.0.1\n"})[0] == "fail"
    assert relay(more={CLIENT: "127.0.0.1\n"})[0] == "pass"


@pytest.mark.parametrize("codes", [("550",), ("250", "454"), ()])
def test_a_dialogue_that_ends_early_is_unknown(codes: tuple[str, ...]) -> None:
    with pytest.raises(CannotTell):
        relay(codes=codes)


def test_a_jump_host_hides_where_the_look_comes_from() -> None:
    wanted = control("open_relay")
    jumping = replace(HERE, jump="gate.example.org")
    found = seen(wanted, host(), jumping, otherwise="")
    assert found["the look is from inside"] is not None


def test_what_is_open_is_closed_and_declared_networks_stay() -> None:
    wanted = control("open_relay", trusted_networks=["10.1.0.0/16"])
    main = {"mynetworks": "127.0.0.0/8 203.0.113.0/24, 10.1.0.0/16 cidr:/etc/own"}
    answers = host(
        main, {"smtp/inet": {"smtpd_relay_restrictions": "permit"}}, more={NETWORKS: "table cidr:/etc/own\n"}
    )
    master = SERVICES.replace("smtpd\n", "smtpd -o smtpd_relay_restrictions=permit\n", 1)
    after = files(
        wanted, state(wanted, answers, tried()), {"/etc/postfix/main.cf": "", "/etc/postfix/master.cf": master}
    )
    assert after is not None
    assert postfix.parameters(after["/etc/postfix/main.cf"]) == {
        "mynetworks": "127.0.0.0/8 10.1.0.0/16 cidr:/etc/own",
        "smtpd_relay_restrictions": RELAY,
    }
    assert after["/etc/postfix/master.cf"] == SERVICES


def test_what_only_a_person_can_mend() -> None:
    wanted = control("open_relay")
    table = host({"mynetworks": "cidr:/etc/own"}, more={NETWORKS: "table cidr:/etc/own\n203.0.113.0/24 OK\n"})
    assert wanted.remedy(state(wanted, table, tried()), HERE) is None
    between = state(wanted, host(), tried(("250",) * 6))
    assert wanted.remedy(between, HERE) is None
    assert "NAT" in wanted.advice(between)


def test_networks_of_the_baseline_have_to_be_networks() -> None:
    with pytest.raises(ValidationError):
        control("open_relay", trusted_networks=["10.0.0.1/8"])


@pytest.mark.parametrize(
    ("fqdn", "forms"),
    [("relay.example.org", 6), ("", 1)],
)
def test_a_relay_without_mail_domains_is_tried_by_its_name(fqdn: str, forms: int) -> None:
    """Whoever only passes mail on is an open relay as easily; where it has no name either, one form is left."""
    target = replace(HERE, domains=(), fqdn=fqdn)
    wanted = control("open_relay")
    tried = attempts(target.address, fqdn, "example.org")
    said: dict[Probe, Seen] = {}
    for talk, written in tried.items():
        said |= replies(talk, REFUSED[: len(written) + 1])
    found = seen(wanted, host(), target, view=World({}, seen=said), otherwise="")
    assert sum(key.startswith("attempt ") for key in found) == forms
    assert judged(wanted, found, target).outcome == "pass"
    assert not control("open_relay").expected(replace(target, roles=frozenset({"mailstore"})))
