"""Dialogues and handshakes with servers on loopback."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from baseline.deadline import Deadline
from baseline.model.probes import Handshake, Port, Probe, Talk
from baseline.probes import Sender
from baseline.probes.lines import talk
from baseline.probes.patience import Patience
from baseline.probes.tls import Contexts, reach, shake
from tests.probes.servers import Credentials, Script, credentials, dialogue, listening

SMTP = {
    "EHLO": "250-mx.example.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n",
    "RCPT": "550-5.1.1 no such\r\n550 5.1.1 user\r\n",
    "DATA": "354 go on\r\n",
    ".": "554 5.7.1 Gtube pattern\r\n",
    "QUIT": "221 bye\r\n",
    "STARTTLS": "220 go\r\n",
    "*": "250 ok\r\n",
}


@pytest.fixture(scope="module")
def contexts() -> Contexts:
    return Contexts()


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return credentials(tmp_path_factory.mktemp("tls"))


def test_smtp(contexts: Contexts) -> None:
    with listening(dialogue("220 mx.example.test ESMTP\r\n", SMTP), 1) as port:
        said = talk(Talk("127.0.0.1", port, commands=("MAIL FROM:<>", "RCPT TO:<x@y>")), contexts, Patience(5))
    assert said.trouble == said.ended == ""
    assert said.greeting == "mx.example.test ESMTP"
    assert said.features == ("SIZE 1000", "STARTTLS")
    assert [reply.code for reply in said.replies] == ["250", "550"]
    assert said.replies[1].text == "5.1.1 no such\n5.1.1 user"


def test_a_body_is_sent_after_354_and_dots_are_doubled(contexts: Contexts) -> None:
    heard: list[str] = []

    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 x\r\n")
        body = False
        for line in connection.makefile("rb"):
            said = line.decode().rstrip("\r\n")
            heard.append(said)
            if body and said != ".":
                continue
            word = said.split(" ")[0].partition(":")[0]
            connection.sendall(SMTP.get(word, "250 ok\r\n").encode())
            body = word == "DATA"

    with listening(script, 1) as port:
        said = talk(Talk("127.0.0.1", port, commands=("DATA", "RSET"), body="one\n.two\n"), contexts, Patience(5))
    assert heard[1:6] == ["DATA", "one", "..two", ".", "RSET"]
    assert [reply.code for reply in said.replies] == ["354", "554", "250"]


def test_a_lost_connection_keeps_what_was_said(contexts: Contexts) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 x\r\n")
        lines = connection.makefile("rb")
        next(lines)
        connection.sendall(b"250 x\r\n")
        next(lines)
        connection.sendall(b"250 first\r\n")
        next(lines)

    with listening(script, 1) as port:
        said = talk(Talk("127.0.0.1", port, commands=("NOOP", "NOOP", "NOOP")), contexts, Patience(5))
    assert [reply.text for reply in said.replies] == ["first"]
    assert "closed" in said.ended or "reset" in said.ended


def endless(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"220-" + b"x" * 1000 + b"\r\n")


def one_line(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"2" * 4096)


@pytest.mark.parametrize("script", [endless, one_line, dialogue("HTTP/1.1 400 Bad\r\n", SMTP)])
def test_what_is_no_mail_server_is_trouble(script: Script, contexts: Contexts) -> None:
    with listening(script, 1) as port:
        said = talk(Talk("127.0.0.1", port), contexts, Patience(5))
    assert f"127.0.0.1 port {port}: " in said.trouble


def test_nobody_there_is_trouble(contexts: Contexts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "refused" in talk(Talk("127.0.0.1", port), contexts, Patience(5)).trouble
    assert reach(Port("127.0.0.1", port), Patience(5)).state == "refused"


def test_an_open_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert reach(Port("127.0.0.1", server.getsockname()[1]), Patience(5)).state == "open"


def test_imap(contexts: Contexts) -> None:
    answers = {
        "CAPABILITY": "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nTAG OK done\r\n",
        "LOGIN": "TAG NO [PRIVACYREQUIRED] not in clear\r\n",
        "*": "TAG OK\r\n",
    }
    with listening(dialogue("* OK ready\r\n", answers), 1) as port:
        said = talk(Talk("127.0.0.1", port, "imap", commands=("LOGIN a b",)), contexts, Patience(5))
    assert said.features == ("IMAP4rev1", "STARTTLS", "LOGINDISABLED")
    assert [reply.code for reply in said.replies] == ["NO"]


def test_pop3_and_sieve(contexts: Contexts) -> None:
    answers = {"CAPA": "+OK\r\nSTLS\r\nUSER\r\n.\r\n", "*": "-ERR no\r\n"}
    with listening(dialogue("+OK ready\r\n", answers), 1) as port:
        said = talk(Talk("127.0.0.1", port, "pop3", commands=("USER a",)), contexts, Patience(5))
    assert (said.features, said.replies[0].code) == (("STLS", "USER"), "-ERR")
    with listening(dialogue('"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\nOK "ready"\r\n', {"*": "OK\r\n"}), 1) as port:
        said = talk(Talk("127.0.0.1", port, "sieve"), contexts, Patience(5))
    assert '"STARTTLS"' in said.features


def in_tls(own: Credentials, begin: bytes = b"", answers: dict[str, str] | None = None) -> Script:
    """TLS from the first byte, or after a greeting and STARTTLS."""

    def script(connection: socket.socket) -> None:
        if begin:
            connection.sendall(begin)
            lines = connection.makefile("rb")
            next(lines)
            connection.sendall(SMTP["EHLO"].encode())
            if not next(lines, b""):
                return
            connection.sendall(b"220 go\r\n")
        with own.context.wrap_socket(connection, server_side=True) as secured:
            for line in secured.makefile("rb"):
                word = line.decode().split()[0]
                secured.sendall((answers or SMTP).get(word, "250 ok\r\n").encode())

    return script


def test_a_dialogue_inside_tls(mine: Credentials, contexts: Contexts) -> None:
    answers = {"EHLO": "250-mx\r\n250 AUTH PLAIN\r\n"}
    with listening(in_tls(mine, b"220 mx\r\n", answers), 1) as port:
        said = talk(Talk("127.0.0.1", port, tls="starttls", commands=("NOOP",)), contexts, Patience(5))
    assert said.trouble == ""
    assert "AUTH PLAIN" not in said.features
    assert said.features_in_tls == ("AUTH PLAIN",)
    assert said.replies[0].code == "250"


def test_a_handshake_tells_version_certificate_and_trust(mine: Credentials, contexts: Contexts) -> None:
    with listening(in_tls(mine, b"220 mx\r\n"), 2) as port:
        seen = shake(Handshake("127.0.0.1", port, "smtp", "mx.example.test"), contexts, Patience(5))
    assert (seen.trouble, seen.refused) == ("", "")
    assert seen.version == "TLSv1.3"
    assert seen.chain[0].strip() == mine.certificate.read_text().strip()
    assert not seen.trusted
    assert "self" in seen.why_not


def test_a_trusted_one(mine: Credentials) -> None:
    contexts = Contexts()
    contexts.checking.load_verify_locations(mine.certificate)
    for name, trusted in (("mx.example.test", True), ("other.example.test", False)):
        with listening(in_tls(mine), 2) as port:
            seen = shake(Handshake("127.0.0.1", port, server_name=name), contexts, Patience(5))
        assert seen.trusted is trusted, seen


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_an_old_version_is_refused_and_that_is_no_trouble(version: str, mine: Credentials, contexts: Contexts) -> None:
    with listening(in_tls(mine), 1) as port:
        seen = shake(Handshake("127.0.0.1", port, version=version), contexts, Patience(5))  # type: ignore[arg-type]
    assert seen.refused
    assert seen.version == seen.trouble == ""


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_one_version_alone(version: str, mine: Credentials, contexts: Contexts) -> None:
    with listening(in_tls(mine), 2) as port:
        seen = shake(Handshake("127.0.0.1", port, version=version), contexts, Patience(5))  # type: ignore[arg-type]
    assert seen.version == version


def test_a_server_that_knows_no_starttls(contexts: Contexts) -> None:
    answers = {**SMTP, "STARTTLS": "502 5.5.1 not known\r\n"}
    with listening(dialogue("220 mx\r\n", answers), 1) as port:
        seen = shake(Handshake("127.0.0.1", port, "smtp"), contexts, Patience(5))
    assert "STARTTLS was refused" in seen.trouble


def test_the_sender_answers_every_probe(mine: Credentials, tmp_path: Path) -> None:
    sender = Sender(seconds=2)
    with listening(dialogue("220 mx\r\n", SMTP), 4) as port:
        probes: list[Probe] = [Talk("127.0.0.1", port), Port("127.0.0.1", port), Handshake("127.0.0.1", port)]
        seen = sender.look(probes, (), Deadline())
    assert list(seen) == probes
    assert sender.now().tzinfo is not None
    assert isinstance(ssl.create_default_context(), ssl.SSLContext)


def test_a_server_that_breaks_off_is_asked_once_more() -> None:
    slept: list[float] = []
    calls: list[int] = []

    def script(connection: socket.socket) -> None:
        calls.append(1)
        if len(calls) > 1:
            dialogue("220 mx\r\n", SMTP)(connection)

    with listening(script, 2) as port:
        probe = Talk("127.0.0.1", port)
        seen = Sender(seconds=2, sleep=slept.append).look([probe], (), Deadline())
    assert seen[probe].trouble == ""
    assert (len(calls), len(slept)) == (2, 1)


def test_a_server_that_is_silent_is_not_asked_again() -> None:
    slept: list[float] = []

    def script(connection: socket.socket) -> None:
        connection.settimeout(3)
        connection.recv(1)

    with listening(script, 1) as port:
        probe = Talk("127.0.0.1", port)
        seen = Sender(seconds=0.5, sleep=slept.append).look([probe], (), Deadline())
    assert "no answer in time" in seen[probe].trouble
    assert slept == []
