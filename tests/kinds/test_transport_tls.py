"""The transport group beyond its cases: recorded answers at other times, or changed in a word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baseline import file_contents
from baseline.facts import snapshot_host
from baseline.formats.postfix import MAIN_CF
from baseline.kinds.outbound_tls import RESOLVERS
from baseline.model import Answer
from baseline.model.probes import Presented, Said
from baseline.readings.mail_ports import smtp_services
from baseline.readings.postfix import Postfix
from tests.cases.case import Case
from tests.cases.changed import answering, judged, of_target, outcome, recorded, saying, seeing


def case(kind: str, name: str = "pass-applied", **fields: Any) -> Case:
    return recorded(f"{kind}/{name}", **fields)


# --- SMTP -----------------------------------------------------------------------------------------


def test_what_only_the_library_refuses_is_a_warning() -> None:
    lax = saying(case("smtp_tls"), "postconf -x", "smtpd_tls_protocols = >=TLSv1.2", "smtpd_tls_protocols = >=TLSv1")
    lax = saying(
        lax, file_contents.question(MAIN_CF), "smtpd_tls_protocols = >=TLSv1.2", "smtpd_tls_protocols = >=TLSv1"
    )
    assert outcome(lax) == ("warn", "smtpd_tls_protocols is TLSv1, wanted TLSv1.2 or TLSv1.3 (advised)")
    assert not judged(lax).plan.empty


def test_what_is_seen_decides_whatever_is_set() -> None:
    found = outcome(seeing(case("smtp_tls"), 587, refused="", version="TLSv1"))
    assert found[0] == "fail"
    assert "TLSv1 on 587 is accepted" in found[1]


@pytest.mark.parametrize("kind", ["smtp_tls", "auth_over_tls"])
def test_a_port_that_cannot_be_looked_at_is_unknown(kind: str) -> None:
    found = outcome(seeing(case(kind), 587, trouble="mx port 587: no answer in time"))
    assert found[0] == "unknown"
    assert "no answer in time" in found[1]


@pytest.mark.parametrize(
    ("kind", "port"), [("smtp_tls", 587), ("auth_over_tls", 587), ("mailbox_tls", 143), ("certificates", 143)]
)
def test_a_port_that_the_inventory_closes_is_not_looked_at(kind: str, port: int) -> None:
    """A firewall that drops it answers nothing, and waiting for that cost a check many seconds."""
    silent = seeing(case(kind), port, trouble=f"mx port {port}: no answer in time")
    assert outcome(silent)[0] == "unknown"
    assert outcome(of_target(silent, closed_ports=[f"{port}/tcp"])) == outcome(case(kind))


def test_passwords_offered_before_tls_fail_whatever_is_set() -> None:
    found = outcome(seeing(case("auth_over_tls"), 25, features=("STARTTLS", "AUTH PLAIN LOGIN")))
    assert found == ("fail", "AUTH before TLS on 25 is offered, wanted not offered")


MASTER = """\
smtp       inet  n       -       y       -       1       postscreen
smtpd      pass  -       -       y       -       -       smtpd
587        inet  n       -       y       -       -       smtpd
submissions inet n       -       y       -       -       smtpd -o smtpd_tls_wrappermode=yes
192.0.2.1:2525 inet n    -       y       -       -       smtpd
127.0.0.1:10025 inet n   -       y       -       -       smtpd
[::1]:10026 inet n       -       y       -       -       smtpd
somewhere  inet  n       -       y       -       -       smtpd
smtp       unix  -       -       y       -       -       smtp
"""


def test_services_that_take_mail_from_the_network() -> None:
    answers = {"postconf -x": Answer(0), "postconf -xP": Answer(0), "postconf -M": Answer(0, MASTER.encode())}
    assert smtp_services(Postfix(snapshot_host("mx", answers))) == {
        "smtp/inet": 25,
        "587/inet": 587,
        "submissions/inet": 465,
        "192.0.2.1:2525/inet": 2525,
    }


# --- mailboxes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("port", "features", "told"),
    [
        (143, ("IMAP4rev1", "STARTTLS"), "LOGIN"),
        (143, ("IMAP4rev1", "STARTTLS", "LOGINDISABLED", "AUTH=PLAIN"), "AUTH=PLAIN"),
        (110, ("USER", "STLS"), "USER"),
        (110, ("SASL PLAIN LOGIN", "STLS"), "SASL PLAIN LOGIN"),
        (4190, ('"SASL" "PLAIN"', '"STARTTLS"'), '"SASL" "PLAIN"'),
    ],
)
def test_passwords_before_tls(port: int, features: tuple[str, ...], told: str) -> None:
    found = outcome(seeing(case("mailbox_tls"), port, features=features))
    assert found == ("fail", f"before TLS on {port} is passwords by {told}, wanted no passwords")


@pytest.mark.parametrize(
    ("port", "features"),
    [
        (143, ("IMAP4rev1", "LOGINDISABLED", "AUTH=EXTERNAL")),
        (110, ("SASL", "STLS")),
        (4190, ('"SASL" ""', '"STARTTLS"')),
    ],
)
def test_no_passwords_before_tls(port: int, features: tuple[str, ...]) -> None:
    assert outcome(seeing(case("mailbox_tls"), port, features=features))[0] == "pass"


# --- certificates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "found"), [("2031", "pass"), ("2040", "fail")])
def test_days_left_are_counted_from_the_look(year: str, found: str) -> None:
    assert outcome(replace(case("certificates"), now=f"{year}-01-01T00:00:00+00:00"))[0] == found


def test_names_of_users_programs() -> None:
    found = outcome(case("certificates", names=["imap.example.my"]))
    assert found[0] == "fail"
    assert "names not covered on 993 is imap.example.my" in found[1]


def test_who_vouches_may_be_advice_alone() -> None:
    assert outcome(case("certificates", "fail-not-trusted", trusted=False))[0] == "warn"


def test_a_certificate_too_weak() -> None:
    assert outcome(case("certificates", min_rsa=4096))[0] == "fail"


def test_what_is_shown_and_is_not_the_file_is_mended_by_a_reload() -> None:
    stale = case("certificates", "fail-renewed-and-not-told")
    assert [action.do for action in judged(stale).plan.actions] == ["systemctl reload dovecot\n"]
    weak = replace(stale, control={**stale.control, "min_rsa": 4096})
    assert judged(weak).plan.empty


def test_a_certificate_that_is_not_shown_is_unknown() -> None:
    found = outcome(seeing(case("certificates"), 993, trouble="", refused="no ciphers in common", chain=()))
    assert found[0] == "unknown"
    assert "no ciphers in common" in found[1]


# --- outbound -------------------------------------------------------------------------------------

DANE = "smtp_tls_security_level = dane"


def dane(support: str, resolvers: str) -> Case:
    found = case("outbound_tls", level="dane")
    found = saying(found, "postconf -x", "smtp_tls_security_level = may", DANE)
    found = saying(found, "postconf -x", "smtp_dns_support_level =", f"smtp_dns_support_level = {support}")
    return answering(found, {RESOLVERS: resolvers})


def test_dane() -> None:
    assert outcome(case("outbound_tls", level="dane"))[0] == "warn"
    assert outcome(dane("dnssec", "nameserver 127.0.0.1\n"))[0] == "pass"
    assert outcome(dane("dnssec", "search x\nnameserver ::1\n"))[0] == "pass"
    assert outcome(dane("dnssec", "nameserver 9.9.9.9\n"))[0] == "warn"
    assert "not this host" in outcome(dane("dnssec", "nameserver 192.0.2.53\nnameserver 127.0.0.1\n"))[1]
    assert outcome(dane("", "nameserver 127.0.0.1\n"))[0] == "warn"


def test_kinds_look_at_what_they_say() -> None:
    """The recorded looks hold what the tests above change."""
    for kind in ("smtp_tls", "auth_over_tls", "mailbox_tls", "certificates"):
        assert any(isinstance(seen, Said | Presented) for seen in case(kind).seen.values())
