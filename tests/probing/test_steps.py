"""The steps of an access test against small servers on loopback: good ones, wrong ones, and ones that mean harm."""

from __future__ import annotations

import base64
import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from baseline.delivery.failing import NoAnswer, WrongAnswer
from baseline.load.probed import MailServer, MailService, Tls, Webmail
from baseline.probing.dialogue import NonsenseAnswer
from baseline.probing.steps import Passed, opened, tried
from baseline.secret import Secret
from tests.probes.servers import Credentials, Script, credentials, dialogue, listening
from tests.probes.test_https import HEAD, answering

PASSWORD = "correct-horse-battery"
PLAIN = base64.b64encode(f"\0probe\0{PASSWORD}".encode()).decode()
SMTP = {"EHLO": "250-mx\r\n250 AUTH PLAIN LOGIN\r\n", "AUTH": "235 ok\r\n", "QUIT": "221 bye\r\n", "*": "502 no\r\n"}
IMAP = {
    "CAPABILITY": "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nTAG OK\r\n",
    "AUTHENTICATE": "TAG OK in\r\n",
    "LIST": '* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST () "/" Junk\r\nTAG OK\r\n',
    "SELECT": "* FLAGS ()\r\n* 3 EXISTS\r\nTAG OK\r\n",
    "*": "TAG BAD no\r\n",
}
POP3 = {"USER": "+OK\r\n", "PASS": "+OK\r\n", "STAT": "+OK 2 320\r\n", "*": "-ERR\r\n"}
SIEVE = {"AUTHENTICATE": "OK\r\n", "LISTSCRIPTS": '"main" ACTIVE\r\nOK\r\n', "*": "NO\r\n"}
GREETINGS: dict[MailService, str] = {
    "smtp": "220 mx ready\r\n",
    "submission": "220 mx ready\r\n",
    "imap": "* OK ready\r\n",
    "pop3": "+OK ready\r\n",
    "sieve": '"IMPLEMENTATION" "x"\r\n"SASL" "PLAIN LOGIN"\r\nOK "ready"\r\n',
}
GOOD: dict[MailService, dict[str, str]] = {
    "smtp": SMTP,
    "submission": SMTP,
    "imap": IMAP,
    "pop3": POP3,
    "sieve": SIEVE,
}


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return credentials(tmp_path_factory.mktemp("steps"), x509.DNSName("localhost"))


def server(port: int, service: MailService, tls: Tls = "none", ca: Path | str = "") -> MailServer:
    login = service != "smtp"
    password = Secret("a test", lambda: PASSWORD) if login else None
    return MailServer("127.0.0.1", port, tls, "mx.example.test", "probe" if login else "", password, str(ca))


def stepped(service: MailService, script: Script, seconds: float = 5) -> Passed:
    with listening(script, 1) as port:
        return tried(service, server(port, service), seconds)


def playing(service: MailService, **answers: str) -> Script:
    return dialogue(GREETINGS[service], {**answers, **{k: v for k, v in GOOD[service].items() if k not in answers}})


@pytest.mark.parametrize("service", GOOD)
def test_a_good_server_passes(service: MailService) -> None:
    assert stepped(service, playing(service)) == Passed(tls="", near=True)


@pytest.mark.parametrize(
    ("service", "commands"),
    [
        ("smtp", ["EHLO probe.invalid", "QUIT"]),
        ("submission", ["EHLO probe.invalid", f"AUTH PLAIN {PLAIN}", "QUIT"]),
        (
            "imap",
            ["a2 CAPABILITY", f"a3 AUTHENTICATE PLAIN {PLAIN}", 'a4 LIST "" "*"', "a5 SELECT INBOX", "z1 LOGOUT"],
        ),
        ("pop3", ["USER probe", f"PASS {PASSWORD}", "STAT", "QUIT"]),
        ("sieve", [f'AUTHENTICATE "PLAIN" "{PLAIN}"', "LISTSCRIPTS", "LOGOUT"]),
    ],
)
def test_a_service_is_used_as_its_users_do(service: MailService, commands: list[str]) -> None:
    heard: list[str] = []
    assert stepped(service, dialogue(GREETINGS[service], GOOD[service], heard))
    assert heard == commands


def test_an_imap_server_without_an_initial_response_is_logged_in_to_by_words() -> None:
    heard: list[str] = []
    answers = {**IMAP, "CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK\r\n", "LOGIN": "TAG OK\r\n"}
    assert stepped("imap", dialogue(GREETINGS["imap"], answers, heard))
    assert f'a3 LOGIN "probe" "{PASSWORD}"' in heard


@pytest.mark.parametrize(
    ("service", "answers", "said"),
    [
        ("smtp", {"EHLO": "550 go away\r\n"}, "EHLO: 550 go away"),
        ("submission", {"EHLO": "250 mx\r\n"}, "does not offer a login"),
        ("submission", {"AUTH": "535 5.7.8 no\r\n"}, "login: 535 5.7.8 no"),
        ("imap", {"AUTHENTICATE": "TAG NO [AUTHENTICATIONFAILED] no\r\n"}, r"login: NO \[AUTHENTICATIONFAILED\] no$"),
        ("imap", {"LIST": "TAG OK\r\n"}, "LIST shows no INBOX"),
        ("imap", {"SELECT": "TAG OK\r\n"}, "SELECT does not say"),
        ("imap", {"SELECT": "TAG NO no such mailbox\r\n"}, "SELECT: NO no such mailbox$"),
        ("pop3", {"PASS": "-ERR [AUTH] no\r\n"}, r"login: -ERR \[AUTH\] no$"),
        ("sieve", {"AUTHENTICATE": 'NO "no"\r\n'}, "login: NO"),
    ],
)
def test_a_wrong_answer_is_one_that_stays(service: MailService, answers: dict[str, str], said: str) -> None:
    with pytest.raises(WrongAnswer, match=said) as caught:
        stepped(service, playing(service, **answers))
    assert not isinstance(caught.value, NonsenseAnswer)


@pytest.mark.parametrize(
    ("service", "answers"),
    [
        ("smtp", {"EHLO": "421 later\r\n"}),
        ("submission", {"AUTH": "454 4.7.0 later\r\n"}),
        ("imap", {"AUTHENTICATE": "TAG NO [UNAVAILABLE] later\r\n"}),
        ("imap", {"SELECT": "TAG NO [INUSE] later\r\n"}),
        ("pop3", {"PASS": "-ERR [IN-USE] later\r\n"}),
        ("sieve", {"AUTHENTICATE": "NO (TRYLATER) later\r\n"}),
    ],
)
def test_a_server_that_says_later_gave_no_answer(service: MailService, answers: dict[str, str]) -> None:
    with pytest.raises(NoAnswer, match="later"):
        stepped(service, playing(service, **answers))


@pytest.mark.parametrize("service", ["smtp", "submission", "imap", "pop3"])
def test_nonsense_is_told_as_such(service: MailService) -> None:
    """In ManageSieve every line may stand before the last one."""
    with pytest.raises(NonsenseAnswer):
        stepped(service, dialogue("\x1b[2J<html>\r\n", {"*": "\x00\r\n"}))


def silent(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.recv(1)


def dripping(connection: socket.socket) -> None:
    for _ in range(200):
        connection.sendall(b"2")
        time.sleep(0.05)


def endless(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"220-mx\r\n" * 1000)


def one_line(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"2" * 65_536)


def closing(connection: socket.socket) -> None:
    del connection


@pytest.mark.parametrize("script", [silent, dripping, closing])
@pytest.mark.parametrize("service", GOOD)
def test_a_server_that_never_answers_is_not_waited_for(service: MailService, script: Script) -> None:
    began = time.monotonic()
    with listening(script, 1) as port, pytest.raises(NoAnswer):
        tried(service, server(port, service), 0.3)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("script", [endless, one_line])
@pytest.mark.parametrize("service", GOOD)
def test_an_answer_without_end_is_cut_off(service: MailService, script: Script) -> None:
    with pytest.raises((NoAnswer, NonsenseAnswer)):
        stepped(service, script)


def test_nobody_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NoAnswer, match="port"):
        tried("smtp", server(port, "smtp"), 5)
    with pytest.raises(NoAnswer, match="cannot be looked up"):
        tried("smtp", MailServer("nobody.invalid", 25, "none", "nobody.invalid"), 5)


def test_what_a_server_says_is_kept_without_control_characters_and_passwords() -> None:
    answer = f"535 \x1b[31mno {PASSWORD} {PLAIN} \u202e {'x' * 5000}\r\n"
    with pytest.raises(WrongAnswer) as caught:
        stepped("submission", playing("submission", AUTH=answer))
    said = str(caught.value)
    assert said.isprintable()
    assert PASSWORD not in said
    assert PLAIN not in said
    assert len(said) <= 210


def in_tls(own: Credentials, service: MailService, first: bytes, ahead: bytes = b"") -> Script:
    """STARTTLS after the greeting and `first`, then a good server."""

    def script(connection: socket.socket) -> None:
        connection.sendall(GREETINGS[service].encode())
        lines = connection.makefile("rb")
        if service in ("smtp", "submission"):
            next(lines)
            connection.sendall(first)
        next(lines)
        go = {"imap": b"s1 OK go\r\n", "pop3": b"+OK go\r\n", "sieve": b"OK go\r\n"}.get(service, b"220 go\r\n")
        connection.sendall(go + ahead)
        with own.context.wrap_socket(connection, server_side=True) as secured:
            dialogue(GREETINGS["sieve"] if service == "sieve" else "", GOOD[service])(secured)

    return script


FIRST = b"250-mx\r\n250 STARTTLS\r\n"


@pytest.mark.parametrize("service", ["smtp", "submission", "imap", "pop3"])
def test_a_login_is_inside_tls(mine: Credentials, service: MailService) -> None:
    with listening(in_tls(mine, service, FIRST), 1) as port:
        found = tried(service, server(port, service, "starttls", mine.certificate), 5)
    assert found.tls.startswith("TLSv1.")


def test_a_certificate_that_nobody_vouches_for_is_wrong_and_gets_no_password(mine: Credentials) -> None:
    with (
        pytest.raises(WrongAnswer, match="certificate is not trusted"),
        listening(in_tls(mine, "submission", FIRST), 1) as port,
    ):
        tried("submission", server(port, "submission", "starttls"), 5)


def test_a_server_without_starttls_is_wrong_and_gets_no_password(mine: Credentials) -> None:
    heard: list[str] = []
    with (
        pytest.raises(WrongAnswer, match="does not offer STARTTLS"),
        listening(dialogue(GREETINGS["submission"], SMTP, heard), 1) as port,
    ):
        tried("submission", server(port, "submission", "starttls", mine.certificate), 5)
    assert heard == ["EHLO probe.invalid"]


def test_what_is_said_before_tls_begins_is_not_taken_for_said_inside(mine: Credentials) -> None:
    with (
        pytest.raises(WrongAnswer, match="before TLS began"),
        listening(in_tls(mine, "smtp", FIRST, b"250 AUTH PLAIN\r\n"), 1) as port,
    ):
        tried("smtp", server(port, "smtp", "starttls", mine.certificate), 5)


def page(mine: Credentials, reply: bytes, webmail: Callable[[int], Webmail]) -> Passed:
    with listening(answering(mine, reply), 1) as port:
        return opened(webmail(port), 5)


def test_the_page_of_a_webmail_is_as_it_should_be(mine: Credentials) -> None:
    def webmail(port: int, status: int = 200, says: str = "Log masuk", ca: str = str(mine.certificate)) -> Webmail:
        return Webmail(f"https://localhost:{port}/mail/?_task=login", status, says, ca)

    assert page(mine, HEAD + b"<title>Log masuk</title>", webmail).tls
    with pytest.raises(WrongAnswer, match="does not say 'Log masuk'"):
        page(mine, HEAD + b"It works!", webmail)
    with pytest.raises(WrongAnswer, match="it answers 500, and 200 is wanted"):
        page(mine, HEAD.replace(b"200 OK", b"500 No"), webmail)
    with pytest.raises(NoAnswer, match="it answers 503"):
        page(mine, HEAD.replace(b"200 OK", b"503 Later"), webmail)
    with pytest.raises(NoAnswer):
        page(mine, b"\x00\x00\r\n", webmail)
    with pytest.raises(WrongAnswer, match="not trusted"):
        page(mine, HEAD, lambda port: webmail(port, ca=""))
