"""A probe that is cut off at any of its answers brings what was answered until then, and no other answer."""

from __future__ import annotations

import contextlib
import socket
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset
import pytest

from baseline.deadline import Deadline
from baseline.model.probes import Fetch, Handshake, Lookup, Presented, Probe, Records, Said, Seen, Starttls, Talk
from baseline.probes import Sender
from baseline.probes.turns import Turns
from tests.adversary.case import adversary
from tests.adversary.relay import Cut, How, NameRelay, Relay
from tests.probes.servers import Credentials, Script, credentials, dialogue, listening, name_server

CUT = "answers that do not come"

HOW: tuple[How, ...] = ("close", "reset", "half", "silent")
RCPT = ("MAIL FROM:<>", "RCPT TO:<one@elsewhere.example>", "RCPT TO:<two@elsewhere.example>")


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return credentials(tmp_path_factory.mktemp("tls"))


class Cutting:
    """Sends one probe after the other through a relay, each tried a second time where that is worth it."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        # What is silent is waited for; a machine that is busy may seem so, which is no other answer either.
        # The relay is one server, cut hundreds of times, and without a pace.
        turns = Turns(jitter=lambda: 0.0)
        self._short = Sender(seconds=0.2, whole=5, at_once=1, sleep=lambda _: relay.again(), turns=turns)
        self._patient = Sender(seconds=5, at_once=1, turns=turns)

    def whole(self, probe: Probe, *resolvers: str) -> Seen:
        """The answer with nothing cut."""
        self.relay.begin(None)
        return self._patient.look([probe], resolvers, Deadline())[probe]

    def cut(self, probe: Probe, cut: Cut, *resolvers: str) -> Seen:
        """The answer with one of its parts cut; the same one where it is tried again."""
        self.relay.begin(cut)
        return self._short.look([probe], resolvers, Deadline())[probe]


def through(probe: Talk | Handshake, relay: Relay) -> Talk | Handshake:
    return replace(probe, address="127.0.0.1", port=relay.port)


def cut_everywhere(script: Script, probe: Talk | Handshake, how: tuple[How, ...]) -> tuple[Seen, dict[Cut, Seen]]:
    """What a probe brings from a server, and what it brings where each answer in turn is cut."""
    with listening(script, 2000) as port, Relay(("127.0.0.1", port)).running() as relay:
        ours, cutting = through(probe, relay), Cutting(relay)
        whole = cutting.whole(ours)
        cuts = [Cut(*where, one) for where in relay.cuts for one in how]
        return whole, {cut: cutting.cut(ours, cut) for cut in cuts}


def no_other(whole: Seen, found: Seen) -> bool:
    """Whether a cut answer is the same, or none, or the beginning of the same that says that it is no more."""
    if found == whole or found.trouble:
        return found == whole or found == replace(type(found)(), trouble=found.trouble)
    if not isinstance(found, Said) or not isinstance(whole, Said):
        return False
    begun = whole.replies[: len(found.replies)]
    return bool(found.ended) and found == replace(whole, replies=begun, ended=found.ended)


SMTP = {
    "EHLO": "250-mx.example.test\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
    "RCPT": "250-2.1.5 relayed\r\n250 2.1.5 gladly\r\n",
    "*": "250 ok\r\n",
}
IMAP = {"CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n", "*": "TAG OK\r\n"}
POP3 = {"CAPA": "+OK\r\nSTLS\r\nUSER\r\n.\r\n", "*": "+OK\r\n"}
SIEVE = '"IMPLEMENTATION" "x"\r\n"SASL" "PLAIN"\r\nOK "ready"\r\n'

OPEN = [
    (dialogue("220 mx.example.test ESMTP\r\n", SMTP), Talk("", 0, commands=RCPT)),
    (dialogue("* OK ready\r\n", IMAP), Talk("", 0, "imap", commands=("LOGIN a b",))),
    (dialogue("+OK ready\r\n", POP3), Talk("", 0, "pop3", commands=("USER a",))),
    (dialogue(SIEVE, {"*": "OK\r\n"}), Talk("", 0, "sieve", commands=("NOOP",))),
]


@adversary(CUT, "cut a dialogue with a mail server off at any line: closed, reset, half a line, silent, 421")
@pytest.mark.parametrize(("script", "probe"), OPEN, ids=lambda one: one.protocol if isinstance(one, Talk) else "")
def test_a_dialogue_that_is_cut_off(script: Script, probe: Talk) -> None:
    """What was answered until then is told, and how it ended; without features there was no dialogue.

    Before: 421 in place of an answer was a recipient refused, and in place of EHLO's or CAPA's a server that offers no
    passwords: an open relay, and passwords without TLS, passed.
    """
    how: tuple[How, ...] = (*HOW, "busy") if probe.protocol == "smtp" else HOW
    whole, found = cut_everywhere(script, probe, how)
    assert isinstance(whole, Said)
    assert (whole.trouble, whole.ended) == ("", "")
    assert len(found) >= 4 * len(how)
    assert {cut: seen for cut, seen in found.items() if not no_other(whole, seen)} == {}


@pytest.mark.parametrize(
    ("protocol", "greeting", "answers"),
    [
        ("smtp", "421 4.3.2 not now\r\n", SMTP),
        ("smtp", "554 5.7.1 go away\r\n", SMTP),
        ("smtp", "220 mx\r\n", {**SMTP, "EHLO": "451 4.3.0 later\r\n"}),
        ("imap", "* BYE too many\r\n", IMAP),
        ("imap", "* OK\r\n", {**IMAP, "CAPABILITY": "TAG NO later\r\n"}),
        ("imap", "* OK\r\n", {**IMAP, "CAPABILITY": "TAG OK that was all\r\n"}),
        ("pop3", "-ERR too many\r\n", POP3),
        ("pop3", "+OK\r\n", {**POP3, "CAPA": "-ERR later\r\n"}),
        ("sieve", 'BYE "too many"\r\n', {}),
    ],
)
def test_a_server_that_takes_nobody_now_has_told_nothing(protocol: str, greeting: str, answers: dict[str, str]) -> None:
    with listening(dialogue(greeting, answers), 2) as port:
        probe = Talk("127.0.0.1", port, protocol)  # type: ignore[arg-type]
        seen = Sender(seconds=2, sleep=lambda _: None).look([probe], (), Deadline())[probe]
    assert seen == Said(trouble=seen.trouble)
    assert seen.trouble


def test_a_server_that_knows_no_ehlo_offers_nothing() -> None:
    with listening(dialogue("220 mx\r\n", {**SMTP, "EHLO": "502 5.5.1 what\r\n"}), 1) as port:
        probe = Talk("127.0.0.1", port)
        seen = Sender(seconds=2).look([probe], (), Deadline())[probe]
    assert seen == Said("mx")


def secure(own: Credentials, oldest: bool) -> Script:
    """TLS from the first byte; `oldest` takes TLS 1.0 as well."""
    context = own.context
    if oldest:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            # To offer what nobody should take is the point.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    return script


def starttls(own: Credentials) -> Script:
    """A mail server that goes on in TLS."""
    context = own.context

    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 mx\r\n")
        lines = connection.makefile("rb")
        for answer in (b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n"):
            if not next(lines, b""):
                return
            connection.sendall(answer)
        with context.wrap_socket(connection, server_side=True) as secured:
            for _ in secured.makefile("rb"):
                secured.sendall(b"250-mx\r\n250 AUTH PLAIN\r\n")

    return script


@adversary(CUT, "cut a handshake of TLS off at any record")
@pytest.mark.parametrize(("version", "begin"), [("", ""), ("", "smtp"), ("TLSv1.2", ""), ("TLSv1", "")])
def test_a_handshake_that_is_cut_off(version: str, begin: Starttls, mine: Credentials) -> None:
    """It could not be had: nothing is learnt of the version, nor of the certificate.

    Before: a connection that was closed or reset in the middle was a version refused, so that a server with TLS 1.0
    passed; the certificate was not trusted where the second connection was cut.
    """
    script = starttls(mine) if begin else secure(mine, oldest=version == "TLSv1")
    probe = Handshake("", 0, begin, "mx.example.test", version)  # type: ignore[arg-type]
    whole, found = cut_everywhere(script, probe, HOW)
    assert isinstance(whole, Presented)
    assert (whole.trouble, whole.refused, bool(whole.version)) == ("", "", True)
    assert {cut: seen for cut, seen in found.items() if not no_other(whole, seen)} == {}


def test_a_dialogue_in_tls_that_is_cut_off(mine: Credentials) -> None:
    whole, found = cut_everywhere(starttls(mine), Talk("", 0, tls="starttls", commands=("NOOP",)), HOW)
    assert isinstance(whole, Said)
    assert (whole.trouble, whole.ended, whole.features_in_tls) == ("", "", ("AUTH PLAIN",))
    assert {cut: seen for cut, seen in found.items() if not no_other(whole, seen)} == {}


def closing(own: Credentials, *, times: int) -> Script:
    """Takes TLS 1.2 and newer, and closes connections with an older version without a word, as Dovecot does.

    After `times` it takes TLS 1.0 as well.
    """
    new, old = own.context, secure(own, oldest=True)
    closed: list[bytes] = []

    def script(connection: socket.socket) -> None:
        hello = connection.recv(4096, socket.MSG_PEEK)
        if b"\x00\x2b" in hello:  # supported_versions: 1.3 among them
            with new.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)
        elif len(closed) < times:
            closed.append(connection.recv(4096))
        else:
            old(connection)

    return script


@pytest.mark.parametrize(("times", "refused"), [(99, True), (1, False)])
def test_a_version_is_refused_by_closing_when_it_is_closed_twice(times: int, refused: bool, mine: Credentials) -> None:
    with listening(closing(mine, times=times), 4) as port:
        probe = Handshake("127.0.0.1", port, version="TLSv1")
        seen = Sender(seconds=2).look([probe], (), Deadline())[probe]
    assert isinstance(seen, Presented)
    assert (seen.trouble, bool(seen.refused)) == ("", refused)
    assert seen.version == ("" if refused else "TLSv1")


def test_who_closes_whatever_is_offered_has_refused_no_version() -> None:
    def script(connection: socket.socket) -> None:
        connection.recv(4096)

    with listening(script, 8) as port:
        for version in ("", "TLSv1"):
            probe = Handshake("127.0.0.1", port, version=version)
            seen = Sender(seconds=2, sleep=lambda _: None).look([probe], (), Deadline())[probe]
            assert seen == Presented(trouble=seen.trouble)


POLICY = b"version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 6048000\n"


@adversary(CUT, "cut a document off that comes over HTTPS, at any record and in the middle")
@pytest.mark.parametrize("length", [True, False])
def test_a_document_that_is_cut_off(length: bool, mine: Credentials, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not be had, whether its length was told or its end was to be that of TLS.

    Before: what had come was the document: `max_age: 6048000` was 604800, or 60.
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(mine.certificate))
    told = f"Content-Length: {len(POLICY)}\r\n" if length else ""
    context = mine.context

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)
            secured.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{told}\r\n".encode())
            for begin in range(0, len(POLICY), 7):
                secured.sendall(POLICY[begin : begin + 7])
            secured.unwrap()

    with (
        listening(script, 2000) as port,
        Relay(("127.0.0.1", port)).running() as relay,
        names() as (_, server),
    ):
        probe = Fetch(f"https://mx.example.test:{relay.port}/.well-known/mta-sts.txt")
        cutting = Cutting(relay)
        whole = cutting.whole(probe, server)
        assert (whole.trouble, getattr(whole, "body", "")) == ("", POLICY.decode())
        cuts = [Cut(*where, how) for where in relay.cuts for how in HOW]
        assert len(cuts) > 40
        assert [cut for cut in cuts if not no_other(whole, cutting.cut(probe, cut, server))] == []


@contextlib.contextmanager
def names() -> Iterator[tuple[NameRelay, str]]:
    """A name server that knows addresses and a long text, and a relay before it."""

    def mind(query: dns.message.Message) -> dns.message.Message:
        made = dns.message.make_response(query)
        made.flags |= dns.flags.AA
        name = query.question[0].name
        if query.question[0].rdtype == dns.rdatatype.A:
            made.answer = [dns.rrset.from_text(name, 300, "IN", "A", "127.0.0.1")]
        if query.question[0].rdtype == dns.rdatatype.TXT:
            made.answer = [dns.rrset.from_text(name, 300, "IN", "TXT", '"v=spf1 +all"')]
        return made

    with name_server(mind) as server, NameRelay(("127.0.0.1", int(server.rpartition("#")[2]))).running() as relay:
        yield relay, relay.address


@adversary(
    CUT, "leave a question of DNS without an answer, or answer SERVFAIL, REFUSED, a part, or truncated and no more"
)
def test_a_question_of_dns_that_is_not_answered() -> None:
    """There is no answer, or one that says that it is none: never an empty one.

    Before: a connection over TCP that was closed without an answer ended the look as a fault of the program.
    """
    with names() as (relay, server):
        probe = Lookup("example.test", "TXT", server)
        sender = Sender(seconds=0.6, whole=5)
        whole = sender.look([probe], (), Deadline())[probe]
        assert isinstance(whole, Records)
        assert whole.records == ("v=spf1 +all",)
        for lie in ("dropped", "servfail", "refused", "truncated", "half"):
            relay.lie = lie
            seen = sender.look([probe], (), Deadline())[probe]
            assert isinstance(seen, Records)
            assert seen.trouble or seen.status in ("servfail", "refused"), (lie, seen)
            assert seen.records == ()


def test_a_proxy_that_cuts_nothing_changes_nothing(tmp_path: Path) -> None:
    with names() as (relay, server):
        for lie, status in ((None, "noerror"), ("nodata", "noerror"), ("nxdomain", "nxdomain")):
            relay.lie = lie  # type: ignore[assignment]
            probe = Lookup("example.test", "TXT", server)
            seen = Sender(seconds=2).look([probe], (), Deadline())[probe]
            assert isinstance(seen, Records)
            assert (seen.status, bool(seen.records)) == (status, lie is None)
