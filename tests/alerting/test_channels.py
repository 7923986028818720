"""Messages over real channels on loopback, and channels that mean harm or never end."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from baseline.alerting.deciding import Alert
from baseline.alerting.delivering import Waiting, deliver
from baseline.alerting.failing import NotSent
from baseline.alerting.mailing import as_mail
from baseline.alerting.sending import beat, send
from baseline.alerting.wording import Letterhead, Message, message
from baseline.load.alerts import ByCommand, ByMail, ByWebhook, Channel, Heartbeat, IntoFile
from baseline.secret import HIDDEN, Secret
from tests.probes.servers import Credentials, Script, credentials, listening

ABOUT = Letterhead("20261127T060000Z-0a1b2c3d", "2026-11-27T06:02:00Z", "controller", 1)
ONE = message(ABOUT, [Alert("newly failing", "mx1", "OUR-Q-01", "Messages may be large", detail="it is 1")])
PASSWORD = "a password that nobody sees"


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return credentials(tmp_path_factory.mktemp("tls"), x509.IPAddress(IPv4Address("127.0.0.1")))


class Inbox:
    """What a mail server was given. It refuses recipients at `refused.example`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.logins: list[bytes] = []

    # Their names are those that aiosmtpd calls.
    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.endswith("@refused.example"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 ok"

    def authenticated(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@contextlib.contextmanager
def mail_server(inbox: Inbox, **options: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    controller = Controller(inbox, "127.0.0.1", port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def mail(port: int, **others: Any) -> ByMail:
    usual: dict[str, Any] = {
        "to": ("postmaster@agency.example",),
        "sender": "baseline@agency.example",
        "tls": "none",
        "seconds": 5,
    }
    return ByMail(server="127.0.0.1", port=port, **(usual | others))


def test_a_mail_arrives_as_it_was_written() -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        send(mail(port), ONE)
    (got,) = inbox.mails
    assert got["Subject"] == "[baseline] controller: mx1 OUR-Q-01 newly failing"
    assert (got["From"], got["To"]) == ("baseline@agency.example", "postmaster@agency.example")
    assert got["Message-ID"] == f"<{ONE.id}.baseline@agency.example>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got.get_content().replace("\r\n", "\n") == ONE.text


def test_a_login_only_goes_over_tls_that_is_trusted(mine: Credentials) -> None:
    inbox = Inbox()
    secured = {"tls_context": mine.context, "require_starttls": True}
    login = {"authenticator": inbox.authenticated, "auth_required": True}
    secret = Secret("a test", lambda: PASSWORD)
    with mail_server(inbox, **secured, **login) as port:
        right = mail(port, tls="starttls", user="baseline", password=secret, ca=str(mine.certificate))
        send(right, ONE)
        with pytest.raises(NotSent, match=r"the certificate of 127\.0\.0\.1:\d+ is not trusted"):
            send(mail(port, tls="starttls", user="baseline", password=secret), ONE)
        wrong = mail(port, tls="starttls", user="baseline", password=Secret("x", lambda: "no"), ca=right.ca)
        with pytest.raises(NotSent, match="refuses the login of baseline") as refused:
            send(wrong, ONE)
    assert PASSWORD not in str(refused.value)
    assert (len(inbox.mails), {*inbox.logins}) == (1, {PASSWORD.encode(), b"no"})


def test_tls_from_the_first_byte(mine: Credentials) -> None:
    inbox = Inbox()
    with mail_server(inbox, ssl_context=mine.context) as port:
        send(mail(port, tls="tls", ca=str(mine.certificate)), ONE)
    assert len(inbox.mails) == 1


def test_no_mail_goes_in_the_clear_where_tls_is_wanted() -> None:
    inbox = Inbox()
    with mail_server(inbox) as port, pytest.raises(NotSent, match="STARTTLS"):
        send(mail(port, tls="starttls"), ONE)
    assert inbox.mails == []


def test_recipients_that_are_refused_are_told_and_the_others_get_it_once() -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        some = Channel("mail", mail(port, to=("postmaster@agency.example", "x@refused.example")))
        (told,) = deliver([some], {"mail": Waiting((ONE,))}, lambda *_: None)
        assert (told.sent, told.waiting, told.trouble) == (1, 0, "refused for x@refused.example")
        with pytest.raises(NotSent, match="550 no such user"):
            send(mail(port, to=("x@refused.example",)), ONE)
    assert len(inbox.mails) == 1


HOSTILE = "x\r\nBcc: everybody@evil.example\r\n\r\nbody \x1b[31m\u202e\x00\u2028 password = hunter2"


def hostile() -> Message:
    alert = Alert(
        "newly failing", f"mx1{HOSTILE}", "OUR-Q-01", HOSTILE, detail=HOSTILE, because=HOSTILE, advice=HOSTILE
    )
    return message(ABOUT, [alert])


def test_what_a_host_says_adds_no_header_no_line_and_no_control_character() -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        send(mail(port), hostile())
    (got,) = inbox.mails
    assert sorted(got.keys()) == sorted(as_mail(mail(1), ONE).keys())
    assert got["Bcc"] is None
    text = got.get_content()
    assert not {"\x1b", "\u202e", "\x00", "\u2028"} & {*text}
    assert "hunter2" not in text + got["Subject"] + hostile().json()
    assert HIDDEN in text


@given(st.lists(st.text(max_size=500), min_size=8, max_size=8), st.integers(1, 50))
def test_any_words_make_a_message_that_is_bounded_and_a_mail_with_the_same_headers(words: list[str], many: int) -> None:
    names = ("kind", "host", "control", "title", "before", "now", "detail", "since")
    own: dict[str, Any] = dict(zip(names, words, strict=True))
    alerts = [Alert(**own, others=tuple(words)) for _ in range(many)]
    told = message(ABOUT, alerts)
    made = as_mail(mail(1), told)
    assert sorted(made.keys()) == sorted(as_mail(mail(1), ONE).keys())
    read = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert (sorted(read.keys()), read["Message-ID"]) == (sorted(made.keys()), f"<{ONE.id}.baseline@agency.example>")
    assert "\n" not in told.subject + told.json()
    assert len(told.subject) <= 150
    assert len(told.text.encode()) < 1_000_000
    assert all(len(line) < 1000 for line in made.as_bytes().splitlines())


def test_a_secret_of_this_run_is_in_no_message() -> None:
    Secret("a test", lambda: "correct horse").reveal()
    told = message(ABOUT, [Alert("newly failing", "mx1", "OUR-Q-01", detail="it is correct horse, wanted other")])
    assert "correct horse" not in told.json() + told.text
    assert HIDDEN in told.text


def hook(port: int, mine: Credentials, **others: Any) -> ByWebhook:
    return ByWebhook(f"https://127.0.0.1:{port}/hook?x=1", ca=str(mine.certificate), seconds=1, **others)


def tls(mine: Credentials, script: Script) -> Script:
    """A script that is played over TLS."""

    def secured(connection: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError), mine.context.wrap_socket(connection, server_side=True) as inner:
            script(inner)

    return secured


def answering(text: str, heard: list[bytes] | None = None) -> Script:
    def script(connection: socket.socket) -> None:
        said = b""
        while b"\r\n\r\n" not in said or len(said.partition(b"\r\n\r\n")[2]) < _length(said):
            said += connection.recv(65_536)
        if heard is not None:
            heard.append(said)
        connection.sendall(text.encode())

    return script


def _length(said: bytes) -> int:
    fields = [line.partition(b":") for line in said.partition(b"\r\n\r\n")[0].splitlines()]
    return next((int(value) for name, _, value in fields if name.lower() == b"content-length"), 0)


OK = "HTTP/1.1 204 No Content\r\n\r\n"


def test_a_webhook_gets_the_json_by_https(mine: Credentials) -> None:
    heard: list[bytes] = []
    with listening(tls(mine, answering(OK, heard)), 1) as port:
        send(hook(port, mine, token=Secret("a test", lambda: "t0ken-of-the-hook")), ONE)
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /hook?x=1 HTTP/1.1"
    assert b"Authorization: Bearer t0ken-of-the-hook" in head.splitlines()
    assert f"Idempotency-Key: {ONE.id}".encode() in head.splitlines()
    assert json.loads(body) == ONE.document


def forever(part: bytes, pause: float = 0.0) -> Script:
    def script(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        until = time.monotonic() + 30
        while time.monotonic() < until:
            connection.sendall(part)
            time.sleep(pause)

    return script


def silent(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while connection.recv(4096):
            pass


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (answering("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\n\r\n"), "answers 302, a redirect"),
        (answering("HTTP/1.1 500 No\r\nContent-Length: 99999999\r\n\r\n"), "answers 500"),
        (answering("SSH-2.0-hello\r\n"), "127.0.0.1: SSH-2.0-hello"),
        (answering("HTTP/1.1 200 " + "x" * 70_000), "got more than 65536"),
        (answering(""), "127.0.0.1: Remote end closed"),
        (silent, "does not answer within 1 seconds"),
    ],
    ids=["redirect", "error", "no-http", "long", "hangs-up", "silent"],
)
def test_a_webhook_that_does_not_take_it(mine: Credentials, script: Script, why: str) -> None:
    with listening(tls(mine, script), 1) as port, pytest.raises(NotSent) as refused:
        send(hook(port, mine), ONE)
    assert why in str(refused.value)


@pytest.mark.parametrize("part", [b"HTTP/1.1 100 Continue\r\n\r\n", b"x"], ids=["interim", "drip"])
def test_a_server_that_answers_for_ever_is_left_alone_and_the_other_channels_are_not_held_up(
    mine: Credentials, tmp_path: Path, part: bytes
) -> None:
    with listening(tls(mine, forever(part, 0.05)), 1) as port:
        channels = [Channel("hook", hook(port, mine)), Channel("log", IntoFile(str(tmp_path / "log")))]
        waiting = {"hook": Waiting((ONE,)), "log": Waiting((ONE,))}
        taken: list[str] = []
        bad, good = deliver(channels, waiting, lambda name, _: taken.append(name))
    assert (bad.sent, bad.waiting, bool(bad.trouble)) == (0, 1, True)
    assert (good.sent, good.trouble, taken) == (1, "", ["log"])


def test_a_certificate_that_nobody_vouches_for(mine: Credentials) -> None:
    with listening(tls(mine, answering(OK)), 1) as port:
        untrusting = ByWebhook(f"https://127.0.0.1:{port}/", seconds=2)
        with pytest.raises(NotSent, match="its certificate is not trusted"):
            send(untrusting, ONE)


def test_a_mail_server_that_never_speaks_and_one_that_speaks_for_ever() -> None:

    def endless(connection: socket.socket) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            connection.sendall(b"220-wait\r\n")
            time.sleep(0.05)

    with listening(silent, 1) as one, listening(endless, 1) as other:
        channels = [Channel("silent", mail(one, seconds=1)), Channel("endless", mail(other, seconds=1))]
        told = deliver(channels, {one.name: Waiting((ONE,)) for one in channels}, lambda *_: None)
    assert [one.sent for one in told] == [0, 0]
    assert all(one.trouble for one in told)


def test_a_command_gets_the_json_on_its_input(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    send(ByCommand(("tee", str(kept))), ONE)
    assert json.loads(kept.read_text()) == ONE.document


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (("sh", "-c", "echo first >&2; echo no pager >&2; exit 3"), "sh ended with exit code 3: no pager"),
        (("false",), "false ended with exit code 1"),
        (("/no/such",), "/no/such: No such file or directory"),
        (("sh", "-c", "sleep 60 & sleep 60"), "sh took longer than 1 seconds"),
    ],
)
def test_a_command_that_does_not_take_it(argv: tuple[str, ...], why: str) -> None:
    with pytest.raises(NotSent) as refused:
        send(ByCommand(argv, seconds=1), ONE)
    assert str(refused.value) == why


def test_a_file_is_appended_to_and_never_a_link_a_pipe_or_a_device(tmp_path: Path) -> None:
    import os

    log = tmp_path / "log"
    for _ in range(2):
        send(IntoFile(str(log)), ONE)
    assert [json.loads(line) for line in log.read_text().splitlines()] == [ONE.document] * 2
    assert log.stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(log)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "no/such"):
        with pytest.raises(NotSent):
            send(IntoFile(str(tmp_path / name)), ONE)
    with pytest.raises(NotSent, match="is no regular file"):
        send(IntoFile("/dev/null"), ONE)
    assert len(log.read_text().splitlines()) == 2


def test_a_heartbeat_is_a_request(mine: Credentials) -> None:
    heard: list[bytes] = []
    with listening(tls(mine, answering(OK, heard)), 1) as port:
        beat(Heartbeat(url=f"https://127.0.0.1:{port}/ping/1", ca=str(mine.certificate)))
    assert heard[0].startswith(b"GET /ping/1 HTTP/1.1\r\n")


def test_of_too_many_messages_the_oldest_go_and_that_is_said() -> None:
    waiting = Waiting()
    for number in range(25):
        waiting = waiting.with_one(message(Letterhead(f"run-{number}", ABOUT.created, "controller"), []))
    assert (waiting.messages[0].id, len(waiting.messages), waiting.lost) == ("run-5", 20, 5)
    assert Waiting.from_dict(waiting.to_dict()) == waiting
    assert "5 earlier messages could not be delivered here" in message(ABOUT, [], waiting.lost).text
