"""The test message, recipients and block lists, as seen from outside."""

from __future__ import annotations

import pytest

from baseline.errors import CannotTell, NothingToJudge
from baseline.kinds.dns_blocklists import DnsBlocklists
from baseline.kinds.filter_test import GTUBE, FilterTest
from baseline.kinds.unknown_recipients import CATCH_ALLS, UnknownRecipients
from baseline.model.probes import Lookup, Probe, Records, Said, Seen, ServerReply, Talk
from baseline.readings.vantage import CLIENT
from tests.kinds.antispam import HERE, host, replies, state, verdict
from tests.kinds.hosts import control

# --- filter_test ----------------------------------------------------------------------------------


def gtube() -> Talk:
    """The dialogue that the control asks for."""
    asked: list[Probe] = []

    class Listening:
        now = None

        def see(self, probe: Talk) -> Said:
            asked.append(probe)
            return Said("220 mx", (), (), tuple(ServerReply(code, "") for code in ("250", "250", "354", "554")))

    wanted = control("filter_test")
    assert isinstance(wanted, FilterTest)
    wanted.outside(Listening(), {"filter on the way in": "asked"}, HERE)  # type: ignore[arg-type]
    (talk,) = asked
    assert isinstance(talk, Talk)
    return talk


def answered_with(code: str) -> dict[Probe, Seen]:
    """A server that takes the message, and answers this at its end."""
    return replies(gtube(), ("250", "250", "354", code))


def test_the_message_is_the_test_message_and_nothing_else() -> None:
    talk = gtube()
    assert talk.commands == ("MAIL FROM:<>", "RCPT TO:<postmaster@example.org>", "DATA")
    assert len(GTUBE) == 68
    assert talk.body.splitlines().count(GTUBE) == 1
    assert len(talk.body) < 1000
    assert "Subject: GTUBE spam filter test" in talk.body


@pytest.mark.parametrize(
    ("codes", "outcome"), [(("250", "250", "354", "554"), "pass"), (("250", "250", "354", "250"), "fail")]
)
def test_what_becomes_of_the_message(codes: tuple[str, ...], outcome: str) -> None:
    wanted = control("filter_test")
    assert verdict(wanted, state(wanted, host(), replies(gtube(), codes))).outcome == outcome


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(trouble="no answer in time"), "no answer in time"),
        (Said("220", (), (), (ServerReply("554", "go away"),)), "MAIL FROM was answered 554 go away"),
        (Said("220", (), (), (ServerReply("250", ""), ServerReply("550", "unknown"))), "RCPT TO was answered 550"),
        (Said("220", (), (), tuple(ServerReply(one, "") for one in ("250", "250", "451"))), "DATA was answered 451"),
        (Said("220", (), (), tuple(ServerReply(one, "") for one in ("250", "250", "354", "451"))), "put off: 451"),
        (Said("220", (), (), tuple(ServerReply(one, "") for one in ("250", "250", "354")), "cut"), "cut"),
    ],
)
def test_a_message_that_did_not_come_to_the_filter_is_unknown(said: Said, reason: str) -> None:
    wanted = control("filter_test")
    with pytest.raises(CannotTell, match=reason):
        state(wanted, host(), {gtube(): said})


def test_nothing_is_sent_where_no_filter_is_asked() -> None:
    wanted = control("filter_test")
    for main in ({"smtpd_milters": ""}, {"receive_override_options": "no_milters"}):
        found = state(wanted, host(main), {})
        assert verdict(wanted, found).reason == "filter on the way in is not there, wanted asked"
    proxied = {"smtpd_milters": "", "content_filter": "smtp-amavis:[127.0.0.1]:10024"}
    assert verdict(wanted, state(wanted, host(proxied), answered_with("550"))).outcome == "pass"


def test_a_message_accepted_from_inside_says_nothing() -> None:
    wanted = control("filter_test")
    inside = host(more={CLIENT: "127.0.0.1\n"})
    with pytest.raises(CannotTell, match="mynetworks trusts"):
        state(wanted, inside, answered_with("250"))
    assert verdict(wanted, state(wanted, inside, answered_with("550"))).outcome == "pass"


# --- unknown_recipients ---------------------------------------------------------------------------

KNOWN = {
    "smtpd_reject_unlisted_recipient": "yes",
    "mydestination": "mx.example.org",
    "local_recipient_maps": "proxy:unix:passwd.byname $alias_maps",
    "virtual_mailbox_domains": "example.org",
    "virtual_mailbox_maps": "hash:/etc/postfix/vmailbox",
    "unknown_local_recipient_reject_code": "550",
    "unknown_virtual_mailbox_reject_code": "550",
    "unknown_virtual_alias_reject_code": "550",
    "unknown_relay_recipient_reject_code": "550",
}


def nobody() -> Talk:
    wanted = control("unknown_recipients")
    assert isinstance(wanted, UnknownRecipients)
    return wanted._talk(HERE.address, "example.org")


@pytest.mark.parametrize(
    ("main", "more", "codes", "outcome"),
    [
        ({}, {}, ("250", "550", "250"), "pass"),
        ({"smtpd_reject_unlisted_recipient": "no"}, {}, ("250", "550", "250"), "fail"),
        ({"virtual_mailbox_maps": ""}, {}, ("250", "550", "250"), "fail"),
        ({"relay_domains": "other.example"}, {}, ("250", "550", "250"), "fail"),
        (
            {"relay_domains": "o.example", "smtpd_recipient_restrictions": "reject_unverified_recipient"},
            {},
            ("250", "550", "250"),
            "pass",
        ),
        ({"luser_relay": "root"}, {}, ("250", "550", "250"), "fail"),
        ({"unknown_local_recipient_reject_code": "450"}, {}, ("250", "550", "250"), "warn"),
        ({}, {CATCH_ALLS: "@example.org\n"}, ("250", "550", "250"), "fail"),
        ({}, {}, ("250", "250", "250"), "fail"),
        ({}, {}, ("250", "450", "250"), "warn"),
        ({}, {}, ("250", "550", "550"), "fail"),
        ({}, {}, ("250", "550 5.1.1 unknown", "250"), "pass"),
        ({}, {}, ("250", "550 5.1.1 unknown", "550 5.1.1 unknown"), "fail"),
        ({"luser_relay": "root"}, {}, ("250", "450", "450"), "fail"),
        ({"luser_relay": "root"}, {}, ("250", "550", "450"), "fail"),
        ({}, {}, ("250", "250", "451"), "fail"),
        ({}, {}, ("250", "550 5.7.1 not allowed", "250"), "pass"),
    ],
)
def test_recipients(main: dict[str, str], more: dict[str, str], codes: tuple[str, ...], outcome: str) -> None:
    wanted = control("unknown_recipients")
    found = state(wanted, host(KNOWN | main, more=more), replies(nobody(), codes))
    assert verdict(wanted, found).outcome == outcome


@pytest.mark.parametrize("codes", [("250", "450", "451"), ("450",), ("250", "550"), ()])
def test_recipients_that_were_not_tried_are_unknown(codes: tuple[str, ...]) -> None:
    with pytest.raises(CannotTell):
        state(control("unknown_recipients"), host(KNOWN), replies(nobody(), codes))


def test_the_same_nobody_is_tried_at_every_look() -> None:
    assert nobody() == nobody()
    assert nobody().commands[-1] == "RCPT TO:<postmaster@example.org>"


# --- dns_blocklists -------------------------------------------------------------------------------


def answered(listed: Records, clean: Records, zone: str = "bl.example") -> dict[Probe, Seen]:
    return {Lookup(f"2.0.0.127.{zone}", "A"): listed, Lookup(f"1.0.0.127.{zone}", "A"): clean}


GONE = Records("nxdomain")


@pytest.mark.parametrize(
    ("listed", "clean", "word"),
    [
        (Records("noerror", ("127.0.0.2",)), GONE, "working"),
        (Records("noerror", ("127.0.0.2", "127.0.0.4")), Records("noerror"), "working"),
        (Records("noerror", ("127.255.255.254",)), GONE, "refusing this resolver"),
        (Records("noerror", ("127.0.0.2",)), Records("noerror", ("127.0.0.2",)), "listing everything"),
        (GONE, GONE, "listing nothing"),
        (Records("noerror", ("203.0.113.1",)), GONE, "answering 203.0.113.1, which is no answer of a list"),
    ],
)
def test_what_a_list_says(listed: Records, clean: Records, word: str) -> None:
    wanted = control("dns_blocklists", lists=["bl.example"])
    found = state(wanted, host(), answered(listed, clean))
    assert found["list bl.example"] == word
    assert verdict(wanted, found).outcome == ("pass" if word == "working" else "fail")


@pytest.mark.parametrize("broken", [Records("servfail"), Records(trouble="no answer in time"), Records("refused")])
def test_a_look_up_that_fails_is_unknown(broken: Records) -> None:
    wanted = control("dns_blocklists", lists=["bl.example"])
    with pytest.raises(CannotTell):
        state(wanted, host(), answered(broken, GONE))
    with pytest.raises(CannotTell):
        state(wanted, host(), answered(Records("noerror", ("127.0.0.2",)), broken))


def test_the_lists_of_postfix_are_looked_at_too() -> None:
    wanted = control("dns_blocklists")
    assert isinstance(wanted, DnsBlocklists)
    with pytest.raises(NothingToJudge):
        state(wanted, host())
    main = {"smtpd_client_restrictions": "reject_rbl_client bl.example=127.0.0.[2..11], reject_rbl_client BL.other."}
    seen = answered(Records("noerror", ("127.0.0.2",)), GONE)
    seen |= answered(Records("noerror", ("127.0.0.2",)), GONE, "bl.other")
    found = state(wanted, host(main), seen)
    assert found["answers counted in bl.example"] == "yes"
    assert verdict(wanted, found).reason == "answers counted in bl.other is no, wanted yes"
